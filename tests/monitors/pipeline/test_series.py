"""Series by the clock on the wall: the same hours of days, also when the clocks are set."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bursts import STEPS_A_DAY
from monitors.ledger.bursts import Tally
from monitors.pipeline.series import LENGTH, STEP, frame, series

TALLINN = ZoneInfo("Europe/Tallinn")
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = 12


def _tally(at: datetime, posts: int = 1) -> Tally:
    return Tally(at, "file", at, {"posts": posts})


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_noon_stays_noon_when_the_clocks_are_set(change: datetime) -> None:
    """Something that is said every day at noon in Tallinn is at the same place of each day of the series."""
    placed = frame((change + timedelta(days=3)).replace(hour=15, minute=2), TALLINN)
    noons = [
        (placed.end.astimezone(TALLINN).replace(hour=12, minute=0) - timedelta(days=day)).astimezone(UTC)
        for day in range(8)
    ]
    counts = series(placed, map(_tally, noons), placed.whole(), LONG_AGO)
    (places,) = np.nonzero(counts.counts["posts"] == 1)
    assert len(places) == 8
    assert set(np.diff(places)) == {STEPS_A_DAY}
    assert [counts.moment(place) for place in places] == noons[::-1]


@pytest.mark.parametrize(("change", "unknown", "left_out"), [(SPRING, HOUR, 0), (AUTUMN, 0, HOUR)])
def test_a_short_day_lacks_an_hour_and_of_a_long_one_the_second_counts(
    change: datetime, unknown: int, left_out: int
) -> None:
    """No step has the mentions of two hours, and none that never was is taken for quiet."""
    placed = frame(change + timedelta(days=3), TALLINN)
    tallies = [_tally(placed.start + STEP * number, posts=number + 1) for number in range(LENGTH + HOUR)]
    counts = series(placed, tallies, placed.whole(), LONG_AGO)
    values = counts.counts["posts"]
    assert np.isnan(values).sum() == unknown
    first = (change - timedelta(hours=1) - placed.start) // STEP + 1
    assert len(set(range(first, first + HOUR)) - set(values)) == left_out


def test_what_was_before_watching_is_unknown() -> None:
    """Before the first post was stored nobody counted; a backlog from then teaches nothing."""
    placed = frame(datetime(2026, 11, 20, 12, 3, tzinfo=UTC), TALLINN)
    since = placed.end - timedelta(days=2) + timedelta(minutes=1)
    tallies = [_tally(since - timedelta(days=1)), _tally(placed.end - STEP)]
    values = series(placed, tallies, placed.whole(), since).counts["posts"]
    assert np.isnan(values[: LENGTH - 2 * STEPS_A_DAY + 1]).all()
    assert not np.isnan(values[LENGTH - 2 * STEPS_A_DAY + 1 :]).any()
    assert values[-1] == 1


@given(st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)))
def test_recent_times_have_all_that_the_latest_steps_compare_with(now: datetime) -> None:
    """At any time of the year the few hours that are asked for hold the same hours of seven days, none twice."""
    placed = frame(now, TALLINN)
    assert now - STEP < placed.end <= now
    spans = placed.recent()
    assert len(spans) == 8
    assert sum((end - start for start, end in spans), timedelta(0)) < timedelta(hours=8 * 4.5)
    for day, (start, end) in enumerate(spans[1:], 1):
        shown = placed.end.astimezone(TALLINN).replace(tzinfo=None) - timedelta(days=day)
        assert start <= shown.replace(tzinfo=TALLINN).astimezone(UTC) - timedelta(minutes=150) + timedelta(hours=1)
        assert end > start
