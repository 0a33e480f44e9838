"""What the API stands on, on each database: tokens, keys that are used once, and lists that miss nothing."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.ledger import api_answers, api_tokens, incidents, listing, people, promises
from monitors.ledger.api_answers import Asked, OtherRequest
from monitors.ledger.api_tokens import MakerGone, NewToken, Scope
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident
from monitors.ledger.listing import Place, Wanted
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import NewPromise
from monitors.ledger.refusals import NotPossible

Now = Callable[[], datetime]


def _token(ledger: Ledger, now: datetime) -> str:
    with ledger.write() as tx:
        return api_tokens.make(tx, NewToken("crm", [Scope.INCIDENTS_READ], now + timedelta(days=1)), "anna", now)


def test_a_token_is_known_until_it_is_over(ledger: Ledger, clock: Now) -> None:
    """Only the very token opens, its use is noted once a minute, and its name is free again when it is over."""
    token = _token(ledger, clock())
    with ledger.write() as tx:
        known = api_tokens.known(tx, token, clock())
        assert known is not None
        found, stale = known
        assert (found.actor, found.scopes, stale) == ("api crm", {"incidents:read"}, True)
        api_tokens.used(tx, found.id, clock())
        assert api_tokens.known(tx, token, clock()) == (found, False)
        assert api_tokens.known(tx, token + "x", clock()) is None
    later = clock() + timedelta(days=1)
    with ledger.write() as tx:
        assert api_tokens.known(tx, token, later) is None
        api_tokens.make(tx, NewToken("crm", [Scope.INCIDENTS_READ]), "anna", later)
        api_tokens.revoke(tx, 2, "anna", later)
        api_tokens.revoke(tx, 2, "anna", later)


def test_a_token_lasts_as_long_as_its_maker(ledger: Ledger, clock: Now) -> None:
    """Locked out or no admin any more, it opens nothing and keeps its name; an admin again, it works again."""
    token = _token(ledger, clock())

    def anna(role: Role) -> None:
        people.save(tx, Person("anna", "Anna", role, "en", "Europe/Tallinn"), "boss", clock())

    with ledger.write() as tx:
        anna(Role.ADMIN)
        assert api_tokens.known(tx, token, clock()) is not None
        people.deactivate(tx, "anna", "boss", clock())
        with pytest.raises(MakerGone):
            api_tokens.known(tx, token, clock())
        [row] = api_tokens.everything(tx)
        assert (api_tokens.works(row, clock()), api_tokens.lasts(row, clock())) == (False, True)
        anna(Role.MANAGER)
        with pytest.raises(MakerGone):
            api_tokens.known(tx, token, clock())
        with pytest.raises(NotPossible):
            api_tokens.make(tx, NewToken("crm", [Scope.INCIDENTS_READ]), "bob", clock())
        anna(Role.ADMIN)
        assert api_tokens.known(tx, token, clock()) is not None


def test_a_key_is_used_once_by_all_who_use_it_at_once(ledger: Ledger, clock: Now) -> None:
    """Of requests with one key that come at the same time one changes something; the others get what it changed."""
    _token(ledger, clock())
    asked, done, answers, ready = Asked(1, "k", "POST /x"), [], [], threading.Barrier(4)

    def ask() -> None:
        ready.wait()
        with ledger.write() as tx:
            before = api_answers.begin(tx, asked, clock())
            if before is None:
                done.append(1)
                api_answers.keep(tx, asked, 7)
            answers.append(before or 7)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, answers) == ([1], [7] * 4)
    with ledger.write() as tx, pytest.raises(OtherRequest):
        api_answers.begin(tx, Asked(1, "k", "POST /y"), clock())
    with ledger.write() as tx:
        assert api_answers.drop_older(tx, clock(), 10) == 0
        assert api_answers.drop_older(tx, clock() + timedelta(days=1), 10) == 1


@pytest.mark.parametrize("oldest_first", [True, False])
def test_pages_meet_every_incident_once(ledger: Ledger, clock: Now, oldest_first: bool) -> None:
    """Also where several changed at the same moment, and promises likewise by when they are due."""
    with ledger.write() as tx:
        for number in range(7):
            at = clock() + timedelta(microseconds=number // 3)
            new = NewIncident("acme", f"s{number}", "threat", 50.0, 3, "et", "x", at, at, {})
            incident_id = incidents.open_incident(tx, new, at)
            due = clock() + timedelta(minutes=5)
            promises.make(tx, NewPromise(incident_id, "ann", "A call", due, due), at)
    met: list[int] = []
    due_ids: list[int] = []
    with ledger.read() as tx:
        after = None
        while rows := listing.incidents_by_change(tx, Wanted(oldest_first=oldest_first, after=after, size=2)):
            met += [row.id for row in rows]
            after = Place.read(str(Place(rows[-1].changed_at, rows[-1].id)))
        after = None
        while rows := listing.promises_by_due(tx, None, None, after, 2):
            due_ids += [row.id for row in rows]
            after = Place.read(str(Place(rows[-1].due_at, rows[-1].id)))
        assert listing.incidents_of_brands(tx) == {"acme": {"open": 7}}
        assert listing.post(tx, "file:0") is None
    assert met == (list(range(1, 8)) if oldest_first else list(range(7, 0, -1)))
    assert due_ids == list(range(1, 8))


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 10**15 - 1))
def test_a_place_is_read_as_it_was_written(at: datetime, number: int) -> None:
    """A cursor leads back to the very row, whatever its time."""
    at = max(at, datetime(1970, 1, 1, tzinfo=UTC))
    assert Place.read(str(Place(at, number))) == Place(at, number)
