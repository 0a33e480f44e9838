"""How good bursts are found: against windows that people labelled, by brand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.bursts import STEP_MINUTES, Burst

WEEK = 7 * 24 * 60 // STEP_MINUTES


@dataclass(frozen=True, slots=True)
class Mentions:
    """One brand: its counts every 5 minutes (NaN unknown), and the labelled windows with their moment, in steps."""

    brand: str
    counts: Any
    windows: Sequence[tuple[float, float]]
    moments: Sequence[float]


def burst_figures(found: Sequence[tuple[Mentions, Sequence[Burst]]]) -> dict[str, float | int | None]:
    """Count windows in which a burst began, and bursts that began in none; delays are minutes after the moment."""
    begins = [(mentions, [burst.step for burst in bursts]) for mentions, bursts in found]
    delays = []
    for mentions, steps in begins:
        for (start, end), moment in zip(mentions.windows, mentions.moments, strict=True):
            inside = [step for step in steps if start <= step <= end]
            delays += [(inside[0] - moment) * STEP_MINUTES] if inside else []
    wrong = sum(not any(start <= step <= end for start, end in one.windows) for one, steps in begins for step in steps)
    labelled = sum(len(one.windows) for one, _ in begins)
    weeks = sum(len(one.counts) for one, _ in begins) / WEEK
    return {
        "windows": labelled,
        "recall": round(len(delays) / labelled, 4) if labelled else None,
        "bursts": sum(len(steps) for _, steps in begins),
        "false_alarms_a_week": round(wrong / weeks, 4),
        "median_delay_minutes": sorted(delays)[len(delays) // 2] if delays else None,
    }
