"""Alerts that wait for the digest, because people were called often enough in this shift: held, never dropped."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, or_, select, update

from monitors.ledger import audit, incidents
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import UNRESOLVED, WAITS, Listing, Status
from monitors.ledger.schema import incident_events
from monitors.ledger.schema import incidents as table
from monitors.ledger.statements import claimable


def alerted_again(
    tx: Tx, incident_id: int, now: datetime, said: Mapping[str, Any], wait: timedelta, *, urgent: bool = False
) -> int:
    """A story that people have as an incident alerts again: they are called, or it waits for the digest (``held``).

    One that nobody was called to before has a clock from now on, as any alert; an ``urgent`` one stays so. Gives how
    many times it did so by now.
    """
    if said.get("held"):
        values: dict[str, Any] = {"held_at": now}
    else:
        due = case((WAITS, now + wait), else_=table.c.escalate_at)
        values = {"held_at": None, "escalate_at": due}
    if urgent:
        values["urgent"] = True
    tx.execute(update(table).where(table.c.id == incident_id).values(**values))
    incidents.note_change(tx, incident_id, audit.SYSTEM, "alerted_again", now, said)
    again = (incident_events.c.incident_id == incident_id) & (incident_events.c.kind == "alerted_again")
    return int(tx.execute(select(func.count()).select_from(incident_events).where(again)).scalar_one())


def unlisted(tx: Tx, shift_began: datetime, limit: int = 1000) -> list[Row[Any]]:
    """Incidents to name in a digest, the riskiest first.

    Those that were held since one named them, also where people have the incident already: nobody was told of its
    growth. Those that nobody was called to are named once more in a new shift.
    """
    unseen = or_(table.c.acknowledged_at.is_(None), table.c.acknowledged_at < table.c.held_at)
    new = and_(unseen, or_(table.c.listed_at.is_(None), table.c.listed_at < table.c.held_at))
    named = table.c.held_at.is_not(None) & UNRESOLVED & or_(new, WAITS & (table.c.listed_at < shift_began))
    return list(tx.execute(claimable(tx, select(table).where(named).order_by(table.c.risk.desc()).limit(limit))))


def list_them(tx: Tx, incident_ids: Sequence[int], now: datetime) -> None:
    """A digest names these incidents."""
    tx.execute(update(table).where(table.c.id.in_(list(incident_ids))).values(listed_at=now))


def count(tx: Tx, brand: str | None = None, most: int | None = None) -> int:
    """How many incidents are in the digest; of more than ``most``, where it is given, one more."""
    listing = Listing(Status.OPEN, brand, held=True)
    return int(tx.execute(select(incidents.counted(tx, listing, most))).scalar_one())
