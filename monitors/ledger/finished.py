"""Posts whose first day is over: what authors and sources usually get, and what forecasts learn and are checked by."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, tuple_

from models.forecaster import FEW, NEAR_THE_END, final_of, polls_of
from models.growth import Polls
from models.post import Snapshot
from models.traits import traits_of
from monitors.ledger.columns import UtcTime
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.posts import snapshots_of
from monitors.ledger.schema import posts, scores, snapshots
from monitors.ledger.scoring import scores_of
from monitors.ledger.statements import among

DAY = timedelta(days=1)
PAGE = 500

NEWEST = 5
"""Finished posts of an author that say what is usual for them now; ``OF_SOURCE`` does the same for a source."""

OF_SOURCE = 200

LOOKED_BACK = timedelta(days=90)

MOST_COUNTED = 5000
"""Of a source's newest posts, among which finished ones are counted: a page must not read them all."""

_SEEN_AFTER = timedelta(minutes=NEAR_THE_END[0])


@dataclass(frozen=True, slots=True)
class Finished:
    """A post of which it is known how far it went: all its snapshots, its polls, and its interactions after a day.

    The polls have the post's traits.
    """

    author: str
    followers: int | None
    created_at: datetime
    snapshots: Sequence[Snapshot]
    polls: Polls
    final: float


def of_source(ledger: Ledger, source: str, since: datetime, until: datetime) -> Iterator[Finished]:
    """Give a source's posts from ``since`` to ``until`` that were looked at about a day later, oldest first.

    They are read page by page, so that memory does not grow with their number and no other work waits for long.
    """
    after: tuple[datetime, int] = (since, 0)
    while True:
        with ledger.read() as tx:
            rows = list(tx.execute(_page(source, after, until)))
            taken = snapshots_of(tx, [row.seq for row in rows])
        for row in rows:
            if (found := _finished(row, taken[row.seq])) is not None:
                yield found
        if len(rows) < PAGE:
            return
        after = (rows[-1].created_at, rows[-1].seq)


def _page(source: str, after: tuple[datetime, int], until: datetime) -> Select[Any]:
    place = tuple_(literal(after[0], UtcTime), literal(after[1]))
    later = tuple_(posts.c.created_at, posts.c.seq) > place
    columns = [posts.c[name] for name in ("seq", "author_id", "author_followers", "created_at", "text")]
    columns += [column for column in scores.c if column.name != "post_seq"]
    mine = (posts.c.source == source) & (posts.c.created_at <= until) & posts.c.gone_at.is_(None)
    # One that waits to be scored has no traits yet, and that does not keep it from being a lesson.
    chosen = select(*columns).select_from(posts.outerjoin(scores, scores.c.post_seq == posts.c.seq))
    return chosen.where(mine, later).order_by(posts.c.created_at, posts.c.seq).limit(PAGE)


def _finished(row: Row[Any], taken: Sequence[Snapshot]) -> Finished | None:
    polls = polls_of(taken, row.created_at, None, row.author_followers)
    final = final_of(polls) if polls else None
    if polls is None or final is None:
        return None
    if row.model is not None:
        polls = replace(polls, traits=traits_of(row.text, scores_of(row)))
    return Finished(row.author_id, row.author_followers, row.created_at, taken, polls, final)


def count(tx: Tx, source: str, now: datetime, most: int) -> int:
    """How many finished posts a source has, counted up to ``most`` and among its newest ones only."""
    last = select(func.max(snapshots.c.at)).where(snapshots.c.post_seq == posts.c.seq).scalar_subquery()
    rows = tx.execute(
        select(posts.c.created_at, last.label("last"))
        .where(posts.c.source == source, posts.c.created_at <= now - DAY, posts.c.gone_at.is_(None))
        .order_by(posts.c.created_at.desc(), posts.c.seq.desc())
        .limit(MOST_COUNTED)
    )
    seen = [row for row in rows if row.last is not None and row.last >= row.created_at + _SEEN_AFTER]
    return min(len(seen), most)


def usual_of_source(tx: Tx, source: str, day: datetime) -> float | None:
    """What posts of a source usually got, as it was known when a day began; None where too few are finished."""
    rows: Sequence[Any] = tx.execute(
        select(posts.c.seq, posts.c.created_at)
        .where(posts.c.source == source, posts.c.created_at <= day - DAY, posts.c.created_at > day - LOOKED_BACK)
        .where(posts.c.gone_at.is_(None))
        .order_by(posts.c.created_at.desc(), posts.c.seq.desc())
        .limit(OF_SOURCE)
    ).all()
    return _usual(_finals(tx, rows, day))


def usual_of_authors(tx: Tx, source: str, authors: Collection[str], day: datetime) -> dict[str, float]:
    """What each author usually got at a source, as it was known when a day began; only those with enough posts."""
    newest = func.row_number().over(
        partition_by=posts.c.author_id, order_by=(posts.c.created_at.desc(), posts.c.seq.desc())
    )
    ranked = (
        select(posts.c.seq, posts.c.author_id, posts.c.created_at, newest.label("place"))
        .where(posts.c.source == source, among(tx, posts.c.author_id, authors), posts.c.gone_at.is_(None))
        .where(posts.c.created_at <= day - DAY, posts.c.created_at > day - LOOKED_BACK)
        .subquery()
    )
    by_author: dict[str, list[Row[Any]]] = {}
    for row in tx.execute(select(ranked).where(ranked.c.place <= NEWEST)):
        by_author.setdefault(row.author_id, []).append(row)
    kept = {author: rows for author, rows in by_author.items() if len(rows) >= FEW}
    finals = _finals(tx, [row for rows in kept.values() for row in rows], day)
    usual = {
        author: _usual({row.seq: finals[row.seq] for row in rows if row.seq in finals}) for author, rows in kept.items()
    }
    return {author: size for author, size in usual.items() if size is not None}


def _finals(tx: Tx, rows: Sequence[Any], day: datetime) -> dict[int, float]:
    """How far each of these posts went, by what had been read when the day began."""
    taken = snapshots_of(tx, [row.seq for row in rows]) if rows else {}
    finals: dict[int, float] = {}
    for row in rows:
        polls = polls_of(taken[row.seq], row.created_at, day)
        final = final_of(polls) if polls else None
        if final is not None:
            finals[row.seq] = final
    return finals


def _usual(finals: dict[int, float]) -> float | None:
    return float(median(finals.values())) if len(finals) >= FEW else None
