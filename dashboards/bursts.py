"""Bursts on pages: each as a sentence that says its cause, with where to read on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboards.speech import Speech, mark, mark_plural
from dashboards.wording import SIGNALS
from monitors.ledger import bursts
from monitors.ledger.engine import Tx

MOST = 6
_TIMES = mark_plural(
    "%(n)s time the usual: %(what)s where %(usual)s are usual (%(span)s)",
    "%(n)s times the usual: %(what)s where %(usual)s are usual (%(span)s)",
)
_MORE = mark("More than usual: %(what)s where %(usual)s are usual (%(span)s)")


@dataclass(frozen=True, slots=True)
class Told:
    """One burst: what it is in words, then its story and the rest of the cause, and the search for its posts."""

    brand: str
    at: datetime
    said: str
    story: str
    headline: str
    incident_id: int | None
    cause: Sequence[str]
    search: dict[str, str]


def told_since(tx: Tx, at: datetime, brand: str | None, say: Speech) -> list[Told]:
    """The latest bursts since a time, of one brand or of all."""
    return [_told(row, say) for row in bursts.since(tx, at, brand, MOST)]


def _told(row: Any, say: Speech) -> Told:
    story = row.cause.get("story")
    asked = {"brand": row.brand, "since": row.began_at.isoformat(), "until": row.last_at.isoformat()}
    if row.counted == bursts.COMPLAINTS:
        asked["complaint"] = "1"
    elif row.counted in SIGNALS:
        asked["signal"] = row.counted
    return Told(
        brand=row.brand,
        at=row.began_at,
        said=_sentence(row, say),
        story=say.plural("%(n)s of them is one story", "%(n)s of them are one story", story["posts"]) if story else "",
        headline=row.headline or "",
        incident_id=row.incident_id,
        cause=list(_cause(row, say)),
        search=asked,
    )


def _sentence(row: Any, say: Speech) -> str:
    usual = say.number(row.usual, 0 if row.usual >= 10 else 1)
    said = {"what": _counted(row, say), "usual": usual, "span": say.length(timedelta(minutes=row.cause["minutes"]))}
    times = bursts.times(row)
    return say.plural(*_TIMES, times, **said) if times else say.text(_MORE, **said)


def _counted(row: Any, say: Speech) -> str:
    if row.counted == bursts.POSTS:
        return say.plural("%(n)s post", "%(n)s posts", row.seen)
    if row.counted == bursts.COMPLAINTS:
        return say.plural("%(n)s complaint", "%(n)s complaints", row.seen)
    name = say.text(SIGNALS[row.counted].name) if row.counted in SIGNALS else row.counted
    said = say.quotes[0] + name + say.quotes[1]
    return say.plural("%(n)s post that shows %(name)s", "%(n)s posts that show %(name)s", row.seen, name=said)


def _cause(row: Any, say: Speech) -> Sequence[str]:
    source, language = (row.cause.get(part, {}).get("name") for part in ("source", "language"))
    mainly = [name for name in (source, say.language_name(language) if language else "") if name]
    said = [
        (mark("It has risen slowly, hour by hour."), row.shape == bursts.RISE),
        (mark("Mainly: %(names)s."), ", ".join(mainly)),
        (mark("Words: %(words)s."), ", ".join(row.cause["words"])),
        (mark("On this day: %(name)s."), row.known_as),
    ]
    names = {"names": said[1][1], "words": said[2][1], "name": said[3][1]}
    return [say.text(text, **names) for text, there in said if there]
