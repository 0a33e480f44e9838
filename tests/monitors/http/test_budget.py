"""The budget: calls and money in a sliding window."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.errors import RetryLater
from monitors.http import MemoryBudget

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The time that was set."""
        return self.now


def test_calls_come_back_after_the_window() -> None:
    """The third call of two an hour waits until the first is an hour old, and says so."""
    clock = Clock()
    budget = MemoryBudget(clock, calls=2, per=timedelta(hours=1))
    budget.spend(calls=1, cost=0)
    clock.now += timedelta(minutes=10)
    budget.spend(calls=1, cost=0)
    with pytest.raises(RetryLater) as caught:
        budget.spend(calls=1, cost=0)
    assert caught.value.after == START + timedelta(hours=1)
    clock.now = START + timedelta(hours=1)
    budget.spend(calls=1, cost=0)


def test_what_was_not_used_is_given_back() -> None:
    """A page is asked for at its most, and only what it held is spent."""
    budget = MemoryBudget(Clock(), cost=1.0, per=timedelta(days=1))
    for _ in range(5):
        budget.spend(calls=0, cost=0.5)
        budget.spend(calls=0, cost=-0.4)
    with pytest.raises(RetryLater):
        budget.spend(calls=0, cost=0.6)
    budget.spend(calls=0, cost=0.5)


def refused_until(budget: MemoryBudget, calls: int) -> datetime | None:
    """Spend, and give the time that a refusal names."""
    try:
        budget.spend(calls=calls, cost=0)
    except RetryLater as error:
        return error.after
    return None


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 3)), max_size=40))
def test_no_window_holds_more_than_its_calls(steps: list[tuple[int, int]]) -> None:
    """However calls arrive, no hour has more than five, and what a refusal names is a time that works."""
    clock = Clock()
    budget = MemoryBudget(clock, calls=5, per=timedelta(hours=1))
    spent: list[tuple[datetime, int]] = []
    for seconds, calls in steps:
        clock.now += timedelta(seconds=seconds)
        after = refused_until(budget, calls)
        if after is not None:
            assert after > clock.now
            clock.now = after
            assert refused_until(budget, calls) is None
        spent.append((clock.now, calls))
        assert sum(n for at, n in spent if at > clock.now - timedelta(hours=1)) <= 5
