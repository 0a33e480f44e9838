"""The rota as a timeline: who is on duty at nights, weekends and holidays, when clocks change, and after swaps."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rota import Change, ChangeKind, Duty, OnHolidays, Rota, Shift, Turn, parsed

TALLINN = ZoneInfo("Europe/Tallinn")
WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
NINE = datetime.combine(date(2024, 1, 1), time(9))
INDEPENDENCE = date(2026, 2, 24)


def _at(*shown: int) -> datetime:
    return datetime(*shown, tzinfo=TALLINN).astimezone(UTC)  # type: ignore[misc,arg-type]


def _holiday(day: date) -> str | None:
    return "Iseseisvuspäev" if day == INDEPENDENCE else None


def _duty(name: str, people: str, begins: int, hours: int, rule: str = "FREQ=DAILY", **other: object) -> Duty:
    return Duty(name, tuple(people.split()), time(begins), timedelta(hours=hours), rule, **other)  # type: ignore[arg-type]


OFFICE = Rota(
    (
        _duty("day", "bob ann", 9, 8, WEEKDAYS, turn=Turn.WEEK, holidays=OnHolidays.OFF),
        _duty("weekend", "cid", 10, 6, "FREQ=WEEKLY;BYDAY=SA,SU", holidays=OnHolidays.SUNDAY),
        _duty("night", "dan eve", 17, 16, turn=Turn.DAY),
    ),
    TALLINN,
    _holiday,
)


@pytest.mark.parametrize(
    ("shown", "people"),
    [
        ((2026, 3, 2, 8, 59), ("dan",)),
        ((2026, 3, 2, 9, 0), ("ann",)),
        ((2026, 3, 2, 16, 59), ("ann",)),
        ((2026, 3, 2, 17, 0), ("eve",)),
        ((2026, 3, 3, 3, 0), ("eve",)),
        ((2026, 3, 9, 12, 0), ("bob",)),
        ((2026, 3, 7, 12, 0), ("cid",)),
        ((2026, 3, 7, 9, 30), ()),
    ],
)
def test_who_is_on_duty(shown: tuple[int, ...], people: tuple[str, ...]) -> None:
    """A week of one, a week of the other, nights in turn, and at the minute of a change the next one."""
    assert OFFICE.on_duty(_at(*shown)) == people


def test_a_public_holiday_has_its_own_duties() -> None:
    """The office is empty, whoever comes on Sundays comes then, and the night is as any other."""
    assert OFFICE.on_duty(_at(2026, 2, 24, 12)) == ("cid",)
    assert OFFICE.on_duty(_at(2026, 2, 24, 9, 30)) == ()
    assert OFFICE.on_duty(_at(2026, 2, 24, 20)) != ()
    only = Rota((_duty("feast", "eve", 0, 24, holidays=OnHolidays.ONLY),), TALLINN, _holiday)
    found = only.shifts(_at(2026, 1, 1), _at(2027, 1, 1))
    assert [(one.begins, one.ends) for one in found] == [(_at(2026, 2, 24), _at(2026, 2, 25))]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 15), ((2026, 10, 24), 17), ((2026, 6, 1), 16)])
def test_a_night_over_a_change_of_clocks_is_an_hour_shorter_or_longer(day: tuple[int, int, int], hours: int) -> None:
    """It begins and ends when the clocks say so: neither an hour without anybody nor one with two."""
    (shift,) = [one for one in OFFICE.shifts(_at(*day, 17), _at(*day, 18)) if one.duty == "night"]
    assert shift.ends - shift.begins == timedelta(hours=hours)


@pytest.mark.parametrize("begins", [2, 3, 4])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_duties_that_meet_in_the_changed_hour_leave_no_gap(begins: int, day: date) -> None:
    """A time that the clocks leave out or show twice is one moment, at which one duty ends and the next begins."""
    rota = Rota((_duty("one", "ann", begins, 12), _duty("two", "bob", (begins + 12) % 24, 12)), TALLINN)
    start, end = _at(day.year, day.month, day.day - 1), _at(day.year, day.month, day.day, 23)
    assert rota.gaps(start, end) == []
    found = rota.shifts(start, end)
    assert all(one.ends == other.begins for one, other in pairwise(found))


def test_a_day_of_a_duty_has_23_or_25_hours() -> None:
    """A duty from midnight to midnight is as long as the day is."""
    rota = Rota((_duty("day", "ann", 0, 24),), TALLINN)
    lengths = {
        one.begins.astimezone(TALLINN).date(): one.ends - one.begins
        for one in rota.shifts(_at(2026, 1, 1), _at(2027, 1, 1))
    }
    assert {day: length for day, length in lengths.items() if length != timedelta(days=1)} == {
        date(2026, 3, 29): timedelta(hours=23),
        date(2026, 10, 25): timedelta(hours=25),
    }
    assert len(lengths) == 365


def test_a_swap_is_in_force_for_its_time_and_can_be_handed_on() -> None:
    """Bob has Ann's day, then Cid has it from noon on; what Ann is otherwise stays, and so do the others."""
    day = (_at(2026, 3, 2, 9), _at(2026, 3, 2, 17))
    first = Change(ChangeKind.SWAP, "ann", *day, "bob")
    rota = OFFICE.changed([first])
    assert rota.on_duty(_at(2026, 3, 2, 10)) == ("bob",)
    assert rota.on_duty(_at(2026, 3, 3, 10)) == ("ann",)
    handed = OFFICE.changed([first, Change(ChangeKind.SWAP, "bob", _at(2026, 3, 2, 12), day[1], "cid")])
    shown = [(one.begins, one.people, one.planned) for one in handed.shifts(*day) if one.duty == "day"]
    assert shown == [(day[0], ("bob",), ("ann",)), (_at(2026, 3, 2, 12), ("cid",), ("ann",))]


def test_who_is_away_has_no_duty_and_who_asks_still_has_it() -> None:
    """An absence leaves a gap that is seen, a substitute fills it, and a swap that nobody took changes nothing."""
    week = (_at(2026, 3, 2), _at(2026, 3, 9))
    away = Change(ChangeKind.AWAY, "ann", *week)
    rota = OFFICE.changed([away])
    assert rota.on_duty(_at(2026, 3, 4, 12)) == ()
    assert rota.away(_at(2026, 3, 4, 12)) == {"ann"}
    assert (_at(2026, 3, 4, 9), _at(2026, 3, 4, 17)) in rota.gaps(*week)
    assert OFFICE.changed([replace(away, substitute="cid")]).on_duty(_at(2026, 3, 4, 12)) == ("cid",)
    assert OFFICE.changed([Change(ChangeKind.ASK, "ann", *week)]).on_duty(_at(2026, 3, 4, 12)) == ("ann",)
    extra = OFFICE.changed([Change(ChangeKind.EXTRA, "eve", *week)])
    assert extra.on_duty(_at(2026, 3, 4, 12)) == ("ann", "eve")


def test_who_takes_a_duty_while_away_has_it() -> None:
    """The later of two changes has the last word."""
    week, day = (_at(2026, 3, 2), _at(2026, 3, 9)), (_at(2026, 3, 2, 9), _at(2026, 3, 2, 17))
    rota = OFFICE.changed([Change(ChangeKind.AWAY, "bob", *week), Change(ChangeKind.SWAP, "ann", *day, "bob")])
    assert rota.on_duty(_at(2026, 3, 2, 12)) == ("bob",)
    assert rota.away(_at(2026, 3, 2, 12)) == frozenset()


def test_the_next_duty_is_found() -> None:
    """Before the weekend begins, the next to begin is its first duty."""
    found = OFFICE.next_after(_at(2026, 3, 7, 8))
    assert isinstance(found, Shift)
    assert (found.duty, found.begins) == ("weekend", _at(2026, 3, 7, 10))
    assert Rota().next_after(_at(2026, 3, 7, 8)) is None


@pytest.mark.parametrize(
    "rule",
    ["FREQ=MINUTELY", "BYDAY=MO", "FREQ=DAILY;BYHOUR=3", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY\nRRULE:FREQ=DAILY", ""],
)
def test_a_rule_that_is_no_rule_is_refused(rule: str) -> None:
    """So is one that comes so often that no person could do it, or that says another time than the duty does."""
    with pytest.raises(ValueError, match=r"."):
        parsed(rule, NINE)


@pytest.mark.parametrize("until", ["20240110T090000Z", "20240110T090000", "20240110"])
def test_a_rule_may_end_in_any_of_its_forms(until: str) -> None:
    """The last day is one of its days."""
    found = list(parsed(f"FREQ=DAILY;UNTIL={until}", NINE))
    assert (len(found), found[-1]) == (10, NINE + timedelta(days=9))


_ZONES = st.sampled_from(["Europe/Tallinn", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])


@settings(max_examples=25)
@given(
    zone=_ZONES,
    starts=st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True),
    year=st.integers(2025, 2030),
    turn=st.sampled_from(list(Turn)),
)
def test_duties_that_follow_each_other_leave_no_minute_and_share_none(
    zone: str, starts: list[int], year: int, turn: Turn
) -> None:
    """Whatever the zone and the year, a day that is divided into duties has exactly one of them at each minute."""
    starts = sorted(starts)
    lengths = [(later - begin) % 24 or 24 for begin, later in zip(starts, [*starts[1:], starts[0]], strict=True)]
    rota = Rota(
        tuple(
            _duty(str(number), "ann bob cid", begin, length, turn=turn)
            for number, (begin, length) in enumerate(zip(starts, lengths, strict=True))
        ),
        ZoneInfo(zone),
    )
    start = datetime(year, 1, 1, 12, tzinfo=UTC)
    found = rota.shifts(start, start + timedelta(days=366))
    assert all(one.ends == other.begins for one, other in pairwise(found))
    assert found[0].begins <= start
    assert found[-1].ends >= start + timedelta(days=366)
