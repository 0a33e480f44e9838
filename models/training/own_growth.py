"""Fits a source's own growth model to its finished posts, and measures it beside the cold start on held-out authors."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np

from models.calibration import CHECKED_AGES, ENOUGH_POSTS, Reliability
from models.evaluation.spread import spread_figures
from models.evaluation.spread_peers import Example
from models.growth import GrowthModel, Polls, columns_of
from models.post import Metric, Snapshot
from models.training.spread.fit import fit, made
from models.training.spread.measure import Forecast, by_model, forecast_at
from models.training.spread.sets import Followed
from models.virality import forecast

LESSONS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 360, 720)
"""Ages in minutes at which a post is a lesson, where it was looked at since the age before."""

HELD_OUT = 5
"""One author in so many is held out, with all that they wrote."""

Progress: TypeAlias = Callable[[str, float], None]
"""Hears what is being done and which share of it is, 0 to 1."""

Figures: TypeAlias = list[dict[str, Any]]

_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)


class TooFew(Exception):
    """There is not enough to learn from, or to hold out; its text says what is missing."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model's artefact, and how good one is that had not seen ``held`` of the ``posts``.

    ``before`` are the figures of the cold start on them, ``after`` those of the model, a line an age; ``reliability``
    has a line an age and size: how many posts, the error and the bins.
    """

    content: bytes
    posts: int
    held: int
    before: Figures
    after: Figures
    reliability: Figures


def fit_own(posts: Sequence[Followed], sizes: Sequence[int], heard: Progress) -> Fitted:
    """Fit a model to finished posts of the natural mix; ``sizes`` are those whose chances people will be told.

    ``TooFew`` below ``ENOUGH_POSTS`` posts, or where all are of the same few authors.
    """
    if len(posts) < ENOUGH_POSTS:
        raise TooFew(f"{len(posts)} of {ENOUGH_POSTS} finished posts")
    held = [one for one in posts if zlib.crc32(one.group.encode()) % HELD_OUT == 0]
    learnt = [one for one in posts if zlib.crc32(one.group.encode()) % HELD_OUT]
    if not held or not learnt:
        raise TooFew("finished posts of too few authors to hold some out")
    heard("Learning from four fifths", 0.0)
    model = made("held-out", lessons(learnt), _top(learnt))
    heard("Measuring on the rest", 0.45)
    before, after = (list(_measured(held, by, model.top)) for by in (_by_lines, by_model(model)))
    reliability = list(_reliability(held, model, sizes))
    heard("Learning from all", 0.55)
    content = fit(lessons(posts), _top(posts))
    heard("Done", 1.0)
    return Fitted(content, len(posts), len(held), before, after, reliability)


def lessons(posts: Sequence[Followed]) -> list[Example]:
    """Cut each post at each age at which there was something new to see of it."""
    return [
        (cut, one.final)
        for one in posts
        for before, age in zip((0.0, *LESSONS), LESSONS, strict=False)
        if (cut := one.polls.until(age)) and cut.ages[-1] > before
    ]


def _top(posts: Sequence[Followed]) -> float:
    return max(float(np.quantile([one.final for one in posts], 0.9)), 1.0)


def _by_lines(cut: Sequence[Example], size: float) -> tuple[Any, Any, Any]:
    rows = [_on_lines(polls, (round(size), max(round(2 * polls.counts[-1]), 1))) for polls, _ in cut]
    medians, large, doubled = np.array(rows, float).T
    return medians, large, doubled


def _on_lines(polls: Polls, sizes: tuple[int, int]) -> tuple[float, float, float]:
    seen = Snapshot(_WHENEVER + timedelta(minutes=polls.ages[-1]), {Metric.LIKES: round(polls.counts[-1])})
    fans = None if polls.followers is None else round(polls.followers)
    found = forecast([seen], fans, _WHENEVER, seen.at, sizes)
    return found.median or 0.0, found.thresholds[sizes[0]], found.thresholds[sizes[1]]


def _measured(posts: Sequence[Followed], by: Forecast, size: float) -> Iterator[dict[str, Any]]:
    earlier: dict[int, float] = {}
    for age in CHECKED_AGES:
        cut = {place: (polls, one.final) for place, one in enumerate(posts) if (polls := one.polls.until(age))}
        if cut:
            yield {"age_minutes": age, "size": size, **spread_figures(forecast_at(by, cut, size, earlier))}


def _reliability(posts: Sequence[Followed], model: GrowthModel, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    for age in CHECKED_AGES:
        cut = [(polls, one.final) for one in posts if (polls := one.polls.until(age))]
        columns = columns_of([polls for polls, _ in cut]) if cut else None
        for size in sizes if cut else ():
            found = Reliability()
            for (_, final), chance in zip(cut, model.chances(columns, np.full(len(cut), size)), strict=True):
                found.add(float(chance), final >= size)
            yield {
                "age_minutes": age,
                "size": size,
                "posts": found.posts,
                "error": round(found.error, 4),
                "bins": found.bins,
            }
