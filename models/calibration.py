"""Whether chances come true: of all posts that were given 30 %, three in ten should reach the size.

A curve of ten bins says so, and one number: the expected calibration error (Guo et al. 2017, ICML, section 2), the mean
gap between what was said and what came true, each bin weighing as much as it has posts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

BINS = 10

ENOUGH_POSTS = 300
"""Finished posts of its own from which a source's sizes are shown, and from which a calibration says something."""

TOLERATED_ERROR = 0.05
"""The expected calibration error above which a model should be fitted again."""

CHECKED_AGES = (10, 30, 60)
"""Ages in minutes at which forecasts are checked against what became of the posts."""

Bin: TypeAlias = tuple[float, float, int]
"""Mean of the chances that were given (0 to 1), share of the posts that came true (0 to 1), how many posts."""


@dataclass(slots=True)
class Reliability:
    """Chances and what came of them, one after the other: it keeps sums only, however many there are."""

    _sums: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0, 0.0] for _ in range(BINS)])

    def add(self, chance: float, reached: bool) -> None:  # noqa: FBT001 - the pair is the thing
        """Take in one chance (0 to 1) and whether it came true."""
        sums = self._sums[min(int(chance * BINS), BINS - 1)]
        sums[0] += chance
        sums[1] += reached
        sums[2] += 1

    @property
    def posts(self) -> int:
        """How many chances were taken in."""
        return int(sum(count for *_, count in self._sums))

    @property
    def bins(self) -> list[Bin]:
        """The ten bins in rising order; one without posts is (0, 0, 0)."""
        return [
            (round(said / count, 4), round(true / count, 4), int(count)) if count else (0.0, 0.0, 0)
            for said, true, count in self._sums
        ]

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1; 0 where nothing was taken in."""
        return sum(abs(said - true) for said, true, _ in self._sums) / max(self.posts, 1)


def joined(several: Iterable[Sequence[Bin]]) -> list[Bin]:
    """Put the bins of several checks together, each weighing as much as it has posts."""
    found = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for bins in several:
        for sums, (said, true, count) in zip(found, bins, strict=True):
            for place, value in enumerate((said * count, true * count, count)):
                sums[place] += value
    return [(said / n, true / n, int(n)) if n else (0.0, 0.0, 0) for said, true, n in found]


def error_of(bins: Sequence[Bin]) -> float:
    """Give the expected calibration error, 0 to 1; 0 where there are no posts."""
    posts = sum(count for *_, count in bins)
    return sum(abs(said - true) * count for said, true, count in bins) / max(posts, 1)


def refit_needed(checked: Iterable[tuple[float, int]]) -> bool:
    """Whether any of the errors, each on so many posts, is both too large and no accident."""
    return any(error > TOLERATED_ERROR and posts >= ENOUGH_POSTS for error, posts in checked)


@cache
def of_public_sets() -> Sequence[Mapping[str, Any]]:
    """How well the models that come with Kuula were calibrated on posts of authors that they had not learnt from.

    One mapping a set and age: ``set``, ``age_minutes``, ``size``, ``posts``, ``error`` and ``bins``.
    """
    file = resources.files("models").joinpath("artifacts", "spread", "reliability.json")
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []
