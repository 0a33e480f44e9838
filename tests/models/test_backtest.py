"""The figures of a backtest: who was caught, how long before, and what blew up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.backtest import (
    Alert,
    BlowUp,
    By,
    Fate,
    Outcome,
    Stand,
    a_day,
    answer,
    ladder,
    only_in,
    stories_that_reached,
    stories_that_swelled,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BLOW_UP = BlowUp("acme", "file:1", NOON, By.SIZE, 1000)
STAND = Stand("file:1", "hold", "plain_complaint", 18.0)


def alert(
    hours: float, *, story: str = "file:1", post: str = "file:2", held: bool = False, brand: str = "acme"
) -> Alert:
    """An alert so many hours after noon."""
    return Alert(NOON + hours * HOUR, brand, "threat", 30.0, story, post, held=held)


@pytest.mark.parametrize(
    ("alerts", "fate", "lead"),
    [
        ([alert(-3), alert(-1)], Fate.CAUGHT, 3 * HOUR),
        ([alert(0)], Fate.CAUGHT, 0 * HOUR),
        ([alert(-3, held=True), alert(2)], Fate.LATE, -2 * HOUR),
        ([alert(-3, held=True)], Fate.DIGEST, None),
        ([alert(-3, story="file:9", post="file:1")], Fate.CAUGHT, 3 * HOUR),
        ([alert(-3, story="file:9"), alert(-3, brand="other")], Fate.MISSED, None),
    ],
)
def test_first_sent_alert_on_the_story_counts(alerts: Sequence[Alert], fate: Fate, lead: timedelta | None) -> None:
    """In time, late, held in the digest or not at all; alerts on other stories and brands are worth nothing."""
    found = answer(BLOW_UP, STAND, alerts)
    assert (found.fate, found.lead, found.stand) == (fate, lead, STAND)


def test_outcome_counts_what_was_sent() -> None:
    """Held alerts are counted apart, and the lead time is the median of what was caught in time."""
    alerts = [alert(-3), alert(-1, held=True), alert(5)]
    answers = [answer(BLOW_UP, STAND, [alert(hours)]) for hours in (-3, -1, 4)]
    outcome = Outcome(25.0, alerts, answers)
    assert (outcome.sent, outcome.held, outcome.lead) == (2, 1, 2 * HOUR)
    assert (outcome.count(Fate.CAUGHT), outcome.count(Fate.LATE), outcome.count(Fate.MISSED)) == (2, 1, 0)
    assert Outcome(25.0, [], []).lead is None


def test_differences_are_posts_that_only_one_alerts_on() -> None:
    """An alert at another time or on another story is the same; one that the other holds is not."""
    one, held = [alert(-3), alert(0, post="file:3")], [alert(-3, post="file:3", held=True), alert(9, story="file:8")]
    assert only_in(one, held) == [one[1]]
    assert only_in(held, one) == []


def test_rate_and_ladder() -> None:
    """Less than a day is a day, and the draft's own level is among the levels."""
    assert a_day(6, NOON, NOON + 48 * HOUR) == 3.0
    assert a_day(6, NOON, NOON + HOUR) == 6.0
    assert a_day(0, None, None) == 0.0
    assert ladder(33.0) == sorted({*ladder(25.0), 33.0})


def test_size_is_that_of_the_whole_story_within_a_day() -> None:
    """Posts of a story add up, the first moment counts, and what comes after a day is another matter."""
    began = {"a": NOON, "b": NOON}
    looks = [
        ("a", 1, NOON, 10),
        ("a", 2, NOON + HOUR, 50),
        ("a", 1, NOON + 2 * HOUR, 60),
        ("a", 1, NOON + 3 * HOUR, 90),
        ("b", 3, NOON, 99),
        ("b", 3, NOON + 25 * HOUR, 500),
    ]
    assert stories_that_reached(looks, 100, began) == {"a": (NOON + 2 * HOUR, 140)}


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40), st.integers(0, 500)), max_size=40), st.data())
def test_a_look_twice_changes_nothing(counts: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """The same count again, at the same time, neither makes a story blow up nor moves the moment."""
    looks = [("a", post, NOON + hour * HOUR, count) for post, hour, count in sorted(counts, key=lambda one: one[1])]
    twice = [look for look in looks for _ in range(data.draw(st.integers(1, 2)))]
    assert stories_that_reached(looks, 300, {"a": NOON}) == stories_that_reached(twice, 300, {"a": NOON})


def test_swelling_is_so_many_complaints_within_a_day() -> None:
    """The moment is that of the last complaint that is needed; three in three days are no burst."""
    told = [("a", NOON + hour * HOUR) for hour in (0, 20, 30, 40, 41)] + [("b", NOON + d * 25 * HOUR) for d in range(9)]
    assert stories_that_swelled(told, 3) == {"a": NOON + 40 * HOUR}
    assert stories_that_swelled(told, 1) == {"a": NOON, "b": NOON}
