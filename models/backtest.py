"""The figures of a backtest: what a policy would have sent, and how long before each blow-up the first of it came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

DAY = timedelta(days=1)
LEVELS = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 75.0)
"""Values of ``alert_at`` between which people choose."""


class By(StrEnum):
    """How a blow-up is known: somebody named it, it reached a size, an article told it, or many complained."""

    GIVEN = "given"
    SIZE = "size"
    ARTICLE = "article"
    COMPLAINTS = "complaints"


class Fate(StrEnum):
    """What a policy made of a blow-up: an alert in time, an alert after it, an alert in the digest only, or none."""

    CAUGHT = "caught"
    LATE = "late"
    DIGEST = "digest"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert that a policy would have sent; ``again`` is news in an incident that people know.

    ``at`` is when the post that alerts was observed. An alert that is ``held`` waits in the digest.
    """

    at: datetime
    brand: str
    reason: str
    risk: float
    story: str
    post: str
    again: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class BlowUp:
    """A complaint that became big: the post that stands for it (uid), and when it was too late for a quiet answer."""

    brand: str
    post: str
    at: datetime
    by: By
    size: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How blow-ups were found: ``size`` interactions or ``complaints`` of a story within a day, or by a list."""

    by: tuple[By, ...]
    size: int | None = None
    complaints: int | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a blow-up stood with a policy: its story, and the decision on the most risky post of that story."""

    story: str
    action: str
    reason: str
    risk: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy made of one blow-up; ``alerted_at`` is its first alert that was sent, ``stand`` the decision."""

    fate: Fate
    alerted_at: datetime | None = None
    lead: timedelta | None = None
    stand: Stand | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy with this ``alert_at`` made of the posts; ``answers`` has one for each blow-up, in their order."""

    alert_at: float
    alerts: Sequence[Alert]
    answers: Sequence[Answer] = field(default_factory=tuple)

    @property
    def sent(self) -> int:
        """How many alerts were sent."""
        return sum(not alert.held for alert in self.alerts)

    @property
    def held(self) -> int:
        """How many waited in the digest."""
        return len(self.alerts) - self.sent

    def count(self, fate: Fate) -> int:
        """How many blow-ups ended so."""
        return sum(answer.fate is fate for answer in self.answers)

    @property
    def lead(self) -> timedelta | None:
        """The median lead time of the blow-ups that were caught, None where none was."""
        leads = [answer.lead for answer in self.answers if answer.fate is Fate.CAUGHT and answer.lead is not None]
        return timedelta(seconds=median(lead.total_seconds() for lead in leads)) if leads else None


def answer(blow_up: BlowUp, stand: Stand | None, alerts: Iterable[Alert]) -> Answer:
    """Say what a policy's alerts were worth for a blow-up: those on its story, or on the post that stands for it."""
    about = [one for one in alerts if one.brand == blow_up.brand and _is_on(one, blow_up, stand)]
    sent = min((one.at for one in about if not one.held), default=None)
    if sent is None:
        return Answer(Fate.DIGEST if about else Fate.MISSED, stand=stand)
    return Answer(Fate.CAUGHT if sent <= blow_up.at else Fate.LATE, sent, blow_up.at - sent, stand)


def _is_on(alert: Alert, blow_up: BlowUp, stand: Stand | None) -> bool:
    return alert.post == blow_up.post or (stand is not None and alert.story == stand.story)


def only_in(one: Sequence[Alert], other: Sequence[Alert]) -> list[Alert]:
    """The alerts on posts on which the other policy does not alert; one that waits in the digest is none."""
    known = {(alert.brand, alert.post) for alert in other if not alert.held}
    return [alert for alert in one if not alert.held and (alert.brand, alert.post) not in known]


def a_day(count: int, first: datetime | None, last: datetime | None) -> float:
    """So many as a number a day; less than a day counts as one."""
    days = max((last - first) / DAY, 1.0) if first and last else 1.0
    return count / days


def ladder(alert_at: float) -> list[float]:
    """The levels of ``alert_at`` to compare, the draft's own among them."""
    return sorted({*LEVELS, alert_at})


def stories_that_reached(
    looks: Iterable[tuple[str, int, datetime, int]], size: int, began: Mapping[str, datetime]
) -> dict[str, tuple[datetime, int]]:
    """When each story reached a size within a day of its beginning, and the most that it had within that day.

    ``looks`` are (story, post, time, interactions of the post by then), story after story, each in order of time. A
    count that falls does not: what was taken back had been seen.
    """
    reached: dict[str, tuple[datetime, int]] = {}
    counts: dict[int, int] = {}
    total, current = 0, None
    for story, post, at, count in looks:
        if story != current:
            current, total, counts = story, 0, {}
        had = counts.get(post, 0)
        if count <= had:
            continue
        counts[post], total = count, total + count - had
        if total >= size and at - began[story] <= DAY:
            reached[story] = (reached[story][0] if story in reached else at, total)
    return reached


def stories_that_swelled(complaints: Iterable[tuple[str, datetime]], number: int) -> dict[str, datetime]:
    """When each story had so many complaints within a day for the first time.

    ``complaints`` are (story, time), story after story, each in order of time.
    """
    swelled: dict[str, datetime] = {}
    recent: list[datetime] = []
    current = None
    for story, at in complaints:
        if story != current:
            current, recent = story, []
        if story in swelled:
            continue
        recent = [*recent[-(number - 1) :], at] if number > 1 else [at]
        if len(recent) == number and at - recent[0] <= DAY:
            swelled[story] = at
    return swelled
