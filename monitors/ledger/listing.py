"""Incidents and promises page by page, as other programs read them: by when they changed, so that none is missed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.schema import decisions, incidents, posts, promises, scores
from monitors.ledger.statements import unsought

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: after the row with this time and id."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def read(cls, written: str) -> "Place":
        """What ``str`` wrote."""
        at, _, number = written.partition("-")
        return cls(_EPOCH + timedelta(microseconds=int(at)), int(number))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents, in which order of their last change, after which place, and how many."""

    status: Status | None = None
    brand: str | None = None
    assignee: str | None = None
    changed_since: datetime | None = None
    oldest_first: bool = False
    after: Place | None = None
    size: int = 50


def incidents_by_change(tx: Tx, wanted: Wanted) -> list[Row[Any]]:
    """Incidents in the order of their last change."""
    table = incidents.c
    statement = select(incidents)
    filters = ((table.status, wanted.status), (table.brand, wanted.brand), (table.assignee, wanted.assignee))
    for column, value in filters:
        if value is not None:
            statement = statement.where(column == str(value))
    if wanted.changed_since is not None:
        statement = statement.where(table.changed_at >= wanted.changed_since)
    if wanted.after is not None:
        at, number = wanted.after.at, wanted.after.id
        # Written out rather than as a row value: the type of times is lost in those.
        later = or_(table.changed_at > at, and_(table.changed_at == at, table.id > number))
        earlier = or_(table.changed_at < at, and_(table.changed_at == at, table.id < number))
        statement = statement.where(later if wanted.oldest_first else earlier)
    order = (table.changed_at, table.id) if wanted.oldest_first else (table.changed_at.desc(), table.id.desc())
    return list(tx.execute(statement.order_by(*order).limit(wanted.size)))


def promises_by_due(
    tx: Tx, status: PromiseStatus | None, due_before: datetime | None, after: Place | None, size: int
) -> list[Row[Any]]:
    """Promises, the next due first."""
    table = promises.c
    statement = select(promises)
    if status is not None:
        statement = statement.where(table.status == status.value)
    if due_before is not None:
        statement = statement.where(table.due_at < due_before)
    if after is not None:
        statement = statement.where(or_(table.due_at > after.at, and_(table.due_at == after.at, table.id > after.id)))
    return list(tx.execute(statement.order_by(table.due_at, table.id).limit(size)))


def post(tx: Tx, uid: str) -> tuple[Row[Any], list[Row[Any]]] | None:
    """A post with its scores as far as it has any, and the decisions on it; None when it is not known."""
    columns = [column for column in scores.c if column.name != "post_seq"]
    joined = posts.outerjoin(scores, scores.c.post_seq == posts.c.seq)
    row = tx.execute(select(posts, *columns).select_from(joined).where(posts.c.uid == uid)).first()
    if row is None:
        return None
    decided = select(decisions).where(decisions.c.post_seq == row.seq).order_by(decisions.c.brand)
    return row, list(tx.execute(decided))


def incidents_of_brands(tx: Tx) -> dict[str, dict[str, int]]:
    """How many incidents each brand has in each state."""
    counted: dict[str, dict[str, int]] = {}
    brand_of = unsought(tx, incidents.c.brand)
    statement = select(brand_of, incidents.c.status, func.count())
    for brand, status, number in tx.execute(statement.group_by(brand_of, incidents.c.status)):
        counted.setdefault(brand, {})[status] = number
    return counted
