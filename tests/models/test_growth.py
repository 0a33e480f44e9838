"""How large a post will become: what the chances promise, whatever the polls are."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from fakes import followed
from hypothesis import given
from hypothesis import strategies as st

from models.growth import RISING, TRAITS, GrowthModel, Polls, columns_of
from models.training.spread.fit import examples, made
from models.training.spread.sets import KINDS, Followed

KIND = KINDS["twitter1516"]
SIZES = [1, 2, 5, 20, 100, 1_000, 50_000]

polls = st.builds(
    Polls.of,
    st.lists(st.tuples(st.floats(0, 2_000), st.integers(0, 100_000)), min_size=1, max_size=12),
    st.none() | st.integers(0, 10_000_000),
    st.none() | st.floats(0, 24),
    st.none() | st.integers(0, 1_000_000),
    st.just(()) | st.tuples(*[st.none() | st.floats(0, 5)] * len(TRAITS)),
)


@cache
def model() -> GrowthModel:
    """A model of made-up posts, or of real ones: the promises are the same."""
    posts = [
        Followed(row["grp"], Polls.of(_counted(row["ev"]), row["followers"], 12.0), float(len(row["ev"])))
        for row in followed.cascades(150)
    ]
    return made("growth", examples(posts, KIND, (10, 30, 60)), 100.0)


MODELS = [pytest.param(None, id="made-up"), *KINDS, "pooled"]


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
    """A higher newest count, or more followers, lowers no chance, median, end of the band or rank."""
    known = post.followers if post.followers is None or followers is None else post.followers + followers
    richer = replace(post, counts=(*post.counts[:-1], post.counts[-1] + more), followers=known)
    columns = columns_of([post, richer])
    for size in SIZES:
        poor, rich = _of(name).chances(columns, [size, size])
        assert rich >= poor - 1e-9
    poor_sizes, rich_sizes = _of(name).sizes(columns)
    assert (rich_sizes >= poor_sizes).all()
    poor, rich = _of(name).ranks(columns)
    assert 0 <= poor <= rich <= 1


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
    assert Polls.of(told, post.followers, post.hour, post.usual, post.traits) == post


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


@pytest.mark.parametrize("name", MODELS)
@given(polls, st.floats(0.05, 0.95))
def test_a_level_lies_where_the_chance_passes_it(name: str | None, post: Polls, level: float) -> None:
    """Below the size of a level the chance is at least what remains, above it no more, within the 5 % of a step."""
    columns = columns_of([post])
    ((size,),) = _of(name).sizes(columns, [level])
    below, above = _of(name).chances(np.repeat(columns, 2, axis=0), [size / 1.06 - 1, size * 1.06 + 2])
    assert below >= 1 - level - 1e-6
    assert above <= 1 - level + 1e-6 or size > 400 * max(post.counts[-1], 1)


@given(polls, st.floats(0.5, 3_000))
def test_nothing_of_later_polls_is_known_at_an_age(post: Polls, age: float) -> None:
    """A post cut at an age holds its polls up to then and all that was known of it before them."""
    known = post.until(age)
    assert (known is None) == (post.ages[0] > age)
    if known is not None:
        assert known == replace(post, ages=known.ages, counts=post.counts[: len(known.ages)])
        assert known.ages == tuple(at for at in post.ages if at <= age)


def test_traits_are_the_last_columns_and_unknown_unless_told() -> None:
    """What text and author say stands at the end, in the order of ``TRAITS``, and moves nothing that stands before."""
    post = Polls.of([(5, 2), (10, 4)])
    told = replace(post, traits=(0.9, 0.7, 3.0, None, 1.0))
    bare, full = columns_of([post, told])
    assert np.isnan(bare[-len(TRAITS) :]).all()
    assert full[-len(TRAITS) :] == pytest.approx([0.9, 0.7, 3.0, math.nan, 1.0], nan_ok=True)
    assert bare[: -len(TRAITS)] == pytest.approx(full[: -len(TRAITS)], nan_ok=True)


def test_an_own_fit_learns_from_traits() -> None:
    """Where only complaints spread, a model that was told which posts are complaints says so."""
    lessons = [
        (Polls.of([(5, 1), (30, 2 + place % 3)], traits=(share, None, None, None, None)), 60.0 if share > 0.5 else 4.0)
        for place, share in enumerate(np.random.default_rng(1).random(400))
    ]
    learnt = made("own", lessons, 50.0)
    likely = replace(lessons[0][0], traits=(0.9, None, None, None, None))
    calm, angry = learnt.chances(columns_of([replace(likely, traits=(0.1, *[None] * 4)), likely]), [50, 50])
    assert angry > 0.9 > 0.1 > calm


def test_ranks_are_shares_of_the_same_age() -> None:
    """Those that it learnt from spread over all ranks at each age; between two ages a post ranks between them."""
    posts = [
        Followed(row["grp"], Polls.of(_counted(row["ev"]), row["followers"], 12.0), float(len(row["ev"])))
        for row in followed.cascades(150)
    ]
    for age in (10, 60):
        ranks = model().ranks(columns_of([cut for one in posts if (cut := one.until(age)) and cut.counts[-1]]))
        assert ranks.mean() == pytest.approx(0.5, abs=0.05)
        assert np.quantile(ranks, 0.9) == pytest.approx(0.9, abs=0.05)


def test_posts_beyond_all_others_keep_their_order() -> None:
    """A source whose posts are larger than any that were learnt from is ranked nevertheless."""
    posts = [Polls.of([(5, count), (10, 3 * count)]) for count in (5_000, 50_000, 500_000)]
    first, second, third = GrowthModel.builtin("pooled").ranks(columns_of(posts))
    assert first < second < third <= 1


def test_who_is_usually_read_is_no_promise_but_known() -> None:
    """What earlier posts of the author had is a column of its own, which raises nothing by force."""
    post = Polls.of([(5, 2), (10, 4)])
    bare, usual = columns_of([post, replace(post, usual=99.0)])
    (place,) = np.flatnonzero(~((bare == usual) | (np.isnan(bare) & np.isnan(usual))))
    assert place == len(bare) - len(TRAITS) - 1 >= RISING
    assert usual[place] == pytest.approx(math.log(100))
