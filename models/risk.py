"""How much a post matters: how bad it is, times how far it will go, times how fast its story grows.

A person in danger is never a small matter, so neither a small audience nor a quiet story brings a risk near nothing:
the one halves it at most, the other takes a fifth off.
"""

import math
from dataclasses import dataclass

from models.scores import Scores, Sentiment
from models.virality import Forecast

WORST = 4
"""The highest severity."""

DISCONTENT = 0.2
"""How bad a wholly negative post is that is no complaint, on the scale where harm is 1."""

UNHEARD = 0.5
"""What remains of a risk that nobody will see."""

FAR_AWAY = 1000
"""Interactions within a day that count as going as far as it gets."""

LOUD = 1_000_000
"""Followers that alone carry a post half of the way, whatever its counts: a known author is quoted elsewhere."""

QUIET = 0.8
"""What remains of a risk in a story that nobody else tells."""

FASTEST = 20
"""Complaints an hour in one story that count as going as fast as it gets."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the arithmetic: ``name`` multiplies with ``factor``, ``because`` of these figures."""

    name: str
    factor: float
    because: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """Risk from 0 to 100: ``value = 100 * bad * far * fast``, each factor 0 to 1."""

    value: float
    bad: float
    far: float
    fast: float


def risk(scores: Scores, forecast: Forecast, author_followers: int | None, story_speed: float) -> Risk:
    """Rate one post; ``story_speed`` is the story's complaints in the last hour."""
    bad, far, fast = (part.factor for part in explain(scores, forecast, author_followers, story_speed))
    return Risk(100 * bad * far * fast, bad, far, fast)


def explain(
    scores: Scores, forecast: Forecast, author_followers: int | None, story_speed: float
) -> tuple[Part, Part, Part]:
    """Give the arithmetic behind ``risk`` as parts to show: how bad, how far, how fast."""
    negative = scores.sentiment_probabilities.get(Sentiment.NEGATIVE, 0.0)
    bad = max(scores.severity / WORST * scores.complaint_probability, DISCONTENT * negative)
    followers = author_followers or 0
    interactions = forecast.median or 0.0
    reach = max(_share(interactions, FAR_AWAY), _share(followers, LOUD) / 2)
    return (
        Part(
            "bad",
            min(bad, 1.0),
            (
                ("severity", scores.severity),
                ("complaint_probability", scores.complaint_probability),
                ("negative", negative),
            ),
        ),
        Part("far", UNHEARD + (1 - UNHEARD) * reach, (("interactions", interactions), ("followers", followers))),
        Part("fast", QUIET + (1 - QUIET) * _share(story_speed, FASTEST), (("complaints_an_hour", story_speed),)),
    )


def _share(value: float, most: float) -> float:
    """Place a count between nothing (0) and ``most`` (1) on a logarithmic scale: ten more of many matter little."""
    return min(math.log1p(max(value, 0.0)) / math.log1p(most), 1.0)
