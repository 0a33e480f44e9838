"""The few places where SQLite and PostgreSQL want different words for the same statement."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    UnaryExpression,
    any_,
    cast,
    column,
    extract,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import operators

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


def held(rows: Select[Any]) -> Select[Any]:
    """Rows that no other transaction can change until this one ends; it waits for those that are changing them now.

    Give the rows an order wherever there can be several: two transactions that hold the same rows in crossing orders
    would wait for each other for ever. SQLite has one writer at a time and leaves the clause out.
    """
    return rows.with_for_update(key_share=True)


def among(tx: Tx, wanted: Any, values: Iterable[int] | Iterable[str]) -> ColumnElement[bool]:
    """``wanted IN (values)`` with one parameter, however many thousands there are: each would cost by itself."""
    if tx.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued(column("value"))
        return wanted.in_(select(listed.c.value))  # type: ignore[no-any-return]
    return wanted == any_(literal(list(values), ARRAY(wanted.type)))  # type: ignore[no-any-return]


def unsought(tx: Tx, column: Any) -> Any:
    """A column whose own index SQLite is not to take: by its rules of thumb it would, and then sort all that it finds.

    PostgreSQL knows how many rows there are, and chooses by itself.
    """
    if tx.dialect.name != "sqlite":
        return column
    return UnaryExpression(column, operator=operators.custom_op("+"), type_=column.type)


def step_of(tx: Tx, moment: Any, seconds: int) -> ColumnElement[int]:
    """The number of the step of so many seconds, counted from 1970 (UTC), in which a time lies."""
    since = extract("epoch", moment)
    whole = since if tx.dialect.name == "sqlite" else func.floor(since)
    return cast(whole, BigInteger) // seconds


def insert_missing(tx: Tx, table: Any, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows that are not there yet, in a quarter of the time: the values go to the driver as they are."""
    if rows:
        mark = "?" if tx.dialect.name == "sqlite" else "%s"
        marks = ", ".join([mark] * len(names))
        into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own names
        tx.exec_driver_sql(into, list(rows))


def insert_row(tx: Tx, table: Any, **values: Any) -> int:
    """Insert one row and give its generated id."""
    key = tx.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])
