"""Who is called, and how soon: on duty first, those who sleep last, never nobody, and the riskier the sooner."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calling import Business, Haste, Team, longest_ago
from models.hours import EVERY_DAY, Hours, Opening, Quiet
from models.rota import Change, ChangeKind, Duty, Rota, Turn

TALLINN = ZoneInfo("Europe/Tallinn")
NIGHT = Hours(EVERY_DAY, time(22), time(7))
SLEEPS = Quiet((NIGHT,), TALLINN)
PEOPLE = ("ann", "bob", "cid", "meg")


def _at(*shown: int) -> datetime:
    return datetime(*shown, tzinfo=TALLINN).astimezone(UTC)  # type: ignore[misc,arg-type]


def _team(*changes: Change) -> Team:
    night = Duty("night", ("cid",), time(20), timedelta(hours=12))
    quiet = {"ann": SLEEPS, "cid": SLEEPS}
    return Team(PEOPLE, Rota((night,), TALLINN, changes=changes), quiet, frozenset({"meg"}))


def test_without_a_rota_the_order_is_that_of_the_settings() -> None:
    """At every hour, and for what is urgent too."""
    plain = Team(PEOPLE)
    assert {plain.chain(_at(2026, 3, 2, hour), urgent=urgent) for hour in range(24) for urgent in (True, False)} == {
        PEOPLE
    }


@pytest.mark.parametrize(
    ("hour", "urgent", "chain"),
    [
        (12, False, "ann bob cid meg"),
        (21, False, "cid ann bob meg"),
        (23, False, "cid bob meg ann"),
        (23, True, "cid ann bob meg"),
        (6, False, "cid bob meg ann"),
        (7, False, "cid ann bob meg"),
    ],
)
def test_who_is_called_first_by_the_hour(hour: int, urgent: bool, chain: str) -> None:
    """On duty before all, then those who are awake, then managers, then those who sleep, unless people come to harm."""
    assert " ".join(_team().chain(_at(2026, 3, 2, hour), urgent=urgent)) == chain


def test_who_is_on_duty_is_called_in_their_quiet_hours() -> None:
    """Cid sleeps at night but has the night; Ann is not called before all others were."""
    at = _at(2026, 3, 2, 23)
    assert _team().may_call("cid", at)
    assert not _team().may_call("ann", at)
    assert _team().may_call("ann", at, urgent=True)


def test_who_is_away_is_called_last_and_still_called() -> None:
    """When everybody is away, the chain has everybody all the same."""
    week = (_at(2026, 3, 1), _at(2026, 3, 8))
    gone = _team(Change(ChangeKind.AWAY, "cid", *week), Change(ChangeKind.AWAY, "bob", *week))
    assert gone.chain(_at(2026, 3, 2, 23)) == ("meg", "ann", "bob", "cid")
    nobody = _team(*(Change(ChangeKind.AWAY, name, *week) for name in PEOPLE))
    assert nobody.chain(_at(2026, 3, 2, 23)) == PEOPLE


def test_whom_no_message_reaches_is_passed_over() -> None:
    """Cid has the night and cannot be told: Ann is next, and nobody who cannot be told is called in her place."""
    at = _at(2026, 3, 2, 21)
    team = replace(_team(), reached=("ann", "meg"))
    assert team.chain(at) == ("ann", "meg")
    assert not team.may_call("cid", at)
    assert replace(team, reached=("stranger",)).chain(at) == ("cid", "ann", "bob", "meg")


def test_who_is_unable_is_on_no_duty() -> None:
    """Cid only looks: nobody has the night, which shows as a gap, and a swap to Cid leaves nobody either."""
    at, end = _at(2026, 3, 2, 21), _at(2026, 3, 3, 8)
    rota = _team(Change(ChangeKind.SWAP, "bob", at, end, "cid")).rota.without(["cid"])
    assert rota.named() == ("cid",)
    assert rota.on_duty(at) == ()
    assert rota.gaps(at, end) == [(at, end)]


def test_a_change_of_duty_between_two_calls_skips_nobody() -> None:
    """Whoever comes on duty after the first call is called next, and nobody twice before all were called."""
    assert longest_ago(("bob", "ann", "cid"), ["ann"]) == "bob"
    assert longest_ago(("bob", "ann", "cid"), ["ann", "bob"]) == "cid"
    assert longest_ago(("bob", "ann", "cid"), ["ann", "bob", "cid"]) == "ann"
    assert longest_ago((), ["ann"]) is None


@given(st.integers(1, 5), st.integers(0, 20))
def test_calls_go_round(people: int, calls: int) -> None:
    """With the same chain each time it is the order of the chain, again and again."""
    chain = tuple("abcde"[:people])
    called: list[str] = []
    for _ in range(calls):
        called.append(longest_ago(chain, called) or "")
    assert called == [chain[number % people] for number in range(calls)]


_WINDOWS = st.lists(
    st.builds(
        Hours,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ),
    max_size=3,
)
_DUTIES = st.lists(
    st.builds(
        lambda people, hour, length, turn, rule: (tuple(people), hour, timedelta(hours=length), turn, rule),
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
        st.integers(0, 23),
        st.integers(1, 48),
        st.sampled_from(list(Turn)),
        st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=YEARLY"]),
    ),
    max_size=3,
)
_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_CHANGES = st.lists(
    st.builds(
        lambda kind, person, hour, length, other: Change(
            kind, person, _YEAR + timedelta(hours=hour), _YEAR + timedelta(hours=hour + length), other
        ),
        st.sampled_from([ChangeKind.AWAY, ChangeKind.SWAP, ChangeKind.EXTRA]),
        st.sampled_from(PEOPLE),
        st.integers(0, 365 * 24),
        st.integers(1, 24 * 60),
        st.sampled_from([None, *PEOPLE]),
    ),
    max_size=4,
)


@settings(max_examples=25)
@given(quiet=st.dictionaries(st.sampled_from(PEOPLE), _WINDOWS), duties=_DUTIES, changes=_CHANGES, data=st.data())
def test_at_every_minute_of_a_year_somebody_is_called(
    quiet: dict[str, list[Hours]],
    duties: list[tuple[tuple[str, ...], int, timedelta, Turn, str]],
    changes: list[Change],
    data: st.DataObject,
) -> None:
    """Whatever duties, quiet hours and absences there are: everybody is in the chain once, those on duty first.

    Nothing changes but where a shift, a change or quiet hours begin or end, so that the minutes there stand for all.
    """
    plan = tuple(
        Duty(str(number), people, time(hour), length, rule, turn=turn)
        for number, (people, hour, length, turn, rule) in enumerate(duties)
    )
    rota = Rota(plan, TALLINN, changes=changes)
    team = Team(PEOPLE, rota, {name: Quiet(hours, TALLINN) for name, hours in quiet.items()}, frozenset({"meg"}))
    shifts = rota.shifts(_YEAR, _YEAR + timedelta(days=366))
    edges = [edge for one in (*shifts, *changes) for edge in (one.begins, one.ends)]
    minutes = [edge + timedelta(minutes=number) for edge in edges[:200] for number in (-1, 0)]
    minutes += data.draw(st.lists(st.integers(0, 365 * 24 * 60).map(lambda one: _YEAR + timedelta(minutes=one))))
    for minute in minutes:
        chain, on_duty = team.chain(minute), rota.on_duty(minute)
        assert sorted(chain) == sorted(PEOPLE)
        assert chain[: len(on_duty)] == on_duty
        awake = [name for name in chain if team.may_call(name, minute)]
        assert chain[: len(awake)] == tuple(awake), "nobody is woken before those who are awake"


def test_at_every_single_minute_of_a_year_with_nights_and_sleep() -> None:
    """The same without gaps, for one team: at all 525,600 minutes whoever is first may be called."""
    week = Duty("week", ("ann", "bob"), time(), timedelta(days=7), "FREQ=WEEKLY", turn=Turn.WEEK)
    team = Team(PEOPLE, Rota((week,), TALLINN), dict.fromkeys(PEOPLE, SLEEPS))
    minute = timedelta(minutes=1)
    firsts = {team.chain(_YEAR + number * minute)[0] for number in range(525_600)}
    assert firsts == {"ann", "bob"}


@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 600), st.integers(1, 600), st.floats(1, 100))
def test_the_riskier_the_sooner(low: float, high: float, wait: int, shortest: int, at: float) -> None:
    """More risk never makes anybody wait longer, a wait never ends, and danger is as hasty as the highest risk."""
    low, high = sorted((low, high))
    haste = Haste(at, timedelta(minutes=wait), timedelta(minutes=shortest))
    length = timedelta(minutes=wait)
    assert timedelta(0) < haste.shortened(length, high) <= haste.shortened(length, low) <= length
    assert haste.shortened(length, low, urgent=True) <= haste.shortened(length, 100)


def test_waits_shrink_by_the_rule_that_the_settings_state() -> None:
    """As they are up to half of the risk, evenly shorter from there, shortest at it; all others in proportion."""
    haste = Haste(60, timedelta(minutes=10), timedelta(minutes=3))
    shown = [haste.shortened(timedelta(minutes=10), risk).total_seconds() / 60 for risk in (0, 30, 45, 60, 100)]
    assert shown == [10, 10, 6.5, 3, 3]
    assert haste.shortened(timedelta(hours=1), 60) == timedelta(minutes=18)


def test_a_team_that_is_there_on_weekdays() -> None:
    """Closed at night, at the weekend and on a holiday; what is risky or urgent calls all the same."""
    weekdays = Hours(frozenset(range(5)), time(9), time(17))
    opening = Opening((weekdays,), TALLINN, lambda day: "holiday" if (day.month, day.day) == (2, 24) else None)
    team = Business(opening, 50)
    assert [team.calls(_at(2026, 3, 2, hour), 10) for hour in (8, 9, 16, 17)] == [False, True, True, False]
    assert not team.calls(_at(2026, 2, 24, 12), 10)
    assert team.calls(_at(2026, 2, 24, 12), 50)
    assert team.calls(_at(2026, 2, 24, 12), 0, urgent=True)
    assert opening.opens_at(_at(2026, 2, 23, 18)) == _at(2026, 2, 25, 9)
    assert opening.opens_at(_at(2026, 3, 27, 18)) == _at(2026, 3, 30, 9), "over the night in which clocks change"
    assert opening.opens_at(_at(2026, 3, 2, 12)) == _at(2026, 3, 2, 12)
    assert Opening().is_open(_at(2026, 3, 1, 3))


@pytest.mark.parametrize(
    ("begins", "hours", "over"),
    [
        ((2026, 3, 2, 10), 2, (2026, 3, 2, 12)),
        ((2026, 3, 2, 16), 2, (2026, 3, 3, 10)),
        ((2026, 3, 2, 15), 2, (2026, 3, 2, 17)),
        ((2026, 3, 2, 23), 2, (2026, 3, 3, 11)),
        ((2026, 3, 6, 16), 2, (2026, 3, 9, 10)),
        ((2026, 2, 23, 16), 2, (2026, 2, 25, 10)),
        ((2026, 3, 27, 16), 9, (2026, 3, 30, 17)),
        ((2026, 3, 2, 9), 41, (2026, 3, 9, 10)),
    ],
)
def test_opening_time_stands_still_while_the_team_is_away(
    begins: tuple[int, ...], hours: int, over: tuple[int, ...]
) -> None:
    """Hours count while it is open, over nights, a weekend, a holiday and a change of clocks; danger never waits."""
    weekdays = Hours(frozenset(range(5)), time(9), time(17))
    # Hours that overlap count once.
    morning = Hours(frozenset(range(5)), time(9), time(12))
    closed = Opening((weekdays, morning), TALLINN, lambda day: "day" if (day.month, day.day) == (2, 24) else None)
    team, length = Business(closed, 50), timedelta(hours=hours)
    assert team.over_at(_at(*begins), length, 49.9) == _at(*over)
    assert team.over_at(_at(*begins), length, 50) == _at(*begins) + length
    assert team.over_at(_at(*begins), length, 0, urgent=True) == _at(*begins) + length
    assert Business(Opening(), 50).over_at(_at(*begins), length, 0) == _at(*begins) + length


@pytest.mark.parametrize(
    ("hours", "shown", "quiet"),
    [
        (NIGHT, (2026, 3, 2, 22), True),
        (NIGHT, (2026, 3, 2, 6, 59), True),
        (NIGHT, (2026, 3, 2, 7), False),
        (Hours(frozenset({4}), time(20), time(8)), (2026, 3, 7, 7), True),
        (Hours(frozenset({4}), time(20), time(8)), (2026, 3, 6, 7), False),
        (Hours(frozenset({5}), time(0), time(0)), (2026, 3, 7, 23, 59), True),
        (Hours(frozenset({5}), time(0), time(0)), (2026, 3, 8, 0), False),
        (NIGHT, (2026, 3, 29, 4), True),
        (NIGHT, (2026, 10, 25, 3, 30), True),
    ],
)
def test_quiet_hours_are_those_of_the_clocks(hours: Hours, shown: tuple[int, ...], quiet: bool) -> None:
    """Over midnight they belong to the day on which they began; a whole day is one; clock changes move nothing."""
    assert Quiet((hours,), TALLINN).holds(_at(*shown)) is quiet
