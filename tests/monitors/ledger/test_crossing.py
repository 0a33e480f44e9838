"""Two workers that write the same posts in crossing orders: one waits for the other, and both come to their end."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.post import Metric, Post
from models.scores import Scores
from monitors.errors import RetryLater
from monitors.ledger import incidents, looks, people, posts, removal, scoring, setbacks, sweeps
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NewIncident
from monitors.ledger.joining import Joined, attach
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import posts as table
from monitors.ports import Gone, Skipped

Now = Callable[[], datetime]
MANY = 600
MINUTE = timedelta(minutes=1)


def _at_once(ledger: Ledger, *works: Callable[[Tx], object]) -> None:
    """Do each in a transaction and a thread of its own, all starting together; the first error is raised."""
    start = threading.Barrier(len(works))
    errors: list[RetryLater] = []

    def run(work: Callable[[Tx], object]) -> None:
        try:
            start.wait()
            with ledger.write() as tx:
                work(tx)
        except RetryLater as error:
            errors.append(error)

    workers = [threading.Thread(target=run, args=(work,)) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]


def _store(tx: Tx, page: Sequence[Post], now: datetime, brand: str = "acme") -> None:
    posts.store(tx, page, lambda _post: (brand,), now)


@pytest.fixture
def page(post: Callable[..., Post]) -> list[Post]:
    """Many posts in the order of their ids."""
    return [post(f"{n:04}") for n in range(MANY)]


def test_the_same_new_posts(ledger: Ledger, page: list[Post], clock: Now) -> None:
    """Two sweeps that find the same posts store each once."""
    _at_once(ledger, lambda tx: _store(tx, page, clock()), lambda tx: _store(tx, page[::-1], clock()))
    with ledger.read() as tx:
        assert posts.count(tx) == MANY


def test_the_same_edits(ledger: Ledger, page: list[Post], clock: Now) -> None:
    """Of two that bring the same later text, one stores it: it is one new version, not two."""
    with ledger.write() as tx:
        _store(tx, page, clock())
    later = [replace(one, text=f"{one.text} again", edited_at=clock()) for one in page]
    _at_once(ledger, lambda tx: _store(tx, later, clock()), lambda tx: _store(tx, later[::-1], clock()))
    with ledger.read() as tx:
        assert set(tx.execute(select(table.c.version)).scalars()) == {2}


def test_new_mentions_and_counts_of_known_posts(ledger: Ledger, page: list[Post], clock: Now) -> None:
    """Posts that are known already get their new brand and their new counts once."""
    with ledger.write() as tx:
        _store(tx, page, clock())
    seen = [replace(one, observed_at=clock() + MINUTE, engagement={Metric.LIKES: 9}) for one in page]
    _at_once(ledger, lambda tx: _store(tx, seen, clock(), "b"), lambda tx: _store(tx, seen[::-1], clock(), "b"))
    with ledger.read() as tx:
        assert posts.count_by_brand(tx) == {"acme": MANY, "b": MANY}


def test_an_edit_meets_a_deletion_and_a_new_look(
    ledger: Ledger, page: list[Post], scores: Callable[..., Scores], clock: Now
) -> None:
    """A page with edits, one with deletions, a refresh and a scorer take the same posts from different ends."""
    with ledger.write() as tx:
        _store(tx, page, clock())
        claimed = scoring.claim(tx, MANY, clock(), MINUTE)
    later = [replace(one, text=f"{one.text} again", edited_at=clock()) for one in page]
    gone = [Gone(one.native_id, "deleted", clock()) for one in page[: MANY // 2][::-1]]
    read = [(one, scores(one.text)) for one in claimed[::-1]]

    def look(tx: Tx) -> None:
        posts.hold(tx, [one.uid for one in page[::-1]])
        posts.observe(tx, [replace(one, observed_at=clock() + MINUTE) for one in page[::-1]])
        looks.plan(tx, {one.uid: clock() + MINUTE for one in page[::-1]})

    _at_once(
        ledger,
        lambda tx: _store(tx, later[::-1], clock()),
        lambda tx: removal.remove(tx, "file", gone, clock()),
        lambda tx: scoring.write(tx, read, clock()),
        lambda tx: posts.drop_raw(tx, clock() + MINUTE, MANY),
        look,
    )
    with ledger.read() as tx:
        left = tx.execute(select(table.c.uid).where(table.c.text != "")).scalars().all()
    assert len(left) == MANY - len(gone)


def test_deletions_and_judging_hold_incidents_in_one_order(ledger: Ledger, page: list[Post], clock: Now) -> None:
    """Deleted posts clear the names of many incidents while new posts join them."""
    few = page[:300]
    with ledger.write() as tx:
        _store(tx, few, clock())
        numbers = [_opened(tx, one, clock()) for one in few]
    gone = [Gone(one.native_id, "deleted", clock()) for one in few]
    joined = {number: Joined(1, 90.0, 4) for number in numbers[::-1]}
    _at_once(
        ledger,
        lambda tx: removal.remove(tx, "file", gone, clock()),
        lambda tx: attach(tx, joined, clock()),
    )
    with ledger.read() as tx:
        assert set(tx.execute(select(incident_table.c.headline, incident_table.c.posts))) == {("", 2)}


def _opened(tx: Tx, one: Post, now: datetime) -> int:
    new = NewIncident("acme", one.uid, "threat", 50.0, 3, "en", one.text, now, None, {}, one.uid)
    return incidents.open_incident(tx, new, now)


def test_the_same_skips(ledger: Ledger, clock: Now) -> None:
    """Two sweeps of a source that skip for the same reasons count all of them."""
    skips = [Skipped(f"reason_{n:03}", "line 1") for n in range(300)]
    _at_once(
        ledger,
        lambda tx: sweeps.count_skips(tx, "file", skips, clock()),
        lambda tx: sweeps.count_skips(tx, "file", skips[::-1], clock()),
    )
    with ledger.read() as tx:
        assert {row._mapping["count"] for row in sweeps.skipped(tx)} == {2}


def test_two_workers_that_find_posts_of_several_sources_refused(
    ledger: Ledger, post: Callable[..., Post], clock: Now
) -> None:
    """Each counts the skips of all sources, which lie in the order of the sources and not of the posts."""
    names = [f"s{n:03}" for n in range(200)]
    with ledger.write() as tx:
        for order in (names, names[::-1]):
            for name in order:
                _store(tx, [post(f"{len(order)}-{order is names}", source=name)], clock())
    first, second = ({f"{name}:200-{side}": "no" for name in names} for side in (True, False))
    _at_once(
        ledger,
        lambda tx: setbacks.record(tx, setbacks.Stuck.INDEX, first, clock()),
        lambda tx: setbacks.record(tx, setbacks.Stuck.INDEX, second, clock()),
    )
    with ledger.read() as tx:
        assert {row._mapping["count"] for row in sweeps.skipped(tx)} == {2}


@pytest.mark.parametrize("loses", ["the role", "the door"])
def test_whoever_saves_their_own_page_keeps_nothing_they_lose(ledger: Ledger, clock: Now, loses: str) -> None:
    """A role that is taken away, or a lock, holds against a save of the same person that began before it was done."""
    admin = Person("emma", "Emma", Role.ADMIN, "en", "Europe/Tallinn")
    with ledger.write() as tx:
        people.save(tx, admin, "kuula", clock())
    kept: list[bool] = []

    def own() -> None:
        with ledger.write() as tx:
            kept.append(people.describe(tx, replace(admin, language="fi"), clock()))

    saving = threading.Thread(target=own)
    with ledger.write() as tx:
        if loses == "the role":
            people.save(tx, replace(admin, role=Role.VIEWER), "anna", clock())
        else:
            people.deactivate(tx, "emma", "anna", clock())
        saving.start()
        # The other is at its write by now, and waits there for this one.
        saving.join(0.3)
    saving.join()
    with ledger.read() as tx:
        left = people.get(tx, "emma")
    expected = replace(admin, role=Role.VIEWER, language="fi") if loses == "the role" else None
    assert (left, kept) == (expected, [loses == "the role"])
