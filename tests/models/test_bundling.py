"""When a message goes: urgent ones at once, others after a pause and outside of quiet hours, by any clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.bundling import Manners, awake_at, goes_at, is_urgent
from models.hours import Hours

TALLINN = ZoneInfo("Europe/Tallinn")
EVERY_DAY = frozenset(range(7))
NIGHT = Hours(EVERY_DAY, time(22), time(7))
FIVE = timedelta(minutes=5)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "payload", "urgent"),
    [
        ("alert", {"reason": "danger"}, True),
        ("alert", {"reason": "vulnerable"}, True),
        ("alert", {"reason": "in_the_news"}, True),
        ("again", {"reason": "picked_up"}, True),
        ("again", {"reason": "story_grows", "urgent": True}, True),
        ("alert", {"reason": "threat"}, False),
        ("again", {"reason": "story_grows"}, False),
        ("digest", {}, False),
        ("burst", {}, False),
        ("escalation", {"reason": "threat"}, True),
        ("reminder", {}, True),
        ("broken_promise", {}, True),
        ("unanswered", {}, True),
        ("a kind of tomorrow", {}, True),
    ],
)
def test_what_is_urgent(kind: str, payload: dict[str, object], urgent: bool) -> None:
    """Danger, the press, and everything about a minute that passes; what nobody has thought about is not held back."""
    assert is_urgent(kind, payload) is urgent


@pytest.mark.parametrize(
    ("last", "minutes"),
    [
        (None, 0),
        (NOW - timedelta(hours=1), 0),
        (NOW - FIVE, 0),
        (NOW - timedelta(minutes=4), 1),
        (NOW, 5),
        (NOW + FIVE, 5),
    ],
)
def test_the_first_goes_at_once_and_the_next_after_the_pause(last: datetime | None, minutes: int) -> None:
    """The pause is counted from the message before, and is never longer than it is."""
    assert goes_at(NOW, last, Manners(FIVE)) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2026-11-20T19:59", "2026-11-20T19:59"),
        ("2026-11-20T20:00", "2026-11-21T05:00"),
        ("2026-11-21T02:00", "2026-11-21T05:00"),
        ("2026-11-21T05:00", "2026-11-21T05:00"),
        # In the night of the 25th October the clocks go back, in that of the 29th March they go forward.
        ("2026-10-24T22:00", "2026-10-25T05:00"),
        ("2026-03-28T22:00", "2026-03-29T04:00"),
    ],
)
def test_a_night_is_over_when_the_clocks_say_so(at: str, goes: str) -> None:
    """What comes at night waits for seven o'clock, also when the clocks change in that night."""
    shown = awake_at(datetime.fromisoformat(at).replace(tzinfo=UTC), Manners(FIVE, (NIGHT,), TALLINN))
    assert shown == datetime.fromisoformat(goes).replace(tzinfo=UTC)


def test_quiet_hours_that_end_in_quiet_hours() -> None:
    """A weekend after a night is one long quiet; whoever has nothing but quiet is told after a day."""
    weekend = Hours(frozenset({5, 6}), time(0), time(0))
    friday_night = datetime(2026, 11, 20, 21, tzinfo=UTC)
    sunday = awake_at(friday_night, Manners(FIVE, (NIGHT, Hours(frozenset({5}), time(7), time(12))), TALLINN))
    assert sunday == datetime(2026, 11, 21, 10, tzinfo=UTC)
    always = Manners(FIVE, (Hours(EVERY_DAY, time(0), time(0)), weekend), TALLINN)
    assert awake_at(friday_night, always) == friday_night + timedelta(days=1)


HOURS = some.builds(Hours, some.frozensets(some.integers(0, 6)), some.times(), some.times())
MOMENTS = some.integers(0, 365 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))


@given(at=MOMENTS, last=some.none() | MOMENTS, pause=some.integers(0, 720), quiet=some.lists(HOURS, max_size=4))
def test_nothing_goes_too_early_or_more_than_a_day_after_its_pause(
    at: datetime, last: datetime | None, pause: int, quiet: list[Hours]
) -> None:
    """It goes between now and a day after the pause, whatever the hours; asking again at that time changes nothing."""
    manners = Manners(timedelta(minutes=pause), quiet, TALLINN)
    goes = goes_at(at, last, manners)
    assert at <= goes <= at + manners.pause + timedelta(days=1)
    if goes < at + timedelta(days=1):
        assert awake_at(goes, manners) == goes
    if not quiet:
        assert goes <= at + manners.pause
