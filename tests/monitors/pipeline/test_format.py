"""A service that changes its format stops its source at its place; single broken items stop nothing."""

from collections.abc import Callable, Sequence

import pytest
from fakes.pipeline import Bench, Told
from sqlalchemy import select

from models.post import Post
from monitors.errors import StopSource
from monitors.ledger import posts, sweeps
from monitors.ledger.collecting_schema import sweeps as table
from monitors.pipeline.collect import Brands, Collected, collect
from monitors.ports import Page, Query, Skipped

Make = Callable[..., Post]


def _broken(number: int) -> Sequence[Skipped]:
    return [Skipped("not_understood", str(n), "KeyError: 'created'") for n in range(number)]


def _sweep(bench: Bench, brands: Brands, *pages: Page) -> Collected:
    collected = collect(bench.ledger, Told(pages), Query(), brands, bench.clock)
    assert collected is not None
    return collected


def test_a_page_of_another_format_keeps_its_place(bench: Bench, brands: Brands, post: Make) -> None:
    """Ten items of another shape are not passed: the cursor stays, and why is said with what to do."""
    first = Page(found=[post("1")], state=1)
    error = _sweep(bench, brands, first, Page(skipped=_broken(10), state=2)).error
    assert isinstance(error, StopSource)
    assert "10 items of file were not understood" in str(error)
    assert "KeyError: 'created'" in str(error)
    with bench.ledger.read() as tx:
        row = tx.execute(select(table)).one()
        assert (row.state, row.error_kind, row.good_at, sweeps.skipped(tx)) == (1, "StopSource", None, [])
        assert "format of the service has changed" in row.error
    mended = Page(found=[post(str(n)) for n in range(2, 12)], state=2)
    assert _sweep(bench, brands, first, mended).new == 10
    with bench.ledger.read() as tx:
        assert posts.count(tx) == 11


@pytest.mark.parametrize("tiny", [1, 3, 9])
def test_tiny_pages_block_no_source_for_ever(bench: Bench, brands: Brands, post: Make, tiny: int) -> None:
    """Small pages are counted together and stop a sweep; each next one comes further, so a bad stretch is passed."""
    pages = [Page(skipped=_broken(tiny), state=n) for n in range(1, 31)]
    reached, stops = 0, 0
    for _ in range(40):
        stops += _sweep(bench, brands, *pages, Page(found=[post("1")], state=31)).error is not None
        with bench.ledger.read() as tx:
            place = tx.execute(select(table.c.state)).scalar_one()
        if place == 31:
            break
        assert place > reached
        reached = place
    assert place == 31
    assert stops > 0


@pytest.mark.parametrize(
    ("found", "skipped", "stops"),
    [(1, 9, False), (2, 17, False), (2, 18, True), (1, 39, True), (30, 10, False), (0, 9, False)],
)
def test_only_nearly_all_stops(bench: Bench, brands: Brands, post: Make, found: int, skipped: int, stops: bool) -> None:
    """Nine in ten broken of at least ten stop a source, and fewer cost only themselves."""
    page = Page(found=[post(str(n)) for n in range(found)], skipped=_broken(skipped), state=1)
    collected = _sweep(bench, brands, page)
    assert (collected.error is not None) is stops
    assert collected.skipped["not_understood"] == (0 if stops else skipped)


def test_what_was_understood_and_left_out_stops_nothing(bench: Bench, brands: Brands) -> None:
    """A page of reposts, of rows without a text or of broken dates of a file has reasons of its own, and is passed."""
    reasons = ("repost", "no_text", "bad_time", "cut_short")
    page = Page(skipped=[Skipped(reason, str(n)) for reason in reasons for n in range(20)], state=1)
    assert _sweep(bench, brands, page).error is None
