"""When what did not go out is tried again: soon at first, then ever later, and never before the other side said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.errors import RetryLater

_MOST_DOUBLINGS = 12
"""A thousand tries must not make a number of a thousand digits."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Each is twice as long as the one before it, from the ``first`` to the ``longest``."""

    first: timedelta
    longest: timedelta

    def over_at(self, failed: int, error: RetryLater, now: datetime) -> datetime:
        """When to try again after so many tries failed, the last with this error."""
        doubled: int = 2 ** min(failed - 1, _MOST_DOUBLINGS)
        over = now + min(self.longest, self.first * doubled)
        return max(over, error.after) if error.after else over
