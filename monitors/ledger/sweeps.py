"""Where collecting stands for each source and brand: the cursor, its health, and what was skipped.

A *sweep* is one source with one brand (or with none, for sources that bring everything). Its cursor is the only mark
in the house and moves only in the transaction that stores the page before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from monitors.errors import RetryLater
from monitors.ledger.collecting_schema import skips, sweeps
from monitors.ledger.columns import storable
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.statements import claimable, upsert
from monitors.ports import Json, Skipped

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A claimed sweep: nobody else collects it until the lease ends."""

    source: str
    brand: str
    state: Json | None
    good_at: datetime | None


def claim(tx: Tx, source: str, brand: str, now: datetime, lease: timedelta) -> Sweep | None:
    """Take a sweep for as long as the lease, or None when somebody else has it or it must wait."""
    tx.execute(upsert(tx, sweeps).values(source=source, brand=brand, read=0, skipped=0).on_conflict_do_nothing())
    mine = (sweeps.c.source == source) & (sweeps.c.brand == brand)
    free = or_(sweeps.c.claimed_until.is_(None), sweeps.c.claimed_until <= now)
    rested = or_(sweeps.c.retry_at.is_(None), sweeps.c.retry_at <= now)
    row = tx.execute(claimable(tx, select(sweeps).where(mine, free, rested))).first()
    if row is None:
        return None
    tx.execute(update(sweeps).where(mine).values(claimed_until=now + lease, claimed_by=worker_name(), tried_at=now))
    return Sweep(source, brand, row.state, row.good_at)


def advance(tx: Tx, sweep: Sweep, state: Json | None, *, read: int, skipped: int) -> None:
    """Move the cursor past a page of so many items; call it in the transaction that stores the page."""
    values: dict[str, Any] = {"read": sweeps.c.read + read, "skipped": sweeps.c.skipped + skipped}
    if state is not None:
        values["state"] = state
    tx.execute(update(sweeps).where(_is(sweep)).values(**values))


def renew(tx: Tx, sweep: Sweep, now: datetime, lease: timedelta) -> None:
    """Keep the sweep for another lease; raises ``RetryLater`` when it went to somebody else meanwhile."""
    kept = tx.execute(update(sweeps).where(_is_ours(sweep)).values(claimed_until=now + lease))
    if not kept.rowcount:
        raise RetryLater(f"{sweep.source} took too long and went to another worker, who goes on from the last page")


def finish(tx: Tx, sweep: Sweep, now: datetime) -> None:
    """The sweep came to its end: it is healthy, and free for the next worker."""
    healthy = {
        "good_at": now,
        "error_kind": None,
        "error": None,
        "retry_at": None,
        "claimed_until": None,
        "claimed_by": None,
    }
    tx.execute(update(sweeps).where(_is_ours(sweep)).values(**healthy))


def release(tx: Tx, sweep: Sweep) -> None:
    """Leave the sweep where it stands, for whoever goes on with it."""
    tx.execute(update(sweeps).where(_is_ours(sweep)).values(claimed_until=None, claimed_by=None))


def fail(tx: Tx, sweep: Sweep, kind: str, message: str, retry_at: datetime | None) -> None:
    """The sweep failed: say why, and when it may be tried again (None: at the next schedule)."""
    tx.execute(
        update(sweeps)
        .where(_is_ours(sweep))
        .values(error_kind=kind, error=message, retry_at=retry_at, claimed_until=None, claimed_by=None)
    )


def count_skips(tx: Tx, source: str, skipped: Sequence[Skipped], now: datetime) -> None:
    """Add to the visible count of items that were not understood, by reason, with the latest example."""
    # Two sweeps of a source may skip for the same reasons: in one order, neither waits for the other in a circle.
    for skip in sorted(skipped, key=lambda skip: skip.reason):
        statement = upsert(tx, skips).values(
            source=source,
            reason=skip.reason,
            count=1,
            last_at=now,
            last_where=storable(skip.where)[:500],
            last_detail=storable(skip.detail)[:500],
        )
        new = statement.excluded
        latest = {"last_at": new.last_at, "last_where": new.last_where, "last_detail": new.last_detail}
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["source", "reason"], set_={"count": skips.c.count + 1, **latest}
            )
        )


def totals(tx: Tx) -> tuple[int, int]:
    """How many items all sources ever gave, and how many of them were skipped."""
    row = tx.execute(
        select(func.coalesce(func.sum(sweeps.c.read), 0), func.coalesce(func.sum(sweeps.c.skipped), 0))
    ).one()
    return int(row[0]), int(row[1])


def health(tx: Tx) -> list[Row[Any]]:
    """All sweeps, for the page on the health of sources."""
    return list(tx.execute(select(sweeps).order_by(sweeps.c.source, sweeps.c.brand)))


def skipped(tx: Tx) -> list[Row[Any]]:
    """What was skipped, by source and reason, most first."""
    return list(tx.execute(select(skips).order_by(skips.c.source, skips.c.count.desc())))


def _is(sweep: Sweep) -> Any:
    return (sweeps.c.source == sweep.source) & (sweeps.c.brand == sweep.brand)


def _is_ours(sweep: Sweep) -> Any:
    """A lease that ran out is ours until somebody else takes it; what they hold, we leave alone."""
    return _is(sweep) & (sweeps.c.claimed_by == worker_name())
