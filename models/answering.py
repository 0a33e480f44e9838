"""By when a customer must have an answer, and when their clock runs: pure rules, told the time by whoever asks.

A customer waits while their latest word is younger than our latest answer to it. Words and answers may be heard in any
order and twice: only when they were said counts, so that what comes late changes nothing that is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol


class Working(Protocol):
    """Which hours count: those in which people are called, which depend on what is at stake."""

    def __call__(self, begins: datetime, length: timedelta, risk: float, *, urgent: bool) -> datetime:
        """When a length of time that begins at a moment is over."""


def always(begins: datetime, length: timedelta, risk: float, *, urgent: bool) -> datetime:  # noqa: ARG001
    """Somebody answers at all hours."""
    return begins + length


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a customer waits at most: ``calm`` up to ``low_risk``, ``pressing`` from ``high_risk`` on.

    Between the two it falls in a straight line. ``working`` says which hours count.
    """

    calm: timedelta = timedelta(minutes=120)
    pressing: timedelta = timedelta(minutes=15)
    low_risk: float = 20.0
    high_risk: float = 70.0
    working: Working = always

    def allowed(self, risk: float) -> timedelta:
        """How long an answer may take at a risk of 0 to 100; more risk never allows more."""
        share = (risk - self.low_risk) / (self.high_risk - self.low_risk)
        return self.calm - (self.calm - self.pressing) * min(max(share, 0.0), 1.0)

    def by(self, risk: float, begins: datetime, *, urgent: bool = False) -> datetime:
        """When the time is over that begins at a moment."""
        return self.working(begins, self.allowed(risk), risk, urgent=urgent)


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """Since when a customer waits for us, and by when they must have an answer: both None while they do not.

    ``customer_at`` is when they last wrote, ``late_at`` when people were called because the time was over.
    """

    customer_at: datetime
    waits_since: datetime | None = None
    answer_by: datetime | None = None
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    late_at: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether the customer waits."""
        return self.last_answer_at is None or self.customer_at > self.last_answer_at

    def answered(self, at: datetime) -> "AnswerClock":
        """We answered at a time: the clock stops, unless they have written since."""
        told = replace(
            self,
            first_answer_at=min(at, self.first_answer_at or at),
            last_answer_at=max(at, self.last_answer_at or at),
        )
        return told if told.runs else replace(told, waits_since=None, answer_by=None, late_at=None)

    def wrote(self, at: datetime, by: datetime) -> "AnswerClock":
        """The customer wrote at a time; where that starts the clock again, their answer is due ``by`` another."""
        heard = replace(self, customer_at=max(at, self.customer_at))
        return replace(heard, waits_since=at, answer_by=by) if heard.runs and not self.runs else heard

    def began_again(self, at: datetime, by: datetime) -> "AnswerClock":
        """They wrote when their case was over: whatever they waited for before, they wait since then, for this."""
        return replace(self, customer_at=max(at, self.customer_at), waits_since=at, answer_by=by, late_at=None)

    def tightened(self, by: datetime) -> "AnswerClock":
        """The risk rose: the answer is due by then, if that is sooner."""
        return replace(self, answer_by=min(by, self.answer_by)) if self.answer_by else self


def started(wrote_at: datetime, by: datetime) -> AnswerClock:
    """The clock of a customer who wrote at a time, and whom we know of now."""
    return AnswerClock(wrote_at, wrote_at, by)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stands: when they were answered last, and since when they wait; None where not, or not at all."""

    answered_at: datetime | None
    waits_since: datetime | None


def standing(words: Sequence[datetime], answers: Sequence[datetime]) -> Standing:
    """How a customer stands who said something at these times, and whom we answered at those, each in any order.

    They wait since the first word that is younger than our last answer.
    """
    answered_at = max(answers, default=None)
    unanswered = [at for at in words if answered_at is None or at > answered_at]
    return Standing(answered_at, min(unanswered, default=None))
