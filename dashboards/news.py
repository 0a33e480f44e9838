"""What pages say of media pick-ups: who took a story up, how likely that is, and how long before it we were told."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from babel.dates import format_timedelta

from dashboards.speech import Speech, mark
from models.pickup import ENOUGH, By, Chance, Kept, Standing, chance, is_calibrated, lead_time, observed
from models.scores import Signal
from monitors.ledger import pickups
from monitors.ledger.engine import Tx
from monitors.ledger.pickups import News

MOST_SHOWN = 30
MOST_STORIES = 6
BY = {
    "article": mark("an article"),
    "journalist": mark("a journalist"),
    "editor": mark("an editor"),
    "regulator": mark("a regulator"),
    "authority": mark("a consumer authority"),
}
HOW = {
    "linked": mark("links to a post"),
    "quoted": mark("quotes a post"),
    "shared": mark("shared a post"),
    "replied": mark("replied to a post"),
    "same_matter": mark("tells of the same matter"),
}
POINTS = {
    "reach": mark("expected reach"),
    "severity": mark("Severity"),
    "sources": mark("told in several sources"),
    "complaints": mark("many complaints"),
    "press_replied": mark("a journalist or an authority has taken it up"),
    "media_threat": mark("media threat"),
    "vulnerable_person": mark("vulnerable person"),
    "safety_issue": mark("safety issue"),
}
BEFORE = mark("Our first alert came %(length)s before the first article.")
AFTER = mark("The first article came %(length)s before our first alert.")
MEDIAN_BEFORE = mark("In the median our alert came %(length)s before the first article.")
MEDIAN_AFTER = mark("In the median the first article came %(length)s before our alert.")
UNALERTED = mark("There is an article, and nobody was alerted.")
NOTHING = mark("No article yet.")
_UNITS = {"day": 24 * 60, "hour": 60, "minute": 1}


@dataclass(frozen=True, slots=True)
class InTheNews:
    """A story's pick-ups. ``chance`` is None once there is an article: then nothing is left to foretell."""

    taken: Sequence[Any]
    alerted_at: datetime | None
    article_at: datetime | None
    chance: Chance | None
    kept: Kept | None
    cases: int

    @property
    def enough(self) -> int:
        """Cases from which the rule can be judged."""
        return ENOUGH

    @property
    def calibrated(self) -> bool:
        """Whether there are so many."""
        return is_calibrated(self.cases)


@dataclass(frozen=True, slots=True)
class Summary:
    """The stories of a period that were taken up: how many had an article and an alert, and in how many we were first.

    ``lead`` is the median of their lead times, None where no story has both.
    """

    stories: Sequence[News]
    timed: int
    first: int
    lead: timedelta | None


def of_incident(tx: Tx, row: Any, posts: Sequence[Any], now: datetime) -> InTheNews:
    """The pick-ups of an incident's story; ``posts`` are the rows of its posts, as far as they are shown."""
    taken = pickups.of_story(tx, row.brand, row.story_id, MOST_SHOWN)
    story = pickups.story(tx, row.brand, row.story_id)
    # Stories of before lead times were recorded have no time of alert; those that were held called nobody.
    alerted_at = (story.alerted_at if story else None) or (None if row.held_at else row.opened_at)
    article_at = story.article_at if story else None
    if article_at is not None:
        return InTheNews(taken, alerted_at, article_at, None, None, 0)
    signals = {name for post in posts for name, *_ in post.signals or ()}
    standing = Standing(
        expected=max((float(post.forecast.get("median") or 0.0) for post in posts), default=0.0),
        severity=row.severity,
        signals=frozenset(signal for signal in Signal if signal.value in signals),
        press_replied=any(one.by != By.ARTICLE for one in taken),
        sources=len(pickups.sources_of(tx, row.brand, row.story_id)),
        complaints=story.complaints if story else sum(bool(post.complaint) for post in posts),
    )
    given = chance(standing)
    cases = pickups.cases(tx, now)
    kept = next((one for one in observed(cases) if one.probability == given.probability), None)
    return InTheNews(taken, alerted_at, None, given, kept, len(cases))


def of_period(tx: Tx, brands: Collection[str], since: datetime) -> Summary:
    """The stories that were taken up since a time."""
    found = pickups.in_the_news(tx, brands, since)
    leads = [lead for one in found if (lead := lead_time(one.alerted_at, one.article_at)) is not None]
    first = sum(lead >= timedelta(0) for lead in leads)
    return Summary(found[:MOST_STORIES], len(leads), first, _median(leads))


def _median(leads: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(lead.total_seconds() for lead in leads)) if leads else None


def lead(say: Speech, alerted_at: datetime | None, article_at: datetime | None) -> str:
    """How long our first alert came before the first article, or after it."""
    if article_at is None:
        return say.text(NOTHING)
    span = lead_time(alerted_at, article_at)
    if span is None:
        return say.text(UNALERTED)
    return say.text(BEFORE if span >= timedelta(0) else AFTER, length=exactly(say, span))


def median_lead(say: Speech, span: timedelta) -> str:
    """The same of the median of several stories."""
    return say.text(MEDIAN_BEFORE if span >= timedelta(0) else MEDIAN_AFTER, length=exactly(say, span))


def exactly(say: Speech, span: timedelta) -> str:
    """A length in its two largest units, such as 3 hours and 12 minutes."""
    minutes = round(abs(span) / timedelta(minutes=1))
    parts: list[str] = []
    for unit, length in _UNITS.items():
        number, minutes = divmod(minutes, length)
        if number or (unit == "minute" and not parts):
            parts.append(
                format_timedelta(
                    timedelta(minutes=number * length),
                    granularity=unit,  # type: ignore[arg-type]
                    threshold=math.inf,
                    format="short",
                    locale=say.locale,
                )
            )
    return " ".join(parts[:2])


def points(say: Speech, given: Chance) -> list[tuple[str, int]]:
    """The points that make a chance, with their names."""
    return [(say.text(POINTS[name]), worth) for name, worth in given.points]


def took_up(say: Speech, data: Mapping[str, Any]) -> dict[str, str]:
    """Who took a story up and how, for a line of the log."""
    by, how = str(data.get("by", "")), str(data.get("how", ""))
    return {"by": say.text(BY[by]) if by in BY else by, "how": say.text(HOW[how]) if how in HOW else how}
