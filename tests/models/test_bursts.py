"""Bursts of mentions: what is unusual for the hour, and nothing from the future."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bursts import ENOUGH, QUIET, STEP_MINUTES, bursts, scores, windows

DAY = 24 * 60 // STEP_MINUTES


def _days(days: int, level: float = 8.0) -> np.ndarray:
    """Mentions that follow the hours of the day, five times as many at noon as at night."""
    steps = np.arange(days * DAY)
    rate = level * (1 - 2 / 3 * np.cos(2 * np.pi * steps / DAY))
    return np.random.default_rng(3).poisson(rate).astype(float)


def test_a_daily_rhythm_is_no_burst() -> None:
    """Every day rises towards noon: that is not news."""
    assert bursts(_days(12)) == []


def test_a_sudden_rise_is_found_within_a_quarter_of_an_hour_and_once() -> None:
    """Six times the usual for two hours is one burst, noticed at once."""
    counts = _days(10)
    begin = 9 * DAY + 30
    counts[begin : begin + 24] *= 6
    found = bursts(counts)
    assert [begin <= burst.step <= begin + 3 for burst in found] == [True]
    assert found[0].score >= ENOUGH


def test_another_burst_is_told_after_a_quiet_time_only() -> None:
    """What flares up again within six hours is the same matter; the day after it is another."""
    counts = _days(12)
    for begin in (9 * DAY, 9 * DAY + QUIET // 2, 10 * DAY + QUIET):
        counts[begin : begin + 6] += 120
    assert len(bursts(counts)) == 2


@pytest.mark.parametrize("level", [0.0, 0.02])
def test_a_brand_that_nobody_mentions_may_be_mentioned_once(level: float) -> None:
    """Single mentions of a small brand are no burst; forty in an hour are."""
    counts = np.random.default_rng(5).poisson(level, 9 * DAY).astype(float)
    counts[8 * DAY] = 1
    assert bursts(counts) == []
    counts[8 * DAY + 100 : 8 * DAY + 112] += 4
    assert len(bursts(counts)) == 1


def test_nothing_is_unusual_before_a_day_is_known() -> None:
    """The first day teaches; unknown steps neither teach nor alarm."""
    counts = _days(3)
    counts[: DAY // 2] = 500
    assert not scores(counts)[: DAY - 7].any()
    counts[2 * DAY : 2 * DAY + 50] = np.nan
    assert np.isfinite(scores(counts)).all()


@given(st.integers(DAY, 4 * DAY - 1), st.integers(0, 1_000))
def test_the_future_changes_no_score(step: int, later: int) -> None:
    """What comes after a step says nothing about it: an alarm could not have waited for it."""
    counts = _days(4)
    changed = counts.copy()
    changed[step + 1 :] = later
    assert (scores(changed)[: step + 1] == scores(counts)[: step + 1]).all()


@given(st.integers(2 * DAY, 4 * DAY - 1), st.integers(1, 1_000))
def test_more_posts_never_lower_the_score_of_their_step(step: int, more: int) -> None:
    """Added mentions make a step no less of a burst."""
    counts = _days(4)
    louder = counts.copy()
    louder[step] += more
    assert scores(louder)[step] >= scores(counts)[step]


@given(st.floats(0.2, 50))
def test_a_quiet_series_is_quiet_at_any_size(factor: float) -> None:
    """A brand that is always talked about so much more has no burst for that."""
    assert bursts(np.round(_days(9) * factor)) == []


def test_windows_are_those_of_the_scores() -> None:
    """The window that speaks at a step has its score, what was seen in it and what is usual."""
    counts = _days(10)
    begin = 9 * DAY + 30
    counts[begin : begin + 6] *= 6
    (window,) = windows(counts[: begin + 6], begin + 5)
    assert window.score == scores(counts[: begin + 6])[-1]
    assert (window.last, window.steps) == (begin + 5, 6)
    assert window.seen == counts[begin : begin + 6].sum()
    assert 4 < window.seen / window.usual < 8
