"""How large a post's engagement will become: the chance that it passes each size, from polls at any ages.

One model answers for all sizes at once, so that its answers never contradict each other. Its start is a straight line
on logarithms (Szabo and Huberman 2010, CACM 53:8) with a logistic spread; boosted trees over polls *and* size correct
it. Constraints hold in every tree (LightGBM, Ke et al. 2017): a higher newest count or more followers never lower a
chance, and a larger size is never likelier than a smaller one. Medians, bands and chances of doubling are read off.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

_SIZES = tuple(sorted({round(1.35**power) for power in range(72)}))
"""Sizes at which chances are computed before a level is read off between them. They are the same for all posts, so
that what only raises chances only raises what is read off."""

_ASKED = 20
"""How many of them above the present count: a growth by some 400 times."""


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


class GrowthModel:
    """Chances of sizes, of one kind of post.

    ``weights`` holds ``base`` (of a constant, the logarithms of count and age, and the late growth), ``spread``,
    ``trees`` (an ONNX graph, as bytes) and ``top`` (the size that one post in ten reached where it learnt).
    """

    def __init__(self, weights: Artifact) -> None:
        # It takes a tenth of a second to load: only who forecasts should wait for it.
        import onnxruntime

        self.version = weights.version
        self.top = float(weights.arrays["top"])
        self._base, self._spread = weights.arrays["base"], float(weights.arrays["spread"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
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
        asked = asked_columns(columns, sizes)
        odds = (base_columns(columns) @ self._base - asked[:, RISING]) / self._spread
        odds = odds + self._trees.run(None, {"asked": asked.astype(np.float32)})[0][:, 0]
        return np.where(sizes <= np.expm1(columns[:, 0]) + 1e-9, 1.0, 1.0 / (1.0 + np.exp(-odds)))

    def sizes(self, columns: Any, levels: Sequence[float] = (0.1, 0.5, 0.9)) -> Any:
        """Give final sizes (posts × levels), whole ones: a post ends at it or below with at least that probability."""
        import numpy as np

        now = np.round(np.expm1(columns[:, 0]))
        grid = np.array([*_SIZES, *[float(_SIZES[-1])] * _ASKED])
        places = np.searchsorted(_SIZES, now, side="right")[:, None] + np.arange(_ASKED)
        asked = grid[places]
        chances = self.chances(np.repeat(columns, _ASKED, axis=0), asked.ravel()).reshape(asked.shape)
        # What is reached is certain, and there the curve begins.
        known = np.column_stack([now, asked])
        curve = np.minimum.accumulate(np.column_stack([np.ones(len(now)), chances]), axis=1)
        read = [[_crossing(*row, 1.0 - level) for level in levels] for row in zip(known, curve, strict=True)]
        return np.array(read).reshape(len(now), len(levels))


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
    """What the straight line rests on (posts × 4): a constant, the count, the growth of late, the age."""
    import numpy as np

    return np.column_stack([np.ones(len(columns)), columns[:, 0], columns[:, _HALF], columns[:, RISING]])


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
    return [*rising, *free, math.log1p(fastest), when / age, math.cos(turn), math.sin(turn)]


def _crossing(sizes: Any, chances: Any, wanted: float) -> float:
    """Give the largest whole size that is reached with a chance; between known sizes it falls on a straight line."""
    place = int((chances >= wanted).sum())
    if place == len(sizes):
        return float(sizes[-1])
    before, after = math.log1p(sizes[place - 1]), math.log1p(sizes[place])
    share = (chances[place - 1] - wanted) / max(chances[place - 1] - chances[place], 1e-12)
    return math.floor(math.expm1(before + (after - before) * share) + 1e-6)
