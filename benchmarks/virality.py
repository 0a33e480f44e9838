"""Forecasts of engagement in batches of 1,000 posts, beside SEISMIC, Hawkes and the lines on the same polls."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.table import Row, cpu_seconds
from models.evaluation.spread_peers import PEERS
from models.forecaster import Forecaster, Own, Watched, polls_of
from models.growth import GrowthModel, columns_of
from models.post import Metric, Snapshot

POSTS = 1_000
AGES = (2, 5, 10, 20, 30, 45, 60)
"""Minutes at which a risky post is polled in its first hour."""

GOAL = 0.2
"""Milliseconds that a forecast may take."""

_START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_MODEL = "twitter1516"


def measure() -> Iterator[Row]:
    """Chances, median and band by trees; the peers' sizes; and all that judging asks of a forecast."""
    posts = [_watched(random.Random(number)) for number in range(POSTS)]
    polls = [known for post in posts if (known := polls_of(post.snapshots, post.created_at, post.now, post.followers))]
    model = GrowthModel.builtin(_MODEL)

    def grown() -> None:
        columns = columns_of(polls)
        model.sizes(columns)
        model.chances(columns, [model.top] * len(polls))

    ours = _each(grown)
    yield _row("forecast: sizes, band and a chance, by trees", ours)
    for name in ("seismic", "hawkes"):
        peer = PEERS[name]()
        peer.learn([(one, one.counts[-1]) for one in polls[:200]])
        theirs = _each(lambda peer=peer: peer.sizes(polls))  # type: ignore[misc]
        yield Row(
            "forecast: sizes, band and a chance, by trees", f"{ours:.3f} ms", f"{name}: {theirs:.3f} ms", theirs / ours
        )
    pooled = GrowthModel.builtin("pooled")
    cold, own = Forecaster(pooled=pooled), Forecaster({"x": Own(model, POSTS)}, pooled)
    for what, forecaster in (("a cold start", cold), ("a model of the source's own", own)):
        yield _row(f"forecast: all that judging asks, {what}", _each(lambda one=forecaster: one.forecasts(posts)))  # type: ignore[misc]


def _row(what: str, milliseconds: float) -> Row:
    return Row(what, f"{milliseconds:.3f} ms", "", None, f"{GOAL} ms", milliseconds <= GOAL)


def _each(work: Callable[[], Any]) -> float:
    work()
    return cpu_seconds(work) / POSTS * 1e3


def _watched(chance: random.Random) -> Watched:
    """A post of made-up growth: its pace is its own, and it slows down as it ages."""
    pace, followers = chance.lognormvariate(0, 1.5), int(chance.lognormvariate(6, 1.5))
    counts = _counts(chance, pace)
    snapshots = [
        Snapshot(_START + timedelta(minutes=age), {Metric.LIKES: count})
        for age, count in zip(AGES, counts, strict=True)
    ]
    return Watched("x", snapshots, followers, _START, _START + timedelta(minutes=AGES[-1]))


def _counts(chance: random.Random, pace: float) -> Sequence[int]:
    counts, reached, before = [], 0, 0
    for age in AGES:
        reached += int(chance.expovariate(1 / (pace * (age - before) ** 0.7 + 0.01)))
        before = age
        counts.append(reached)
    return counts
