"""How far a post will spread within a day of its publication: log-linear over polled counts and followers.

Every quantile of the final size is a rising straight line, with one bend, in the logarithm of the count so far (after
Szabo and Huberman 2010), one set of lines for each of a few ages; between those ages they are blended. Followers
speak for a post until its counts do. More engagement or more followers never lower a forecast.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from itertools import pairwise

from models.post import Metric, Snapshot

THRESHOLDS = (10, 100, 1000)
"""Interactions (likes, shares, quotes and replies together) whose probability is forecast by default."""

INTERACTIONS = (Metric.LIKES, Metric.SHARES, Metric.QUOTES, Metric.REPLIES)
"""What counts as spreading. Views and saves differ too much between sources to be added up."""

HORIZON_MINUTES = 24 * 60.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Interactions that a post will have 24 h after publication, or has by now if it is older.

    ``median`` is None where nothing is known; then ``low`` and ``high`` (the 80 % band) are None too. ``thresholds``
    maps a number of interactions to the probability of reaching it. ``usual_multiple`` compares the median with what
    is usual for ``usual_of``: this ``author``, posts of this ``source``, or authors with that many ``followers``.
    ``method`` says what it rests on: ``own`` (a model of the source's own posts), ``pooled`` (lines that were learnt
    elsewhere), ``followers`` (no poll yet), ``observed`` (a day has passed) or ``none``. ``so_far`` is the count it
    rests on, None where no source gave any. ``rank`` is the share of posts of that age that are ranked below, 0 to 1,
    and ``peak_at`` when growth was, or will be, fastest; None is unknown. ``learnt_from`` counts the finished posts of
    an own model. Sizes and chances that are not ``calibrated`` rank posts and steer decisions, but are not shown.
    """

    median: float | None
    low: float | None
    high: float | None
    thresholds: Mapping[int, float]
    usual_multiple: float | None
    method: str
    age_minutes: float
    so_far: int | None = None
    rank: float | None = None
    peak_at: datetime | None = None
    usual_of: str | None = None
    learnt_from: int = 0
    calibrated: bool = False

    @property
    def top_share(self) -> float:
        """Among the top how many of all posts of that age this one is: a whole percentage, 0.01 to 1."""
        return max(math.ceil(100 * (1 - (self.rank or 0.0)) - 1e-9), 1) / 100


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a whole story will go: its posts together, 24 h after each was written.

    ``median`` is the sum of the posts' medians, as a rule below the median of the sum; None where no post has one.
    ``thresholds`` are lower bounds: one post alone passes a size with that probability, and a story is not below its
    largest post. Posts of one story rise together, so no more is claimed. ``calibrated`` when all its posts are.
    """

    posts: int
    so_far: int
    median: float | None
    thresholds: Mapping[int, float]
    calibrated: bool


def story_outlook(posts: Sequence[Forecast]) -> Outlook:
    """Sum up the forecasts of a story's posts."""
    medians = [one.median for one in posts if one.median is not None]
    so_far = sum(one.so_far or 0 for one in posts)
    chances: dict[int, float] = {}
    for one in posts:
        for size, chance in one.thresholds.items():
            chances[size] = 1.0 if so_far >= size else max(chance, chances.get(size, 0.0))
    calibrated = bool(posts) and all(one.calibrated or one.method == "observed" for one in posts)
    return Outlook(len(posts), so_far, sum(medians) if medians else None, chances, calibrated)


def forecast(
    snapshots: Sequence[Snapshot],
    followers: int | None,
    created_at: datetime,
    now: datetime,
    thresholds: Sequence[int] = THRESHOLDS,
) -> Forecast:
    """Forecast a post's interactions at 24 h from its polls up to ``now`` and its author's followers.

    Polls may come late, twice or in any order; those after ``now`` are not looked at.
    """
    age = max((now - created_at).total_seconds() / 60, 0.0)
    count, polled = _count(snapshots, created_at, now)
    usual = None if followers is None else _usual(followers)
    if count is None and usual is None:
        return Forecast(None, None, None, {}, None, "none", age)
    if count is None or polled is None:
        curve, floor, method = usual or [], 0.0, "followers"
    elif polled >= HORIZON_MINUTES:
        floor = math.log1p(count)
        curve, method = [floor] * len(_lines().levels), "observed"
    else:
        floor = math.log1p(count)
        curve, method = [max(value, floor) for value in _expected(count, polled, usual)], "pooled"
    median = _at_level(curve, 0.5)
    known = usual is not None and count is not None
    return Forecast(
        median=median,
        low=_at_level(curve, 0.1),
        high=_at_level(curve, 0.9),
        thresholds={limit: _reaches(curve, floor, limit) for limit in thresholds},
        usual_multiple=multiple(median, _at_level(usual, 0.5)) if usual and known else None,
        method=method,
        age_minutes=age,
        so_far=count,
        usual_of="followers" if known else None,
    )


def usual_of_followers(followers: int) -> float:
    """What authors of that many followers usually get within a day."""
    return _at_level(_usual(followers), 0.5)


def multiple(size: float, usual: float) -> float:
    """How many times the usual a size is; one more of each, so that nothing is compared with nothing."""
    return (1 + size) / (1 + usual)


def _count(snapshots: Sequence[Snapshot], created_at: datetime, now: datetime) -> tuple[int | None, float | None]:
    """Add up each metric's newest count and say at which age (minutes) the newest of them was read."""
    newest: dict[Metric, tuple[datetime, int]] = {}
    for snapshot in snapshots:
        if snapshot.at > now:
            continue
        for metric in INTERACTIONS:
            value = snapshot.engagement.get(metric)
            if value is not None:
                newest[metric] = max(newest.get(metric, (snapshot.at, 0)), (snapshot.at, max(value, 0)))
    if not newest:
        return None, None
    read_at = max(at for at, _ in newest.values())
    return sum(value for _, value in newest.values()), max((read_at - created_at).total_seconds() / 60, 0.0)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The artefact: for each age in minutes and quantile level an offset, a slope up to the bend, a slope beyond."""

    levels: tuple[float, ...]
    ages: tuple[float, ...]
    bend: float
    lines: tuple[tuple[tuple[float, float, float], ...], ...]
    usual_offset: float
    usual_slope: float
    usual_spread: tuple[float, ...]
    trust_minutes: float
    tail: float


@cache
def _lines() -> _Lines:
    read = json.loads(resources.files("models.artifacts").joinpath("virality.json").read_text(encoding="utf-8"))
    usual = read["usual"]
    return _Lines(
        levels=tuple(read["levels"]),
        ages=tuple(age["minutes"] for age in read["ages"]),
        bend=read["bend"],
        lines=tuple(tuple((line[0], line[1], line[2]) for line in age["lines"]) for age in read["ages"]),
        usual_offset=usual["offset"],
        usual_slope=usual["slope"],
        usual_spread=tuple(usual["spread"]),
        trust_minutes=usual["trust_minutes"],
        tail=read["tail"],
    )


def _usual(followers: int) -> list[float]:
    """Quantiles of ln(1 + interactions) that authors of that many followers usually get."""
    lines = _lines()
    centre = lines.usual_offset + lines.usual_slope * math.log1p(max(followers, 0))
    return [max(centre + spread, 0.0) for spread in lines.usual_spread]


def _expected(count: int, age: float, usual: Sequence[float] | None) -> list[float]:
    """Quantiles of ln(1 + interactions at 24 h) for a count read at an age."""
    polled = _from_polls(count, age)
    if usual is None:
        return polled
    trust = age / (age + _lines().trust_minutes)
    mixed = [trust * by_poll + (1 - trust) * by_author for by_poll, by_author in zip(polled, usual, strict=True)]
    # A small author whose post moves is moving: followers may speak for a silent post, never against counts.
    return [max(pair) for pair in zip(mixed, polled, strict=True)] if count else mixed


def _from_polls(count: int, age: float) -> list[float]:
    lines = _lines()
    # A count reached before the first learnt age is worth at least as much as the same count reached by then.
    place = min(max(age, lines.ages[0]), HORIZON_MINUTES)
    size = math.log1p(count)
    ages = (*lines.ages, HORIZON_MINUTES)
    later = next(number for number, limit in enumerate(ages) if place <= limit)
    if later == 0:
        return _on_lines(0, size)
    share = math.log(place / ages[later - 1]) / math.log(ages[later] / ages[later - 1])
    young = _on_lines(later - 1, size)
    old = _on_lines(later, size) if later < len(lines.ages) else [size] * len(young)
    return [(1 - share) * before + share * after for before, after in zip(young, old, strict=True)]


def _on_lines(number: int, size: float) -> list[float]:
    lines = _lines()
    flat, steep = min(size, lines.bend), max(size - lines.bend, 0.0)
    # Lines of neighbouring quantiles may cross far out; sorted values of rising lines still rise.
    return sorted(offset + first * flat + second * steep for offset, first, second in lines.lines[number])


def _at_level(curve: Sequence[float], level: float) -> float:
    return math.expm1(curve[_lines().levels.index(level)])


def _reaches(curve: Sequence[float], floor: float, limit: int) -> float:
    """Read the probability of at least ``limit`` interactions off the quantiles."""
    wanted = math.log1p(limit)
    levels = _lines().levels
    if floor >= wanted:
        return 1.0
    if curve[-1] <= floor:
        return 0.0
    if curve[0] >= wanted:
        return 1 - levels[0]
    for (left, below), (right, above) in pairwise(zip(curve, levels, strict=True)):
        if right >= wanted:
            return 1 - (below + (above - below) * (wanted - left) / (right - left))
    return (1 - levels[-1]) * math.exp((curve[-1] - wanted) / _lines().tail)
