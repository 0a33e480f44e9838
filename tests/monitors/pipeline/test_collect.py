"""Collecting: pages and their cursor go in together, and what is wrong is counted."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fakes.pipeline import BRAND, Bench, Told
from sqlalchemy import event, select

from models.post import Post
from monitors.errors import RetryLater, StopSource
from monitors.ledger import posts, sweeps
from monitors.ledger.collecting_schema import sweeps as sweeps_table
from monitors.ledger.schema import deletions
from monitors.ledger.schema import posts as table
from monitors.pipeline.collect import Brands, collect
from monitors.ports import Gone, Page, Query, Skipped

Make = Callable[..., Post]


def _sweep(bench: Bench, source: Told, brands: Brands, **more: object) -> object:
    return collect(bench.ledger, source, Query(), brands, bench.clock, **more)  # type: ignore[arg-type]


def _row(bench: Bench) -> object:
    with bench.ledger.read() as tx:
        return tx.execute(select(sweeps_table)).one()


def test_a_failing_fetch_keeps_what_came_before_it(bench: Bench, brands: Brands, post: Make) -> None:
    """The page before the failure is stored with its cursor, the failure moves nothing, and the next sweep goes on."""
    later = bench.clock() + timedelta(minutes=7)
    source = Told([Page(found=[post("1")], state=1), RetryLater("busy", after=later), Page(found=[post("2")], state=3)])
    collected = _sweep(bench, source, brands)
    assert collected.new == 1
    row = _row(bench)
    assert (row.state, row.error, row.retry_at, row.good_at) == (1, "busy", later, None)
    assert _sweep(bench, source, brands) is None, "it must not be tried before it may"
    bench.clock.forward(minutes=7)
    source.pages = [Page(), Page(found=[post("2")], state=2)]
    assert _sweep(bench, source, brands).new == 1
    row = _row(bench)
    assert (row.state, row.error, row.good_at) == (2, None, bench.clock())


def test_a_stopped_source_says_what_to_do(bench: Bench, brands: Brands) -> None:
    """What a person must do about it is stored with the error, and the source may be tried at its next turn."""
    _sweep(bench, Told([StopSource("the key is refused", remedy="Ask for a new key.")]), brands)
    row = _row(bench)
    assert (row.error_kind, row.error) == ("StopSource", "the key is refused. Ask for a new key.")
    assert row.retry_at is None
    assert _sweep(bench, Told(), brands) is not None


def test_a_page_and_its_cursor_are_one(bench: Bench, brands: Brands, post: Make) -> None:
    """A page whose cursor cannot be written, because the connection breaks just then, is not stored either."""

    def broken(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE sweeps SET state"):
            raise BrokenPipeError

    event.listen(bench.ledger.engine, "before_cursor_execute", broken)
    with pytest.raises(BrokenPipeError):
        _sweep(bench, Told([Page(found=[post("1")], state=1)]), brands)
    event.remove(bench.ledger.engine, "before_cursor_execute", broken)
    with bench.ledger.read() as tx:
        assert posts.count(tx) == 0
    assert _row(bench).state is None


def test_what_is_left_out_is_counted(bench: Bench, brands: Brands, post: Make) -> None:
    """Posts of the future, of no brand and those a source skipped are counted by reason; oddities are noted apart."""
    found = [
        post("1"),
        post("2", created_at=bench.clock() + timedelta(minutes=6)),
        post("3", text="nothing of interest"),
        post("4", brands=("other",)),
        post("5", created_at=bench.clock() + timedelta(minutes=4)),
    ]
    page = Page(found=found, skipped=[Skipped("mangled", "line 7")], noted=[Skipped("cut", "line 1")], state=1)
    collected = _sweep(bench, Told([page]), brands)
    assert dict(collected.skipped) == {"mangled": 1, "from_the_future": 1, "no_brand": 2}
    with bench.ledger.read() as tx:
        assert sweeps.totals(tx) == (6, 4)
        assert posts.count(tx) == 2
        counted = {row.reason: (row.count, row.last_detail) for row in sweeps.skipped(tx)}
    assert counted["cut"] == (1, ""), "noted, and not among the skipped"
    assert counted["no_brand"] == (2, "its brand 'other' is not in the settings")


def test_a_deletion_in_a_page_is_carried_out(bench: Bench, brands: Brands, post: Make) -> None:
    """What a source says is gone is forgotten, with a receipt; what was never known is not counted."""
    gone = [Gone(name, "deleted", bench.clock()) for name in ("1", "unknown")]
    assert _sweep(bench, Told([Page(found=[post("1")], state=1), Page(gone=gone, state=2)]), brands).gone == 1
    with bench.ledger.read() as tx:
        kept = posts.get(tx, "file:1")
        assert kept is not None
        assert (kept.text, kept.author.native_id) == ("", "")
        assert tx.execute(select(deletions.c.post_uid)).scalars().all() == ["file:1"]


def test_it_stops_after_the_page_at_hand(small: Bench, brands: Brands, post: Make) -> None:
    """Told to stop, it stores the page at hand, leaves the sweep to others and is not reported as healthy."""
    source = Told([Page(found=[post("1")], state=1), Page(found=[post("2")], state=2)])
    assert _sweep(small, source, brands, stop=lambda: True).new == 1
    row = _row(small)
    assert (row.state, row.claimed_until, row.good_at) == (1, None, None)
    assert _sweep(small, source, brands).new == 1


def test_a_sweep_belongs_to_one_worker(small: Bench, brands: Brands, post: Make) -> None:
    """While one worker sweeps, another one finds nothing to do."""
    inner: list[object] = []

    class Nested(Told):
        def collect(self, query, state, window):
            inner.append(_sweep(small, Told(), brands))
            yield Page(found=[post("1")], state=1)

    assert _sweep(small, Nested(), brands).new == 1
    assert inner == [None]


def test_a_long_sweep_keeps_its_lease(bench: Bench, brands: Brands, post: Make) -> None:
    """Each page renews the lease: nobody else gets a sweep that takes longer than one lease, and it ends well."""
    others: list[object] = []

    class Long(Told):
        def collect(self, query, state, window):
            for number in range(3):
                bench.clock.forward(minutes=10)
                others.append(_sweep(bench, Told(), brands))
                yield Page(found=[post(str(number))], state=number)

    assert _sweep(bench, Long(), brands).new == 3
    assert others == [None] * 3
    assert _row(bench).good_at == bench.clock()


def test_a_lost_lease_ends_the_sweep(bench: Bench, brands: Brands, post: Make) -> None:
    """A sweep that another worker took meanwhile stores no page more, and touches neither their cursor nor claim."""

    class Slow(Told):
        def collect(self, query, state, window):
            yield Page(found=[post("1")], state=1)
            theirs = {"state": 7, "claimed_by": "elsewhere:1", "claimed_until": bench.clock() + timedelta(hours=1)}
            with bench.ledger.write() as tx:
                tx.execute(sweeps_table.update().values(**theirs))
            yield Page(found=[post("2")], state=2)

    collected = _sweep(bench, Slow(), brands)
    assert isinstance(collected.error, RetryLater)
    assert (collected.new, collected.found) == (1, 1)
    row = _row(bench)
    assert (row.state, row.claimed_by, row.error, row.read) == (7, "elsewhere:1", None, 1)
    with bench.ledger.read() as tx:
        assert posts.count(tx) == 1


def test_brands_come_from_the_source_the_query_or_the_text(brands: Brands, post: Make) -> None:
    """A source's own brands win, then the brand that was searched, then the words."""
    assert brands.of(post("1", brands=(BRAND, "other")), Query()) == [BRAND]
    assert list(brands.of(post("1", text="hello"), Query(BRAND))) == [BRAND]
    assert list(brands.of(post("1", text="hello"), Query())) == []
    assert list(brands.of(post("1", text="Acme!"), Query())) == [BRAND]


def test_now_is_asked_for_each_page(small: Bench, brands: Brands, post: Make) -> None:
    """A long sweep stores each page with its own time."""
    moments: list[datetime] = []

    class Slow(Told):
        def collect(self, query, state, window):
            for number in range(2):
                moments.append(small.clock.forward(minutes=1))
                yield Page(found=[post(str(number))], state=number)

    _sweep(small, Slow(), brands)
    with small.ledger.read() as tx:
        assert tx.execute(select(table.c.stored_at).order_by(table.c.seq)).scalars().all() == moments
