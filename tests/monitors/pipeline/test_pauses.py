"""When what did not go out is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors.errors import RetryLater
from monitors.pipeline.pauses import Pauses

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAUSES = Pauses(timedelta(seconds=5), timedelta(minutes=15))


@pytest.mark.parametrize(("failed", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (5000, 900)])
def test_pauses_double_up_to_the_longest(failed: int, seconds: int) -> None:
    """The first try again comes soon, and a thousand failures wait no longer than the longest pause."""
    assert PAUSES.over_at(failed, RetryLater("down"), NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("told", "seconds"), [(3, 10), (60, 60)])
def test_the_other_side_may_ask_for_a_longer_pause_and_for_no_shorter_one(told: int, seconds: int) -> None:
    """A time that the other side names is waited for when it is later than our own."""
    error = RetryLater("busy", after=NOW + timedelta(seconds=told))
    assert PAUSES.over_at(2, error, NOW) == NOW + timedelta(seconds=seconds)
