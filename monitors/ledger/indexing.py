"""The queue of posts that the index has not seen in their present state.

It is filled in the same transaction that changes a post, so that the index can be down for days and misses nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, literal, select, update

from monitors.ledger.engine import Tx
from monitors.ledger.schema import index_queue, posts, progress
from monitors.ledger.statements import upsert

REBUILD = "reindex"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How far a rebuild has come: posts put in line, of how many."""

    done: int
    total: int


def enqueue(tx: Tx, uids: Iterable[str], now: datetime) -> None:
    """These posts changed: the index has to read them again."""
    _put(tx, [{"post_uid": uid, "queued_at": now, "removed": False} for uid in uids])


def enqueue_removal(tx: Tx, uids: Iterable[str], now: datetime) -> None:
    """These posts are gone: the index has to forget them."""
    _put(tx, [{"post_uid": uid, "queued_at": now, "removed": True} for uid in uids])


def _put(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        statement = upsert(tx, index_queue)
        fresh = {"queued_at": statement.excluded.queued_at, "removed": statement.excluded.removed}
        ordered = sorted(rows, key=lambda row: str(row["post_uid"]))
        tx.execute(statement.on_conflict_do_update(index_elements=["post_uid"], set_=fresh), ordered)


def waiting(tx: Tx, limit: int) -> list[Row[Any]]:
    """The next posts in line: post_uid, queued_at, removed."""
    return list(tx.execute(select(index_queue).order_by(index_queue.c.queued_at, index_queue.c.post_uid).limit(limit)))


def settle(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """Take posts out of the line, unless they changed again while the index was writing."""
    if rows:
        same = (index_queue.c.post_uid == bindparam("uid")) & (index_queue.c.queued_at == bindparam("at"))
        tx.execute(delete(index_queue).where(same), [{"uid": row.post_uid, "at": row.queued_at} for row in rows])


def length(tx: Tx) -> int:
    """How many posts wait for the index."""
    return int(tx.execute(select(func.count()).select_from(index_queue)).scalar_one())


def begin_rebuild(tx: Tx) -> Rebuild:
    """Start putting every post in line again, or go on where an interrupted rebuild stopped."""
    row = tx.execute(select(progress).where(progress.c.name == REBUILD)).first()
    if row is None:
        total = int(tx.execute(select(func.count()).select_from(posts).where(posts.c.gone_at.is_(None))).scalar_one())
        tx.execute(insert(progress).values(name=REBUILD, seq=0, total=total))
        return Rebuild(0, total)
    done = tx.execute(select(func.count()).select_from(posts).where(posts.c.gone_at.is_(None), posts.c.seq <= row.seq))
    return Rebuild(int(done.scalar_one()), row.total)


def rebuild_step(tx: Tx, now: datetime, size: int) -> int:
    """Put the next ``size`` posts in line and remember where this stopped; 0 when the rebuild is complete."""
    at = tx.execute(select(progress.c.seq).where(progress.c.name == REBUILD)).scalar_one()
    rows = tx.execute(
        select(posts.c.seq, posts.c.uid)
        .where(posts.c.seq > at, posts.c.gone_at.is_(None))
        .order_by(posts.c.seq)
        .limit(size)
    ).all()
    if not rows:
        tx.execute(delete(progress).where(progress.c.name == REBUILD))
        return 0
    enqueue(tx, [row.uid for row in rows], now)
    tx.execute(update(progress).where(progress.c.name == REBUILD).values(seq=literal(rows[-1].seq)))
    return len(rows)
