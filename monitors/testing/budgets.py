"""Budgets for whoever tries a source without a ledger: one that has no end, and one that counts."""

import math

from monitors.errors import RetryLater


class NoLimit:
    """A budget that allows everything."""

    def spend(self, *, calls: int, cost: float) -> None:
        """See ``monitors.http.Budget.spend``."""


class Counter:
    """A budget that allows so many calls and so much money (USD), and remembers what was asked of it."""

    def __init__(self, allowed: int, money: float = math.inf) -> None:
        self.asked = 0
        self.cost = 0.0
        self._allowed = allowed
        self._money = money

    def spend(self, *, calls: int, cost: float) -> None:
        """Allow what there is enough for, refuse all else."""
        # Prices are tenths of cents: sums of them as floats are off by far less than this.
        too_dear = cost > 0 and self.cost + cost > self._money + 1e-9
        if too_dear or (calls > 0 and self.asked + calls > self._allowed):
            raise RetryLater("the budget of this check is used up")
        self.asked += max(calls, 0)
        self.cost += cost
