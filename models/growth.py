"""How large a post's engagement will become: the chance that it passes each size, from polls at any ages.

One model answers for all sizes at once, so that its answers never contradict each other. Its start is a straight line
on logarithms (Szabo and Huberman 2010, CACM 53:8) with a logistic spread; boosted trees over polls *and* size correct
it. Constraints hold in every tree (LightGBM, Ke et al. 2017): a higher newest count or more followers never lower a
chance, and a larger size is never likelier than a smaller one. Medians, bands and chances of doubling are read off.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

from models.artifact import Artifact

LAGS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)
"""Shares of the age at which earlier counts are looked up: how fast it grew since then, and how fast before."""

RISING = 2 + 2 * len(LAGS)
"""Columns of a post that only raise its chances: its count, its growth since each lag, its author's followers."""

TRAITS = ("complaint", "negative", "severity", "signals", "second_person")
"""What text and author say of a post, in the order of ``Polls.traits``: the probability that it is a complaint, that it
is negative, its severity from 0 to 4, the number of its signals, and whether it speaks to somebody (1) or not (0)."""

_HALF = 1 + 2 * LAGS.index(0.5)
"""The column that says how fast it grew in the younger half of its life."""

_FOLLOWED = math.log1p(400)
"""Followers of a usual author, where nobody says how many there are."""

_LATE = 4
"""Of so many earlier intervals the rates are told one by one."""

_SIZES = tuple(sorted({round(1.05**power) for power in range(450)}))
"""Sizes at which chances are computed before a level is read off between them. They are the same for all posts, so
that what only raises chances only raises what is read off."""

_HALVINGS = 7
"""How often the sizes above the present count are halved to find a level: a growth by some 500 times."""


@dataclass(frozen=True, slots=True)
class Polls:
    """Counts of one post at rising ages (minutes), none lower than the one before; at least one.

    ``hour`` is the hour of the day (UTC, 0 to 24) of its publication; ``usual`` what earlier posts of its author had
    when it was published, the mean of their logarithms as a count; ``traits`` are as ``TRAITS`` says, or none at all.
    None is unknown.
    """

    ages: tuple[float, ...]
    counts: tuple[float, ...]
    followers: float | None = None
    hour: float | None = None
    usual: float | None = None
    traits: tuple[float | None, ...] = ()

    @classmethod
    def of(
        cls,
        polls: Iterable[tuple[float, float]],
        followers: float | None = None,
        hour: float | None = None,
        usual: float | None = None,
        traits: tuple[float | None, ...] = (),
    ) -> Self:
        """Put polls in order, whatever order they came in: the same one twice counts once.

        A count below an earlier one is a deletion or a stale answer; what was reached stays reached.
        """
        highest: dict[float, float] = {}
        for age, count in polls:
            highest[max(age, 0.5)] = max(count, highest.get(max(age, 0.5), 0.0))
        counts, reached = [], 0.0
        for age in sorted(highest):
            reached = max(reached, highest[age])
            counts.append(reached)
        return cls(tuple(sorted(highest)), tuple(counts), followers, hour, usual, traits)

    def until(self, age: float) -> Self | None:
        """Give what was known at an age in minutes; None before the first poll."""
        known = bisect_right(self.ages, age)
        return replace(self, ages=self.ages[:known], counts=self.counts[:known]) if known else None


class GrowthModel:
    """Chances of sizes, of one kind of post.

    ``weights`` holds ``base`` (for each of ``base_columns``), ``spread``, ``trees`` (an ONNX graph, as bytes; without
    it the line answers alone), ``scaling`` (what log odds are multiplied with, and what is added then; absent: 1, 0),
    ``top`` (the size that one post in ten reached where it learnt), and for ranks ``ages`` (logarithms of minutes,
    rising) and ``scores`` (ages × shares: log odds of ``top``, rising).
    """

    def __init__(self, weights: Artifact) -> None:
        # It takes a tenth of a second to load: only who forecasts should wait for it.
        import onnxruntime

        self.version = weights.version
        self.top = float(weights.arrays["top"])
        self._base, self._spread = weights.arrays["base"], float(weights.arrays["spread"])
        self._scale, self._shift = weights.arrays.get("scaling", (1.0, 0.0))
        self._ages, self._scores = weights.arrays["ages"], weights.arrays["scores"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._trees = None
        if "trees" in weights.arrays:
            content = weights.arrays["trees"].tobytes()
            self._trees = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    @classmethod
    def builtin(cls, name: str) -> Self:
        """Load one of the models that come with the package."""
        return cls(Artifact.load(f"spread/{name}"))

    def chances(self, columns: Any, sizes: Any) -> Any:
        """Give the probability that each post (rows of ``columns_of``) ends at that size or above (one a row)."""
        import numpy as np

        sizes = np.asarray(sizes, float)
        odds = self._odds(columns, sizes)
        return np.where(sizes <= np.expm1(columns[:, 0]) + 1e-9, 1.0, 1.0 / (1.0 + np.exp(-odds)))

    def sizes(self, columns: Any, levels: Sequence[float] = (0.1, 0.5, 0.9)) -> Any:
        """Give final sizes (posts × levels), whole ones: a post ends at it or below with at least that probability."""
        import numpy as np

        now, grid, wanted = np.round(np.expm1(columns[:, 0])), np.array(_SIZES, float), 1.0 - np.asarray(levels)
        many = len(wanted)
        rows, wanted = np.repeat(columns, many, axis=0), np.tile(wanted, len(columns))
        # Numbers of sizes above the present count; the one before the first is that count, which is certain.
        first = np.searchsorted(grid, now, side="right").repeat(many)
        low, high = np.zeros(len(rows), int), np.full(len(rows), 2**_HALVINGS)
        chance_low, chance_high = np.ones(len(rows)), np.zeros(len(rows))
        for _ in range(_HALVINGS):
            middle = (low + high) // 2
            chances = self.chances(rows, grid[np.minimum(first + middle - 1, len(grid) - 1)])
            reached = chances >= wanted
            low, chance_low = np.where(reached, middle, low), np.where(reached, chances, chance_low)
            high, chance_high = np.where(reached, high, middle), np.where(reached, chance_high, chances)
        before = np.maximum(np.where(low > 0, grid[np.minimum(first + low - 1, len(grid) - 1)], 0.0), now.repeat(many))
        after = np.maximum(grid[np.minimum(first + high - 1, len(grid) - 1)], before)
        # Between two sizes the chance falls on a straight line over their logarithms.
        share = (chance_low - wanted) / np.maximum(chance_low - chance_high, 1e-12)
        found = np.log1p(before) + (np.log1p(after) - np.log1p(before)) * share
        return np.floor(np.expm1(found) + 1e-6).reshape(len(now), many)

    def ranks(self, columns: Any) -> Any:
        """Give the share, 0 to 1, of the posts of that age that it learnt from which were less likely to become large.

        This orders posts of a source whose sizes nobody knows yet: a rank is no probability. Between the ages that it
        learnt at, shares lie on a straight line over the logarithm of the age.
        """
        import numpy as np

        odds = self._odds(columns, np.full(len(columns), self.top))
        shares = np.array([_share(odds, scores) for scores in self._scores])
        place = np.interp(columns[:, RISING], self._ages, np.arange(len(self._ages)))
        before = np.minimum(place.astype(int), max(len(self._ages) - 2, 0))
        after, posts = np.minimum(before + 1, len(self._ages) - 1), np.arange(len(odds))
        return shares[before, posts] + (shares[after, posts] - shares[before, posts]) * (place - before)

    def _odds(self, columns: Any, sizes: Any) -> Any:
        import numpy as np

        asked = asked_columns(columns, sizes)
        odds = (base_columns(columns) @ self._base - asked[:, RISING]) / self._spread
        if self._trees is not None:
            odds = odds + self._trees.run(None, {"asked": asked.astype(np.float32)})[0][:, 0]
        return self._scale * odds + self._shift


def columns_of(polls: Sequence[Polls]) -> Any:
    """Describe posts as rows: what only raises chances first (``RISING`` columns), then the rest; NaN is unknown."""
    import numpy as np

    return np.array([_row(one) for one in polls], float).reshape(len(polls), -1)


def asked_columns(columns: Any, sizes: Any) -> Any:
    """Join posts with the sizes that are asked about: the size itself, and how far it is from the count so far."""
    import numpy as np

    # Between whole numbers: a size of 5 is asked as 4.5, so that reaching it and passing it are the same.
    wanted = np.log(np.maximum(np.asarray(sizes, float), 0.5) + 0.5)
    return np.column_stack([columns[:, :RISING], wanted, wanted - columns[:, 0], columns[:, RISING:]])


def base_columns(columns: Any) -> Any:
    """What the straight line rests on (posts × 5): a constant, the count, growth of late, the age, the followers."""
    import numpy as np

    followers = np.nan_to_num(columns[:, RISING - 1] - _FOLLOWED)
    return np.column_stack([np.ones(len(columns)), columns[:, 0], columns[:, _HALF], columns[:, RISING], followers])


def _row(polls: Polls) -> list[float]:
    age, count = polls.ages[-1], polls.counts[-1]
    # The newest count stands in none of the columns that may lower a chance.
    earlier = list(zip((0.0, *polls.ages[:-1]), (0.0, *polls.counts[:-1]), strict=True))
    rising, free = [math.log1p(count)], [math.log(age)]
    for lag in LAGS:
        at, then = max(pair for pair in earlier if pair[0] <= lag * age)
        since = math.log1p(count - then) - math.log(age - at)
        rising += [since, since - math.log1p(then) + math.log(at) if at else math.nan]
        free.append(math.log1p(then))
    rising.append(math.nan if polls.followers is None else math.log1p(max(polls.followers, 0.0)))
    rates = [((late[1] - early[1]) / (late[0] - early[0]), late[0]) for early, late in pairwise(earlier)]
    fastest, when = max(rates, default=(0.0, 0.0))
    turn = math.nan if polls.hour is None else polls.hour * math.pi / 12
    free += [math.log1p(fastest), when / age, math.cos(turn), math.sin(turn), *_told(earlier, age)]
    steps = [(late[0] - early[0], late[1] - early[1]) for early, late in pairwise(earlier)]
    free += [*([math.nan] * _LATE), *(math.log1p(more) - math.log(took) for took, more in steps)][-_LATE:]
    free.append(math.nan if polls.usual is None else math.log1p(max(polls.usual, 0.0)))
    traits = [math.nan if one is None else float(one) for one in polls.traits]
    return [*rising, *free, *(traits or [math.nan] * len(TRAITS))]


def _told(earlier: Sequence[tuple[float, float]], age: float) -> list[float]:
    """When counts first and last rose before the newest poll, and when they passed quarters of what they reached."""
    rises = [late[0] for early, late in pairwise(earlier) if late[1] > early[1]]
    if not rises:
        return [math.log1p(age), *[math.nan] * 4]
    quarters = [next(at for at, count in earlier if count >= part * earlier[-1][1]) / age for part in (0.25, 0.5, 0.75)]
    return [math.log1p(age - rises[-1]), math.log1p(rises[0]), *quarters]


def _share(odds: Any, scores: Any) -> Any:
    """Give the share of scores that lie below; beyond the highest it only nears 1, so that order stays."""
    import numpy as np

    known, first = np.unique(scores, return_index=True)
    step = 1.0 / len(scores)
    inside = np.interp(odds, known, (first + 0.5) * step)
    above = 1.0 - (1.0 - (first[-1] + 0.5) * step) * np.exp(np.minimum(known[-1] - odds, 0.0))
    below = (first[0] + 0.5) * step * np.exp(np.minimum(odds - known[0], 0.0))
    return np.where(odds > known[-1], above, np.where(odds < known[0], below, inside))
