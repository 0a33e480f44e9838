"""Bursts: more mentions in the last minutes than the same hours of the past days can explain.

A scan over windows of several lengths against a negative binomial baseline: counts of people who talk to each other
vary more than a Poisson law allows. Each window gets the probability of so many mentions by chance; the least likely
one speaks (scan statistics: Kulldorff 1997; counts at the same time of the past days: Farrington et al. 1996).
"""

from dataclasses import dataclass
from typing import Any

STEP_MINUTES = 5
WINDOWS = (1, 3, 6, 12)
"""Steps that are looked at together: 5 minutes to an hour."""

DAYS = 7
"""Past days whose same hours say what is usual."""

AROUND = 6
"""Steps before and after the same time of a past day that belong to it."""

ENOUGH = 25.0
"""The score that tells of a burst: on five brands followed for eight weeks it did so falsely 1.75 times a week each."""

QUIET = 6 * 60 // STEP_MINUTES
"""Steps below it after which the same score tells of another burst: six hours, as long as people talk of one matter."""

LEAST_DAYS = 1
"""Days that have to be known before anything is called unusual."""

_TRIMMED = 0.1
_DAY = 24 * 60 // STEP_MINUTES
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


def scores(counts: Any) -> Any:
    """Score each step of a series of counts (5 minutes each; NaN is unknown): -log10 of the least likely window.

    Only what is known by the end of a step is used. 0 while less than a day is known.
    """
    import numpy as np
    from scipy.stats import nbinom

    counts = np.asarray(counts, float)
    means, variances = _usual(counts)
    found = np.zeros(len(counts))
    for steps in WINDOWS:
        seen, mean, variance = (_summed(values, steps) for values in (counts, means, variances))
        # Neighbouring steps rise together, so that a window varies more than its steps by themselves.
        variance = mean + np.maximum(variance - mean, _LEAST_EXCESS * mean) * np.sqrt(steps)
        size = mean**2 / (variance - mean)
        with np.errstate(invalid="ignore", divide="ignore"):
            rare = -nbinom.logsf(seen - 1, size, size / (size + mean)) / np.log(10)
        found = np.fmax(found, np.where(seen > mean, rare, 0.0))
    return np.minimum(np.nan_to_num(found, nan=0.0, posinf=_MOST), _MOST)


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


def _usual(counts: Any) -> tuple[Any, Any]:
    """Give mean and variance of the same time of the past days at each step; NaN where too little is known."""
    import numpy as np

    padded = np.concatenate([np.full(DAYS * _DAY + AROUND, np.nan), counts, np.full(AROUND, np.nan)])
    places = np.arange(len(counts)) + DAYS * _DAY + AROUND
    columns = [
        padded[places - day * _DAY + shift] for day in range(1, DAYS + 1) for shift in range(-AROUND, AROUND + 1)
    ]
    past = np.sort(np.stack(columns, axis=1), axis=1)  # NaN last
    known = (~np.isnan(past)).sum(axis=1)
    cut = np.floor(known * _TRIMMED).astype(int)
    place = np.arange(past.shape[1])
    kept = (place >= cut[:, None]) & (place < (known - cut)[:, None])
    enough = known >= LEAST_DAYS * (2 * AROUND + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = kept.sum(axis=1)
        mean = np.where(kept, past, 0.0).sum(axis=1) / total
        variance = np.where(kept, (past - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(total - 1, 1)
    mean = np.where(enough, np.maximum(mean, _LEAST_MEAN), np.nan)
    return mean, np.where(enough, np.maximum(variance, mean), np.nan)


def _summed(values: Any, steps: int) -> Any:
    """Sum the last ``steps`` values at each step; NaN where one of them is unknown."""
    import numpy as np

    summed = np.convolve(values, np.ones(steps))[: len(values)]
    summed[: steps - 1] = np.nan
    return summed
