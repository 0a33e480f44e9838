"""What is usual: mean and variance of counts at the same time of the past days."""

from typing import Any

DAYS = 7
"""Past days whose same hours say what is usual."""

LEAST_DAYS = 1
"""Days that have to be known before anything is called unusual."""

_TRIMMED = 0.1


def usual(counts: Any, steps_a_day: int, around: int, least_mean: float, first: int = 0) -> tuple[Any, Any]:
    """Give mean and variance at each step from ``first`` on, without the highest and the lowest tenth of the past.

    ``around`` steps before and after the same time of a past day belong to it. NaN is unknown, and comes back where
    less than ``LEAST_DAYS`` are known; the mean is at least ``least_mean``, the variance at least the mean.
    """
    import numpy as np

    margin = DAYS * steps_a_day + around
    padded = np.concatenate([np.full(margin, np.nan), counts, np.full(around, np.nan)])
    places = np.arange(first, len(counts)) + margin
    columns = [
        padded[places - day * steps_a_day + shift] for day in range(1, DAYS + 1) for shift in range(-around, around + 1)
    ]
    past = np.sort(np.stack(columns, axis=1), axis=1)  # NaN last
    known = (~np.isnan(past)).sum(axis=1)
    cut = np.floor(known * _TRIMMED).astype(int)
    place = np.arange(past.shape[1])
    kept = (place >= cut[:, None]) & (place < (known - cut)[:, None])
    enough = known >= LEAST_DAYS * (2 * around + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = kept.sum(axis=1)
        mean = np.where(kept, past, 0.0).sum(axis=1) / total
        variance = np.where(kept, (past - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(total - 1, 1)
    mean = np.where(enough, np.maximum(mean, least_mean), np.nan)
    return mean, np.where(enough, np.maximum(variance, mean), np.nan)
