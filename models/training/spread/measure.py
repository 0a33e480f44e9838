"""Measures forecasts of engagement on a set: those that are shipped, or fresh ones and peers by cross-validation."""

import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np

from models.evaluation.spread import Forecasts, spread_figures
from models.evaluation.spread_peers import PEERS, Example
from models.growth import GrowthModel, columns_of
from models.training.spread.fit import examples, large, made
from models.training.spread.sets import Followed, Kind

OURS = "kuula"

Figures: TypeAlias = dict[str, Any]
Forecast: TypeAlias = Callable[[Sequence[Example], float], tuple[Any, Any, Any]]
"""Medians, and chances of the large size and of twice the count, of posts at one age; the size comes second."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to forecast, made for each age; ``calibrated`` says whether its chances are probabilities."""

    forecast: Callable[[float], Forecast]
    calibrated: bool = True


def shipped(model: GrowthModel, posts: Sequence[Followed], kind: Kind) -> Iterator[Figures]:
    """Measure a model on posts that it has not learnt from, at each age of the set."""
    method = _same_at_all_ages(_ours(model))
    size = kind.large or model.top
    earlier: dict[int, float] = {}
    for age in kind.ages:
        yield _line(OURS, age, [_forecasts(method, posts, kind, age, size, earlier)])


def cross_validated(posts: Sequence[Followed], kind: Kind, folds: int) -> Iterator[Figures]:
    """Measure ours and the peers: each post by what learnt from other authors' posts only."""
    parts: dict[tuple[str, float], list[Forecasts]] = defaultdict(list)
    places = np.array([zlib.crc32(one.group.encode()) % folds for one in posts])
    for fold in range(folds):
        learnt = [one for one, place in zip(posts, places, strict=True) if place != fold]
        asked = [one for one, place in zip(posts, places, strict=True) if place == fold]
        size = large(learnt, kind)
        methods = {OURS: _same_at_all_ages(_ours(made(OURS, examples(learnt, kind, kind.lessons), size)))}
        methods |= {name: Method(_peer(name, learnt, kind), calibrated=False) for name in PEERS}
        for name, method in methods.items():
            earlier: dict[int, float] = {}
            for age in kind.ages:
                parts[name, age].append(_forecasts(method, asked, kind, age, size, earlier))
    for (name, age), found in sorted(parts.items(), key=lambda item: (item[0][1], item[0][0] != OURS)):
        yield _line(name, age, found)


def _same_at_all_ages(forecast: Forecast) -> Method:
    return Method(lambda _: forecast)


def _ours(model: GrowthModel) -> Forecast:
    def forecast(cut: Sequence[Example], size: float) -> tuple[Any, Any, Any]:
        columns = columns_of([polls for polls, _ in cut])
        medians = model.sizes(columns, [0.5])[:, 0]
        twice = 2 * np.round(np.expm1(columns[:, 0]))
        return medians, model.chances(columns, np.full(len(columns), size)), model.chances(columns, twice)

    return forecast


def _peer(name: str, learnt: Sequence[Followed], kind: Kind) -> Callable[[float], Forecast]:
    """Peers say sizes alone: posts are ranked by them, and by how much they are said to grow."""

    def at(age: float) -> Forecast:
        peer = PEERS[name]()
        peer.learn(examples(learnt, kind, [age]))

        def forecast(cut: Sequence[Example], size: float) -> tuple[Any, Any, Any]:  # noqa: ARG001  # sizes need none
            sizes = peer.sizes([polls for polls, _ in cut])
            return sizes, sizes, sizes / np.array([max(polls.counts[-1], 1.0) for polls, _ in cut])

        return forecast

    return at


def _forecasts(
    method: Method, posts: Sequence[Followed], kind: Kind, age: float, size: float, earlier: dict[int, float]
) -> Forecasts:
    """Forecast posts at an age; ``earlier`` keeps each post's highest chance so far: what a budget finds in time."""
    forecast = method.forecast(age)
    places = [place for place, one in enumerate(posts) if examples([one], kind, [age])]
    cut = examples([posts[place] for place in places], kind, [age])
    begun = time.perf_counter()
    medians, chances, doubled = forecast(cut, size)
    seconds = time.perf_counter() - begun
    for place, chance in zip(places, chances, strict=True):
        earlier[place] = max(float(chance), earlier.get(place, float(chance)))
    return Forecasts(
        now=np.array([polls.counts[-1] for polls, _ in cut]),
        finals=np.array([final for _, final in cut]),
        medians=medians,
        large=chances,
        doubled=doubled,
        earlier=np.array([earlier[place] for place in places]),
        size=np.full(len(cut), size),
        seconds=seconds,
        calibrated=method.calibrated,
    )


def _line(name: str, age: float, found: Sequence[Forecasts]) -> Figures:
    joined = {
        field.name: np.concatenate([getattr(one, field.name) for one in found])
        for field in fields(Forecasts)
        if field.name not in {"seconds", "calibrated"}
    }
    together = Forecasts(**joined, seconds=sum(one.seconds for one in found), calibrated=found[0].calibrated)
    return {"age_minutes": age, "method": name, **spread_figures(together)}
