"""How good slow rises are found: false ones on what was counted, and how late those that are added to quiet days."""

from collections.abc import Sequence
from typing import Any

from models.bursts import AROUND, STEP_MINUTES, STEPS_A_DAY
from models.evaluation.burst_figures import WEEK, Mentions
from models.rises import QUIET, Rise, hourly, rises
from models.usual import usual

HIGHEST = 3.0
"""How many times the usual an added rise reaches."""

RISING_HOURS = 12
"""Hours that it takes to get there, in a straight line; it stays there for as long again."""

_HOUR = 60 // STEP_MINUTES
_KNOWN_DAYS = 8
_EVERY_DAYS = 2
_SEED = 1


def rise_figures(mentions: Sequence[Mentions]) -> dict[str, float | int | None]:
    """Count rises that began in no labelled window, and the added ones that were found within a day.

    Delays are minutes from where the added rise begins, at the usual height, to the end of the hour that tells of it.
    """
    wrong = sum(
        not any(start <= rise.last * _HOUR <= end for start, end in one.windows)
        for one in mentions
        for rise in _all(one)
    )
    delays = [delay for one in mentions for delay in _added(one)]
    found = sorted(delay for delay in delays if delay is not None)
    return {
        "false_rises_a_week": round(wrong / (sum(len(one.counts) for one in mentions) / WEEK), 4),
        "rises_added": len(delays),
        "rise_recall": round(len(found) / len(delays), 4) if delays else None,
        "median_rise_delay_minutes": found[len(found) // 2] if found else None,
    }


def _all(mentions: Mentions) -> list[Rise]:
    return rises(hourly(mentions.counts, _HOUR))


def _added(mentions: Mentions) -> list[int | None]:
    """Add a rise to every second day that nobody labelled and on which none is found; give the delay of each."""
    import numpy as np

    random = np.random.default_rng(_SEED)
    length = 2 * RISING_HOURS * _HOUR
    delays: list[int | None] = []
    for begin in range(_KNOWN_DAYS * STEPS_A_DAY, len(mentions.counts) - length, _EVERY_DAYS * STEPS_A_DAY):
        start = begin + int(random.integers(0, STEPS_A_DAY)) // _HOUR * _HOUR
        if start + length > len(mentions.counts) or _labelled(mentions, start, start + length):
            continue
        known = mentions.counts[start - _KNOWN_DAYS * STEPS_A_DAY : start + length]
        if _found(known, length) is not None:
            continue
        ramp = np.minimum(np.arange(length) / (length / 2), 1.0) * (HIGHEST - 1)
        level, _ = usual(known, STEPS_A_DAY, AROUND, 0.0, len(known) - length)
        risen = known.copy()
        risen[-length:] += random.poisson(np.nan_to_num(level) * ramp)
        delays.append(_found(risen, length))
    return delays


def _labelled(mentions: Mentions, start: int, end: int) -> bool:
    return any(first - STEPS_A_DAY <= end and start <= last + STEPS_A_DAY for first, last in mentions.windows)


def _found(counts: Any, length: int) -> int | None:
    """Minutes from the beginning of the last ``length`` steps to the first rise that is told of in them, or None."""
    begin = (len(counts) - length) // _HOUR
    told = [rise.last for rise in rises(hourly(counts, _HOUR)) if rise.last >= begin - QUIET]
    return (told[0] + 1 - begin) * 60 if told and told[0] >= begin else None
