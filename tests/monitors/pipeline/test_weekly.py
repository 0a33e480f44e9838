"""The look back on the week: sent once on its morning, by each reader's own clock, and counted from what happened."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.decision import Verdict
from models.scores import Remedy
from monitors.ledger import afterwards, corrections, incidents, people, promises, weeks
from monitors.ledger.afterwards import Cause, Lesson
from monitors.ledger.corrections import COMPLAINT, YES, Word
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import outbox as outbox_table
from monitors.pipeline.roster import Roster
from monitors.pipeline.weekly import Post, last_morning, send_weekly

TALLINN = ZoneInfo("Europe/Tallinn")
MONDAY = datetime(2026, 3, 9, 6, 5, tzinfo=UTC)
"""Five past eight in Tallinn, on a Monday."""

ROSTER = Roster(order=("mari", "juha"), channels={"mari": ("log",), "juha": ("log",), "pr": ("log",)})


@pytest.fixture
def team(ledger: Ledger) -> Ledger:
    """Mari in Tallinn, Juha in New York, and PR; an incident of last Wednesday."""
    with ledger.write() as tx:
        for name, zone, role in (
            ("mari", "Europe/Tallinn", Role.SUPPORT),
            ("juha", "America/New_York", Role.SUPPORT),
            ("pr", "Europe/Tallinn", Role.VIEWER),
            ("nobody", "Europe/Tallinn", Role.SUPPORT),
        ):
            people.save(tx, Person(name, name, role, "en", zone), "test", MONDAY)
    _open(ledger, 1, MONDAY - timedelta(days=5))
    return ledger


def _open(ledger: Ledger, number: int, at: datetime, brand: str = "acme") -> int:
    new = incidents.NewIncident(
        brand, f"story {number}", "threat", 50.0, 3, "et", "Pakk kadus!", at, at + timedelta(minutes=10), {}
    )
    with ledger.write() as tx:
        return incidents.open_incident(tx, new, at)


def _told(ledger: Ledger) -> list[str]:
    with ledger.read() as tx:
        return sorted(tx.execute(select(outbox_table.c.person)).scalars())


def test_everybody_hears_once_on_their_own_morning(team: Ledger) -> None:
    """Tallinn hears at eight in Tallinn, New York seven hours later; who has no channel is left out; never twice."""
    assert send_weekly(team, ROSTER, Post(), MONDAY - timedelta(minutes=6)) == 0
    assert send_weekly(team, ROSTER, Post(), MONDAY) == 2
    assert _told(team) == ["mari", "pr"]
    assert send_weekly(team, ROSTER, Post(), MONDAY + timedelta(minutes=1)) == 0
    assert send_weekly(team, ROSTER, Post(), MONDAY + timedelta(hours=6)) == 1
    assert _told(team) == ["juha", "mari", "pr"]


def test_last_weeks_message_does_not_come_in_the_middle_of_the_week(team: Ledger) -> None:
    """A machine that was off until Wednesday sends nothing for Monday."""
    assert send_weekly(team, ROSTER, Post(), MONDAY + timedelta(days=2)) == 0


def test_a_week_in_which_nothing_happened_sends_nothing(ledger: Ledger) -> None:
    """No alert, no complaint, no promise: no message."""
    with ledger.write() as tx:
        people.save(tx, Person("mari", "Mari", Role.SUPPORT, "et", "Europe/Tallinn"), "test", MONDAY)
    assert send_weekly(ledger, ROSTER, Post(), MONDAY) == 0


def test_only_those_who_are_named_hear(team: Ledger) -> None:
    """With names in the settings nobody else gets it."""
    assert send_weekly(team, ROSTER, Post(names=("pr",)), MONDAY) == 1
    assert _told(team) == ["pr"]


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    st.integers(0, 6),
    st.times(),
    st.sampled_from(["Europe/Tallinn", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"]),
)
def test_the_last_morning_is_the_last_one(now: datetime, weekday: int, at: time, name: str) -> None:
    """It is never in the future, never eight days ago, and on the set day and hour where the reader lives."""
    zone = ZoneInfo(name)
    morning = last_morning(now, zone, Post(weekday, at.replace(tzinfo=None)))
    assert timedelta(0) <= now - morning <= timedelta(days=7, hours=1)
    assert morning.weekday() == weekday
    assert morning.timetz().replace(tzinfo=None) == at


def test_whose_zone_nobody_knows_has_the_week_too(team: Ledger) -> None:
    """One wrong name in the ledger takes the look back from nobody: it comes by the clocks of the rota."""
    with team.write() as tx:
        people.save(tx, Person("mari", "Mari", Role.SUPPORT, "et", "Mars/Olympus"), "test", MONDAY)
    _open(team, 2, datetime(2026, 3, 24, 22, 30, tzinfo=UTC))
    assert send_weekly(team, ROSTER, Post(names=("mari",)), datetime(2026, 3, 30, 9, 0, tzinfo=UTC)) == 1


def test_a_week_with_a_clock_change_is_seven_days_of_the_calendar(team: Ledger) -> None:
    """Clocks go forward on 29 March 2026: the week before 30 March has 167 hours and begins at midnight."""
    _open(team, 2, datetime(2026, 3, 22, 22, 30, tzinfo=UTC))
    assert send_weekly(team, ROSTER, Post(names=("mari",)), datetime(2026, 3, 30, 5, 0, tzinfo=UTC)) == 1
    with team.read() as tx:
        payload = tx.execute(select(outbox_table.c.payload)).scalar_one()
    since, until = (datetime.fromisoformat(payload[name]) for name in ("week_from", "week_to"))
    assert (since.isoformat(), until.isoformat()) == ("2026-03-23T00:00:00+02:00", "2026-03-30T00:00:00+03:00")
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=167)
    with team.read() as tx:
        assert weeks.look_back(tx, since, until).opened == 1


def test_the_week_counts_verdicts_promises_and_lessons(team: Ledger) -> None:
    """What people decided in the week is in it, of this brand or of all, and nothing of the week before."""
    noise = _open(team, 2, MONDAY - timedelta(days=2))
    _open(team, 3, MONDAY - timedelta(days=30))
    _open(team, 4, MONDAY - timedelta(days=3), brand="other")
    at = MONDAY - timedelta(days=1)
    with team.write() as tx:
        one = promises.make(tx, promises.NewPromise(1, "mari", "call", at + timedelta(minutes=10), at), at)
        promises.keep(tx, one, "mari", at + timedelta(minutes=5))
        incidents.resolve(tx, 1, "mari", Verdict.RIGHT, at)
        incidents.resolve(tx, noise, "mari", Verdict.NOISE, at)
        afterwards.save(tx, Lesson(1, Cause.LOST, Remedy.MONEY_BACK, 12.5, "Ask for the number first."), "mari", at)
        week = weeks.look_back(tx, MONDAY - timedelta(days=7), MONDAY, "acme")
        everything = weeks.look_back(tx, MONDAY - timedelta(days=7), MONDAY)
        earlier = weeks.look_back(tx, MONDAY - timedelta(days=14), MONDAY - timedelta(days=7))
    assert (week.opened, week.verdicts, week.unresolved) == (2, {"right": 1, "noise": 1}, 0)
    assert everything.opened == 3
    assert everything.unresolved == 1
    assert week.promises == {"kept": 1}
    assert (week.causes, week.cost, [row.lesson for row in week.lessons]) == (
        [("lost", 1)],
        12.5,
        ["Ask for the number first."],
    )
    assert earlier.is_quiet


def test_a_lesson_is_of_what_is_over_and_can_be_changed(team: Ledger) -> None:
    """An open incident teaches nothing yet; saving again changes it; saving the same again is no new line."""
    lesson = Lesson(1, Cause.LATE, Remedy.APOLOGY, None, "Tell them first.")
    with team.write() as tx, pytest.raises(NotPossible):
        afterwards.save(tx, lesson, "mari", MONDAY)
    with team.write() as tx:
        incidents.resolve(tx, 1, "mari", Verdict.RIGHT, MONDAY)
        for cause in (Cause.LATE, Cause.LATE, Cause.STAFF):
            afterwards.save(tx, Lesson(1, cause, Remedy.APOLOGY, None, "Tell them first."), "mari", MONDAY)
        kept = afterwards.get(tx, 1)
        told = [event for event in incidents.events(tx, 1) if event.kind == "learnt"]
    assert kept is not None
    assert kept.cause == "staff"
    assert len(told) == 2


def test_what_only_a_person_saw_was_missed(bench: object, post: object) -> None:
    """A post that alerted nobody and that somebody calls a complaint is named; one that alerted is not."""
    kit, make = bench, post
    kit.judged(make("1", text="acme is open today"))  # type: ignore[attr-defined, operator]
    ledger: Ledger = kit.ledger  # type: ignore[attr-defined]
    now = kit.clock()  # type: ignore[attr-defined]
    with ledger.write() as tx:
        corrections.add(tx, Word(1, 1, "mari", COMPLAINT, YES), now)
        missed = weeks.look_back(tx, now - timedelta(days=7), now + timedelta(days=1)).missed
    assert [(one.why, one.seq, one.text) for one in missed] == [("corrected", 1, "acme is open today")]
