"""Incidents: a story that people must handle, what they did about it, and when.

Every change holds the incident until its transaction ends, so that of two people who do the same only the first does
it, and writes the incident's event log and the audit log in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Row, ScalarSelect, func, insert, select, update

from models.decision import Verdict as Verdict
from monitors.ledger import audit, waiting
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible as NotPossible
from monitors.ledger.refusals import OpenPromises, SomebodyElse
from monitors.ledger.schema import decisions, incident_events, incidents, posts, promises, scores
from monitors.ledger.statements import claimable, held, insert_row, unsought
from monitors.ledger.waiting import WAITING_PROMISES as WAITING_PROMISES

UNSEEN = "*"
NOBODY_YET = -1
"""The escalation of an incident that waits until the team is there: nobody was called so far."""


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


UNRESOLVED = incidents.c.resolved_at.is_(None)
"""Incidents that people still have to handle."""

WAITS = incidents.c.held_at.is_not(None) & (incidents.c.status == Status.OPEN.value) & incidents.c.escalate_at.is_(None)
"""Incidents that wait in the digest: nobody was called, so that no clock runs, and nobody has taken them in hand."""


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known of an incident when it opens. ``headline`` is the text of ``post``, the one that alerted.

    ``held`` says that nobody is called: it waits for the digest, because the shift has no alerts left. ``waits`` says
    that nobody is called before ``escalate_at``, when the team is there. ``urgent`` calls people whatever the hour.
    """

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
    held: bool = False
    waits: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Which incidents to list; ``status`` None means all that are not resolved.

    ``held`` asks for those that wait for the digest, or for all others. Those whose customer waits for a promise or an
    answer that is due by ``promised_by`` come before all others.
    """

    status: Status | None = None
    brand: str | None = None
    assignee: str | None = None
    held: bool | None = None
    size: int = 50
    offset: int = 0
    promised_by: datetime | None = None


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
        escalation=NOBODY_YET if new.waits else 0,
        urgent=new.urgent,
        held_at=now if new.held else None,
        changed_at=now,
        figures=dict(new.figures),
    )
    said = {"reason": new.reason, "risk": round(new.risk, 1), "post": new.post, **({"held": True} if new.held else {})}
    note_change(tx, incident_id, audit.SYSTEM, "opened", now, said)
    return incident_id


def log(tx: Tx, incident_id: int, now: datetime, actor: str, kind: str, data: Mapping[str, Any] | None = None) -> None:
    """Add an event to the incident's own log."""
    event = {"incident_id": incident_id, "at": now, "actor": actor, "kind": kind, "data": dict(data or {})}
    tx.execute(insert(incident_events).values(**event))


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
    statement = _filtered(tx, select(incidents), listing).order_by(incidents.c.risk.desc(), incidents.c.id.desc())
    if listing.promised_by is None or listing.status is Status.RESOLVED:
        return list(tx.execute(statement.limit(listing.size).offset(listing.offset)))
    # Two questions that indexes answer, in place of one order that only all incidents together have.
    first = waiting.pressing(tx, listing.promised_by)
    before = count(tx, listing, first) if listing.offset else 0
    found = []
    if before > listing.offset or not listing.offset:
        found = list(tx.execute(statement.where(first).limit(listing.size).offset(listing.offset)))
    if missing := listing.size - len(found):
        rest = statement.where(~first).limit(missing).offset(max(0, listing.offset - before))
        found += tx.execute(rest)
    return found


def count(tx: Tx, listing: Listing, *also: ColumnElement[bool]) -> int:
    """How many incidents a listing has in all."""
    statement = _filtered(tx, select(func.count()).select_from(incidents), listing)
    return int(tx.execute(statement.where(*also)).scalar_one())


def counted(tx: Tx, listing: Listing, most: int | None) -> ScalarSelect[int]:
    """How many incidents a listing has, as a part of a question; of more than ``most`` one more: no others are read."""
    # In the order of the index that holds all of it: PostgreSQL would else look for the first ones in the whole table.
    ordered = _filtered(tx, select(incidents.c.id), listing).order_by(incidents.c.risk.desc(), incidents.c.id.desc())
    return (
        select(func.count()).select_from(ordered.limit(None if most is None else most + 1).subquery()).scalar_subquery()
    )


def _filtered(tx: Tx, statement: Any, listing: Listing) -> Any:
    if listing.status is None:
        statement = statement.where(UNRESOLVED)
    else:
        statement = statement.where(incidents.c.status == listing.status.value)
    if listing.held is not None:
        statement = statement.where(WAITS, UNRESOLVED) if listing.held else statement.where(~WAITS)
    if listing.brand:
        statement = statement.where(unsought(tx, incidents.c.brand) == listing.brand)
    if listing.assignee:
        statement = statement.where(unsought(tx, incidents.c.assignee) == listing.assignee)
    return statement


def lock(tx: Tx, incident_id: int) -> Row[Any]:
    """One incident that nobody else can change until this transaction ends, or ``NotPossible``."""
    row = tx.execute(held(select(incidents).where(incidents.c.id == incident_id))).first()
    if row is None:
        raise NotPossible(f"there is no incident {incident_id}")
    return row


def lock_unresolved(tx: Tx, incident_id: int, now: datetime) -> Row[Any]:
    """The same for what is only done to an incident that people still handle."""
    row = lock(tx, incident_id)
    if row.status == Status.RESOLVED:
        refuse(tx, incident_id, "resolved", now, f"incident {incident_id} is resolved already")
    return row


def latest(tx: Tx, incident_id: int, kind: str, **about: object) -> Row[Any] | None:
    """The latest event of a kind whose data says this of what it is about."""
    statement = select(incident_events).where(
        incident_events.c.incident_id == incident_id, incident_events.c.kind == kind
    )
    for row in tx.execute(statement.order_by(incident_events.c.id.desc())):
        if all(row.data.get(key) == value for key, value in about.items()):
            return row
    return None


def refuse(tx: Tx, incident_id: int, kind: str, now: datetime, otherwise: str, **about: object) -> NoReturn:
    """Say who did it before; ``otherwise`` where nobody in the log did."""
    event = latest(tx, incident_id, kind, **about)
    raise SomebodyElse(event.actor, kind, event.at, now) if event else NotPossible(otherwise)


def acknowledge(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Somebody has seen it and takes care: escalation stops. Doing it twice changes nothing."""
    row = lock_unresolved(tx, incident_id, now)
    if row.status == Status.ACKNOWLEDGED:
        if actor not in {row.acknowledged_by, row.assignee}:
            raise SomebodyElse(row.acknowledged_by, "acknowledged", row.acknowledged_at, now)
        return
    seen = {"status": Status.ACKNOWLEDGED.value, "acknowledged_at": now, "acknowledged_by": actor, "escalate_at": None}
    if row.assignee is None:
        seen["assignee"] = actor
    _set(tx, incident_id, seen)
    clock = row.escalate_at.isoformat() if row.escalate_at else None
    note_change(tx, incident_id, actor, "acknowledged", now, {"escalate_at": clock, "had": row.assignee})


def release(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Undo ``acknowledge`` by the one who did it: it is nobody's again, and the next person's clock runs as before.

    Where no clock ran, the next person is called at once, rather once too often than nobody, unless it was held for the
    digest: it goes back there.
    """
    row = lock_unresolved(tx, incident_id, now)
    if row.status == Status.OPEN:
        return
    if row.acknowledged_by != actor:
        raise NotPossible(f"only {row.acknowledged_by} can give incident {incident_id} back")
    taken = latest(tx, incident_id, "acknowledged")
    before = taken.data if taken and taken.actor == actor else {}
    if row.assignee not in {actor, before.get("had")}:
        refuse(tx, incident_id, "assigned", now, f"incident {incident_id} is with {row.assignee}")
    _refuse_open_promises(tx, incident_id)
    clock = before.get("escalate_at")
    called = None if row.held_at else now
    values: dict[str, Any] = {
        "status": Status.OPEN.value,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "assignee": before.get("had"),
        "escalate_at": datetime.fromisoformat(clock) if clock else called,
    }
    _set(tx, incident_id, values)
    note_change(tx, incident_id, actor, "released", now)


def assign(tx: Tx, incident_id: int, actor: str, assignee: str, now: datetime, was: str = UNSEEN) -> None:
    """Give the incident to a person. ``was`` is who had it when the giver looked, empty for nobody."""
    row = lock_unresolved(tx, incident_id, now)
    if row.assignee == assignee:
        return
    if was not in {UNSEEN, row.assignee or ""}:
        taken = "acknowledged" if row.assignee == row.acknowledged_by else "assigned"
        said = f"incident {incident_id} is with {row.assignee or 'nobody'} by now"
        refuse(tx, incident_id, taken if row.assignee else "released", now, said)
    _set(tx, incident_id, {"assignee": assignee})
    note_change(tx, incident_id, actor, "assigned", now, {"to": assignee})


def resolve(tx: Tx, incident_id: int, actor: str, verdict: Verdict, now: datetime, note: str = "") -> None:
    """Close the incident with a verdict; whoever closed it may change the verdict.

    ``OpenPromises`` while the customer waits for something: ``promises.settle`` says first what becomes of it.
    """
    row = lock(tx, incident_id)
    values = {"status": Status.RESOLVED.value, "resolved_at": now, "verdict": verdict.value, "escalate_at": None}
    if row.resolved_at is not None:
        closed = latest(tx, incident_id, "resolved")
        if closed is not None and closed.actor != actor:
            raise SomebodyElse(closed.actor, "resolved", closed.at, now)
        if row.verdict == verdict and not note:
            return
        values = {"verdict": verdict.value}
    else:
        _refuse_open_promises(tx, incident_id)
        waiting.stop(tx, incident_id)
    _set(tx, incident_id, values)
    said = {"verdict": verdict.value, "note": note[:2000], **_about(tx, incident_id)}
    note_change(tx, incident_id, actor, "resolved", now, said)


def _about(tx: Tx, incident_id: int) -> dict[str, Any]:
    """What a verdict is about, so that models can learn from it: the post, its text's version, and who scored it."""
    joined = posts.outerjoin(scores, scores.c.post_seq == posts.c.seq)
    statement = select(posts.c.uid, posts.c.version, scores.c.model).select_from(joined)
    row = tx.execute(statement.where(posts.c.uid == alerted_post(tx, incident_id), posts.c.gone_at.is_(None))).first()
    return {"post": row.uid, "version": row.version, "model": row.model} if row else {}


def _refuse_open_promises(tx: Tx, incident_id: int) -> None:
    still = (promises.c.incident_id == incident_id) & promises.c.status.in_(WAITING_PROMISES)
    number = int(tx.execute(select(func.count()).select_from(promises).where(still)).scalar_one())
    if number:
        raise OpenPromises(incident_id, number)


def reopen(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Take a resolution back; what nobody had in hand is in the hands of whoever reopens it."""
    row = lock(tx, incident_id)
    if row.status != Status.RESOLVED:
        refuse(tx, incident_id, "reopened", now, f"incident {incident_id} is not resolved")
    other = select(incidents.c.id).where(
        incidents.c.brand == row.brand, incidents.c.story_id == row.story_id, incidents.c.resolved_at.is_(None)
    )
    newer = tx.execute(other).scalar()
    if newer is not None:
        raise NotPossible(f"the same story is open already as incident {newer}")
    values: dict[str, Any] = {"status": Status.ACKNOWLEDGED.value, "resolved_at": None, "verdict": None}
    if row.acknowledged_by is None:
        values |= {"acknowledged_at": now, "acknowledged_by": actor, "assignee": row.assignee or actor}
    _set(tx, incident_id, values)
    waiting.resume(tx, incident_id)
    note_change(tx, incident_id, actor, "reopened", now)


def note(tx: Tx, incident_id: int, actor: str, text: str, now: datetime) -> None:
    """Add a person's note to the incident."""
    lock(tx, incident_id)
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
