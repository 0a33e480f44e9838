"""Bursts: more mentions in the last minutes than the same hours of the past days can explain.

A scan over windows of several lengths against a negative binomial baseline: counts of people who talk to each other
vary more than a Poisson law allows. Each window gets the probability of so many mentions by chance; the least likely
one speaks (scan statistics: Kulldorff 1997; counts at the same time of the past days: Farrington et al. 1996).
"""

from dataclasses import dataclass
from typing import Any

from models.usual import usual

STEP_MINUTES = 5
WINDOWS = (1, 3, 6, 12)
"""Steps that are looked at together: 5 minutes to an hour."""

AROUND = 6
"""Steps before and after the same time of a past day that belong to it."""

ENOUGH = 25.0
"""The score that tells of a burst: on five brands followed for eight weeks it did so falsely 1.75 times a week each."""

QUIET = 6 * 60 // STEP_MINUTES
"""Steps below it after which the same score tells of another burst: six hours, as long as people talk of one matter."""

STEPS_A_DAY = 24 * 60 // STEP_MINUTES

_MOST = 300.0
_LEAST_EXCESS = 0.02
"""Share of the mean by which the variance is above it at least: the limit, a Poisson law, has no such parameters."""

_LEAST_MEAN = 0.05
"""Mentions a step where there were none: one is no burst yet, as long as it stays alone."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A time at which too much was said: the step at which it was noticed, and its score."""

    step: int
    score: float


@dataclass(frozen=True, slots=True)
class Window:
    """Some steps up to and including the step ``last``: what was seen in them, what is usual, and the score."""

    last: int
    steps: int
    score: float
    seen: float
    usual: float


def scores(counts: Any) -> Any:
    """Score each step of a series of counts (5 minutes each; NaN is unknown): -log10 of the least likely window.

    Only what is known by the end of a step is used. 0 while less than a day is known.
    """
    return _scan(counts, 0)[0]


def windows(counts: Any, first: int = 0) -> list[Window]:
    """Give the least likely window that ends at each step from ``first`` on; ``scores`` says its score."""
    score, steps, seen, mean = _scan(counts, first)
    return [
        Window(first + place, int(steps[place]), float(score[place]), float(seen[place]), float(mean[place]))
        for place in range(len(score))
        if steps[place]
    ]


def bursts(counts: Any, threshold: float = ENOUGH, quiet_steps: int = QUIET) -> list[Burst]:
    """Give the bursts whose score reaches a threshold; the next one begins after ``quiet_steps`` below it."""
    found: list[Burst] = []
    last = -quiet_steps - 1
    for step, score in enumerate(scores(counts).tolist()):
        if score >= threshold:
            if step - last > quiet_steps:
                found.append(Burst(step, score))
            last = step
    return found


def _scan(counts: Any, first: int) -> tuple[Any, Any, Any, Any]:
    """Give score, length, count and mean of the least likely window at each step from ``first`` on; 0 without one."""
    import numpy as np
    from scipy.stats import nbinom

    counts = np.asarray(counts, float)
    before = max(0, first - max(WINDOWS) + 1)
    means, variances = usual(counts, STEPS_A_DAY, AROUND, _LEAST_MEAN, before)
    found, length, most, expected = np.zeros((4, len(counts) - first))
    for steps in WINDOWS:
        seen, mean, variance = (
            _summed(values, steps)[first - before :] for values in (counts[before:], means, variances)
        )
        # Neighbouring steps rise together, so that a window varies more than its steps by themselves.
        variance = mean + np.maximum(variance - mean, _LEAST_EXCESS * mean) * np.sqrt(steps)
        size = mean**2 / (variance - mean)
        with np.errstate(invalid="ignore", divide="ignore"):
            rare = -nbinom.logsf(seen - 1, size, size / (size + mean)) / np.log(10)
        rare = np.minimum(np.nan_to_num(np.where(seen > mean, rare, 0.0), nan=0.0, posinf=_MOST), _MOST)
        # Of two that cannot be told apart the longer one says more.
        better = (rare >= found) & (rare > 0)
        found, length, most, expected = (
            np.where(better, new, old) for new, old in ((rare, found), (steps, length), (seen, most), (mean, expected))
        )
    return found, length, most, expected


def _summed(values: Any, steps: int) -> Any:
    """Sum the last ``steps`` values at each step; NaN where one of them is unknown."""
    import numpy as np

    summed = np.convolve(values, np.ones(steps))[: len(values)]
    summed[: steps - 1] = np.nan
    return summed
