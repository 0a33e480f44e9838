"""What people do to one incident at the same moment, how they undo it, and what they must say of open promises."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fakes.race import race
from sqlalchemy import select

from models.decision import Verdict
from monitors.ledger import audit, desk, incidents, promises
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NewIncident, Status
from monitors.ledger.promises import NewPromise, PromiseStatus, Settle
from monitors.ledger.refusals import NotPossible, OpenPromises, SomebodyElse
from monitors.ledger.schema import incidents as table

Now = Callable[[], datetime]
MINUTE = timedelta(minutes=1)


def _opened(ledger: Ledger, now: datetime) -> None:
    new = NewIncident("acme", "file:1", "threat", 50.0, 3, "et", "Kus mu pakk on?", now, now + 10 * MINUTE, {})
    with ledger.write() as tx:
        assert incidents.open_incident(tx, new, now) == 1


def _promised(tx: Tx, now: datetime, owner: str = "olga") -> int:
    return promises.make(tx, NewPromise(1, owner, "call back", now + 10 * MINUTE, now + 7 * MINUTE), now)


def _kinds(ledger: Ledger) -> list[str]:
    with ledger.read() as tx:
        return [event.kind for event in incidents.events(tx, 1)]


ACTS: dict[str, Callable[[Tx, str, datetime], object]] = {
    "acknowledged": lambda tx, who, now: incidents.acknowledge(tx, 1, who, now),
    "resolved": lambda tx, who, now: incidents.resolve(tx, 1, who, Verdict.NOISE, now),
    "assigned": lambda tx, who, now: incidents.assign(tx, 1, who, f"friend of {who}", now, was=""),
    "reopened": lambda tx, who, now: incidents.reopen(tx, 1, who, now),
    "promise_kept": lambda tx, who, now: promises.keep(tx, 1, who, now),
    "promise_withdrawn": lambda tx, who, now: promises.withdraw(tx, 1, who, now),
}


@pytest.mark.parametrize("kind", [kind for kind in ACTS if kind != "promise_withdrawn"])
def test_of_two_at_the_same_moment_one_wins(ledger: Ledger, clock: Now, kind: str) -> None:
    """The other is told who was faster, and leaves no event."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        if kind == "reopened":
            incidents.resolve(tx, 1, "kim", Verdict.RIGHT, clock())
        if kind == "promise_kept":
            _promised(tx, clock())
    act = ACTS[kind]
    refused = race(ledger, lambda tx: act(tx, "olga", clock()), lambda tx: act(tx, "ben", clock()))
    assert [type(error) for error in refused] == [SomebodyElse]
    assert str(refused[0]).startswith("olga ")
    assert str(refused[0]).endswith("a moment ago")
    assert _kinds(ledger).count(kind) == 1
    with ledger.read() as tx:
        assert [entry.actor for entry in audit.newest(tx) if entry.action == kind] == ["olga"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("resolved", "acknowledged"),
        ("resolved", "assigned"),
        ("promise_kept", "promise_withdrawn"),
        ("promise_withdrawn", "promise_kept"),
    ],
)
def test_what_excludes_each_other_happens_once(ledger: Ledger, clock: Now, first: str, second: str) -> None:
    """Nobody takes or gives what another is resolving, and a promise is kept or withdrawn, not both."""
    _opened(ledger, clock())
    if first.startswith("promise"):
        with ledger.write() as tx:
            _promised(tx, clock())
    one, two = ACTS[first], ACTS[second]
    refused = race(ledger, lambda tx: one(tx, "olga", clock()), lambda tx: two(tx, "ben", clock()))
    assert [error.who for error in refused if isinstance(error, SomebodyElse)] == ["olga"]
    assert second not in _kinds(ledger)


def test_a_promise_made_while_another_resolves_is_refused(ledger: Ledger, clock: Now) -> None:
    """No promise stays behind in an incident that nobody looks at any more, whoever comes first."""
    _opened(ledger, clock())
    resolve = ACTS["resolved"]
    refused = race(ledger, lambda tx: _promised(tx, clock()), lambda tx: resolve(tx, "ben", clock()))
    assert [type(error) for error in refused] == [OpenPromises]
    with ledger.write() as tx:
        promises.settle(tx, 1, "olga", Settle.KEEP, clock())
    refused = race(ledger, lambda tx: resolve(tx, "ben", clock()), lambda tx: _promised(tx, clock()))
    assert [str(error) for error in refused] == ["ben resolved it a moment ago"]


def test_the_guard_breaks_no_promise_that_is_being_kept(ledger: Ledger, clock: Now) -> None:
    """At the very minute the person wins, and nobody is called."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        _promised(tx, clock())
    due = clock() + 10 * MINUTE

    def watch(tx: Tx) -> None:
        for row in promises.due_escalations(tx, due):
            promises.broken(tx, row.id, due, ["boss"])

    race(ledger, lambda tx: promises.keep(tx, 1, "olga", due), watch)
    with ledger.read() as tx:
        assert promises.require(tx, 1).status == PromiseStatus.KEPT
    assert "promise_broken" not in _kinds(ledger)


def test_taking_is_undone_by_who_took_it(ledger: Ledger, clock: Now) -> None:
    """It is nobody's again, the next person is called when they would have been, and both are written down."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        incidents.acknowledge(tx, 1, "olga", clock() + MINUTE)
        with pytest.raises(NotPossible, match="only olga"):
            incidents.release(tx, 1, "ben", clock() + 2 * MINUTE)
        incidents.release(tx, 1, "olga", clock() + 2 * MINUTE)
        incidents.release(tx, 1, "olga", clock() + 2 * MINUTE)
        row = incidents.require(tx, 1)
        assert (row.status, row.assignee, row.acknowledged_at, row.acknowledged_by) == (Status.OPEN, None, None, None)
        assert incidents.due_escalations(tx, clock() + 9 * MINUTE) == []
        assert [due.id for due in incidents.due_escalations(tx, clock() + 10 * MINUTE)] == [1]
        incidents.acknowledge(tx, 1, "ben", clock() + 3 * MINUTE)
        assert [entry.action for entry in audit.newest(tx, 3)] == ["acknowledged", "released", "acknowledged"]
    assert _kinds(ledger) == ["opened", "acknowledged", "released", "acknowledged"]


def test_what_was_given_on_or_promised_is_not_released(ledger: Ledger, clock: Now) -> None:
    """Whoever took it cannot undo what another has by now, nor leave a promise without anybody."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        incidents.acknowledge(tx, 1, "olga", clock())
        _promised(tx, clock())
        with pytest.raises(OpenPromises):
            incidents.release(tx, 1, "olga", clock())
        promises.withdraw(tx, 1, "olga", clock())
        incidents.assign(tx, 1, "kim", "ben", clock())
        with pytest.raises(SomebodyElse, match="kim gave it"):
            incidents.release(tx, 1, "olga", clock())


def test_what_belonged_to_somebody_before_does_so_again(ledger: Ledger, clock: Now) -> None:
    """Undoing brings back the state before, also who had it."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        incidents.assign(tx, 1, "kim", "ben", clock())
        incidents.acknowledge(tx, 1, "olga", clock())
        incidents.release(tx, 1, "olga", clock())
        assert incidents.require(tx, 1).assignee == "ben"


@pytest.mark.parametrize(("minutes", "before"), [(5, "open"), (15, "broken")])
def test_kept_is_undone_by_who_said_so(ledger: Ledger, clock: Now, minutes: int, before: str) -> None:
    """The promise is what it was before, and its clock is watched again."""
    _opened(ledger, clock())
    then = clock() + minutes * MINUTE
    with ledger.write() as tx:
        _promised(tx, clock())
        for row in promises.due_escalations(tx, then):
            promises.broken(tx, row.id, then, ["boss"])
        promises.keep(tx, 1, "olga", then)
        with pytest.raises(NotPossible, match="only olga"):
            promises.unkeep(tx, 1, "ben", then)
        promises.unkeep(tx, 1, "olga", then)
        promises.unkeep(tx, 1, "olga", then)
        row = promises.require(tx, 1)
        assert (row.status, row.kept_at) == (before, None)
        assert [waiting.id for waiting in desk.waiting_promises(tx, None)] == [1]
        promises.keep(tx, 1, "ben", then)
        incidents.resolve(tx, 1, "ben", Verdict.RIGHT, then)
        with pytest.raises(SomebodyElse, match="ben resolved it"):
            promises.unkeep(tx, 1, "ben", then)
    assert [kind for kind in _kinds(ledger) if "kept" in kind] == ["promise_kept", "promise_unkept", "promise_kept"]


def test_what_was_not_kept_cannot_be_unkept(ledger: Ledger, clock: Now) -> None:
    """Neither an open promise nor one that was kept, given back and withdrawn: success would be claimed of nothing."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        _promised(tx, clock())
        with pytest.raises(NotPossible, match="nobody said"):
            promises.unkeep(tx, 1, "olga", clock())
        promises.keep(tx, 1, "olga", clock())
        promises.unkeep(tx, 1, "olga", clock())
        promises.withdraw(tx, 1, "olga", clock())
        with pytest.raises(SomebodyElse, match="withdr"):
            promises.unkeep(tx, 1, "olga", clock())
        assert promises.require(tx, 1).status == "withdrawn"


@pytest.mark.parametrize(("how", "status"), [(Settle.KEEP, "kept"), (Settle.WITHDRAW, "withdrawn")])
def test_resolving_says_what_becomes_of_open_promises(ledger: Ledger, clock: Now, how: Settle, status: str) -> None:
    """Without a choice it is refused; what is withdrawn is watched and counted no more."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        _promised(tx, clock())
        with pytest.raises(OpenPromises, match="1 open promise") as refused:
            incidents.resolve(tx, 1, "olga", Verdict.RIGHT, clock())
        assert refused.value.number == 1
        assert promises.settle(tx, 1, "olga", how, clock()) == 1
        incidents.resolve(tx, 1, "olga", Verdict.RIGHT, clock())
        assert [row.status for row in promises.of_incident(tx, 1)] == [status]
        assert promises.due_escalations(tx, clock() + 60 * MINUTE) == []
        assert desk.next_promises(tx, [1]) == {}
        assert desk.kept_share(tx, clock(), clock()) == ((1, 1) if how is Settle.KEEP else (0, 0))


def test_the_same_person_may_think_again(ledger: Ledger, clock: Now) -> None:
    """Pressing twice writes once, and who resolved it may change the verdict; nobody else does so by accident."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        for verdict in (Verdict.NOISE, Verdict.NOISE, Verdict.RIGHT):
            incidents.resolve(tx, 1, "olga", verdict, clock())
        with pytest.raises(SomebodyElse, match=r"olga resolved it on 2026-11-20 at 12:00 UTC"):
            incidents.resolve(tx, 1, "ben", Verdict.NOISE, clock() + 5 * MINUTE)
        assert tx.execute(select(table.c.verdict)).scalar_one() == "right"
        incidents.reopen(tx, 1, "ben", clock())
        assert incidents.require(tx, 1).assignee == "ben"
    assert _kinds(ledger) == ["opened", "resolved", "resolved", "reopened"]


def test_second_tap_makes_no_second_promise(ledger: Ledger, clock: Now) -> None:
    """Two taps at once are one promise and one event, also where a minute begins between them."""
    now = clock()
    _opened(ledger, now)
    made: list[int] = []
    later = now + timedelta(seconds=1)
    assert race(ledger, lambda tx: made.append(_promised(tx, now)), lambda tx: made.append(_promised(tx, later))) == []
    assert made == [1, 1]
    assert _kinds(ledger) == ["opened", "promised"]


def test_other_promises_are_made(ledger: Ledger, clock: Now) -> None:
    """Another person, another time, other words, a later minute or one after a withdrawal: each is its own promise."""
    now = clock()
    _opened(ledger, now)
    due = now + 10 * MINUTE
    with ledger.write() as tx:
        first = _promised(tx, now)
        others = [
            _promised(tx, now, "emma"),
            promises.make(tx, NewPromise(1, "olga", "call back", due + 20 * MINUTE, due), now),
            promises.make(tx, NewPromise(1, "olga", "a refund", due, due), now),
        ]
        promises.withdraw(tx, first, "olga", now)
        others += [_promised(tx, now + timedelta(seconds=1))]
        others += [promises.make(tx, NewPromise(1, "olga", "call back", due, due), now + MINUTE)]
    assert sorted({first, *others}) == [1, 2, 3, 4, 5, 6]
