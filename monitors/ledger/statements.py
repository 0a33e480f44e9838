"""The few places where SQLite and PostgreSQL want different words for the same statement."""

from typing import Any

from sqlalchemy import Select, insert
from sqlalchemy.dialects import postgresql, sqlite

from monitors.ledger.engine import Tx


def upsert(tx: Tx, table: Any) -> Any:
    """``INSERT`` with the ``ON CONFLICT`` clause of the database at hand."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def claimable(tx: Tx, rows: Select[Any]) -> Select[Any]:
    """Rows that no other worker is claiming at this moment.

    PostgreSQL passes over rows that another transaction has locked. SQLite has one writer at a time, so nobody else
    can be claiming while this transaction runs.
    """
    return rows if tx.dialect.name == "sqlite" else rows.with_for_update(skip_locked=True)


def insert_row(tx: Tx, table: Any, **values: Any) -> int:
    """Insert one row and give its generated id."""
    key = tx.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])
