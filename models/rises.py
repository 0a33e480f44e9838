"""Rises: more mentions hour after hour than the same hours of the past days, each hour too little for a burst.

A one-sided CUSUM (Page 1954) on hourly counts, standardised by mean and variance of the same hours of the past days. It
sums what each hour has above one standard deviation, over a day at most: an hour alone, however loud, adds little, as
loud hours are what the scan of ``models.bursts`` finds.

The threshold is the lowest that told of less than half a false rise a brand and week on five brands that were followed
for eight weeks. ``kuula evaluate bursts`` measures that, and how rises are found that were added to quiet days.
"""

from dataclasses import dataclass
from typing import Any

from models.usual import usual

HOURS_A_DAY = 24
ENOUGH = 8.0
"""The sum of standard deviations that tells of a rise."""

QUIET = 24
"""Hours below it after which the same sum tells of another rise."""

MEMORY = 24
"""Hours that are summed at most: what rises for longer is the new usual."""

_SLACK = 1.0
"""Standard deviations of an hour that count for nothing."""

_LOUDEST = 2.0
"""Standard deviations that one hour counts for at most."""

_AROUND = 1
_LEAST_MEAN = 0.6
"""Mentions an hour where there were none."""


@dataclass(frozen=True, slots=True)
class Rise:
    """Hours up to and including the hour ``last`` that together have too much: what was seen, and what is usual."""

    last: int
    hours: int
    score: float
    seen: float
    usual: float


def hourly(counts: Any, steps_an_hour: int) -> Any:
    """Sum a series of counts by the hour, from its first step on; an hour of which a part is unknown is unknown."""
    import numpy as np

    counts = np.asarray(counts, float)
    whole = len(counts) // steps_an_hour
    return counts[: whole * steps_an_hour].reshape(whole, steps_an_hour).sum(axis=1)


def sums(counts: Any, first: int = 0) -> list[Rise]:
    """Give the highest sum that ends at each hour from ``first`` on, of hourly counts (NaN is unknown)."""
    import numpy as np

    counts = np.asarray(counts, float)
    begin = max(0, first - MEMORY + 1)
    mean, variance = usual(counts, HOURS_A_DAY, _AROUND, _LEAST_MEAN, begin)
    seen = counts[begin:]
    above = np.minimum((seen - mean) / np.sqrt(variance), _LOUDEST) - _SLACK
    # An hour that is not known interrupts what came before it.
    known = ~np.isnan(above)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, above, -MEMORY * _LOUDEST))])
    found = []
    for place in range(first - begin, len(seen)):
        start = max(0, place + 1 - MEMORY)
        start += int(np.argmin(total[start : place + 1]))
        score = float(total[place + 1] - total[start])
        if known[place] and score > 0:
            part = slice(start, place + 1)
            found.append(
                Rise(begin + place, place + 1 - start, score, float(seen[part].sum()), float(mean[part].sum()))
            )
    return found


def rises(counts: Any, threshold: float = ENOUGH, quiet_hours: int = QUIET) -> list[Rise]:
    """Give the rises whose sum reaches a threshold; the next one begins after ``quiet_hours`` below it."""
    found: list[Rise] = []
    last = -quiet_hours - 1
    for rise in sums(counts):
        if rise.score >= threshold:
            if rise.last - last > quiet_hours:
                found.append(rise)
            last = rise.last
    return found
