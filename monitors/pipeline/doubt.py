"""Deletions are for ever, and one wrong answer of a service can tell of a hundred at once: those are looked at twice.

A service that is half down may answer 200 with nothing in it, and a source may read that as: all of it was deleted. So
where a source says that nearly everything is gone, each post stays until a second look, hours later, says the same.
What is said of few posts among many is believed at once. A service that goes on like that past the second look is
believed: a post that was deleted must be gone here within a day. Until then people read of it on the page of sources.

Each doubt is a row of the ledger with its time, written with the looks that follow it; a process that dies before has
changed nothing, and the next one asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.ledger import removal, setbacks
from monitors.ledger.engine import Tx
from monitors.ledger.setbacks import Stuck
from monitors.ports import Gone

# Long enough for a service to be mended or a person to look, and far within the day in which a deletion must be done.
SECOND_LOOK = timedelta(hours=6)

# Fewer are deleted together by anybody who clears up; what a fault costs then is these few.
FEW = 5

# Of the posts that were answered for. A fault spares a few, such as those of another server; authors delete far fewer.
NEARLY_ALL = 0.8

_SAID = "its source said that it is deleted, as nearly all the others; it is asked again before that is believed"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source answered for the posts that it was asked about: by uid and ``seq``, and those that are there."""

    asked: Mapping[str, int]
    alive: int
    gone: Sequence[Gone]


def weigh(tx: Tx, source: str, heard: Heard, now: datetime) -> tuple[list[Gone], list[str]]:
    """Part what is gone into what is believed and the uids that are doubted; the doubts are written down."""
    gone = {f"{source}:{one.native_id}": one for one in heard.gone}
    if not _too_many(tx, source, len(gone), heard.alive, now):
        return list(gone.values()), []
    since = setbacks.times(tx, Stuck.DELETE, [heard.asked[uid] for uid in gone if uid in heard.asked])
    known = {uid: since.get(heard.asked.get(uid, -1)) for uid in gone}
    believed = [one for uid, one in gone.items() if (at := known[uid]) and at <= now - SECOND_LOOK]
    # The first look counts: a second one that comes too early must not put the third off.
    setbacks.record(tx, Stuck.DELETE, {uid: _SAID for uid, at in known.items() if at is None}, now)
    return believed, [uid for uid, at in known.items() if at is None or at > now - SECOND_LOOK]


def _too_many(tx: Tx, source: str, gone: int, alive: int, now: datetime) -> bool:
    if gone == 0 or gone < NEARLY_ALL * (gone + alive):
        return False
    # Posts come due one by one: what a fault says of them singly is as much as what it says of all at once.
    return gone >= FEW or gone + removal.removed_since(tx, source, now - SECOND_LOOK) >= FEW
