"""What a source may spend: calls and money, asked for before each call."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from monitors.errors import RetryLater


class Budget(Protocol):
    """An allowance. A call whose price is known only afterwards asks for its most and gives the rest back."""

    def spend(self, *, calls: int, cost: float) -> None:
        """Take ``calls`` and ``cost`` (USD), or take nothing and raise ``RetryLater`` with when there is enough again.

        Negative amounts give back what was asked for and not used; they never raise.
        """


class MemoryBudget:
    """A budget over a sliding window of time, kept in this process. None is no limit."""

    def __init__(
        self, now: Callable[[], datetime], *, calls: int | None = None, cost: float | None = None, per: timedelta
    ) -> None:
        self._now = now
        self._calls = calls
        self._cost = cost
        self._per = per
        self._spent: deque[tuple[datetime, int, float]] = deque()

    def spend(self, *, calls: int, cost: float) -> None:
        """See ``Budget.spend``."""
        now = self._now()
        while self._spent and self._spent[0][0] <= now - self._per:
            self._spent.popleft()
        if (calls > 0 or cost > 0) and not self._has(calls, cost):
            raise RetryLater("the budget of this source is used up", after=self._enough_at(calls, cost, now))
        self._spent.append((now, calls, cost))

    def _has(self, calls: int, cost: float, skip: int = 0) -> bool:
        left = list(self._spent)[skip:]
        used_calls = sum(entry[1] for entry in left)
        used_cost = sum(entry[2] for entry in left)
        fits_calls = self._calls is None or used_calls + calls <= self._calls
        # Prices are tenths of cents: sums of them as floats are off by far less than this.
        return fits_calls and (self._cost is None or used_cost + cost <= self._cost + 1e-9)

    def _enough_at(self, calls: int, cost: float, now: datetime) -> datetime:
        for index, (at, _, _) in enumerate(self._spent, start=1):
            if self._has(calls, cost, skip=index):
                return at + self._per
        return now + self._per


class NoLimit:
    """The budget of a source that spends nothing, such as a file."""

    def spend(self, *, calls: int, cost: float) -> None:
        """Allow everything."""
