"""When posts are read again: often while they are young and risky, then less and less, and never less than weekly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.schedule import (
    DAY,
    HOUR,
    MATTERS,
    RISKY,
    UNJUDGED,
    WEEK,
    before_midnight,
    is_urgent,
    next_look,
    next_reading,
)

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ages = st.timedeltas(timedelta(days=-1), timedelta(days=4000))
risks = st.floats(-10, 200)
delays = st.lists(st.timedeltas(timedelta(0), 8 * MINUTE), min_size=1, max_size=60)


def looks(risk: float, *, until: timedelta, late: list[timedelta] | None = None) -> Iterator[timedelta]:
    """The ages at which a post is read when each look comes so much too late."""
    age, number = timedelta(0), 0
    while (age := age + next_look(age, risk) + (late[number % len(late)] if late else timedelta(0))) <= until:
        yield age
        number += 1


@pytest.mark.parametrize(
    ("risk", "minutes"),
    [(RISKY, [2, 5, 10, 20, 30, 45, 60]), (MATTERS, [5, 15, 30, 50]), (0.0, [30])],
)
def test_the_first_hour(risk: float, minutes: list[int]) -> None:
    """A risky post is read seven times, one that matters four times, small talk once."""
    assert [age / MINUTE for age in looks(risk, until=HOUR)] == minutes


@given(ages, ages, risks, risks)
def test_looks_thin_out_with_age_and_never_end(one: timedelta, two: timedelta, low: float, high: float) -> None:
    """An older post waits no less, a riskier one no longer; each look is later than now and within a week."""
    younger, older = sorted((one, two))
    calm, risky = sorted((low, high))
    assert 2 * MINUTE <= next_look(younger, calm) <= next_look(older, calm) <= WEEK
    assert next_look(older, risky) <= next_look(older, calm)


@given(st.timedeltas(-DAY, timedelta(days=4000)), st.timedeltas(timedelta(0), DAY))
def test_a_conversation_is_read_more_seldom_the_longer_it_is_silent(quiet: timedelta, more: timedelta) -> None:
    """Two minutes at least, an hour at most until a week has passed; then daily."""
    sooner, later = next_reading(quiet), next_reading(quiet + more)
    assert 2 * MINUTE <= sooner <= later <= DAY
    assert sooner <= HOUR or quiet >= WEEK


@given(st.floats(RISKY, 100), delays)
def test_three_looks_in_the_first_hour_however_late_they_come(risk: float, late: list[timedelta]) -> None:
    """Each run may be up to eight minutes late: a risky post still has three looks within its hour."""
    assert len(list(looks(risk, until=HOUR, late=late))) >= 3


@given(risks, delays)
def test_a_week_has_few_looks_and_none_is_far(risk: float, late: list[timedelta]) -> None:
    """However risky, a post is read at most forty times in its first week, and at least once a day for deletions."""
    taken = list(looks(risk, until=WEEK, late=late))
    assert 7 <= len(taken) <= 40
    gaps = [later - sooner for sooner, later in zip([timedelta(0), *taken], taken, strict=False)]
    assert max(gaps) <= DAY + max(late)


def test_until_it_is_judged_a_post_might_matter() -> None:
    """The first look at a new post comes within five minutes, and not at once."""
    assert next_look(timedelta(0), UNJUDGED) == 5 * MINUTE


@given(ages, ages, risks, risks)
def test_what_is_urgent_stays_so(one: timedelta, two: timedelta, low: float, high: float) -> None:
    """A post that is riskier or younger than an urgent one is urgent too."""
    younger, older = sorted((one, two))
    calm, risky = sorted((low, high))
    assert is_urgent(younger, risky) or not is_urgent(older, calm)


@given(st.timedeltas(timedelta(0), DAY - MINUTE), st.timedeltas(2 * MINUTE, WEEK))
def test_a_look_soon_after_midnight_is_moved_before_it(passed: timedelta, wait: timedelta) -> None:
    """It stays in the future and is never put off; what is moved is on the day that is paid for, and not by much."""
    now = NOON.replace(hour=0) + passed
    moved = before_midnight(now, now + wait)
    assert now + wait / 2 <= moved <= now + wait
    last = NOON.replace(hour=0) + DAY - 10 * MINUTE
    assert moved == now + wait or moved <= last
    assert moved <= last or wait > last - now


def test_how_far_a_look_is_moved() -> None:
    """Planned for half an hour past midnight, it is taken half an hour before; two hours past are left alone."""
    now, midnight = NOON + 9 * HOUR, NOON + 12 * HOUR
    assert before_midnight(now, midnight + HOUR / 2) == midnight - HOUR / 2
    assert before_midnight(now, midnight + MINUTE) == midnight - 10 * MINUTE
    assert before_midnight(now, midnight + 2 * HOUR) == midnight + 2 * HOUR
    assert before_midnight(now, midnight - HOUR) == midnight - HOUR
