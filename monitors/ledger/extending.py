"""We need longer: a promise gets another time only before its own is over, and only with what the customer was told."""

from dataclasses import dataclass
from datetime import datetime

from monitors.ledger import incidents, promises
from monitors.ledger.engine import Tx
from monitors.ledger.promises import NewPromise, PromiseStatus
from monitors.ledger.refusals import NotPossible

LONGEST_WORDS = 5000


@dataclass(frozen=True, slots=True)
class Longer:
    """Who told the customer in which words that it takes longer, until when, and when we are reminded of that."""

    actor: str
    words: str
    due_at: datetime
    remind_at: datetime


class TooLate(NotPossible):
    """The time of the promise is over: the customer has waited in vain, and that stays a broken promise."""


class NotTheirs(NotPossible):
    """Only who made the promise or has the case can say that it takes longer."""


def extend(tx: Tx, promise_id: int, longer: Longer, now: datetime) -> int:
    """Put a promise with a later time in the place of one that still runs, and give the new one's id.

    A second tap finds what the first has done. The customer was told by people: whoever calls this records the words as
    an answer, in the same transaction.
    """
    row = promises.lock(tx, promise_id)
    if row.status == PromiseStatus.EXTENDED:
        event = incidents.latest(tx, row.incident_id, "promise_extended", promise=promise_id)
        if event is not None and event.actor == longer.actor and now - event.at < promises.TWICE:
            return int(event.data["new"])
    incident = incidents.lock_unresolved(tx, row.incident_id, now)
    promises.refuse_ended(tx, row, now)
    if row.status != PromiseStatus.OPEN or now >= row.due_at:
        raise TooLate(f"promise {promise_id} was due at {row.due_at:%H:%M} UTC: it is too late to ask for more time")
    if longer.actor not in {row.owner, row.promised_by, incident.assignee, incident.acknowledged_by}:
        raise NotTheirs(f"only {row.owner} or who has incident {row.incident_id} can take longer")
    words = longer.words.strip()[:LONGEST_WORDS]
    if not words:
        raise NotPossible("taking longer needs the words that the customer was told")
    if longer.due_at <= row.due_at:
        raise NotPossible("taking longer needs a later time than the promise has")
    promises.ended(tx, promise_id, PromiseStatus.EXTENDED)
    # It is the word of whoever told the customer, and whoever has the case answers for it.
    new = NewPromise(row.incident_id, longer.actor, row.what, longer.due_at, longer.remind_at)
    made = promises.make(tx, new, now)
    if row.owner != longer.actor:
        promises.entrust(tx, promises.lock(tx, made), row.owner, longer.actor, now)
    said = {"promise": promise_id, "new": made, "due_at": longer.due_at.isoformat(), "text": words[:500]}
    incidents.note_change(tx, row.incident_id, longer.actor, "promise_extended", now, said)
    return made
