"""A case changes hands with a promise running: whoever has it is called, who promised is named."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.pipeline import Bench
from fakes.race import Paused, race
from sqlalchemy import select

from monitors.ledger import extending, handing, incidents, promises
from monitors.ledger.extending import Longer
from monitors.ledger.incidents import NewIncident
from monitors.ledger.people import Person, Role
from monitors.ledger.people import save as save_person
from monitors.ledger.promise_report import Kept, by_owner
from monitors.ledger.promises import NewPromise, PromiseStatus
from monitors.ledger.schema import outbox
from monitors.pipeline.guard import guard
from monitors.pipeline.roster import Roster

MINUTE = timedelta(minutes=1)
TEAM = ("ann", "bob", "cid")


@pytest.fixture
def case(bench: Bench) -> Bench:
    """Ann has incident 1 and has promised a call in half an hour; everybody has a channel."""
    now = bench.clock()
    bench.roster = Roster(TEAM, dict.fromkeys(TEAM, ("mail",)))
    with bench.ledger.write() as tx:
        for name in TEAM:
            save_person(tx, Person(name, name.title(), Role.SUPPORT, "en", "UTC"), "test", now)
        new = NewIncident("acme", "s", "danger", 40.0, 2, "en", "text", now, now, {}, "file:1")
        assert incidents.open_incident(tx, new, now) == 1
        incidents.acknowledge(tx, 1, "ann", now)
        due = now + 30 * MINUTE
        promises.make(tx, NewPromise(1, "ann", "a call", due, due - 3 * MINUTE), now)
    return bench


def _promise(bench: Bench, number: int = 1) -> Any:
    with bench.ledger.read() as tx:
        return promises.require(tx, number)


def _told(bench: Bench, kind: str) -> list[str]:
    with bench.ledger.read() as tx:
        found = tx.execute(select(outbox.c.person).where(outbox.c.kind == kind).order_by(outbox.c.id))
        return list(found.scalars())


def _kinds(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        return [event.kind for event in incidents.events(tx, 1)]


def _over(bench: Bench, giver: str, to: str) -> None:
    with bench.ledger.write() as tx:
        handing.hand_over(tx, 1, giver, to, "", bench.clock())


def _guard(bench: Bench, **forward: float) -> None:
    bench.clock.forward(**forward)
    guard(bench.ledger, bench.roster, bench.clock())


def test_the_promise_goes_with_the_case(case: Bench) -> None:
    """Bob is reminded and called, Ann is left alone and named; the log has it; the reports count it for Bob."""
    _over(case, "ann", "bob")
    row = _promise(case)
    assert (row.owner, row.promised_by) == ("bob", "ann")
    with case.ledger.read() as tx:
        event = incidents.latest(tx, 1, "promise_entrusted")
        assert event is not None
        assert (event.actor, event.data) == ("ann", {"promise": 1, "what": "a call", "to": "bob", "had": "ann"})
    _guard(case, minutes=27)
    assert _told(case, "reminder") == ["bob"]
    _guard(case, minutes=3)
    assert _told(case, "broken_promise") == ["bob", "cid"]
    with case.ledger.read() as tx:
        assert by_owner(tx, case.clock() - timedelta(days=1), case.clock()) == {"bob": Kept(broken=1)}


def test_over_two_people_and_back_to_the_first(case: Bench) -> None:
    """Who promised stays named over any number of hands, and is no news when the case is theirs again."""
    for giver, to, promiser in (("ann", "bob", "ann"), ("bob", "cid", "ann"), ("cid", "ann", None)):
        _over(case, giver, to)
        assert (_promise(case).owner, _promise(case).promised_by) == (to, promiser)


def test_taken_back_it_comes_back(case: Bench) -> None:
    """Ann keeps the case after all, and with it what she promised; Bob's own promise of another time stays his."""
    with case.ledger.write() as tx:
        due = case.clock() + 60 * MINUTE
        promises.make(tx, NewPromise(1, "bob", "a letter", due, due), case.clock())
    _over(case, "ann", "bob")
    with case.ledger.write() as tx:
        for _ in range(2):
            handing.take_back(tx, 1, "ann", case.clock())
    assert [(_promise(case, one).owner, _promise(case, one).promised_by) for one in (1, 2)] == [
        ("ann", None),
        ("bob", None),
    ]
    assert _kinds(case)[-4:] == ["handed_over", "promise_entrusted", "promise_entrusted", "handed_back"]
    _guard(case, minutes=27)
    assert _told(case, "reminder") == ["ann"]


def test_assigning_takes_the_promise_along(case: Bench) -> None:
    """Also where a manager gives Ann's case to Bob without a word; giving it to him again changes nothing."""
    with case.ledger.write() as tx:
        for _ in range(2):
            handing.give(tx, 1, "meg", "bob", case.clock())
    assert (_promise(case).owner, _promise(case).promised_by) == ("bob", "ann")
    assert _kinds(case).count("promise_entrusted") == 1


def test_what_is_over_stays_with_whoever_had_it(case: Bench) -> None:
    """Kept, broken or just over its time, it is no fault of Bob's; as the case is his, he is told of what broke."""
    with case.ledger.write() as tx:
        due = case.clock() + 31 * MINUTE
        second = promises.make(tx, NewPromise(1, "ann", "a letter", due, due), case.clock())
        promises.keep(tx, second, "ann", case.clock())
    case.clock.forward(minutes=30)
    _over(case, "ann", "bob")
    _guard(case)
    assert _promise(case).owner == "ann"
    assert sorted(_told(case, "broken_promise")) == ["ann", "bob"]
    with case.ledger.read() as tx:
        assert by_owner(tx, case.clock() - timedelta(days=1), case.clock() + 5 * MINUTE) == {"ann": Kept(1, 0, 1, 0)}


def test_the_holder_hears_of_a_promise_that_broke_in_other_hands(case: Bench) -> None:
    """Given to Cid as the minute came: Ann, who had it, her stand-in Bob, and Cid are told."""
    case.clock.forward(minutes=30)
    _over(case, "ann", "cid")
    _guard(case)
    assert _told(case, "broken_promise") == ["ann", "bob", "cid"]


@pytest.mark.parametrize("first", ["guard", "hand-over"])
def test_a_hand_over_as_the_minute_comes(case: Bench, first: str) -> None:
    """Whichever is first, the promise is broken once, for one owner, and nobody is called twice to it."""
    before, at = case.clock() + 29.9 * MINUTE, case.clock() + 30 * MINUTE
    case.clock.forward(minutes=31)
    if first == "guard":
        _while_the_guard_looks(case, at, before)
    else:
        with case.ledger.write() as tx:
            handing.hand_over(tx, 1, "ann", "bob", "", before)
            looking = threading.Thread(target=guard, args=(case.ledger, case.roster, at))
            looking.start()
            looking.join(0.3)
        looking.join()
    _guard(case)
    assert _promise(case).status == PromiseStatus.BROKEN
    assert _kinds(case).count("promise_broken") == 1
    owner = "bob" if first == "hand-over" else "ann"
    told = _told(case, "broken_promise")
    assert len(told) == len(set(told))
    assert _promise(case).owner == owner
    assert owner in told
    with case.ledger.read() as tx:
        assert by_owner(tx, at - timedelta(days=1), at + MINUTE) == {owner: Kept(broken=1)}


def _while_the_guard_looks(case: Bench, at: datetime, given_at: datetime) -> None:
    """Let the guard stop in the middle of its transaction until whoever gives the case away waits for it."""
    paused = Paused(TEAM, dict.fromkeys(TEAM, ("mail",)))
    looking = threading.Thread(target=guard, args=(case.ledger, paused, at))
    looking.start()
    assert paused.inside.wait(60)

    def give() -> None:
        with case.ledger.write() as tx:
            handing.hand_over(tx, 1, "ann", "bob", "", given_at)

    giving = threading.Thread(target=give)
    giving.start()
    giving.join(0.3)
    assert giving.is_alive()
    paused.go.set()
    looking.join()
    giving.join()


def test_two_who_give_the_case_away_at_once(case: Bench) -> None:
    """The promise ends with whoever has the case."""
    race(
        case.ledger,
        lambda tx: handing.hand_over(tx, 1, "ann", "bob", "", case.clock()),
        lambda tx: handing.hand_over(tx, 1, "ann", "cid", "", case.clock()),
    )
    with case.ledger.read() as tx:
        assert incidents.require(tx, 1).assignee == _promise(case).owner == "cid"
    assert _promise(case).promised_by == "ann"


def test_who_promised_may_still_say_that_it_takes_longer(case: Bench) -> None:
    """Ann told the customer and is asked by them; the longer promise is Bob's, who has the case."""
    _over(case, "ann", "bob")
    longer = Longer("ann", "Until four", case.clock() + 60 * MINUTE, case.clock() + 57 * MINUTE)
    with case.ledger.write() as tx:
        made = extending.extend(tx, 1, longer, case.clock())
        row = promises.require(tx, made)
        event = incidents.latest(tx, 1, "promised", promise=made)
    assert (row.owner, row.promised_by, event.actor) == ("bob", "ann", "ann")  # type: ignore[union-attr]
