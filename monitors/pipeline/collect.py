"""Collect: from a source, from the cursor that the ledger holds, page by page into the ledger.

A page and the cursor behind it are one transaction, which also renews the lease. A fetch that fails moves nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.brand import BrandMatcher
from models.post import Post
from monitors.errors import RetryLater, StopSource
from monitors.ledger import looks, posts, removal, sweeps
from monitors.ledger.columns import storable_document
from monitors.ledger.engine import Ledger
from monitors.pipeline.asking import asking
from monitors.pipeline.format import Shape
from monitors.ports import Json, Page, Query, Skipped, Source, Window, rereading_of

LEASE = timedelta(minutes=15)
"""From page to page, which a source may fetch in several calls, each up to its time limit."""

CLOCK_SKEW = timedelta(minutes=5)


@dataclass(slots=True)
class Collected:
    """What one sweep brought. ``error`` is why it ended early, if it did."""

    found: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    error: RetryLater | StopSource | None = None


class Brands:
    """Which watched brands a post is about: those its source names, the one that was searched, or those in its text."""

    def __init__(self, watched: Iterable[str], matcher: BrandMatcher) -> None:
        self._watched = frozenset(watched)
        self._matcher = matcher

    def of(self, post: Post, query: Query) -> Sequence[str]:
        """The brands of a post that a query brought."""
        if post.brands:
            return [brand for brand in post.brands if brand in self._watched]
        return (query.brand,) if query.brand is not None else self._matcher.find(post.text)


def collect(
    ledger: Ledger,
    source: Source,
    query: Query,
    brands: Brands,
    now: Callable[[], datetime],
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Collected | None:
    """Sweep a source for a query to its end, or until ``stop`` says so after a page.

    None when another worker has it or it must wait.
    """
    with ledger.write() as tx:
        sweep = sweeps.claim(tx, source.name, query.brand or sweeps.EVERYTHING, now(), LEASE)
    if sweep is None:
        return None
    collected = Collected()
    run = _Run(ledger, sweep, collected, rereading_of(source).free_same_day)
    since = sweep.good_at - source.overlap if sweep.good_at else None
    try:
        shape = Shape()
        for page in _pages(source, query, sweep.state, Window(since, now())):
            shape.check(source.name, page)
            named = {post.uid: brands.of(post, query) for post in page.found}
            run.store(page, named, now())
            if stop():
                with ledger.write() as tx:
                    sweeps.release(tx, sweep)
                return collected
    except (RetryLater, StopSource) as error:
        collected.error = error
        retry_at = error.after if isinstance(error, RetryLater) else None
        with ledger.write() as tx:
            sweeps.fail(tx, sweep, type(error).__name__, _told(error), retry_at)
        return collected
    with ledger.write() as tx:
        sweeps.finish(tx, sweep, now())
    return collected


def _pages(source: Source, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
    with asking(source.name):
        for page in source.collect(query, state, window):
            # A cursor that cannot be stored is the source's mistake as well.
            cursor = json.loads(json.dumps(page.state))
            if storable_document(cursor) != cursor:
                raise ValueError("a cursor with what no database can hold")
            yield page


@dataclass(frozen=True, slots=True)
class _Run:
    """One sweep under way; ``charged`` is whether its source charges for a post once a day."""

    ledger: Ledger
    sweep: sweeps.Sweep
    collected: Collected
    charged: bool

    def store(self, page: Page, brands: Mapping[str, Sequence[str]], now: datetime) -> None:
        sweep, collected = self.sweep, self.collected
        ours = [post for post in page.found if brands[post.uid] and post.created_at <= now + CLOCK_SKEW]
        kept = {post.uid for post in ours}
        skipped = [*page.skipped, *(_why_not(post, brands[post.uid]) for post in page.found if post.uid not in kept)]
        with self.ledger.write() as tx:
            # First of all: a page of a sweep that somebody else has taken up must not be stored, nor move their cursor.
            sweeps.renew(tx, sweep, now, LEASE)
            if page.gone or self.charged:
                removal.hold(tx, sweep.source, page.gone, [post.uid for post in ours])
            stored = posts.store(tx, ours, lambda post: brands[post.uid], now)
            skipped.extend(stored.refused)
            if self.charged:
                # The page was read a moment ago, perhaps before midnight.
                looks.pay(tx, ours, now - looks.NEAR_MIDNIGHT)
            collected.gone += removal.remove(tx, sweep.source, page.gone, now)
            sweeps.count_skips(tx, sweep.source, [*page.noted, *skipped], now)
            sweeps.advance(tx, sweep, page.state, read=len(page.found) + len(page.skipped), skipped=len(skipped))
        collected.found += len(page.found)
        collected.new += stored.new
        collected.changed += stored.changed
        collected.skipped.update(skip.reason for skip in skipped)


def _told(error: RetryLater | StopSource) -> str:
    """What people read of a failure; what they can do about it is part of it."""
    return f"{str(error).rstrip('.')}. {error.remedy}" if isinstance(error, StopSource) else str(error)


def _why_not(post: Post, brands: Sequence[str]) -> Skipped:
    if brands:
        return Skipped("from_the_future", post.native_id, f"written at {post.created_at.isoformat()}")
    named = f"its brand {post.brands[0]!r} is not in the settings" if post.brands else "it names no watched brand"
    return Skipped("no_brand", post.native_id, named)
