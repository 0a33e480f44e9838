"""Slow rises: hours that are each a little too loud, and nothing that one hour alone can do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bursts import bursts
from models.rises import ENOUGH, HOURS_A_DAY, MEMORY, hourly, rises, sums


def _hours(days: int, level: float = 40.0) -> np.ndarray:
    """Mentions that follow the hours of the day."""
    hours = np.arange(days * HOURS_A_DAY)
    return np.random.default_rng(4).poisson(level * (1 - np.cos(2 * np.pi * hours / 24) / 2)).astype(float)


def test_a_daily_rhythm_is_no_rise() -> None:
    """Every day rises towards noon: that is not news."""
    assert rises(_hours(14)) == []


def test_a_slow_rise_is_found_before_it_has_doubled_for_long() -> None:
    """From the usual to twice as much within twelve hours is told of once, within a day, with what was seen."""
    counts = _hours(12)
    begin = 10 * HOURS_A_DAY
    counts[begin : begin + 24] *= 1 + np.minimum(np.arange(24) / 12, 1)
    (found,) = rises(counts[: begin + 24])
    assert begin < found.last < begin + 18
    assert found.score >= ENOUGH
    assert found.seen > 1.2 * found.usual


def test_one_loud_hour_is_a_burst_and_no_rise() -> None:
    """Whatever happens within an hour is for the scan to find."""
    steps = np.random.default_rng(5).poisson(8, 10 * 288).astype(float)
    steps[9 * 288 : 9 * 288 + 12] *= 30
    assert rises(hourly(steps, 12)) == []
    assert len(bursts(steps)) == 1


def test_an_unknown_hour_begins_anew() -> None:
    """What is not known is neither loud nor quiet; a sum does not reach over it."""
    counts = _hours(12)
    counts[-12:] *= 1.6
    counts[-6] = np.nan
    assert all(rise.hours <= 5 for rise in sums(counts, len(counts) - 5))
    assert np.isnan(hourly([1.0, np.nan, 1.0, 1.0, 9.0], 2)[0])
    assert hourly([1.0, np.nan, 1.0, 1.0, 9.0], 2)[1] == 2


@given(st.integers(8 * HOURS_A_DAY, 10 * HOURS_A_DAY - 1), st.integers(1, 500))
def test_more_posts_never_lower_the_sum_of_their_hour(hour: int, more: int) -> None:
    """Added mentions make an hour no less of a rise."""
    counts = _hours(10)
    louder = counts.copy()
    louder[hour] += more
    scores = [{rise.last: rise.score for rise in sums(series, hour)}.get(hour, 0.0) for series in (counts, louder)]
    assert scores[1] >= scores[0]


@given(st.floats(1, 200))
def test_a_quiet_series_is_quiet_at_any_size(factor: float) -> None:
    """A brand that is always talked about so much more has no rise for that."""
    assert rises(np.round(_hours(12) * factor)) == []


@pytest.mark.parametrize("first", [0, 100, 239])
def test_the_last_hours_alone_say_the_same(first: int) -> None:
    """Asked for the last hours only, the sums are those of the whole series."""
    counts = _hours(10)
    counts[200:230] *= 2
    whole = [rise for rise in sums(counts) if rise.last >= first]
    part = sums(counts, first)
    assert [(rise.last, rise.hours) for rise in whole] == [(rise.last, rise.hours) for rise in part]
    assert all(rise.hours <= MEMORY for rise in whole)
