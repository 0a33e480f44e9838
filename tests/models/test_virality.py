"""How far a post will spread."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.post import Metric, Snapshot
from models.virality import HORIZON_MINUTES, THRESHOLDS, Forecast, forecast

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    """A time so many minutes after the post."""
    return START + timedelta(minutes=minutes)


def poll(minutes: float, **counts: int) -> Snapshot:
    """Counts read at an age."""
    return Snapshot(after(minutes), {Metric(name): count for name, count in counts.items()})


def figures(found: Forecast) -> tuple[float, ...]:
    """All numbers of a forecast that may only rise together."""
    assert found.median is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.median, found.high, *found.thresholds.values()


def assert_not_less(more: Forecast, less: Forecast) -> None:
    """Check that no number of one forecast is below the other's."""
    for higher, lower in zip(figures(more), figures(less), strict=True):
        assert higher >= lower - 1e-9


counts = st.dictionaries(st.sampled_from(list(Metric)), st.integers(0, 10**7), max_size=4)
polls = st.lists(st.builds(Snapshot, st.floats(-60, 3000).map(after), counts), max_size=5)
followers = st.none() | st.integers(0, 10**8)


@settings(deadline=None)
@given(polls, followers, st.floats(0, 3000), st.data())
def test_more_engagement_never_lowers_a_forecast(
    snapshots: list[Snapshot], fans: int | None, now: float, data: st.DataObject
) -> None:
    """Raising any count of any poll lowers neither the median, the band nor the probability of any size."""
    less = forecast(snapshots, fans, START, after(now))
    if less.median is None:
        return
    raised = [
        Snapshot(one.at, {metric: count + data.draw(st.integers(0, 10**6)) for metric, count in one.engagement.items()})
        for one in snapshots
    ]
    assert_not_less(forecast(raised, fans, START, after(now)), less)


@settings(deadline=None)
@given(polls, st.integers(0, 10**8), st.integers(0, 10**8), st.floats(0, 3000))
def test_more_followers_never_lower_a_forecast(snapshots: list[Snapshot], fans: int, more: int, now: float) -> None:
    """A bigger audience is never good news about a complaint."""
    less = forecast(snapshots, fans, START, after(now))
    assert_not_less(forecast(snapshots, fans + more, START, after(now)), less)


@settings(deadline=None)
@given(polls, followers, st.floats(0, 3000))
def test_a_forecast_is_in_order(snapshots: list[Snapshot], fans: int | None, now: float) -> None:
    """The band holds the median, probabilities fall from 1 to 0 as sizes rise, and the two agree."""
    found = forecast(snapshots, fans, START, after(now))
    if found.median is None:
        assert found.method == "none"
        assert found.thresholds == {}
        return
    low, median, high, *chances = figures(found)
    assert 0 <= low <= median <= high
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)
    for limit, chance in found.thresholds.items():
        assert chance >= 0.9 - 1e-6 or low <= limit + 1e-6


@settings(deadline=None)
@given(st.integers(0, 10**6), followers, st.floats(0, 3000))
def test_what_was_counted_is_the_least_that_is_forecast(count: int, fans: int | None, age: float) -> None:
    """Engagement does not go away: a size that was reached is certain, and the band begins no lower."""
    found = forecast([poll(age, likes=count)], fans, START, after(age), (max(count, 1), 10 * count + 10))
    assert figures(found)[0] >= count - 1e-6
    assert found.thresholds[max(count, 1)] == 1.0 or count == 0
    assert found.thresholds[10 * count + 10] < 1.0


@settings(deadline=None)
@given(polls, followers, st.floats(0, 3000))
def test_late_double_and_shuffled_polls_change_nothing(snapshots: list[Snapshot], fans: int | None, now: float) -> None:
    """Their order does not matter, a second copy adds nothing, and those after now are not looked at."""
    expected = forecast(snapshots, fans, START, after(now))
    untimely = [poll(now + 1, likes=10**6), poll(now + 500, shares=10**6)]
    shuffled = [*untimely, *reversed(snapshots), *snapshots]
    assert forecast(shuffled, fans, START, after(now)) == expected


def test_an_old_poll_that_arrives_late_does_not_overwrite_a_newer_one() -> None:
    """The newest count of each metric is the one that is believed, whichever was fetched last."""
    in_time = forecast([poll(10, likes=2), poll(50, likes=40)], None, START, after(60))
    assert forecast([poll(50, likes=40), poll(10, likes=2)], None, START, after(60)) == in_time
    assert forecast([poll(50, likes=40)], None, START, after(60)) == in_time


def test_an_absent_metric_stays_absent() -> None:
    """A metric that one poll lacks keeps its last count, and views or saves alone are no engagement."""
    kept = forecast([poll(10, likes=30, shares=5), poll(20, shares=6)], None, START, after(20))
    assert kept.so_far == 36
    assert kept == forecast([poll(20, likes=30, shares=6)], None, START, after(20))
    assert forecast([poll(20, views=9000, saves=3)], None, START, after(20)).method == "none"
    assert forecast([poll(20, views=9000)], 100, START, after(20)).method == "followers"


def test_nothing_known_is_nothing_forecast() -> None:
    """Without polls and followers there is no number that anybody could mistake for knowledge."""
    found = forecast([], None, START, after(5))
    assert (found.median, found.low, found.high, found.usual_multiple) == (None, None, None, None)
    assert found.age_minutes == 5


def test_a_day_later_the_forecast_is_what_was_counted() -> None:
    """An old post has no band: it is certain about what it reached and what it did not."""
    found = forecast([poll(HORIZON_MINUTES + 5, likes=50)], 100, START, after(HORIZON_MINUTES + 60))
    assert found.method == "observed"
    assert figures(found) == pytest.approx((50, 50, 50, 1, 0, 0))


def test_a_quick_start_of_a_small_author_stands_out() -> None:
    """Thirty likes in ten minutes from a hundred followers are many times the usual, and likely to pass a hundred."""
    quick = forecast([poll(10, likes=30)], 100, START, after(10))
    silent = forecast([poll(10, likes=0)], 100, START, after(10))
    assert quick.usual_multiple is not None
    assert quick.usual_multiple > 20
    assert quick.thresholds[100] > 0.5 > 0.05 > silent.thresholds[100]


def test_the_same_count_means_less_the_later_it_is_reached() -> None:
    """Thirty likes after ten hours are nearly all there will be."""
    by_age = [forecast([poll(age, likes=30)], None, START, after(age)).median or 0 for age in (20, 60, 240, 600, 1400)]
    assert by_age == sorted(by_age, reverse=True)
    assert by_age[0] > 4 * by_age[-1]


def test_silence_weighs_more_than_followers_as_time_passes() -> None:
    """A well-known author whose post gets nothing for hours is not forecast to spread."""
    chances = [forecast([poll(age, likes=0)], 100_000, START, after(age)).thresholds[10] for age in (0, 30, 240, 900)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.5 > 0.1 > chances[-1]


def test_thresholds_are_those_asked_for() -> None:
    """Settings name the sizes that matter to a brand."""
    assert tuple(forecast([], 100, START, START).thresholds) == THRESHOLDS
    assert tuple(forecast([], 100, START, START, (5, 50)).thresholds) == (5, 50)
