"""Reports of backtests that people keep; they name posts by their ids and hold none of their words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from monitors.ledger import audit
from monitors.ledger.columns import storable, storable_document
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible
from monitors.ledger.statements import insert_row
from monitors.ledger.virality_schema import backtests

_LONGEST_TITLE = 200


def save(tx: Tx, title: str, report: Mapping[str, Any], actor: str, now: datetime) -> int:
    """Keep a report, and give its number."""
    named = storable(title)[:_LONGEST_TITLE]
    number = insert_row(tx, backtests, at=now, actor=actor, title=named, report=storable_document(report))
    audit.record(tx, now, actor, "backtested", f"backtest {number}")
    return number


def newest(tx: Tx, limit: int, offset: int = 0) -> list[Row[Any]]:
    """The latest reports, newest first."""
    return list(tx.execute(select(backtests).order_by(backtests.c.id.desc()).limit(limit).offset(offset)))


def count(tx: Tx) -> int:
    """How many reports are kept."""
    return int(tx.execute(select(func.count()).select_from(backtests)).scalar_one())


def require(tx: Tx, number: int) -> Row[Any]:
    """One report, or ``NotPossible``."""
    row = tx.execute(select(backtests).where(backtests.c.id == number)).first()
    if row is None:
        raise NotPossible(f"there is no backtest {number}")
    return row
