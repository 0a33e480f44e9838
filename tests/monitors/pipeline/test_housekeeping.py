"""Housekeeping: what is too old goes, batch by batch, and nothing else does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fakes.pipeline import BRAND, Bench
from sqlalchemy import event, func, select, update

from models.post import Post
from monitors.ledger import audit, incidents, link_uses, people, replies
from monitors.ledger.answers import Place
from monitors.ledger.incidents import NewIncident
from monitors.ledger.people import Person, Role
from monitors.ledger.replies import NewReply
from monitors.ledger.schema import audit as audit_table
from monitors.ledger.schema import posts, sessions, stories, story_bands
from monitors.pipeline import housekeeping
from monitors.pipeline.housekeeping import STORY_DAYS, keep_house

Make = Callable[..., Post]
OTHER = "other"


@dataclass(frozen=True)
class Days:
    """How long things are kept in these tests."""

    posts_days: int = 100
    raw_days: int = 10
    audit_days: int = 50


@dataclass
class Disk:
    """An index that counts how often it was purged."""

    purged: int = 0

    def purge(self) -> None:
        """Once more."""
        self.purged += 1


def _count(bench: Bench, *tables: object) -> list[int]:
    with bench.ledger.read() as tx:
        return [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def _keep(bench: Bench) -> dict[str, int]:
    disk = Disk()
    dropped = keep_house(bench.ledger, disk, Days(), bench.clock())
    assert disk.purged == 1
    return {name: count for name, count in dropped.items() if count}


def test_stories_end_with_their_bands_brand_by_brand(bench: Bench, post: Make) -> None:
    """Stories that ended a month ago go with all their bands; the same story of a brand that still tells it stays."""
    texts = ("parcel lost in the rain", "rude driver shouted at grandmother", "app crashes when paying invoices")
    bench.store(*(post(str(number), text=text) for number, text in enumerate(texts)), brands=(BRAND, OTHER))
    for brand in (BRAND, OTHER):
        bench.respond(brand=brand)
    told, filed = _count(bench, stories, story_bands)
    assert told == 2 * len(texts)
    later = bench.clock.forward(days=STORY_DAYS, seconds=1)
    with bench.ledger.write() as tx:
        tx.execute(update(stories).where(stories.c.brand == OTHER).values(last_at=later))
    assert _keep(bench) == {"stories": len(texts)}
    assert _count(bench, stories, story_bands) == [told // 2, filed // 2]
    with bench.ledger.read() as tx:
        assert set(tx.execute(select(stories.c.brand)).scalars()) == {OTHER}


def test_audit_and_sessions(bench: Bench) -> None:
    """Changes older than their days and sessions that are over go; what is younger by a second stays."""
    now = bench.clock()
    with bench.ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.ADMIN, "en", "UTC"), "test", now)
        audit.record(tx, now + timedelta(seconds=1), "ann", "newer", "x")
        people.start_session(tx, "ann", now + timedelta(days=50))
        people.start_session(tx, "ann", now + timedelta(days=50, seconds=2))
    assert _keep(bench) == {}
    bench.clock.forward(days=50, seconds=1)
    assert _keep(bench) == {"audit": 1, "sessions": 1}
    assert _count(bench, audit_table, sessions) == [1, 1]


def test_used_links_are_known_as_long_as_they_would_work(bench: Bench) -> None:
    """A link lasts two days: only after twice that time is it forgotten that somebody pressed it."""
    with bench.ledger.write() as tx:
        assert link_uses.use(tx, "token", 1, "ann", bench.clock())
        assert not link_uses.use(tx, "token", 1, "ann", bench.clock())
    bench.clock.forward(days=4)
    assert _keep(bench) == {}
    bench.clock.forward(seconds=1)
    assert _keep(bench) == {"links": 1}


def test_no_transaction_is_long(bench: Bench, post: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction takes one batch of one thing, so that others get their turn in between."""
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    now = bench.clock()
    with bench.ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.ADMIN, "en", "UTC"), "test", now)
        for _ in range(4):
            audit.record(tx, now, "ann", "looked", "x")
            people.start_session(tx, "ann", now)
    bench.judged(*(post(str(number), text=f"word{number} thing{number}", raw={"id": number}) for number in range(5)))
    bench.clock.forward(days=60)
    changed: list[int] = []

    def count(*told: object) -> None:
        cursor, statement = told[1], str(told[2])
        if statement.startswith(("DELETE", "UPDATE")) and "story_bands" not in statement:
            changed.append(cursor.rowcount)  # type: ignore[attr-defined]

    event.listen(bench.ledger.engine, "after_cursor_execute", count)
    assert _keep(bench) == {"raw": 5, "stories": 5, "audit": 5, "sessions": 4}
    event.remove(bench.ledger.engine, "after_cursor_execute", count)
    assert max(changed) == 2
    bench.clock.forward(days=60)
    assert _keep(bench) == {"posts": 5}
    assert _count(bench, posts, stories, story_bands, audit_table, sessions) == [0] * 5


def test_words_of_drafts_go_with_the_posts(bench: Bench) -> None:
    """A draft that nobody sent is forgotten after the days that posts are kept, and counted."""
    new = NewIncident(BRAND, "file:1", "threat", 50.0, 3, "et", "x", bench.clock(), None, {})
    with bench.ledger.write() as tx:
        number = incidents.open_incident(tx, new, bench.clock())
        replies.draft(tx, NewReply(number, "ann", Place.MAIL, "Her mother is ill.", "en"), bench.clock())
    bench.clock.forward(days=99)
    assert "drafts" not in _keep(bench)
    bench.clock.forward(days=2)
    assert _keep(bench)["drafts"] == 1
    with bench.ledger.read() as tx:
        assert replies.require(tx, 1).text == ""
