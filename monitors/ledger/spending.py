"""What each source has used of its budget, counted across all workers."""

from datetime import UTC, datetime

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import spending
from monitors.ledger.statements import upsert


def used(tx: Tx, source: str, period: str) -> tuple[int, float]:
    """Calls and money that a source has used in a period (see ``hour`` and ``day``)."""
    row = tx.execute(select(spending).where(spending.c.source == source, spending.c.period == period)).first()
    return (int(row.calls), float(row.cost)) if row else (0, 0.0)


def add(tx: Tx, source: str, period: str, calls: int, cost: float) -> None:
    """Count calls and money in a period."""
    statement = upsert(tx, spending).values(source=source, period=period, calls=calls, cost=cost)
    more = {"calls": spending.c.calls + calls, "cost": spending.c.cost + cost}
    tx.execute(statement.on_conflict_do_update(index_elements=["source", "period"], set_=more))


def hour(now: datetime) -> str:
    """The name of the hour's period, UTC."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H")


def day(now: datetime) -> str:
    """The name of the day's period, UTC; platforms count their days in it."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")
