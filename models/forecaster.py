"""Forecasts of posts in batches: by a model of the source's own posts where there is one, else by the cold start.

The cold start takes chances and sizes from the lines of ``models.virality``, which were fitted on a natural mix of
posts, and a rank from a model pooled from other networks: ranking transfers between networks, sizes do not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log
from typing import Any, Protocol

from models.calibration import ENOUGH_POSTS
from models.growth import GrowthModel, Polls, columns_of
from models.post import Metric, Snapshot
from models.virality import HORIZON_MINUTES, INTERACTIONS, THRESHOLDS, Forecast, forecast, multiple, usual_of_followers

NEAR_THE_END = (20 * 60.0, 48 * 60.0)
"""Ages in minutes at which a count may stand for the one after a day."""

_AT_ONCE = 0.5
"""Age in minutes at which nothing was counted yet: a count of then is a file's, which does not say when it was read."""

FEW = 3
"""Finished posts from which an author or a source has a usual."""


class Ranking(Protocol):
    """What ranks posts of one age, whatever network they are from."""

    def ranks(self, columns: Any) -> Any:
        """Give for each post (rows of ``columns_of``) the share of posts of its age ranked below it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Own:
    """A model of one source's own posts, how many finished ones it has learnt from, and when the last was written."""

    model: GrowthModel
    posts: int
    learnt_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """What posts usually get in a day (the median), and whose posts: ``author`` or ``source``."""

    size: float
    of: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A post as far as it is known at ``now``; snapshots may come late, twice or in any order.

    ``traits`` are those of ``models.traits``; only a source's own model asks for them.
    """

    source: str
    snapshots: Sequence[Snapshot]
    followers: int | None
    created_at: datetime
    now: datetime
    usual: Usual | None = None
    traits: tuple[float | None, ...] = ()


class Forecaster:
    """Forecasts posts: ``own`` models by source, and the ``pooled`` one that ranks the posts of all other sources."""

    def __init__(self, own: Mapping[str, Own] | None = None, pooled: Ranking | None = None) -> None:
        self.own = dict(own or {})
        self._pooled = pooled

    def method(self, source: str) -> str:
        """Name what forecasts young posts of a source: its own model's version, or ``pooled``."""
        return self.own[source].model.version if source in self.own else "pooled"

    def forecasts(self, posts: Sequence[Watched], thresholds: Sequence[int] = THRESHOLDS) -> list[Forecast]:
        """Forecast each post's interactions at 24 h; one call of a model for all posts of a source.

        More engagement lowers no size, chance or rank, and a copy of a poll, or one of after ``now``, changes nothing.
        """
        polls = [_seen(post) for post in posts]
        known = list(zip(posts, polls, strict=True))
        found = [self._started(post, seen, thresholds) for post, seen in known]
        by_source: dict[str, list[int]] = defaultdict(list)
        for place, (post, one) in enumerate(zip(posts, found, strict=True)):
            if one.method == "own":
                by_source[post.source].append(place)
        ranked = {"own", "pooled"} if self._pooled else {"own"}
        young = [
            (place, seen)
            for place, seen in enumerate(polls)
            if seen and found[place].method in ranked and (found[place].method == "own" or seen.ages[-1] > _AT_ONCE)
        ]
        rows = columns_of([seen for _, seen in young]) if young else ()
        columns = dict(zip([place for place, _ in young], rows, strict=True))
        for source, places in by_source.items():
            self._by_own(self.own[source], {place: columns[place] for place in places}, thresholds, found)
        self._rank(columns, found)
        return [_complete(post, one, seen) for (post, seen), one in zip(known, found, strict=True)]

    def _started(self, post: Watched, polls: Polls | None, thresholds: Sequence[int]) -> Forecast:
        """Forecast by the lines, unless the source's own model is to be asked, together with others."""
        if polls is None or post.source not in self.own or polls.ages[-1] >= HORIZON_MINUTES:
            return forecast(post.snapshots, post.followers, post.created_at, post.now, thresholds)
        age = max((post.now - post.created_at).total_seconds() / 60, 0.0)
        # A count below an earlier one is a stale answer.
        return Forecast(None, None, None, {}, None, "own", age, round(polls.counts[-1]))

    def _by_own(self, own: Own, columns: Mapping[int, Any], thresholds: Sequence[int], found: list[Forecast]) -> None:
        import numpy as np

        rows = np.array(list(columns.values()))
        sizes = own.model.sizes(rows)
        asked = np.tile(np.asarray(thresholds, float), len(rows))
        chances = own.model.chances(np.repeat(rows, len(thresholds), axis=0), asked).reshape(len(rows), -1)
        for place, (low, median, high), chance in zip(columns, sizes.tolist(), chances.tolist(), strict=True):
            found[place] = replace(
                found[place],
                median=median,
                low=low,
                high=high,
                thresholds=dict(zip(thresholds, chance, strict=True)),
                learnt_from=own.posts,
                calibrated=own.posts >= ENOUGH_POSTS,
            )

    def _rank(self, columns: Mapping[int, Any], found: list[Forecast]) -> None:
        import numpy as np

        if self._pooled is not None and columns:
            ranks = self._pooled.ranks(np.array(list(columns.values())))
            for place, rank in zip(columns, ranks, strict=True):
                found[place] = replace(found[place], rank=float(rank))


def polls_of(
    snapshots: Iterable[Snapshot], created_at: datetime, now: datetime | None = None, followers: int | None = None
) -> Polls | None:
    """Add up the interactions of snapshots up to ``now``; None where no snapshot has any.

    A metric that a snapshot lacks keeps its last count. Before every metric that is known by now was read once, the
    sum is unknown, so such snapshots are left out: a metric that is read late has not grown late.
    """
    by_time: dict[datetime, dict[Metric, int]] = {}
    for snapshot in snapshots:
        if now is None or snapshot.at <= now:
            counts = by_time.setdefault(snapshot.at, {})
            for metric in INTERACTIONS:
                value = snapshot.engagement.get(metric)
                if value is not None:
                    counts[metric] = max(value, counts.get(metric, 0))
    metrics = {metric for counts in by_time.values() for metric in counts}
    known: dict[Metric, int] = {}
    summed: list[tuple[float, float]] = []
    for at in sorted(by_time):
        known.update(by_time[at])
        if by_time[at] and len(known) == len(metrics):
            summed.append((max((at - created_at).total_seconds() / 60, 0.0), float(sum(known.values()))))
    if not summed:
        return None
    published = created_at.astimezone(UTC)
    return Polls.of(summed, followers, published.hour + published.minute / 60)


def final_of(polls: Polls) -> float | None:
    """Give the count nearest to 24 h after publication; None for a post that nobody looked at about then."""
    near = [
        (abs(age - HORIZON_MINUTES), count)
        for age, count in zip(polls.ages, polls.counts, strict=True)
        if NEAR_THE_END[0] <= age <= NEAR_THE_END[1]
    ]
    return min(near)[1] if near else None


def _seen(post: Watched) -> Polls | None:
    polls = polls_of(post.snapshots, post.created_at, post.now, post.followers)
    return replace(polls, traits=post.traits) if polls and post.traits else polls


def _complete(post: Watched, one: Forecast, polls: Polls | None) -> Forecast:
    """Add when growth peaks, and how many times the author's or the source's usual it is."""
    if polls is None or one.median is None:
        return one
    peak = peak_minutes(polls, one.median)
    at = None if peak is None else post.created_at + timedelta(minutes=peak)
    usual = post.usual
    if usual is None and post.followers is not None:
        usual = Usual(usual_of_followers(post.followers), "followers")
    if usual is None:
        return replace(one, peak_at=at)
    return replace(one, peak_at=at, usual_multiple=multiple(one.median, usual.size), usual_of=usual.of)


def peak_minutes(polls: Polls, median: float) -> float | None:
    """Give the age at which growth per hour was, or will be, highest; None where nothing grows or one poll is all.

    What was seen: the middle of the fastest interval between polls. What is to come: the forecast remainder, spread
    evenly over the logarithm of the age as engagement ages, so that the next doubling of the age is its fastest part;
    the middle of that is the peak if it is faster than all that was seen.
    """
    if len(polls.ages) < 2:
        return None
    seen = pairwise(zip((0.0, *polls.ages), (0.0, *polls.counts), strict=True))
    fastest, when = 0.0, None
    for (before, less), (after, more) in seen:
        if (more - less) / (after - before) > fastest:
            fastest, when = (more - less) / (after - before), (before + after) / 2
    age, rest = polls.ages[-1], median - polls.counts[-1]
    if rest > 0 and age < HORIZON_MINUTES:
        until = min(2 * age, HORIZON_MINUTES)
        if rest * log(until / age) / log(HORIZON_MINUTES / age) / (until - age) > fastest:
            when = (age + until) / 2
    return when
