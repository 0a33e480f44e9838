"""Forecasts in batches: what holds by every method, whatever the polls are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from fakes import followed
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration import ENOUGH_POSTS
from models.forecaster import Forecaster, Own, Usual, Watched, final_of, peak_minutes, polls_of
from models.growth import GrowthModel, Polls
from models.post import Metric, Snapshot
from models.training.spread.fit import made
from models.virality import INTERACTIONS, Forecast, story_outlook

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    """A time so many minutes after the post."""
    return START + timedelta(minutes=minutes)


def poll(minutes: float, **counts: int) -> Snapshot:
    """Counts read at an age."""
    return Snapshot(after(minutes), {Metric(name): count for name, count in counts.items()})


@cache
def model() -> GrowthModel:
    """A model of made-up posts."""
    lessons = []
    for row in followed.cascades(150):
        counts = [(age, sum(at <= age * 60 for at in row["ev"])) for age in (1, 2, 5, 10, 20, 30, 45, 60)]
        end = float(len(row["ev"]))
        lessons += [(Polls.of(counts[:known], row["followers"], 12.0), end) for known in (4, 6, 8)]
    return made("growth", lessons, 100.0)


class ByChance:
    """Ranks by the chance of one size, as anything that only rises may."""

    def ranks(self, columns: Any) -> Any:
        """Chances of ten interactions."""
        return model().chances(columns, np.full(len(columns), 10.0)) * 0.99


@cache
def forecaster() -> Forecaster:
    """Own models of one source, too young a one of another, the cold start for all others."""
    own = {"ours": Own(model(), ENOUGH_POSTS), "young": Own(model(), ENOUGH_POSTS - 1)}
    return Forecaster(own, ByChance())


def figures(found: Forecast) -> list[float]:
    """All numbers of a forecast that may only rise together; without anything known there is none."""
    numbers = [found.low, found.median, found.high, found.usual_multiple, found.rank, *found.thresholds.values()]
    return [one for one in numbers if one is not None]


counts = st.dictionaries(st.sampled_from(list(Metric)), st.integers(0, 10**5), max_size=4)
polls = st.lists(st.builds(Snapshot, st.floats(-60, 3000).map(after), counts), max_size=6)
watched = st.builds(
    Watched,
    st.sampled_from(["ours", "young", "elsewhere"]),
    polls,
    st.none() | st.integers(0, 10**7),
    st.just(START),
    st.floats(0, 3000).map(after),
    st.none() | st.builds(Usual, st.floats(0, 1000), st.sampled_from(["author", "source"])),
)


@settings(deadline=None)
@given(watched, st.integers(1, 10**6), st.data())
def test_more_engagement_never_lowers_a_forecast(post: Watched, more: int, data: st.DataObject) -> None:
    """Raising what the newest poll counted lowers no size, chance, multiple or rank, by whatever method."""
    seen = [
        one for one in post.snapshots if one.at <= post.now and any(metric in one.engagement for metric in INTERACTIONS)
    ]
    if not seen:
        return
    last = max(seen, key=lambda one: one.at)
    metric = data.draw(st.sampled_from([metric for metric in INTERACTIONS if metric in last.engagement]))
    raised = [
        Snapshot(one.at, {**one.engagement, metric: max(other.engagement.get(metric, 0) for other in seen) + more})
        if one is last
        else one
        for one in post.snapshots
    ]
    less, high = forecaster().forecasts([post, replace(post, snapshots=raised)])
    assert high.method == less.method
    assert all(higher >= lower - 1e-9 for higher, lower in zip(figures(high), figures(less), strict=True))


@settings(deadline=None)
@given(watched, st.randoms(), st.lists(st.integers(0, 5), max_size=4))
def test_late_repeated_and_shuffled_polls_change_nothing(post: Watched, chance: Any, again: list[int]) -> None:
    """The same polls in another order, some of them twice, and polls of after now, are the same post."""
    told = list(post.snapshots)
    told += [told[place % len(told)] for place in again if told]
    told += [Snapshot(post.now + timedelta(minutes=1), {Metric.LIKES: 10**6})]
    chance.shuffle(told)
    one, other = forecaster().forecasts([post, replace(post, snapshots=told)])
    assert one == other


@settings(deadline=None)
@given(st.lists(watched, max_size=6))
def test_posts_beside_it_change_no_forecast(posts: list[Watched]) -> None:
    """A post is forecast alike alone and in a batch of several sources."""
    together = forecaster().forecasts(posts)
    assert together == [forecaster().forecasts([post])[0] for post in posts]


@settings(deadline=None)
@given(watched)
def test_a_forecast_is_in_order(post: Watched) -> None:
    """The band holds the median, nothing is below what was counted, chances fall as sizes rise."""
    (found,) = forecaster().forecasts([post])
    if found.median is None:
        return
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-6 <= found.median <= found.high + 1e-6
    assert found.median >= (found.so_far or 0) - 1e-6
    chances = list(found.thresholds.values())
    assert chances == sorted(chances, reverse=True)
    assert found.calibrated == (found.method == "own" and post.source == "ours")
    assert found.rank is None or found.method in {"own", "pooled"}
    assert found.rank is not None or found.method != "own"


def test_the_method_is_named() -> None:
    """A source's own model is asked for its young posts only; a day later what was counted is the answer."""
    posts = [
        Watched("ours", [poll(10, likes=5)], 100, START, after(10)),
        Watched("elsewhere", [poll(10, likes=5)], 100, START, after(10)),
        Watched("ours", [], 100, START, after(10)),
        Watched("ours", [], None, START, after(10)),
        Watched("ours", [poll(1500, likes=5)], 100, START, after(2000)),
    ]
    found = forecaster().forecasts(posts)
    assert [one.method for one in found] == ["own", "pooled", "followers", "none", "observed"]
    assert [one.learnt_from for one in found] == [ENOUGH_POSTS, 0, 0, 0, 0]
    assert forecaster().method("elsewhere") == "pooled"
    assert forecaster().method("ours").startswith("growth-")


@pytest.mark.parametrize(
    ("usual", "followers", "of"),
    [
        (Usual(9, "author"), 100, "author"),
        (Usual(9, "source"), 100, "source"),
        (None, 100, "followers"),
        (None, None, None),
    ],
)
def test_the_usual_is_whose_it_is_known_of(usual: Usual | None, followers: int | None, of: str | None) -> None:
    """The author's own usual counts before what so many followers bring; without either there is no multiple."""
    (found,) = Forecaster().forecasts([Watched("x", [poll(1500, likes=39)], followers, START, after(1500), usual)])
    assert found.usual_of == of
    assert (found.usual_multiple is None) == (of is None)
    if usual is not None:
        assert found.usual_multiple == pytest.approx(4.0)


def test_a_metric_that_is_read_late_has_not_grown_late() -> None:
    """Sums of before all metrics were read are unknown; one that a later poll lacks keeps its count."""
    seen = [poll(5, likes=10), poll(10, likes=12, shares=30), poll(20, likes=14), poll(30, views=900)]
    assert polls_of(seen, START, after(60)) == Polls((10.0, 20.0), (42.0, 44.0), None, 12.0)
    assert polls_of([poll(5, views=3)], START, after(60)) is None


def test_the_end_is_the_count_nearest_to_a_day() -> None:
    """Counts of too early and of days later do not stand for the one after 24 hours."""
    seen = [poll(60, likes=3), poll(1300, likes=40), poll(1500, likes=44), poll(9000, likes=90)]
    assert final_of(polls_of(seen, START) or Polls((1,), (1,))) == 44
    assert final_of(Polls((60.0, 9000.0), (3.0, 90.0))) is None


def test_the_peak_is_where_growth_was_fastest_or_will_be() -> None:
    """It is the middle of the fastest interval, unless what is still to come is faster."""
    seen = Polls((10.0, 20.0, 60.0), (1.0, 51.0, 60.0))
    assert peak_minutes(seen, 60) == 15
    assert peak_minutes(seen, 100_000) == 90
    assert peak_minutes(Polls((10.0, 20.0), (0.0, 0.0)), 0) is None
    assert peak_minutes(Polls((10.0,), (7.0,)), 60) is None, "one poll says nothing of its pace"


def test_a_count_of_the_moment_of_publication_gives_no_rank() -> None:
    """A file that does not say when its counts were read would otherwise be full of posts that rise like no other."""
    now, soon = forecaster().forecasts(
        [Watched("elsewhere", [poll(age, likes=500)], 10, START, after(age)) for age in (0, 10)]
    )
    assert now.rank is None
    assert soon.rank is not None


def test_a_story_is_at_least_its_largest_post() -> None:
    """Medians add up, a size that all posts together reached is certain, and chances are those of one post alone."""
    posts = [
        Forecast(30.0, 20.0, 50.0, {100: 0.2, 50: 0.3}, None, "own", 10, so_far=20, calibrated=True),
        Forecast(60.0, 40.0, 90.0, {100: 0.4, 50: 0.6}, None, "observed", 10, so_far=35),
    ]
    story = story_outlook(posts)
    assert (story.posts, story.so_far, story.median, story.calibrated) == (2, 55, 90.0, True)
    assert story.thresholds == {100: 0.4, 50: 1.0}
    assert not story_outlook([*posts, Forecast(1.0, 0.0, 2.0, {}, None, "pooled", 5)]).calibrated
    assert story_outlook([]).median is None
