"""A whole weekend of a team with a rota, quiet hours and opening hours, as a timeline on each database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from fakes.pipeline import Bench
from sqlalchemy import select, update

from models.answering import Patience
from models.calling import Business, Haste, Team
from models.decision import Policy
from models.hours import EVERY_DAY, Hours, Opening
from models.post import Post
from models.rota import Change, ChangeKind, Duty, Rota
from monitors.ledger import bundles, clocks, incidents, people, promises, rota
from monitors.ledger.desk_schema import answer_clocks
from monitors.ledger.joining import Joined, attach
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import NewPromise
from monitors.ledger.schema import outbox as outbox_table
from monitors.ledger.schema import people as people_table
from monitors.pipeline.guard import guard
from monitors.pipeline.roster import Roster
from monitors.pipeline.staffing import AHEAD, Unstaffed, unstaffed

Make = Callable[..., Post]
TALLINN = ZoneInfo("Europe/Tallinn")
NIGHT = Hours(EVERY_DAY, time(22), time(7))
DAY = timedelta(hours=8)
LATE = "acme my parcel is late again and nobody answers the phone"


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in Tallinn around the weekend on which clocks go back: the 23rd is a Friday, the 25th has 25 hours."""
    return datetime(2026, 10, day, hour, minute, tzinfo=TALLINN).astimezone(UTC)


@pytest.fixture
def team(bench: Bench, clock: Callable[[], datetime]) -> Bench:
    """Ann and Bob by day on weekdays, Cid on duty at weekends, Meg the manager; the office is open on weekdays."""
    with bench.ledger.write() as tx:
        for name in ("ann", "bob", "cid", "meg"):
            people.save(tx, Person(name, name.title(), Role.SUPPORT, "en", "Europe/Tallinn"), "settings", clock())
    weekdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    duties = (
        Duty("day", ("ann", "bob"), time(9), DAY, weekdays),
        Duty("weekend", ("cid",), time(10), DAY, "FREQ=WEEKLY;BYDAY=SA,SU"),
    )
    office = Opening((Hours(frozenset(range(5)), time(9), time(17)),), TALLINN)
    bench.roster = Roster(
        order=("ann", "bob", "cid", "meg"),
        channels=dict.fromkeys(("ann", "bob", "cid", "meg"), ("mail",)),
        duty=Rota(duties, TALLINN),
        quiet={"ann": (NIGHT,), "bob": (NIGHT,)},
        last=frozenset({"meg"}),
        haste=Haste(60, timedelta(minutes=10), timedelta(minutes=3)),
        business=Business(office, 50),
    )
    bench.patience = Patience(working=bench.roster.business.over_at)
    bench.policy = Policy(alert_at=0, hold_at=0, spread_probability=2)
    return bench


def _run(team: Bench, until: datetime) -> list[tuple[str, str]]:
    """Let the guard look every minute; gives who was called, and when in Tallinn."""
    while team.clock() < until:
        team.clock.forward(minutes=1)  # type: ignore[attr-defined]
        guard(team.ledger, team.roster, team.clock())
    with team.ledger.read() as tx:
        rows = tx.execute(select(outbox_table).order_by(outbox_table.c.id))
        return [(f"{row.queued_at.astimezone(TALLINN):%a %H:%M}", f"{row.kind} {row.person}") for row in rows]


def _set(team: Bench, at: datetime) -> None:
    team.clock.time = at  # type: ignore[attr-defined]


def _post(post: Make, text: str, at: datetime, native_id: str = "") -> Post:
    return post(native_id or text, text=text, created_at=at, observed_at=at)


def test_an_alert_of_saturday_waits_until_monday(team: Bench, post: Make) -> None:
    """Nobody is called to plain anger before the office opens, an hour later by the sun; then the day's people are."""
    _set(team, _at(24, 11))
    assert team.judged(_post(post, "acme is late", _at(24, 11))) == 0
    with team.ledger.read() as tx:
        row = incidents.require(tx, 1)
        kinds = [event.kind for event in incidents.events(tx, 1)]
    assert (row.escalation, row.escalate_at, kinds) == (incidents.NOBODY_YET, _at(26, 9), ["opened", "waits"])
    _set(team, _at(26, 8, 55))
    assert _run(team, _at(26, 9, 35)) == [
        ("Mon 09:00", "alert ann"),
        ("Mon 09:10", "escalation bob"),
        ("Mon 09:20", "escalation cid"),
        ("Mon 09:30", "escalation meg"),
    ]


def test_danger_calls_whoever_is_on_duty_then_everybody(team: Bench, post: Make) -> None:
    """On Saturday Cid is called at once, then the others three minutes apart, managers last, asleep or not."""
    _set(team, _at(24, 12))
    assert team.judged(_post(post, "danger acme", _at(24, 12))) == 1
    assert _run(team, _at(24, 12, 10)) == [
        ("Sat 12:00", "alert cid"),
        ("Sat 12:03", "escalation ann"),
        ("Sat 12:06", "escalation bob"),
        ("Sat 12:09", "escalation meg"),
    ]


def test_who_comes_on_duty_is_called_next(team: Bench, post: Make) -> None:
    """Ann was called a minute before Cid's duty began: Cid is next, then Bob, and Ann not before all others were."""
    _set(team, _at(24, 9, 59))
    team.judged(_post(post, "danger acme", _at(24, 9, 59)))
    assert [who for _, who in _run(team, _at(24, 10, 9))] == [
        "alert ann",
        "escalation cid",
        "escalation bob",
        "escalation meg",
    ]


def test_at_night_those_who_sleep_are_called_last(team: Bench, post: Make) -> None:
    """Risky but not dangerous, in the night of the changed clocks: Cid and Meg first, Ann when nobody else answered."""
    team.roster = replace(team.roster, business=Business())
    _set(team, _at(25, 2, 50))
    assert team.judged(_post(post, "acme is late", _at(25, 2, 50))) == 1
    assert [who for _, who in _run(team, _at(25, 2, 50) + timedelta(minutes=35))] == [
        "alert cid",
        "escalation meg",
        "escalation ann",
        "escalation bob",
    ]


def _answer_by(team: Bench) -> tuple[datetime | None, timedelta]:
    """When the first incident is to be answered, and how long its risk allows."""
    with team.ledger.read() as tx:
        return clocks.of(tx, [1])[1].answer_by, team.patience.allowed(incidents.require(tx, 1).risk)


def test_the_time_for_an_answer_begins_when_the_office_opens(team: Bench, post: Make) -> None:
    """Calm words of Saturday are due so long after nine on Monday, whatever joins meanwhile.

    Nobody is called in the name of a customer who was promised nothing before then.
    """
    _set(team, _at(24, 11))
    team.judged(_post(post, LATE, _at(24, 11)))
    for hour in (12, 20):
        by, allowed = _answer_by(team)
        assert by == _at(26, 9) + allowed
        assert allowed > timedelta(minutes=30)
        _set(team, _at(24, hour))
        team.judged(_post(post, f"{LATE} and again", _at(24, hour), str(hour)))
    by, allowed = _answer_by(team)
    assert by == _at(26, 9) + allowed
    _set(team, _at(26, 8, 59))
    assert "unanswered ann" not in [call for _, call in _run(team, _at(26, 9, 5))]
    with team.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", team.clock())
    team.clock.time = by - timedelta(minutes=2)  # type: ignore[attr-defined]
    called = [call for _, call in _run(team, by - timedelta(minutes=1))]
    assert "unanswered ann" not in called
    assert [call for _, call in _run(team, by + timedelta(minutes=1))][len(called) :] == [
        "unanswered ann",
        "unanswered bob",
    ]


def test_danger_of_the_night_is_answered_in_the_night(team: Bench, post: Make) -> None:
    """People are called to it at once, so that the customer does not wait for Monday either."""
    _set(team, _at(24, 12))
    team.judged(_post(post, f"{LATE} danger", _at(24, 12)))
    by, allowed = _answer_by(team)
    assert by == _at(24, 12) + allowed


def test_what_waits_for_the_office_hides_nothing_that_is_grave(team: Bench, post: Make) -> None:
    """A calm customer whose time is over in the night is passed over, so that many of them keep nobody from a call."""
    _set(team, _at(23, 14))
    team.judged(_post(post, LATE, _at(23, 14)), _post(post, "danger acme box burns", _at(23, 14)))
    with team.ledger.read() as tx:
        calm, grave = (1, 2) if not incidents.require(tx, 1).urgent else (2, 1)
    with team.ledger.write() as tx:
        tx.execute(update(answer_clocks).values(answer_by=_at(24, 1)))
        tx.execute(update(answer_clocks).where(answer_clocks.c.incident_id == calm).values(answer_by=_at(24, 0)))
        now, by_night = _at(24, 2), team.roster.least_risk(_at(24, 2))
        assert [row.id for row in clocks.overdue(tx, now, by_night, limit=1)] == [grave]
        assert [row.id for row in clocks.overdue(tx, now, limit=1)] == [calm]


def test_news_that_makes_it_dangerous_ends_the_wait(team: Bench, post: Make) -> None:
    """The story of a waiting incident becomes a danger: whoever is on duty is called then, and not on Monday again."""
    _set(team, _at(24, 11))
    team.judged(_post(post, LATE, _at(24, 11)))
    _set(team, _at(24, 12))
    assert team.judged(_post(post, f"{LATE} danger", _at(24, 12))) == 1
    with team.ledger.write() as tx:
        row = incidents.require(tx, 1)
        assert (row.escalation, row.urgent, row.escalate_at) == (0, True, _at(24, 12, 3))
        incidents.acknowledge(tx, 1, "cid", team.clock())
        clocks.answered(tx, 1, team.clock())
    _set(team, _at(26, 8, 59))
    assert _run(team, _at(26, 9, 5)) == [("Sat 12:00", "alert cid")]


def test_an_alert_of_friday_evening_goes_on_on_monday(team: Bench, post: Make) -> None:
    """Ann was called at a minute to five and nobody answered: the next call is Bob's, on Monday at nine."""
    _set(team, _at(23, 16, 59))
    assert team.judged(_post(post, "acme is late", _at(23, 16, 59))) == 1
    assert _run(team, _at(23, 18)) == [("Fri 16:59", "alert ann")]
    _set(team, _at(26, 8, 59))
    assert _run(team, _at(26, 9, 5))[1:] == [("Mon 09:00", "escalation bob")]


def test_a_swap_in_the_ledger_is_followed_at_once(team: Bench, post: Make) -> None:
    """Meg has Cid's Saturday: she is called; taken back, Cid is, without anything having been started anew."""
    _set(team, _at(24, 12))
    with team.ledger.write() as tx:
        swap = Change(ChangeKind.SWAP, "cid", _at(24, 10), _at(24, 18), "meg")
        number = rota.make(tx, swap, "cid", team.clock())
    team.judged(_post(post, "danger acme", _at(24, 12)))
    with team.ledger.write() as tx:
        rota.withdraw(tx, number, "cid", team.clock())
    team.judged(_post(post, "danger of another kind", _at(24, 12)))
    assert [who for _, who in _run(team, _at(24, 12))] == ["alert meg", "alert cid"]


def test_quiet_hours_that_a_person_set_replace_those_of_the_settings(team: Bench, post: Make) -> None:
    """Ann says that she sleeps by day, and Cid that he does; Cid is on duty, so that he is called and she is not."""
    day = (Hours(EVERY_DAY, time(8), time(20)),)
    with team.ledger.write() as tx:
        rota.set_quiet(tx, "ann", day, "ann", team.clock())
        rota.set_quiet(tx, "cid", day, "cid", team.clock())
    with team.ledger.read() as tx:
        chain = team.roster.as_of(tx, _at(24, 12)).team.chain(_at(24, 12))
    assert chain == ("cid", "bob", "meg", "ann")
    with team.ledger.write() as tx:
        rota.set_quiet(tx, "ann", None, "ann", team.clock())
    with team.ledger.read() as tx:
        assert team.roster.as_of(tx, _at(24, 12)).team.chain(_at(24, 12)) == ("cid", "ann", "bob", "meg")


@pytest.mark.parametrize("trouble", ["unknown", "viewer", "locked out", "no channel"])
def test_a_duty_of_somebody_who_can_do_nothing_is_called_past(team: Bench, post: Make, trouble: str) -> None:
    """Cid has the weekend and cannot be counted on: the first call, and each after it, reaches somebody else."""
    with team.ledger.write() as tx:
        if trouble == "viewer":
            people.save(tx, Person("cid", "Cid", Role.VIEWER, "en", "Europe/Tallinn"), "meg", team.clock())
        elif trouble == "locked out":
            people.deactivate(tx, "cid", "meg", team.clock())
    if trouble == "unknown":
        weekend = Duty("weekend", ("nobody",), time(10), DAY)
        team.roster = replace(team.roster, duty=Rota((weekend,), TALLINN), order=("ann", "bob", "meg"))
    elif trouble == "no channel":
        team.roster = replace(team.roster, channels={**team.roster.channels, "cid": ()})
    team.roster = replace(team.roster, team=Team())
    _set(team, _at(24, 12))
    assert team.judged(_post(post, "danger acme", _at(24, 12))) == 1
    assert _run(team, _at(24, 12, 7)) == [
        ("Sat 12:00", "alert ann"),
        ("Sat 12:03", "escalation bob"),
        ("Sat 12:06", "escalation meg"),
    ]
    with team.ledger.read() as tx:
        duty = team.roster.duty_between(tx, team.clock(), team.clock() + AHEAD)
        found = unstaffed(tx, team.roster, duty)
    names = ("nobody",) if trouble == "unknown" else ("cid",)
    assert found == (Unstaffed(unreached=names) if trouble == "no channel" else Unstaffed(idle=names))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "", "../../etc/passwd"])
def test_an_unknown_zone_stops_nobody_from_being_called(team: Bench, post: Make, zone: str) -> None:
    """Of a zone that the ledger has and the machine does not know, the rota's clocks count: Ann sleeps at 23 there."""
    with team.ledger.write() as tx:
        tx.execute(update(people_table).where(people_table.c.name == "ann").values(timezone=zone))
        rules = {one.name: one.zone for one in rota.rules(tx)}
        manners = bundles.manners(tx, ["ann"], bundles.Usual(DAY, {}, TALLINN))
    assert (rules["ann"], rules["bob"], manners["ann"].zone) == (None, TALLINN, TALLINN)
    _set(team, _at(26, 23))
    with team.ledger.read() as tx:
        roster = team.roster.as_of(tx, team.clock())
    assert roster.team.is_quiet("ann", _at(26, 23))
    assert not roster.team.is_quiet("ann", _at(26, 12))
    _set(team, _at(26, 10))
    team.judged(_post(post, "danger acme", _at(26, 10)))
    assert _run(team, _at(26, 10, 2)) == [("Mon 10:00", "alert ann")]


def test_a_promise_of_the_night_is_somebodys(team: Bench, post: Make) -> None:
    """Ann promised and sleeps when it is due: whoever is called first at that hour is reminded in her place."""
    _set(team, _at(24, 12))
    team.judged(_post(post, "danger acme", _at(24, 12)))
    with team.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", team.clock())
        clocks.answered(tx, 1, team.clock())
        due = _at(24, 23)
        promises.make(tx, NewPromise(1, "ann", "We call", due, due - timedelta(minutes=3)), team.clock())
    _set(team, _at(24, 22, 50))
    assert _run(team, _at(24, 23, 5))[1:] == [("Sat 22:57", "reminder cid"), ("Sat 23:00", "broken_promise cid")]


def test_growth_at_night_waits_for_the_digest(team: Bench, post: Make) -> None:
    """An incident that Ann has grows on Friday night: nobody is called, and a digest names it when the office opens."""
    team.policy = Policy(alert_at=0, hold_at=0, spread_probability=2, story_complaints=2, story_authors=1)
    _set(team, _at(23, 16))
    team.judged(_post(post, LATE, _at(23, 16)))
    with team.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", team.clock())
    _set(team, _at(23, 23))
    more = [_post(post, LATE, _at(23, 23), str(number)) for number in range(8)]
    assert team.judged(*more) == 0
    assert _run(team, _at(24, 2))[1:] == []
    _set(team, _at(26, 8, 59))
    assert _run(team, _at(26, 9, 2))[1:] == [("Mon 09:00", "digest ann")]


def test_rising_risk_calls_the_next_person_sooner(team: Bench, post: Make) -> None:
    """Two minutes after the alert a riskier post joins: Bob is called three minutes later, not at ten past."""
    _set(team, _at(26, 10))
    team.judged(_post(post, "acme is late", _at(26, 10)))
    assert _run(team, _at(26, 10, 2)) == [("Mon 10:00", "alert ann")]
    with team.ledger.write() as tx:
        roster = team.roster.as_of(tx, team.clock())
        for risk in (80.0, 30.0):
            attach(tx, {1: Joined(1, risk, 3)}, team.clock(), partial(roster.sooner, now=team.clock()))
    assert _run(team, _at(26, 10, 8))[1:] == [("Mon 10:05", "escalation bob"), ("Mon 10:08", "escalation cid")]


def test_rising_risk_ends_the_wait_for_the_team(team: Bench, post: Make) -> None:
    """An alert of Saturday calls Cid, who is on duty, as soon as its story is risky enough to call anybody then."""
    _set(team, _at(24, 11))
    team.judged(_post(post, "acme is late", _at(24, 11)))
    for risk in (49.0, 50.0):
        assert _run(team, team.clock() + timedelta(minutes=2)) == []
        with team.ledger.write() as tx:
            roster = team.roster.as_of(tx, team.clock())
            attach(tx, {1: Joined(1, risk, 3)}, team.clock(), partial(roster.sooner, now=team.clock()))
    assert _run(team, team.clock() + timedelta(minutes=2)) == [("Sat 11:05", "alert cid")]


def test_an_absence_counts_without_a_rota(team: Bench, post: Make) -> None:
    """Where the settings have no duties, who is away is called after all others."""
    team.roster = Roster(("ann", "bob"), {"ann": ("mail",), "bob": ("mail",)})
    _set(team, _at(26, 10))
    with team.ledger.write() as tx:
        rota.make(tx, Change(ChangeKind.AWAY, "ann", _at(26, 0), _at(27, 0)), "ann", team.clock())
    team.judged(_post(post, "danger acme", _at(26, 10)))
    assert _run(team, _at(26, 10, 10)) == [("Mon 10:00", "alert bob"), ("Mon 10:10", "escalation ann")]


def test_a_wait_never_becomes_longer(team: Bench) -> None:
    """Whatever the risk is by now, what was said before is the latest."""
    row = type("Row", (), {"escalate_at": _at(26, 10, 10), "escalation": 0, "urgent": False})
    roster, now = team.roster, _at(26, 10)
    assert roster.sooner(row, 20, now) == _at(26, 10, 10)
    assert roster.sooner(row, 60, now) == _at(26, 10, 3)
    assert roster.sooner(row, 60, _at(26, 10, 9)) == _at(26, 10, 10)
    waiting = type("Row", (), {"escalate_at": _at(26, 9), "escalation": incidents.NOBODY_YET, "urgent": False})
    assert roster.sooner(waiting, 49, _at(24, 12)) == _at(26, 9)
    assert roster.sooner(waiting, 50, _at(24, 12)) == _at(24, 12)
