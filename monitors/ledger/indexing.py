"""The queue of posts that the index has not seen in their present state.

It is filled in the same transaction that changes a post, so that the index can be down for days and misses nothing. A
post in line is claimed by one worker at a time: of two that write the same post, the slower one could undo a deletion.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, or_, select, update

from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.schema import index_queue, posts, progress
from monitors.ledger.statements import among, claimable, held, upsert

REBUILD = "reindex"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How far a rebuild has come: posts put in line, of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A post in line that is ours until the lease ends; ``queued_at`` is the change that it stands for."""

    uid: str
    removed: bool
    queued_at: datetime
    until: datetime


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


def claim(tx: Tx, limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take the next posts in line for as long as the lease."""
    free = or_(index_queue.c.claimed_until.is_(None), index_queue.c.claimed_until <= now)
    line = select(index_queue.c.post_uid, index_queue.c.removed, index_queue.c.queued_at).where(free)
    line = line.order_by(index_queue.c.queued_at, index_queue.c.post_uid).limit(limit)
    found = tx.execute(claimable(tx, line)).all()
    if found:
        taken = update(index_queue).where(among(tx, index_queue.c.post_uid, [row.post_uid for row in found]))
        tx.execute(taken.values(claimed_by=worker_name(), claimed_until=now + lease))
    return [Claimed(row.post_uid, row.removed, row.queued_at, now + lease) for row in found]


def release(tx: Tx, claimed: Sequence[Claimed]) -> None:
    """Let others have posts that the index could not take now."""
    ours = among(tx, index_queue.c.post_uid, _ours(tx, claimed))
    tx.execute(update(index_queue).where(ours).values(claimed_by=None, claimed_until=None))


def settle(tx: Tx, claimed: Sequence[Claimed], now: datetime) -> None:
    """Take posts out of the line, unless they changed again while the index was writing.

    What was written after the lease had run out may have come behind another worker's newer state, or behind its
    deletion: such posts are put in line once more.
    """
    ours = set(_ours(tx, claimed))
    same = (index_queue.c.post_uid == bindparam("uid")) & (index_queue.c.queued_at == bindparam("at"))
    kept = [{"uid": post.uid, "at": post.queued_at} for post in claimed if post.uid in ours]
    if kept:
        tx.execute(delete(index_queue).where(same), kept)
    release(tx, claimed)
    enqueue(tx, [post.uid for post in claimed if post.uid not in ours], now)


def _ours(tx: Tx, claimed: Sequence[Claimed]) -> list[str]:
    """Those that nobody has taken over since, held in the order in which all take posts in line."""
    if not claimed:
        return []
    still = (index_queue.c.claimed_by == worker_name()) & (index_queue.c.claimed_until == claimed[0].until)
    taken = select(index_queue.c.post_uid).where(among(tx, index_queue.c.post_uid, [post.uid for post in claimed]))
    return list(tx.execute(held(taken.where(still).order_by(index_queue.c.post_uid))).scalars())


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
