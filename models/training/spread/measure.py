"""Measures forecasts of engagement on a set: those that are shipped, or fresh ones and peers by cross-validation."""

import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np

from models.evaluation.spread import Forecasts, spread_figures
from models.evaluation.spread_peers import PEERS, Example
from models.growth import GrowthModel, columns_of
from models.training.spread.fit import example, examples, large, made
from models.training.spread.sets import Followed, Kind

OURS = "kuula"

Figures: TypeAlias = dict[str, Any]
Parts: TypeAlias = Mapping[tuple[str, float], Sequence[Forecasts]]
"""What each method forecast at each age, a part for each fold."""

Forecast: TypeAlias = Callable[[Sequence[Example], float], tuple[Any, Any, Any]]
"""Medians, and chances of the large size and of twice the count, of posts at one age; the size comes second."""


def shipped(model: GrowthModel, posts: Sequence[Followed], kind: Kind) -> Iterator[Figures]:
    """Measure a model on posts that it has not learnt from, at each age of the set."""
    size = kind.large or model.top
    earlier: dict[int, float] = {}
    for age in kind.ages:
        cut = _cut(posts, kind, age)
        yield _line(OURS, age, forecast_at(by_model(model), cut, size, earlier))


def cross_validated(posts: Sequence[Followed], kind: Kind, folds: int) -> Iterator[Figures]:
    """Measure ours and the peers: each post by what learnt from other authors' posts only."""
    return lines(in_folds(posts, kind, folds))


def in_folds(posts: Sequence[Followed], kind: Kind, folds: int) -> Parts:
    """Forecast each post by ours and by the peers that learnt from other authors' posts only."""
    parts: dict[tuple[str, float], list[Forecasts]] = defaultdict(list)
    places = np.array([zlib.crc32(one.group.encode()) % folds for one in posts])
    for fold in range(folds):
        learnt = [one for one, place in zip(posts, places, strict=True) if place != fold]
        asked = [one for one, place in zip(posts, places, strict=True) if place == fold]
        size = large(learnt, kind)
        ours = by_model(made(OURS, examples(learnt, kind, kind.lessons), size))
        earlier: dict[str, dict[int, float]] = defaultdict(dict)
        for age in kind.ages:
            cut, lessons = _cut(asked, kind, age), examples(learnt, kind, [age])
            for name, forecast in {OURS: ours, **{peer: _peer(peer, lessons) for peer in PEERS}}.items():
                found = forecast_at(forecast, cut, size, earlier[name], calibrated=name == OURS)
                parts[name, age].append(found)
    return parts


def lines(parts: Parts) -> Iterator[Figures]:
    """Give the figures of each method at each age, ours before the peers."""
    for (name, age), found in sorted(parts.items(), key=lambda item: (item[0][1], item[0][0] != OURS)):
        yield _line(name, age, together(found))


def by_model(model: GrowthModel) -> Forecast:
    """Forecast by a model of ours."""

    def forecast(cut: Sequence[Example], size: float) -> tuple[Any, Any, Any]:
        columns = columns_of([polls for polls, _ in cut])
        medians = model.sizes(columns, [0.5])[:, 0]
        twice = 2 * np.round(np.expm1(columns[:, 0]))
        return medians, model.chances(columns, np.full(len(columns), size)), model.chances(columns, twice)

    return forecast


def _peer(name: str, lessons: Sequence[Example]) -> Forecast:
    """Peers say sizes alone: posts are ranked by them, and by how much they are said to grow."""
    peer = PEERS[name]()
    peer.learn(lessons)

    def forecast(cut: Sequence[Example], size: float) -> tuple[Any, Any, Any]:  # noqa: ARG001  # sizes need none
        sizes = peer.sizes([polls for polls, _ in cut])
        return sizes, sizes, sizes / np.array([max(polls.counts[-1], 1.0) for polls, _ in cut])

    return forecast


def _cut(posts: Sequence[Followed], kind: Kind, age: float) -> dict[int, Example]:
    """Cut posts at an age: those that take part, by their place."""
    return {place: cut for place, one in enumerate(posts) if (cut := example(one, kind, age))}


def forecast_at(
    forecast: Forecast,
    posts: Mapping[int, Example],
    size: float,
    earlier: dict[int, float],
    *,
    calibrated: bool = True,
) -> Forecasts:
    """Forecast posts at an age; ``earlier`` keeps each post's highest chance so far: what a budget finds in time."""
    cut = list(posts.values())
    begun = time.perf_counter()
    medians, chances, doubled = forecast(cut, size)
    seconds = time.perf_counter() - begun
    for place, chance in zip(posts, chances, strict=True):
        earlier[place] = max(float(chance), earlier.get(place, float(chance)))
    return Forecasts(
        now=np.array([polls.counts[-1] for polls, _ in cut]),
        finals=np.array([final for _, final in cut]),
        medians=medians,
        large=chances,
        doubled=doubled,
        earlier=np.array([earlier[place] for place in posts]),
        size=np.full(len(cut), size),
        seconds=seconds,
        calibrated=calibrated,
    )


def together(parts: Sequence[Forecasts]) -> Forecasts:
    """Join what was forecast in several folds."""
    joined = {
        field.name: np.concatenate([getattr(one, field.name) for one in parts])
        for field in fields(Forecasts)
        if field.name not in {"seconds", "calibrated"}
    }
    return Forecasts(**joined, seconds=sum(one.seconds for one in parts), calibrated=parts[0].calibrated)


def _line(name: str, age: float, found: Forecasts) -> Figures:
    return {"age_minutes": age, "method": name, **spread_figures(found)}
