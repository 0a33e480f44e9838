"""Promises: something told to the customer, with a due time that somebody watches.

Every change holds the promise's incident first and then the promise, so that of two people who do the same only the
first does it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, update

from monitors.ledger import audit, incidents
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import WAITING_PROMISES
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import promises
from monitors.ledger.statements import claimable, held, insert_row

# A second tap on the same button: the same words, due at the same minute as the first.
TWICE = timedelta(seconds=30)
SAME_MINUTE = timedelta(minutes=1)


class PromiseStatus(StrEnum):
    """What became of a promise.

    ``LATE`` was kept after its time, ``BROKEN`` is over its time and not kept, nobody waits for what is ``WITHDRAWN``.
    Of what is ``EXTENDED`` the customer was told in time that it takes longer, with a new promise.
    """

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"
    EXTENDED = "extended"


class Settle(StrEnum):
    """What a person says became of the promises that are still open when an incident is resolved."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class NewPromise:
    """What the customer was told, who answers for it, when it is due, and when its owner is reminded.

    ``by`` wrote it down, where that was not its owner.
    """

    incident_id: int
    owner: str
    what: str
    due_at: datetime
    remind_at: datetime
    by: str | None = None


def make(tx: Tx, new: NewPromise, now: datetime) -> int:
    """Record that the customer was told something will happen by a certain time.

    Whoever says the same twice within half a minute has tapped twice, and gets the promise that is there.
    """
    incidents.lock_unresolved(tx, new.incident_id, now)
    if new.due_at <= now:
        raise NotPossible("a promise needs a time that is still to come")
    before = _made_before(tx, new, now)
    if before is not None:
        return before
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
    incidents.note_change(tx, new.incident_id, new.by or new.owner, "promised", now, said)
    return promise_id


def _made_before(tx: Tx, new: NewPromise, now: datetime) -> int | None:
    same = (promises.c.incident_id == new.incident_id) & (promises.c.owner == new.owner)
    same &= (promises.c.status == PromiseStatus.OPEN.value) & (promises.c.what == new.what[:2000])
    near = promises.c.made_at > now - TWICE
    near &= (promises.c.due_at > new.due_at - SAME_MINUTE) & (promises.c.due_at < new.due_at + SAME_MINUTE)
    return tx.execute(select(promises.c.id).where(same, near).order_by(promises.c.id)).scalars().first()


def keep(tx: Tx, promise_id: int, actor: str, now: datetime) -> None:
    """The promise was kept, in time or late. Doing it twice changes nothing."""
    row = lock(tx, promise_id)
    if row.kept_at is not None:
        event = incidents.latest(tx, row.incident_id, "promise_kept", promise=promise_id)
        if event is not None and event.actor != actor:
            raise SomebodyElse(event.actor, "promise_kept", event.at, now)
        return
    refuse_ended(tx, row, now)
    status = PromiseStatus.KEPT if now <= row.due_at else PromiseStatus.LATE
    _set(tx, promise_id, kept_at=now, status=status.value)
    said = {"promise": promise_id, "status": status.value, "was": row.status}
    incidents.note_change(tx, row.incident_id, actor, "promise_kept", now, said)


def unkeep(tx: Tx, promise_id: int, actor: str, now: datetime) -> None:
    """Undo ``keep`` by the one who did it: the promise's clock runs as before. Doing it twice changes nothing."""
    row = lock(tx, promise_id)
    refuse_ended(tx, row, now)
    if row.kept_at is None:
        # Only a second tap may pass here: whoever undoes what never was would read that it is undone.
        if incidents.latest(tx, row.incident_id, "promise_unkept", promise=promise_id) is None:
            raise NotPossible(f"nobody said that promise {promise_id} was kept")
        return
    event = incidents.latest(tx, row.incident_id, "promise_kept", promise=promise_id)
    if event is None or event.actor != actor:
        who = event.actor if event else "whoever kept it"
        raise NotPossible(f"only {who} can say that promise {promise_id} was not kept")
    # It was resolved because nothing was open.
    incidents.lock_unresolved(tx, row.incident_id, now)
    _set(tx, promise_id, kept_at=None, status=event.data.get("was", PromiseStatus.OPEN.value))
    incidents.note_change(tx, row.incident_id, actor, "promise_unkept", now, {"promise": promise_id})


def refuse_ended(tx: Tx, row: Row[Any], now: datetime) -> None:
    """Nobody waits for a promise any more that was withdrawn, or in whose place another was made."""
    if row.status in {PromiseStatus.WITHDRAWN, PromiseStatus.EXTENDED}:
        said = f"the promise was {row.status}"
        incidents.refuse(tx, row.incident_id, f"promise_{row.status}", now, said, promise=row.id)


def withdraw(tx: Tx, promise_id: int, actor: str, now: datetime) -> None:
    """Nobody waits for the promise any more. Doing it twice changes nothing."""
    row = lock(tx, promise_id)
    if row.status == PromiseStatus.WITHDRAWN:
        return
    refuse_ended(tx, row, now)
    if row.kept_at is not None:
        incidents.refuse(tx, row.incident_id, "promise_kept", now, "the promise was kept already", promise=promise_id)
    _set(tx, promise_id, status=PromiseStatus.WITHDRAWN.value)
    said = {"promise": promise_id, "what": row.what[:500]}
    incidents.note_change(tx, row.incident_id, actor, "promise_withdrawn", now, said)


def settle(tx: Tx, incident_id: int, actor: str, how: Settle, now: datetime) -> int:
    """Keep or withdraw all promises of an incident that are still open, before it is resolved; gives how many."""
    incidents.lock(tx, incident_id)
    still = (promises.c.incident_id == incident_id) & promises.c.status.in_(WAITING_PROMISES)
    waiting = list(tx.execute(select(promises.c.id).where(still).order_by(promises.c.id)).scalars())
    for promise_id in waiting:
        (keep if how is Settle.KEEP else withdraw)(tx, promise_id, actor, now)
    return len(waiting)


def lock(tx: Tx, promise_id: int) -> Row[Any]:
    """One promise that nobody else can change until this transaction ends, or ``NotPossible``."""
    incidents.lock(tx, require(tx, promise_id).incident_id)
    return tx.execute(held(select(promises).where(promises.c.id == promise_id))).one()


def entrust(tx: Tx, row: Row[Any], to: str, actor: str, now: datetime) -> None:
    """Somebody else answers for a promise that still runs; who promised it stays named. Call it with it held."""
    promiser = row.promised_by or row.owner
    _set(tx, row.id, owner=to, promised_by=None if promiser == to else promiser)
    said = {"promise": row.id, "what": row.what[:500], "to": to, "had": row.owner}
    incidents.note_change(tx, row.incident_id, actor, "promise_entrusted", now, said)


def ended(tx: Tx, promise_id: int, status: PromiseStatus) -> None:
    """What became of a promise that somebody else than its keeper ends; call it with the promise held."""
    _set(tx, promise_id, status=status.value)


def _set(tx: Tx, promise_id: int, **values: Any) -> None:
    tx.execute(update(promises).where(promises.c.id == promise_id).values(**values))


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


def due_reminders(tx: Tx, now: datetime) -> list[Row[Any]]:
    """Promises whose owner has to be reminded now, before the time is over."""
    due = promises.c.reminded_at.is_(None) & (promises.c.remind_at <= now) & (promises.c.due_at > now)
    return _due(tx, due)


def reminded(tx: Tx, promise_id: int, now: datetime) -> None:
    """The owner was reminded."""
    _set(tx, promise_id, reminded_at=now)


def due_escalations(tx: Tx, now: datetime) -> list[Row[Any]]:
    """Promises whose minute has come and that nobody kept, each with the ``assignee`` of its incident."""
    return _due(tx, promises.c.due_at <= now)


def _due(tx: Tx, due: Any) -> list[Row[Any]]:
    # With their incidents: somebody who is changing one right now holds it, and is asked again in a minute.
    joined = promises.join(incident_table, incident_table.c.id == promises.c.incident_id)
    still = promises.c.status == PromiseStatus.OPEN.value
    statement = select(promises, incident_table.c.assignee).select_from(joined).where(still, due)
    statement = statement.order_by(promises.c.due_at)
    return list(tx.execute(claimable(tx, statement)))


def broken(tx: Tx, promise_id: int, now: datetime, to: list[str]) -> None:
    """The minute has passed: the promise is broken, and the next people were called."""
    row = require(tx, promise_id)
    _set(tx, promise_id, status=PromiseStatus.BROKEN.value, escalated_at=now)
    incidents.note_change(tx, row.incident_id, audit.SYSTEM, "promise_broken", now, {"promise": promise_id, "to": to})
