"""Incidents: a story that people must handle, what they did about it, and when.

Every change writes the incident's event log and the audit log in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, select, update

from models.decision import Verdict as Verdict
from monitors.errors import KuulaError
from monitors.ledger import audit
from monitors.ledger.engine import Tx
from monitors.ledger.schema import decisions, incident_events, incidents, posts, scores
from monitors.ledger.statements import claimable, insert_row


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class NotPossible(KuulaError):
    """The incident is not in a state that allows this; the message says what it is."""


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known of an incident when it opens. ``headline`` is the text of ``post``, the one that alerted."""

    brand: str
    story_id: str
    reason: str
    risk: float
    severity: int
    language: str | None
    headline: str
    first_post_at: datetime
    escalate_at: datetime | None
    figures: Mapping[str, Any]
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Which incidents to list; ``status`` None means all that are not resolved."""

    status: Status | None = None
    brand: str | None = None
    assignee: str | None = None
    size: int = 50
    offset: int = 0


def open_incident(tx: Tx, new: NewIncident, now: datetime, *, posts: int = 1) -> int:
    """Open an incident on a story that has so many posts, and give its id."""
    incident_id = insert_row(
        tx,
        incidents,
        brand=new.brand,
        story_id=new.story_id,
        status=Status.OPEN.value,
        reason=new.reason,
        risk=new.risk,
        severity=new.severity,
        language=new.language,
        headline=new.headline[:2000],
        posts=posts,
        opened_at=now,
        first_post_at=new.first_post_at,
        escalate_at=new.escalate_at,
        escalation=0,
        changed_at=now,
        figures=dict(new.figures),
    )
    said = {"reason": new.reason, "risk": round(new.risk, 1), "post": new.post}
    note_change(tx, incident_id, audit.SYSTEM, "opened", now, said)
    return incident_id


def log(tx: Tx, incident_id: int, now: datetime, actor: str, kind: str, data: Mapping[str, Any] | None = None) -> None:
    """Add an event to the incident's own log."""
    tx.execute(
        insert(incident_events).values(incident_id=incident_id, at=now, actor=actor, kind=kind, data=dict(data or {}))
    )


@dataclass(slots=True)
class Joined:
    """What joined an incident's story in one batch: so many posts, the highest risk and severity among them."""

    posts: int = 0
    risk: float = 0.0
    severity: int = 0

    def add(self, risk: float, severity: int, *, is_new: bool) -> None:
        """Count one post; one that was looked at again is not new. Severity 0 is no grievance and raises nothing."""
        self.posts += is_new
        self.risk = max(self.risk, risk if severity else 0.0)
        self.severity = max(self.severity, severity)


def attach(tx: Tx, joined: Mapping[int, Joined], now: datetime) -> None:
    """More posts joined the stories of these incidents; risk and severity only ever rise."""
    if not joined:
        return
    higher = case((incidents.c.risk < bindparam("new_risk"), bindparam("new_risk")), else_=incidents.c.risk)
    graver = case(
        (incidents.c.severity < bindparam("new_severity"), bindparam("new_severity")), else_=incidents.c.severity
    )
    grown = {"posts": incidents.c.posts + bindparam("added"), "risk": higher, "severity": graver, "changed_at": now}
    tx.execute(
        update(incidents).where(incidents.c.id == bindparam("key")).values(**grown),
        [
            {"key": key, "added": one.posts, "new_risk": one.risk, "new_severity": one.severity}
            for key, one in joined.items()
        ],
    )


def get(tx: Tx, incident_id: int) -> Row[Any] | None:
    """One incident as its row, or None."""
    return tx.execute(select(incidents).where(incidents.c.id == incident_id)).first()


def require(tx: Tx, incident_id: int) -> Row[Any]:
    """One incident, or ``NotPossible``."""
    row = get(tx, incident_id)
    if row is None:
        raise NotPossible(f"there is no incident {incident_id}")
    return row


def find(tx: Tx, listing: Listing) -> list[Row[Any]]:
    """Incidents by risk, the highest first."""
    statement = _filtered(select(incidents), listing).order_by(incidents.c.risk.desc(), incidents.c.id.desc())
    return list(tx.execute(statement.limit(listing.size).offset(listing.offset)))


def count(tx: Tx, listing: Listing) -> int:
    """How many incidents a listing has in all."""
    return int(tx.execute(_filtered(select(func.count()).select_from(incidents), listing)).scalar_one())


def _filtered(statement: Any, listing: Listing) -> Any:
    if listing.status is None:
        statement = statement.where(incidents.c.status.in_([Status.OPEN.value, Status.ACKNOWLEDGED.value]))
    else:
        statement = statement.where(incidents.c.status == listing.status.value)
    if listing.brand:
        statement = statement.where(incidents.c.brand == listing.brand)
    if listing.assignee:
        statement = statement.where(incidents.c.assignee == listing.assignee)
    return statement


def acknowledge(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Somebody has seen it and takes care: escalation stops. Doing it twice changes nothing."""
    row = require(tx, incident_id)
    if row.status == Status.RESOLVED:
        raise NotPossible(f"incident {incident_id} is resolved already")
    if row.status == Status.ACKNOWLEDGED:
        return
    seen = {"status": Status.ACKNOWLEDGED.value, "acknowledged_at": now, "acknowledged_by": actor, "escalate_at": None}
    if row.assignee is None:
        seen["assignee"] = actor
    _set(tx, incident_id, seen)
    note_change(tx, incident_id, actor, "acknowledged", now)


def assign(tx: Tx, incident_id: int, actor: str, assignee: str, now: datetime) -> None:
    """Give the incident to a person."""
    row = require(tx, incident_id)
    if row.status == Status.RESOLVED:
        raise NotPossible(f"incident {incident_id} is resolved already")
    _set(tx, incident_id, {"assignee": assignee})
    note_change(tx, incident_id, actor, "assigned", now, {"to": assignee})


def resolve(tx: Tx, incident_id: int, actor: str, verdict: Verdict, now: datetime, note: str = "") -> None:
    """Close the incident with a verdict. Doing it twice changes only the verdict."""
    values = {"status": Status.RESOLVED.value, "resolved_at": now, "verdict": verdict.value, "escalate_at": None}
    row = require(tx, incident_id)
    if row.resolved_at is not None:
        values = {"verdict": verdict.value}
    _set(tx, incident_id, values)
    note_change(tx, incident_id, actor, "resolved", now, {"verdict": verdict.value, "note": note[:2000]})


def reopen(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Take a resolution back."""
    row = require(tx, incident_id)
    if row.status != Status.RESOLVED:
        raise NotPossible(f"incident {incident_id} is not resolved")
    other = select(incidents.c.id).where(
        incidents.c.brand == row.brand, incidents.c.story_id == row.story_id, incidents.c.resolved_at.is_(None)
    )
    newer = tx.execute(other).scalar()
    if newer is not None:
        raise NotPossible(f"the same story is open already as incident {newer}")
    values = {"status": Status.ACKNOWLEDGED.value, "resolved_at": None, "verdict": None}
    _set(tx, incident_id, values)
    note_change(tx, incident_id, actor, "reopened", now)


def note(tx: Tx, incident_id: int, actor: str, text: str, now: datetime) -> None:
    """Add a person's note to the incident."""
    require(tx, incident_id)
    note_change(tx, incident_id, actor, "note", now, {"text": text[:5000]})


def _set(tx: Tx, incident_id: int, values: Mapping[str, Any]) -> None:
    tx.execute(update(incidents).where(incidents.c.id == incident_id).values(**values))


def note_change(
    tx: Tx, incident_id: int, actor: str, kind: str, now: datetime, said: Mapping[str, Any] | None = None
) -> None:
    """Write both logs of something that happened to the incident, and let live pages know."""
    tx.execute(update(incidents).where(incidents.c.id == incident_id).values(changed_at=now))
    log(tx, incident_id, now, actor, kind, said)
    audit.record(tx, now, actor, kind, f"incident {incident_id}", said)


def due_escalations(tx: Tx, now: datetime, limit: int = 100) -> list[Row[Any]]:
    """Incidents that nobody acknowledged in time."""
    statement = select(incidents).where(incidents.c.status == Status.OPEN.value, incidents.c.escalate_at <= now)
    return list(tx.execute(claimable(tx, statement.order_by(incidents.c.escalate_at).limit(limit))))


def escalated(tx: Tx, incident_id: int, now: datetime, next_at: datetime | None, to: Sequence[str]) -> None:
    """The next people were called; call the ones after them at ``next_at``."""
    values = {"escalation": incidents.c.escalation + 1, "escalate_at": next_at, "changed_at": now}
    tx.execute(update(incidents).where(incidents.c.id == incident_id).values(**values))
    note_change(tx, incident_id, audit.SYSTEM, "escalated", now, {"to": list(to)})


def alerted_post(tx: Tx, incident_id: int) -> str | None:
    """The uid of the post that opened the incident, which need not be the first of its story."""
    opened = (incident_events.c.incident_id == incident_id) & (incident_events.c.kind == "opened")
    data = tx.execute(select(incident_events.c.data).where(opened).order_by(incident_events.c.id)).scalar()
    return data.get("post") if data else None


def events(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """The incident's log, oldest first."""
    statement = select(incident_events).where(incident_events.c.incident_id == incident_id)
    return list(tx.execute(statement.order_by(incident_events.c.id)))


def story_posts(tx: Tx, brand: str, story_id: str, limit: int = 100) -> list[Row[Any]]:
    """The posts of a story with their scores and decisions, oldest first.

    A row has the columns of ``posts`` and ``scores``, and action, reason, risk, figures and forecast of the decision.
    """
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq).join(scores, scores.c.post_seq == posts.c.seq)
    said = (decisions.c.action, decisions.c.reason, decisions.c.risk, decisions.c.figures, decisions.c.forecast)
    columns = [column for column in scores.c if column.name != "post_seq"]
    statement = select(posts, *columns, *said).select_from(joined)
    statement = statement.where(decisions.c.brand == brand, decisions.c.story_id == story_id)
    return list(tx.execute(statement.order_by(posts.c.created_at, posts.c.seq).limit(limit)))


def count_by_brand(tx: Tx) -> dict[str, int]:
    """How many incidents each brand ever had."""
    rows = tx.execute(select(incidents.c.brand, func.count()).group_by(incidents.c.brand))
    return dict(rows.all())
