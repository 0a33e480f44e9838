"""What a source may spend: calls and money, asked for before each call."""

from typing import Protocol


class Budget(Protocol):
    """An allowance. A call whose price is known only afterwards asks for its most and gives the rest back."""

    def spend(self, *, calls: int, cost: float) -> None:
        """Take ``calls`` and ``cost`` (USD), or take nothing and raise ``RetryLater`` with when there is enough again.

        Negative amounts give back what was asked for and not used; they never raise.
        """
