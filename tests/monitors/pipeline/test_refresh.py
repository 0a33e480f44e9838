"""Refreshing and indexing: what changes at the source reaches every store, and a missing index delays no alert."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.pipeline import BRAND, Bench, Told, liked
from sqlalchemy import select

from models.decision import Policy
from models.post import Author, Post
from monitors.errors import RetryLater, StopSource
from monitors.index.sqlite import SqliteIndex
from monitors.ledger import incidents, indexing, judging, looks, outbox, people, posts, removal
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import posts as table
from monitors.ledger.schema import stories
from monitors.messages import Composer
from monitors.pipeline.index import index_waiting
from monitors.pipeline.refresh import refresh
from monitors.ports import Document, Gone, Page, Search, Skipped

Make = Callable[..., Post]
SECRET_WORDS = "danger acme: my neighbour Kalle was hurt"


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    """An empty index in a file."""
    opened = SqliteIndex(str(tmp_path / "index.db"))
    opened.prepare()
    return opened


def _refresh(bench: Bench, page: Page | Exception, name: str = "file") -> object:
    return refresh(bench.ledger, Told(again=page, name=name), bench.clock)


def _gone(bench: Bench, *native_ids: str) -> Page:
    return Page(gone=[Gone(native_id, "deleted", bench.clock()) for native_id in native_ids])


def test_a_deletion_reaches_every_store(bench: Bench, post: Make, index: SqliteIndex) -> None:
    """Text and author leave ledger, incident, index and messages that have not gone out; a receipt has the times."""
    later = post("2", text=f"{SECRET_WORDS} again", author=Author("kalle-author", "kalle", "Kalle"))
    bench.judged(post("1", text=SECRET_WORDS, author=Author("kalle-author", "kalle", "Kalle")), later)
    index_waiting(bench.ledger, index, bench.clock)
    assert index.count(Search(text="neighbour")) == 2
    with bench.ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.SUPPORT, "en", "UTC", ("mail",)), "test", bench.clock())
    bench.clock.forward(minutes=20)
    assert _refresh(bench, _gone(bench, "1", "2")).gone == 2
    with bench.ledger.write() as tx:
        letters = outbox.claim(tx, 10, bench.clock(), timedelta(minutes=1))
    composer = Composer(bench.ledger, "http://pages", "key", bench.clock)
    said = "".join(str(composer.compose(letter)) for letter in letters)
    assert letters
    assert "deleted at its source" in said
    while index_waiting(bench.ledger, index, bench.clock):
        pass
    assert index.count(Search()) == 0
    kept = said + _everything(bench)
    assert "alle" not in kept
    assert "neighbour" not in kept
    with bench.ledger.read() as tx:
        for row in removal.receipts(tx):
            assert row.told_at == row.ledger_at == row.index_at == bench.clock()


def _everything(bench: Bench) -> str:
    """All that the ledger holds, as one text."""
    with bench.ledger.read() as tx:
        rows = [str(tuple(row)) for each in table.metadata.sorted_tables for row in tx.execute(select(each))]
    return "\n".join(rows)


def test_the_headline_goes_with_the_post_that_gave_it(bench: Bench, post: Make) -> None:
    """An incident is named by the post that alerted, the fifth of its story: deleting that one clears the name."""
    text = "The parcel from Tartu is late again and nobody answers"
    bench.judged(*(post(str(n), text=f"{text} {'!' * n}", author=Author(f"a{n}")) for n in range(5)))
    for gone, headline in (("0", f"{text} !!!!"), ("4", "")):
        with bench.ledger.write() as tx:
            removal.remove(tx, "file", [Gone(gone, "deleted", bench.clock())], bench.clock())
            assert incidents.require(tx, 1).headline == headline


def test_counts_that_grow_turn_hold_into_alert(bench: Bench, post: Make) -> None:
    """A quiet complaint is held; read again with many likes it alerts, and is still counted once."""
    bench.policy = Policy(alert_at=1000, spread_to=100, spread_probability=0.5)
    quiet = post("1", text="the parcel is late", engagement=liked(0))
    assert bench.judged(quiet) == 0
    for minutes, likes in ((15, 60), (30, 900), (45, 5000)):
        bench.clock.forward(minutes=15)
        page = Page(found=[replace(quiet, observed_at=bench.clock(), engagement=liked(likes))])
        assert _refresh(bench, page).read == 1, minutes
        bench.respond()
    with bench.ledger.read() as tx:
        decided = judging.decisions_on(tx, "file:1")[0]
        assert (decided.action, decided.reason) == ("alert", "spreading")
        assert len(tx.execute(select(incident_table)).all()) == 1
        assert tx.execute(select(stories.c.posts, stories.c.complaints)).one() == (1, 1)


def test_looks_thin_out(small: Bench, post: Make) -> None:
    """A post is read often in its first hour, a few times in the next hours, daily for a week, and then every week."""
    one = post("1", text="the parcel is late")
    small.judged(one)
    source = Told(again=Page(found=[one]))

    def looks(number: int, **step: float) -> int:
        before = len(source.asked)
        for _ in range(number):
            refresh(small.ledger, source, small.clock)
            small.clock.forward(**step)
        return len(source.asked) - before

    assert looks(12, minutes=5) >= 4
    assert 3 <= looks(20, minutes=15) <= 6
    assert 6 <= looks(7 * 24, hours=1) <= 14
    assert 10 <= looks(70, hours=24) <= 20
    with small.ledger.write() as tx:
        posts.drop_older(tx, small.clock(), 10, small.clock())
    assert looks(20, hours=24) == 0


def test_what_is_deleted_after_two_months_is_deleted_here(bench: Bench, post: Make, index: SqliteIndex) -> None:
    """However old a post is, it is asked for until it is gone; then it is a tombstone, and is asked for no more."""
    bench.judged(post("1", text=SECRET_WORDS, author=Author("kalle-author", "kalle", "Kalle")))
    index_waiting(bench.ledger, index, bench.clock)
    source = Told(again=Page())
    for _ in range(60):
        bench.clock.forward(hours=24)
        refresh(bench.ledger, source, bench.clock)
    before = len(source.asked)
    source.again = _gone(bench, "1")
    for _ in range(14):
        bench.clock.forward(hours=24)
        refresh(bench.ledger, source, bench.clock)
    assert len(source.asked) == before + 1
    index_waiting(bench.ledger, index, bench.clock)
    assert index.count(Search()) == 0
    with bench.ledger.read() as tx:
        assert tx.execute(select(table.c.uid, table.c.gone_reason)).all() == [("file:1", "deleted")]
    assert "neighbour" not in _everything(bench)


def test_counts_of_old_posts_move_no_story(bench: Bench, post: Make) -> None:
    """An old post that is read again is not judged again: its story may be forgotten, and would begin anew."""
    one = post("1", text="danger acme")
    bench.judged(one)
    bench.clock.forward(days=60)
    assert _refresh(bench, Page(found=[replace(one, observed_at=bench.clock(), engagement=liked(9000))])).read == 1
    assert bench.respond() == 0
    with bench.ledger.write() as tx:
        assert judging.waiting(tx, BRAND, 10) == []


def test_a_busy_source_starves_neither_its_newest_nor_its_oldest_posts(bench: Bench, post: Make) -> None:
    """With more fresh posts due than one refresh reads, the longest overdue are read too, and all come round."""
    old = bench.clock()
    with bench.ledger.write() as tx:
        posts.store(tx, [post(f"old{n}", created_at=old, observed_at=old) for n in range(30)], _brand, old)
    source = Told()
    for minute in range(20):
        now = bench.clock() if minute else bench.clock.forward(days=30)
        new = [post(f"{minute:02}-{n:02}", created_at=now, observed_at=now) for n in range(20)]
        with bench.ledger.write() as tx:
            posts.store(tx, new, _brand, now)
            looks.plan(tx, {one.uid: now for one in new})
        refresh(bench.ledger, source, bench.clock, limit=10)
        asked = source.asked[-1]
        assert sum(one.startswith(f"{minute:02}-") for one in asked) >= 5
        assert len(asked) == len(set(asked)) == 10
        bench.clock.forward(minutes=1)
    assert {one for asked in source.asked for one in asked if one.startswith("old")} == {f"old{n}" for n in range(30)}


def _brand(_post: Post) -> Sequence[str]:
    return (BRAND,)


def test_an_edit_is_scored_and_judged_again(bench: Bench, post: Make) -> None:
    """A new text that is worse alerts, by the new words."""
    bench.judged(post("1", text="the parcel is late"))
    bench.clock.forward(minutes=20)
    edited = post("1", text="the parcel is on fire, danger", edited_at=bench.clock(), observed_at=bench.clock())
    assert _refresh(bench, Page(found=[edited])).changed == 1
    assert bench.respond() == 1


@pytest.mark.parametrize("error", [RetryLater("busy"), StopSource("no key", remedy="")])
def test_a_failing_refresh_changes_nothing(bench: Bench, post: Make, error: Exception) -> None:
    """The error is given back and the posts stay due."""
    bench.judged(post("1"))
    bench.clock.forward(minutes=5)
    assert _refresh(bench, error).error is error
    assert _refresh(bench, Page(found=[post("1")])).read == 1


class _Down(SqliteIndex):
    down = True

    def put(self, documents: Sequence[Document]) -> Sequence[Skipped]:
        """Refuse while it is down."""
        if self.down:
            raise RetryLater("the index is down")
        return super().put(documents)


def test_an_index_that_is_down_catches_up(bench: Bench, post: Make, tmp_path: Path) -> None:
    """Alerts are queued all the same, the line grows, and all of it is found once the index is back."""
    index = _Down(str(tmp_path / "down.db"))
    index.prepare()
    assert bench.judged(post("1", text="danger acme")) == 1
    with pytest.raises(RetryLater):
        index_waiting(bench.ledger, index, bench.clock)
    bench.judged(post("2", text="acme again"))
    index.down = False
    assert index_waiting(bench.ledger, index, bench.clock, limit=1) == 1
    assert index_waiting(bench.ledger, index, bench.clock) == 1
    assert index.count(Search(brand=BRAND)) == 2
    with bench.ledger.read() as tx:
        assert indexing.length(tx) == 0


def test_an_answer_is_about_what_was_asked(bench: Bench, post: Make) -> None:
    """Posts that nobody asked for are not kept, and neither is a version from the future."""
    bench.judged(post("1", text=SECRET_WORDS))
    bench.clock.forward(minutes=20)
    future = replace(post("1", text="danger later"), created_at=bench.clock() + timedelta(days=36_500))
    _refresh(bench, Page(found=[future, post("2", text="danger from nowhere")]))
    with bench.ledger.read() as tx:
        assert [(row.uid, row.text) for row in tx.execute(select(table))] == [("file:1", SECRET_WORDS)]


@pytest.mark.parametrize("answer", [None, [], Page(found=None), Page(found=["x"]), Page(gone=[1])])  # type: ignore[list-item, arg-type]
def test_an_answer_that_is_none_stops_only_its_source(small: Bench, post: Make, answer: Page) -> None:
    """A source that answers with something else than a page has a mistake; its posts are asked for again."""
    small.judged(post("1", text=SECRET_WORDS))
    small.clock.forward(minutes=20)  # type: ignore[attr-defined]
    refreshed = _refresh(small, answer)
    assert isinstance(refreshed.error, StopSource)  # type: ignore[attr-defined]
    assert "mistake in its program" in str(refreshed.error)  # type: ignore[attr-defined]
    assert _refresh(small, Page(found=[post("1", text=SECRET_WORDS)])).read == 1  # type: ignore[attr-defined]
