"""How much a post matters: how bad it is, times how far it will go, times how fast its story grows."""

from dataclasses import dataclass

from models.scores import Scores
from models.virality import Forecast


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the arithmetic: ``factor`` is what ``name`` multiplies with, ``because`` is the figure behind it."""

    name: str
    factor: float
    because: str


@dataclass(frozen=True, slots=True)
class Risk:
    """Risk from 0 to 100: ``value = 100 * bad * far * fast``, each factor 0 to 1."""

    value: float
    bad: float
    far: float
    fast: float


def risk(scores: Scores, forecast: Forecast, author_followers: int | None, story_speed: float) -> Risk:
    """Rate one post; ``story_speed`` is the story's complaints in the last hour."""
    raise NotImplementedError


def explain(scores: Scores, forecast: Forecast, author_followers: int | None, story_speed: float) -> tuple[Part, ...]:
    """Give the arithmetic behind ``risk`` as parts to show: how bad, how far, how fast."""
    raise NotImplementedError
