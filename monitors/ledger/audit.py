"""The audit log: every change that a person or the system made, who made it, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import audit

SYSTEM = "kuula"


def record(tx: Tx, now: datetime, actor: str, action: str, what: str, detail: Mapping[str, Any] | None = None) -> None:
    """Write down one change, in the transaction that makes it."""
    tx.execute(insert(audit).values(at=now, actor=actor, action=action, object=what[:700], detail=dict(detail or {})))


def newest(tx: Tx, limit: int = 200, before_id: int | None = None) -> list[Row[Any]]:
    """The latest changes, newest first."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    return list(tx.execute(statement.where(audit.c.id < before_id) if before_id else statement))


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` changes from before a time."""
    old = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
    return tx.execute(delete(audit).where(audit.c.id.in_(old))).rowcount
