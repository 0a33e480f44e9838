"""When a message goes to a person: at once, or together with others when a pause or their quiet hours are over.

What is urgent is never held back. Of the rest the first goes at once and opens a pause; what comes within the pause is
gathered and goes as one message at its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from models.hours import Hours, Quiet

GATHERED = frozenset(
    {
        "alert",
        "again",
        "digest",
        "burst",
        "silent_source",
        "customer_wrote",
        "swap_asked",
        "swap_refused",
        "duty_changed",
    }
)
"""Kinds of messages that may wait for others. All other kinds are about a minute that passes, and never wait."""

_PRESSING = frozenset({"danger", "vulnerable", "in_the_news", "picked_up"})
_MOST_HOURS = 16
_LONGEST_QUIET = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Manners:
    """How one person is told of what is not urgent: the ``pause`` between two messages, and their ``quiet`` hours."""

    pause: timedelta = timedelta(0)
    quiet: Sequence[Hours] = ()
    zone: tzinfo = UTC


def is_urgent(kind: str, payload: Mapping[str, Any]) -> bool:
    """Whether a message must not wait: somebody may be harmed, the press is there, or a minute passes."""
    return kind not in GATHERED or bool(payload.get("urgent")) or payload.get("reason") in _PRESSING


def goes_at(now: datetime, last: datetime | None, manners: Manners) -> datetime:
    """When a message goes that is not urgent; ``last`` is when the one before it went, or is to go."""
    pause_ends = now if last is None else max(now, last + manners.pause)
    return awake_at(min(pause_ends, now + manners.pause), manners)


def awake_at(at: datetime, manners: Manners) -> datetime:
    """The first time from ``at`` on that lies in no quiet hours; whoever has nothing else is told after a day."""
    found, quiet = at, Quiet(manners.quiet, manners.zone)
    for _ in range(_MOST_HOURS):
        over = quiet.over_at(found)
        if over is None:
            return found
        # Clocks that go back show the end twice: the first of them may lie behind us.
        found = max(over, found + _MINUTE)
        if found - at > _LONGEST_QUIET:
            break
    return min(found, at + _LONGEST_QUIET)
