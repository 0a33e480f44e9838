"""Incidents, promises and people: what may happen when, and that all of it is written down."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from models.decision import Verdict
from monitors.ledger import audit, desk, digest, incidents, people, promises, secret
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import Listing, NewIncident, NotPossible, Status
from monitors.ledger.joining import Joined, attach
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import NewPromise

Now = Callable[[], datetime]
MINUTE = timedelta(minutes=1)


def _opened(tx: Tx, now: datetime, story: str = "file:1", risk: float = 50.0) -> int:
    new = NewIncident("acme", story, "threat", risk, 3, "et", "Kus mu pakk on?", now, now + 10 * MINUTE, {})
    return incidents.open_incident(tx, new, now)


def test_the_life_of_an_incident_is_written_down(ledger: Ledger, clock: Now) -> None:
    """Each step is in the incident's own log and, when a person took it, in the audit log."""
    with ledger.write() as tx:
        number = _opened(tx, clock())
        incidents.acknowledge(tx, number, "ann", clock())
        incidents.acknowledge(tx, number, "ann", clock())
        incidents.assign(tx, number, "ann", "ben", clock())
        incidents.resolve(tx, number, "ben", Verdict.RIGHT, clock(), "called")
        row = incidents.require(tx, number)
        assert (row.status, row.assignee, row.acknowledged_by, row.verdict) == ("resolved", "ben", "ann", "right")
        assert row.escalate_at is None
        kinds = [event.kind for event in incidents.events(tx, number)]
        assert kinds == ["opened", "acknowledged", "assigned", "resolved"]
        assert [entry.action for entry in audit.newest(tx)] == ["resolved", "assigned", "acknowledged", "opened"]


def test_a_resolved_incident_cannot_be_taken_but_reopened(ledger: Ledger, clock: Now) -> None:
    """What is over is over until somebody takes it back."""
    with ledger.write() as tx:
        number = _opened(tx, clock())
        incidents.resolve(tx, number, "ann", Verdict.NOISE, clock())
        with pytest.raises(NotPossible):
            incidents.acknowledge(tx, number, "ben", clock())
        incidents.reopen(tx, number, "ann", clock())
        assert incidents.require(tx, number).status == Status.ACKNOWLEDGED
        incidents.resolve(tx, number, "ann", Verdict.RIGHT, clock())
        newer = _opened(tx, clock())
        with pytest.raises(NotPossible, match=str(newer)):
            incidents.reopen(tx, number, "ann", clock())


def test_a_story_has_one_open_incident(ledger: Ledger, clock: Now) -> None:
    """The database itself refuses a second open incident on a story."""
    with ledger.write() as tx:
        _opened(tx, clock())
    with pytest.raises(Exception, match=r"(?i)unique"), ledger.write() as tx:
        _opened(tx, clock())


def test_incidents_are_listed_by_risk(ledger: Ledger, clock: Now) -> None:
    """The most dangerous is on top, resolved ones are asked for, and risk only rises."""
    with ledger.write() as tx:
        low, high, done = _opened(tx, clock(), "a", 10), _opened(tx, clock(), "b", 90), _opened(tx, clock(), "c", 99)
        incidents.resolve(tx, done, "ann", Verdict.RIGHT, clock())
        assert [row.id for row in incidents.find(tx, Listing())] == [high, low]
        assert [row.id for row in incidents.find(tx, Listing(status=Status.RESOLVED))] == [done]
        attach(tx, {low: Joined(2, 95.0, 4), high: Joined(1, 5.0, 0)}, clock())
        assert [(row.id, row.risk, row.severity, row.posts) for row in incidents.find(tx, Listing())] == [
            (low, 95.0, 4, 3),
            (high, 90.0, 3, 2),
        ]
        assert incidents.count(tx, Listing(brand="other")) == 0


@pytest.mark.parametrize(("minutes", "status"), [(9, "kept"), (10, "kept"), (11, "late")])
def test_a_promise_is_kept_or_late_by_its_minute(ledger: Ledger, clock: Now, minutes: int, status: str) -> None:
    """Ten minutes are ten minutes."""
    with ledger.write() as tx:
        number = _opened(tx, clock())
        due = clock() + 10 * MINUTE
        promise = promises.make(tx, NewPromise(number, "ann", "call back", due, due - 3 * MINUTE), clock())
        promises.keep(tx, promise, "ann", clock() + minutes * MINUTE)
        promises.keep(tx, promise, "ann", clock() + 60 * MINUTE)
        assert promises.require(tx, promise).status == status
        assert desk.waiting_promises(tx, None) == []


def test_a_promise_needs_a_time_to_come(ledger: Ledger, clock: Now) -> None:
    """Nobody can promise yesterday."""
    with ledger.write() as tx:
        number = _opened(tx, clock())
        with pytest.raises(NotPossible):
            promises.make(tx, NewPromise(number, "ann", "call back", clock(), clock()), clock())


def test_sessions_end(ledger: Ledger, clock: Now) -> None:
    """A session ends at its time, when its person signs out, gets a new password or is locked out."""
    ann = Person("ann", "Ann", Role.SUPPORT, "et", "Europe/Tallinn", ("mail",))
    with ledger.write() as tx:
        people.save(tx, ann, "test", clock())

        def session() -> str:
            return people.start_session(tx, "ann", clock() + 60 * MINUTE)

        token = session()
        assert people.session_person(tx, token, clock()) == ann
        assert people.session_person(tx, token, clock() + 60 * MINUTE) is None
        assert people.session_person(tx, "guessed", clock()) is None
        people.end_session(tx, token)
        assert people.session_person(tx, token, clock()) is None
        token = session()
        people.set_password(tx, "ann", "hash", "ann", clock())
        assert people.session_person(tx, token, clock()) is None
        token = session()
        people.deactivate(tx, "ann", "boss", clock())
        assert people.session_person(tx, token, clock()) is None
        assert people.get(tx, "ann") is None
        assert people.locked_out(tx) == {"ann"}
        assert people.password_of(tx, "ann") is None


def test_a_key_is_made_once(ledger: Ledger) -> None:
    """All processes sign with the same key, whoever came first."""
    with ledger.write() as tx:
        assert secret.get_or_keep(tx, "first") == "first"
        assert secret.get_or_keep(tx, "second") == "first"


def test_states_are_counted_as_far_as_somebody_reads(ledger: Ledger, clock: Now) -> None:
    """Up to a number each state is counted whole, one more stands for all above; the digest is counted by itself."""
    with ledger.write() as tx:
        for number in range(4):
            _opened(tx, clock(), f"new {number}", 10.0 * number)
        for number in range(3):
            new = NewIncident("acme", f"held {number}", "threat", 50.0, 3, "et", "?", clock(), None, {}, held=True)
            incidents.open_incident(tx, new, clock())
        incidents.acknowledge(tx, _opened(tx, clock(), "taken"), "ann", clock())
        incidents.resolve(tx, _opened(tx, clock(), "over"), "ann", Verdict.NOISE, clock())
        incidents.resolve(tx, _opened(tx, clock(), "over, too"), "ann", Verdict.NOISE, clock())
        counted = [list(desk.status_counts(tx, most=most).values()) for most in (1, 2, 3, 4, 1_000)]
        assert counted == [[2, 1, 2], [3, 1, 2], [4, 1, 2], [4, 1, 2], [4, 1, 2]]
        assert [digest.count(tx, "acme", most) for most in (1, 2, 3, None)] == [2, 3, 3, 3]
        assert desk.status_counts(tx, "acme", "ann") == {"open": 0, "acknowledged": 1, "resolved": 0}
        assert desk.status_counts(tx, "another") == {"open": 0, "acknowledged": 0, "resolved": 0}
