"""How large a post will become: what the chances promise, whatever the polls are."""

import math
from functools import cache

import numpy as np
import pytest
from fakes import followed
from hypothesis import given
from hypothesis import strategies as st

from models.growth import GrowthModel, Polls, columns_of
from models.training.spread.fit import examples, made
from models.training.spread.sets import KINDS, Followed

KIND = KINDS["twitter1516"]
SIZES = [1, 2, 5, 20, 100, 1_000, 50_000]

polls = st.builds(
    Polls.of,
    st.lists(st.tuples(st.floats(0, 2_000), st.integers(0, 100_000)), min_size=1, max_size=12),
    st.none() | st.integers(0, 10_000_000),
    st.none() | st.floats(0, 24),
)


@cache
def model() -> GrowthModel:
    """A model of made-up posts, or of real ones: the promises are the same."""
    posts = [
        Followed(row["grp"], Polls.of(_counted(row["ev"]), row["followers"], 12.0), float(len(row["ev"])))
        for row in followed.cascades(150)
    ]
    return made("growth", examples(posts, KIND, (10, 30, 60)), 100.0)


MODELS = [pytest.param(None, id="made-up"), *KINDS]


def _counted(times: list[int]) -> list[tuple[float, float]]:
    return [(age, sum(at <= age * 60 for at in times)) for age in (1, 2, 5, 10, 20, 30, 45, 60)]


def _of(name: str | None) -> GrowthModel:
    return model() if name is None else _shipped(name)


@cache
def _shipped(name: str) -> GrowthModel:
    return GrowthModel.builtin(name)


@pytest.mark.parametrize("name", MODELS)
@given(polls, st.integers(1, 10_000), st.none() | st.integers(1, 1_000_000))
def test_more_engagement_or_followers_never_lower_a_forecast(
    name: str | None, post: Polls, more: int, followers: int | None
) -> None:
    """A higher newest count, or more followers, lowers no chance of any size, no median and no end of the band."""
    known = post.followers if post.followers is None or followers is None else post.followers + followers
    richer = Polls(post.ages, (*post.counts[:-1], post.counts[-1] + more), known, post.hour)
    columns = columns_of([post, richer])
    for size in SIZES:
        poor, rich = _of(name).chances(columns, [size, size])
        assert rich >= poor - 1e-9
    poor_sizes, rich_sizes = _of(name).sizes(columns)
    assert (rich_sizes >= poor_sizes).all()


@pytest.mark.parametrize("name", MODELS)
@given(polls)
def test_chances_fit_together(name: str | None, post: Polls) -> None:
    """A larger size is never likelier; what is reached is certain; the band lies around the median, above the count."""
    columns = columns_of([post] * len(SIZES))
    chances = _of(name).chances(columns, SIZES)
    assert (np.diff(chances) <= 1e-9).all()
    assert ((chances >= 0) & (chances <= 1)).all()
    assert all(chance == 1.0 for chance, size in zip(chances, SIZES, strict=True) if size <= post.counts[-1])
    low, median, high = _of(name).sizes(columns_of([post]))[0]
    assert post.counts[-1] <= low <= median <= high


@given(polls, st.randoms(), st.lists(st.integers(0, 11), max_size=4))
def test_late_and_repeated_polls_change_nothing(post: Polls, chance: object, again: list[int]) -> None:
    """The same polls in another order, or some of them twice, are the same post."""
    told = list(zip(post.ages, post.counts, strict=True))
    told += [told[place % len(told)] for place in again]
    chance.shuffle(told)  # type: ignore[attr-defined]
    assert Polls.of(told, post.followers, post.hour) == post


def test_what_was_reached_stays_reached() -> None:
    """A count below an earlier one is a stale answer, and an age below zero a clock that is wrong."""
    post = Polls.of([(10, 7), (20, 5), (-3, 1), (20, 6)])
    assert post == Polls((0.5, 10, 20), (1, 7, 7))


def test_posts_beside_it_change_no_forecast() -> None:
    """A post is forecast alike alone and in a batch."""
    posts = [Polls.of([(5, count), (10, 2 * count)], 300, 9.0) for count in range(20)]
    together = model().sizes(columns_of(posts))
    alone = np.vstack([model().sizes(columns_of([post])) for post in posts])
    assert (together == alone).all()


def test_it_has_learnt_that_fast_posts_grow() -> None:
    """Of two posts with one count, the one that got it in the last minutes will be the larger."""
    late = Polls.of([(5, 0), (30, 5), (55, 20), (60, 60)], 5_000)
    early = Polls.of([(5, 55), (30, 58), (55, 60), (60, 60)], 5_000)
    (_, of_late, _), (_, of_early, _) = model().sizes(columns_of([late, early]))
    assert of_late > of_early
    assert math.isclose(model().top, 100.0)
