"""Events that go to other systems: queued in one transaction with the note that they were, sent until confirmed.

A delivery's key never repeats. Events of one incident go to one system in the order in which they happened: while one
waits, those after it wait too. A system that refused our credentials or is gone for good gets nothing more until
somebody sends again what was refused.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select, update

from monitors.ledger import audit, locks
from monitors.ledger.desk_schema import hook_deliveries
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.incidents import alerted_post
from monitors.ledger.schema import incident_events, incidents, posts
from monitors.ledger.statements import claimable, upsert

QUEUED, SENT, DEAD, STOPPED = "queued", "sent", "dead", "stopped"
LOCK = "announce to other systems"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a system. ``reference`` is what that system calls the incident, when it knows it.

    ``tried_before`` says that we may have told it of the incident without hearing its answer.
    """

    id: int
    key: str
    hook: str
    incident_id: int
    kind: str
    event_id: int
    queued_at: datetime
    attempts: int
    reference: str | None
    tried_before: bool = False


def unannounced(tx: Tx) -> bool:
    """Whether anything happened that other systems were not told of yet."""
    return tx.execute(select(incident_events.c.id).where(_UNANNOUNCED).limit(1)).first() is not None


def announce(tx: Tx, hooks_for: Callable[[str, str], Sequence[str]], now: datetime, limit: int) -> int:
    """Queue the next events for the systems that ``hooks_for`` gives for a kind and a brand; gives how many events.

    One transaction at a time does it: events of one incident could otherwise be queued in another order.
    """
    if not locks.hold(tx, LOCK):
        return 0
    joined = incident_events.join(incidents, incidents.c.id == incident_events.c.incident_id)
    columns = (incident_events.c.id, incident_events.c.incident_id, incident_events.c.kind, incidents.c.brand)
    statement = select(*columns).select_from(joined).where(_UNANNOUNCED)
    rows = tx.execute(statement.order_by(incident_events.c.id).limit(limit)).all()
    for row in rows:
        for hook in hooks_for(row.kind, row.brand):
            _enqueue(tx, hook, row, now)
    ids = [row.id for row in rows]
    if ids:
        tx.execute(update(incident_events).where(incident_events.c.id.in_(ids)).values(announced=True))
    return len(ids)


_UNANNOUNCED = incident_events.c.announced.is_(False)


def _enqueue(tx: Tx, hook: str, event: Row[Any, Any, Any, Any], now: datetime) -> None:
    statement = upsert(tx, hook_deliveries).values(
        key=f"event {event.id} {hook}",
        hook=hook,
        incident_id=event.incident_id,
        kind=event.kind,
        payload={"event": event.id},
        queued_at=now,
        not_before=now,
        attempts=0,
        state=QUEUED,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=["key"]))


def claim(tx: Tx, hooks: Collection[str], limit: int, now: datetime, lease: timedelta) -> list[Delivery]:
    """Take the next deliveries that are due, the first of each incident and system, for as long as the lease."""
    table = hook_deliveries
    before, stopped = table.alias(), table.alias()
    waits = exists().where(
        before.c.hook == table.c.hook,
        before.c.incident_id == table.c.incident_id,
        before.c.state == QUEUED,
        before.c.id < table.c.id,
    )
    refused = exists().where(stopped.c.hook == table.c.hook, stopped.c.state == STOPPED)
    free = or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)
    due = select(table).where(table.c.state == QUEUED, table.c.not_before <= now, free, ~waits, ~refused)
    due = due.where(table.c.hook.in_(list(hooks))).order_by(table.c.id).limit(limit)
    rows = list(tx.execute(claimable(tx, due)))
    if rows:
        taken = {"claimed_until": now + lease, "claimed_by": worker_name(), "attempts": table.c.attempts + 1}
        tx.execute(update(table).where(table.c.id.in_([row.id for row in rows])).values(**taken))
    return [_delivery(tx, row) for row in rows]


def _delivery(tx: Tx, row: Row[Any]) -> Delivery:
    table = hook_deliveries.c
    same = (table.hook == row.hook) & (table.incident_id == row.incident_id)
    known = select(table.reference).where(same, table.reference.is_not(None)).order_by(table.id.desc()).limit(1)
    # Before this claim counted, so that a first try is not one.
    tried = select(table.id).where(same, table.attempts > 0, table.state != SENT, table.id != row.id).limit(1)
    return Delivery(
        id=row.id,
        key=row.key,
        hook=row.hook,
        incident_id=row.incident_id,
        kind=row.kind,
        event_id=row.payload["event"],
        queued_at=row.queued_at,
        attempts=row.attempts,
        reference=tx.execute(known).scalar(),
        tried_before=row.attempts > 0 or tx.execute(tried).first() is not None,
    )


def release(tx: Tx, delivery: Delivery) -> None:
    """Give a delivery back that was not tried after all."""
    back = {"attempts": hook_deliveries.c.attempts - 1, **_FREE}
    tx.execute(update(hook_deliveries).where(hook_deliveries.c.id == delivery.id).values(**back))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a delivery's event: the rows of the event and its incident, the post that alerted, its address.

    All are as they are now: what has left the ledger since the event is told to nobody.
    """

    event: Row[Any]
    incident: Row[Any]
    post: str | None
    post_url: str | None


def known_of(tx: Tx, delivery: Delivery) -> Known:
    """What a delivery tells."""
    event = tx.execute(select(incident_events).where(incident_events.c.id == delivery.event_id)).one()
    incident = tx.execute(select(incidents).where(incidents.c.id == delivery.incident_id)).one()
    post = alerted_post(tx, delivery.incident_id)
    address = tx.execute(select(posts.c.url).where(posts.c.uid == post)).scalar() if post else None
    return Known(event, incident, post, address or None)


def confirm(tx: Tx, delivery: Delivery, status: int, reference: str | None, now: datetime) -> None:
    """The system has it: never send it again. ``reference`` is what it calls the incident."""
    done = {"state": SENT, "status": status, "reference": reference, "sent_at": now, "last_error": None}
    tx.execute(update(hook_deliveries).where(hook_deliveries.c.id == delivery.id).values(**done, **_FREE))


def postpone(tx: Tx, delivery: Delivery, error: str, status: int | None, until: datetime) -> None:
    """It did not go out: try again at ``until``."""
    _note(tx, delivery, error, status, not_before=until)


def bury(tx: Tx, delivery: Delivery, error: str, status: int | None) -> None:
    """It was tried for long enough: it waits for a person, and what came after it goes on."""
    _note(tx, delivery, error, status, state=DEAD)


def stop(tx: Tx, delivery: Delivery, error: str, status: int | None) -> None:
    """The system takes nothing more from us until a person acts."""
    _note(tx, delivery, error, status, state=STOPPED)


_FREE: Mapping[str, Any] = {"claimed_by": None, "claimed_until": None}


def _note(tx: Tx, delivery: Delivery, error: str, status: int | None, **values: Any) -> None:
    # A failure that comes after the lease counts no more: another attempt is under way, or was confirmed.
    mine = (hook_deliveries.c.id == delivery.id) & (hook_deliveries.c.state == QUEUED)
    mine &= hook_deliveries.c.attempts == delivery.attempts + 1
    tx.execute(update(hook_deliveries).where(mine).values(last_error=error[:1000], status=status, **_FREE, **values))


def resend(tx: Tx, hook: str, actor: str, now: datetime) -> int:
    """Send again what a system refused or did not take in time; gives how many."""
    refused = (hook_deliveries.c.hook == hook) & hook_deliveries.c.state.in_([DEAD, STOPPED])
    again = {"state": QUEUED, "queued_at": now, "not_before": now}
    number = tx.execute(update(hook_deliveries).where(refused).values(**again)).rowcount
    if number:
        audit.record(tx, now, actor, "hook_resent", f"hook {hook}", {"count": number})
    return int(number)


def states(tx: Tx) -> dict[str, dict[str, int]]:
    """How many deliveries each system has in each state."""
    counted: dict[str, dict[str, int]] = {}
    table = hook_deliveries.c
    for hook, state, number in tx.execute(
        select(table.hook, table.state, func.count()).group_by(table.hook, table.state)
    ):
        counted.setdefault(hook, {})[state] = number
    return counted


def troubles(tx: Tx, limit: int = 20) -> list[Row[Any]]:
    """Deliveries that did not go out: refused, given up, or tried more than once, the newest first."""
    table = hook_deliveries.c
    failing = (table.state == QUEUED) & table.last_error.is_not(None)
    found = select(hook_deliveries).where(table.state.in_([DEAD, STOPPED]) | failing)
    return list(tx.execute(found.order_by(table.id.desc()).limit(limit)))


def last_sent(tx: Tx) -> dict[str, datetime]:
    """When each system last confirmed an event."""
    table = hook_deliveries.c
    return dict(tx.execute(select(table.hook, func.max(table.sent_at)).group_by(table.hook)).all())


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` deliveries of incidents that were resolved before a time, and so were they queued."""
    over = select(incidents.c.id).where(incidents.c.resolved_at < before)
    table = hook_deliveries
    old = select(table.c.id).where(table.c.queued_at < before, table.c.incident_id.in_(over)).limit(limit)
    return tx.execute(delete(table).where(table.c.id.in_(old))).rowcount
