"""Promises: something told to the customer, with a due time that somebody watches."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, update

from monitors.ledger import audit, incidents
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import NotPossible
from monitors.ledger.schema import promises
from monitors.ledger.statements import claimable, insert_row


class PromiseStatus(StrEnum):
    """What became of a promise. ``LATE`` was kept after its time, ``BROKEN`` is over its time and not kept."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class NewPromise:
    """What the customer was told, who answers for it, when it is due, and when its owner is reminded."""

    incident_id: int
    owner: str
    what: str
    due_at: datetime
    remind_at: datetime


def make(tx: Tx, new: NewPromise, now: datetime) -> int:
    """Record that the customer was told something will happen by a certain time."""
    incidents.require(tx, new.incident_id)
    if new.due_at <= now:
        raise NotPossible("a promise needs a time that is still to come")
    promise_id = insert_row(
        tx,
        promises,
        incident_id=new.incident_id,
        owner=new.owner,
        what=new.what[:2000],
        made_at=now,
        due_at=new.due_at,
        remind_at=max(now, new.remind_at),
        status=PromiseStatus.OPEN.value,
    )
    said = {"promise": promise_id, "what": new.what[:500], "due_at": new.due_at.isoformat()}
    incidents.note_change(tx, new.incident_id, new.owner, "promised", now, said)
    return promise_id


def keep(tx: Tx, promise_id: int, actor: str, now: datetime) -> None:
    """The promise was kept, in time or late. Doing it twice changes nothing."""
    row = require(tx, promise_id)
    if row.kept_at is not None:
        return
    status = PromiseStatus.KEPT if now <= row.due_at else PromiseStatus.LATE
    tx.execute(update(promises).where(promises.c.id == promise_id).values(kept_at=now, status=status.value))
    incidents.note_change(
        tx, row.incident_id, actor, "promise_kept", now, {"promise": promise_id, "status": status.value}
    )


def require(tx: Tx, promise_id: int) -> Row[Any]:
    """One promise, or ``NotPossible``."""
    row = tx.execute(select(promises).where(promises.c.id == promise_id)).first()
    if row is None:
        raise NotPossible(f"there is no promise {promise_id}")
    return row


def of_incident(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """The promises of an incident, the next due first."""
    statement = select(promises).where(promises.c.incident_id == incident_id)
    return list(tx.execute(statement.order_by(promises.c.due_at, promises.c.id)))


def open_promises(tx: Tx, limit: int = 200) -> list[Row[Any]]:
    """All promises that are not kept yet, broken ones included, the next due first."""
    waiting = promises.c.status.in_([PromiseStatus.OPEN.value, PromiseStatus.BROKEN.value])
    return list(tx.execute(select(promises).where(waiting).order_by(promises.c.due_at).limit(limit)))


def due_reminders(tx: Tx, now: datetime) -> list[Row[Any]]:
    """Promises whose owner has to be reminded now, before the time is over."""
    due = (
        (promises.c.status == PromiseStatus.OPEN.value)
        & promises.c.reminded_at.is_(None)
        & (promises.c.remind_at <= now)
    )
    return list(tx.execute(select(promises).where(due, promises.c.due_at > now).order_by(promises.c.due_at)))


def reminded(tx: Tx, promise_id: int, now: datetime) -> None:
    """The owner was reminded."""
    tx.execute(update(promises).where(promises.c.id == promise_id).values(reminded_at=now))


def due_escalations(tx: Tx, now: datetime) -> list[Row[Any]]:
    """Promises whose minute has come and that nobody kept."""
    over = (promises.c.status == PromiseStatus.OPEN.value) & (promises.c.due_at <= now)
    return list(tx.execute(claimable(tx, select(promises).where(over).order_by(promises.c.due_at))))


def broken(tx: Tx, promise_id: int, now: datetime, to: list[str]) -> None:
    """The minute has passed: the promise is broken, and the next people were called."""
    row = require(tx, promise_id)
    values = {"status": PromiseStatus.BROKEN.value, "escalated_at": now}
    tx.execute(update(promises).where(promises.c.id == promise_id).values(**values))
    incidents.note_change(tx, row.incident_id, audit.SYSTEM, "promise_broken", now, {"promise": promise_id, "to": to})
