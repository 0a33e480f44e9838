"""Customers who wait for us: what resolving and reopening an incident does to its clocks, and which are pressing."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from monitors.ledger.desk_schema import answer_claims, answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.schema import incidents, promises
from monitors.ledger.statements import unsought

WAITING_PROMISES = ("open", "broken")
"""States of a promise that the customer still waits for."""


def stop(tx: Tx, incident_id: int) -> None:
    """Nobody handles the incident any more: its answer is no longer due, and nobody is writing one."""
    due = (answer_clocks.c.incident_id == incident_id) & answer_clocks.c.answer_by.is_not(None)
    tx.execute(update(answer_clocks).where(due).values(stopped_by=answer_clocks.c.answer_by, answer_by=None))
    tx.execute(delete(answer_claims).where(answer_claims.c.incident_id == incident_id))


def resume(tx: Tx, incident_id: int) -> None:
    """It is handled again: the answer is due when it was before."""
    was_due = (answer_clocks.c.incident_id == incident_id) & answer_clocks.c.stopped_by.is_not(None)
    tx.execute(update(answer_clocks).where(was_due).values(answer_by=answer_clocks.c.stopped_by, stopped_by=None))


def pressing(tx: Tx, by: datetime) -> ColumnElement[bool]:
    """Incidents whose customer was promised something, or must have an answer, by then."""
    late = promises.c.status.in_(WAITING_PROMISES) & (promises.c.due_at <= by)
    due = select(answer_clocks.c.incident_id).where(answer_clocks.c.answer_by <= by)
    # As two sets joined by "or", each is read once and looked into for each incident, the riskiest first: no database
    # can make a join of them, which PostgreSQL would do row by row as long as it has no statistics of the tables.
    number = unsought(tx, incidents.c.id)
    return number.in_(select(promises.c.incident_id).where(late)) | number.in_(due)  # type: ignore[no-any-return]
