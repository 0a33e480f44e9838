"""Replies: what a person said "send" to goes out through its source, once.

Sending happens between two transactions, as with messages. But a customer must not be answered twice: after a crash or
a silence in between, the same key is sent again only where the service still knows it; elsewhere a person is asked to
look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from monitors.errors import BadSettings, RetryLater, StopSource
from monitors.ledger import replies
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.replies import ReplyState, Waiting
from monitors.pipeline.pauses import Pauses
from monitors.pipeline.personal import News, tell
from monitors.ports import Replier, Replying, Source, replying_of

LEASE = timedelta(minutes=2)
"""Looking at the post and answering it are two calls, each up to the time limit of the source."""

PAUSES = Pauses(timedelta(seconds=10), timedelta(minutes=15))
BATCH = 10


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of one batch of answers."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    doubted: int = 0

    @property
    def tried(self) -> int:
        """How many answers were due."""
        return self.sent + self.postponed + self.failed + self.doubted


def send_replies(
    ledger: Ledger, source_of: Callable[[str], Source], now: Callable[[], datetime], *, limit: int = BATCH
) -> Replied:
    """Send the next answers that people said "send" to."""
    outcomes = []
    for _ in range(limit):
        with ledger.write() as tx:
            waiting = replies.claim(tx, now(), LEASE)
        if waiting is None:
            break
        outcomes.append(_send(ledger, waiting, source_of, now))
    return Replied(*(outcomes.count(one) for one in ("sent", "postponed", "failed", "doubted")))


def _send(ledger: Ledger, waiting: Waiting, source_of: Callable[[str], Source], now: Callable[[], datetime]) -> str:
    try:
        source, replying = _replier(source_of, waiting.source)
    except StopSource as error:
        return _refused(ledger, waiting, f"{error} {error.remedy}", now())
    except BadSettings as error:
        return _refused(ledger, waiting, f"{error.key}: {error}", now())
    if waiting.unsure_since is not None and not _knows(replying, waiting.unsure_since, now()):
        with ledger.write() as tx:
            replies.doubt(tx, waiting, "an attempt was begun, and nobody saw its end", now())
            tell_writer(tx, waiting.id, now())
        return "doubted"
    try:
        made = source.reply(waiting.to, waiting.text, waiting.key)
    except RetryLater as error:
        return _later(ledger, waiting, error, replying, now())
    except StopSource as error:
        return _refused(ledger, waiting, f"{error} {error.remedy}", now())
    with ledger.write() as tx:
        replies.sent(tx, waiting, made, now())
    return "sent"


def _replier(source_of: Callable[[str], Source], name: str) -> tuple[Replier, Replying]:
    source = source_of(name)
    replying = replying_of(source)
    if replying is None:
        raise StopSource(f"the source {name!r} cannot reply", remedy="Give it what it takes to, or answer there.")
    return cast("Replier", source), replying


def _knows(replying: Replying, since: datetime, now: datetime) -> bool:
    """Whether the service still knows the key of an attempt that was begun at that time."""
    return replying.known_for is not None and now - since < replying.known_for


def _later(ledger: Ledger, waiting: Waiting, error: RetryLater, replying: Replying, now: datetime) -> str:
    with ledger.write() as tx:
        if error.perhaps_done and replying.known_for is None:
            replies.doubt(tx, waiting, str(error), now)
            tell_writer(tx, waiting.id, now)
            return "doubted"
        again = PAUSES.over_at(waiting.attempts, error, now)
        replies.postpone(tx, waiting, str(error), again, unsure=error.perhaps_done)
    return "postponed"


def _refused(ledger: Ledger, waiting: Waiting, error: str, now: datetime) -> str:
    """Refuse it for good, unless an attempt before may be out: then a person looks first."""
    with ledger.write() as tx:
        failed = waiting.unsure_since is None
        (replies.give_up if failed else replies.doubt)(tx, waiting, error, now)
        tell_writer(tx, waiting.id, now)
    return "failed" if failed else "doubted"


def tell_writer(tx: Tx, answer_id: int, now: datetime) -> None:
    """Tell who wrote an answer what became of it: the word of somebody else, or that it did not go out for sure."""
    row = replies.require(tx, answer_id)
    decided = row.state in {ReplyState.APPROVED, ReplyState.REFUSED} and row.approved_by != row.actor
    if decided or row.state in {ReplyState.FAILED, ReplyState.PERHAPS}:
        said = {"answer": row.id, "became": row.state, "giver": row.approved_by or ""}
        key = f"answer {row.id} {row.state} {row.attempts}"
        tell(tx, row.actor, News("answer_news", key, said, row.incident_id), now)
