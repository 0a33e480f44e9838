"""How far a post will spread within a day of its publication: log-linear over polled counts and followers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.post import Snapshot

THRESHOLDS = (10, 100, 1000)
"""Interactions (likes, shares, quotes and replies together) whose probability is forecast by default."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Interactions that a post will have 24 h after publication.

    ``median`` is None where nothing is known; then ``low`` and ``high`` (the 80 % band) are None too. ``thresholds``
    maps a number of interactions to the probability of reaching it. ``usual_multiple`` compares the median with what
    authors of that many followers usually get. ``method`` says what it rests on: ``polls``, ``followers``,
    ``observed`` (a day has passed) or ``none``.
    """

    median: float | None
    low: float | None
    high: float | None
    thresholds: Mapping[int, float]
    usual_multiple: float | None
    method: str
    age_minutes: float


def forecast(
    snapshots: Sequence[Snapshot],
    followers: int | None,
    created_at: datetime,
    now: datetime,
    thresholds: Sequence[int] = THRESHOLDS,
) -> Forecast:
    """Forecast a post's interactions at 24 h from its polls up to ``now`` and its author's followers."""
    raise NotImplementedError
