"""Deletions that come all at once are looked at twice, and are done within the day all the same."""

from collections.abc import Callable, Sequence

import pytest
from fakes.pipeline import Bench, Told
from sqlalchemy import select

from models.post import Post
from monitors.errors import RetryLater
from monitors.ledger import removal, setbacks, sweeps
from monitors.ledger.schema import posts as table
from monitors.pipeline.refresh import Refreshed, refresh
from monitors.ports import Gone, Page

Make = Callable[..., Post]
MANY = [str(number) for number in range(20)]


def _refresh(bench: Bench, page: Page | Exception, limit: int = 100) -> Refreshed:
    return refresh(bench.ledger, Told(again=page), bench.clock, limit=limit)


def _gone(bench: Bench, native_ids: Sequence[str]) -> Page:
    return Page(gone=[Gone(native_id, "deleted", bench.clock()) for native_id in native_ids])


def _kept(bench: Bench) -> int:
    with bench.ledger.read() as tx:
        return len(tx.execute(select(table.c.uid).where(table.c.text != "")).all())


@pytest.fixture
def full(bench: Bench, post: Make) -> Bench:
    """A bench whose ledger holds twenty posts that are due."""
    bench.store(*(post(native_id) for native_id in MANY))
    bench.clock.forward(minutes=20)
    return bench


def test_one_wrong_answer_deletes_nothing(full: Bench, post: Make) -> None:
    """A service that says once that all is gone costs no post; the doubt is seen, and ends when the posts are there."""
    said = _refresh(full, _gone(full, MANY))
    assert (said.gone, said.doubted, _kept(full)) == (0, 20, 20)
    with full.ledger.read() as tx:
        assert [(row.reason, row.count) for row in sweeps.skipped(tx)] == [("not_deleted", 20)]
        assert setbacks.counts(tx) == {"delete": 20}
    full.clock.forward(hours=6)
    assert _refresh(full, Page(found=[post(native_id) for native_id in MANY])).read == 20
    with full.ledger.read() as tx:
        assert setbacks.counts(tx) == {}
    full.clock.forward(hours=12)
    assert (_refresh(full, _gone(full, MANY)).doubted, _kept(full)) == (20, 20), "an old doubt that ended counts"


def test_a_second_look_is_believed_within_the_day(full: Bench) -> None:
    """What was really deleted all at once is asked for again after six hours, and then it is gone; receipts say it."""
    first = full.clock()
    for _ in range(23):
        _refresh(full, _gone(full, MANY))
        full.clock.forward(hours=1)
    assert _kept(full) == 0
    with full.ledger.read() as tx:
        receipts = removal.receipts(tx)
        assert len(receipts) == 20
        assert {(row.told_at - first).total_seconds() for row in receipts} == {0}
        assert {(row.ledger_at - first).total_seconds() / 3600 for row in receipts} == {6}


def test_an_error_between_the_looks_puts_nothing_off(full: Bench) -> None:
    """A service that is down at the second look is asked at the next one, and the first look still counts."""
    _refresh(full, _gone(full, MANY))
    full.clock.forward(hours=6)
    assert _refresh(full, RetryLater("down")).error
    full.clock.forward(hours=1)
    assert _refresh(full, _gone(full, MANY)).gone == 20


def test_posts_that_come_due_singly_are_doubted_too(full: Bench) -> None:
    """A fault that meets the posts one by one costs the first few and no more: they count together."""
    said = [_refresh(full, _gone(full, [native_id]), limit=1) for native_id in MANY]
    assert [one.gone for one in said] == [1] * 4 + [0] * 16
    assert _kept(full) == 16


@pytest.mark.parametrize(("gone", "believed"), [(4, 4), (15, 15), (16, 0), (20, 0)])
def test_only_nearly_all_is_doubted(full: Bench, post: Make, gone: int, believed: int) -> None:
    """Fifteen of twenty are gone at once, sixteen are looked at again."""
    page = Page(found=[post(one) for one in MANY[gone:]], gone=_gone(full, MANY[:gone]).gone)
    said = _refresh(full, page)
    assert (said.gone, said.doubted) == (believed, gone - believed)


def test_four_of_four_are_believed(bench: Bench, post: Make) -> None:
    """Somebody who clears up deletes a few posts together: that is done at once."""
    bench.store(*(post(native_id) for native_id in MANY[:4]))
    bench.clock.forward(minutes=20)
    assert _refresh(bench, _gone(bench, MANY[:4])).gone == 4
