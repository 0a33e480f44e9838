"""Guard: what must not be forgotten.

Promises are remembered before and escalated at their minute, alerts that nobody acknowledged go to the next person, a
message that its channel refused goes another way, a source that fell silent says so.

Everything here is decided from the ledger and the time that is passed in; running it twice says nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.ledger import incidents, outbox, promises, sweeps
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.outbox import Letter
from monitors.pipeline.roster import Roster

SILENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Guarded:
    """How many of each were dealt with."""

    reminders: int
    broken: int
    escalations: int
    rerouted: int
    silent: int


def guard(ledger: Ledger, roster: Roster, now: datetime) -> Guarded:
    """Look at every clock once."""
    with ledger.write() as tx:
        return Guarded(
            reminders=_remind(tx, roster, now),
            broken=_break(tx, roster, now),
            escalations=_escalate(tx, roster, now),
            rerouted=_reroute(tx, roster, now),
            silent=_report_silence(tx, roster, now),
        )


def _remind(tx: Tx, roster: Roster, now: datetime) -> int:
    due = promises.due_reminders(tx, now)
    for row in due:
        payload = {"promise": row.id, "what": row.what, "due_at": row.due_at.isoformat()}
        outbox.enqueue(
            tx, roster.letters(row.owner, "reminder", f"promise {row.id} due", row.incident_id, payload), now
        )
        promises.reminded(tx, row.id, now)
    return len(due)


def _break(tx: Tx, roster: Roster, now: datetime) -> int:
    due = promises.due_escalations(tx, now)
    for row in due:
        told = list(dict.fromkeys(name for name in (row.owner, roster.after(row.owner)) if name))
        payload = {"promise": row.id, "what": row.what, "due_at": row.due_at.isoformat(), "owner": row.owner}
        for name in told:
            letters = roster.letters(name, "broken_promise", f"promise {row.id} broken", row.incident_id, payload)
            outbox.enqueue(tx, letters, now)
        promises.broken(tx, row.id, now, told)
    return len(due)


def _escalate(tx: Tx, roster: Roster, now: datetime) -> int:
    due = incidents.due_escalations(tx, now)
    for row in due:
        escalation = row.escalation + 1
        name = roster.person(escalation)
        payload = {"reason": row.reason, "opened_at": row.opened_at.isoformat(), "figures": row.figures}
        if name is not None:
            key = f"incident {row.id} escalation {escalation}"
            outbox.enqueue(tx, roster.letters(name, "escalation", key, row.id, payload), now)
        incidents.escalated(tx, row.id, now, now + roster.wait(escalation), [name] if name else [])
    return len(due)


def _reroute(tx: Tx, roster: Roster, now: datetime) -> int:
    """A message that no channel of its person took goes to the next person; one by another channel is enough."""
    rerouted = 0
    for row in outbox.lost(tx):
        name = roster.after(row.person)
        if name and name != row.person:
            letters = [
                Letter(f"{row.key} > {letter.key}", name, letter.channel, row.kind, row.incident_id, row.payload)
                for letter in roster.letters(name, row.kind, "instead", row.incident_id, row.payload)
            ]
            outbox.enqueue(tx, letters, now)
            rerouted += 1
        outbox.reported(tx, row.key)
    return rerouted


def _report_silence(tx: Tx, roster: Roster, now: datetime) -> int:
    """Say once for each failure that a source has brought nothing for a while."""
    silent = [row for row in sweeps.health(tx) if row.error and now - (row.good_at or row.tried_at or now) >= SILENT]
    name = roster.person(0)
    for row in silent if name else ():
        since = (row.good_at or row.tried_at).isoformat()
        payload = {"source": row.source, "brand": row.brand, "error": row.error, "since": since}
        letters = roster.letters(
            str(name), "silent_source", f"source {row.source} {row.brand} silent {since}", None, payload
        )
        outbox.enqueue(tx, letters, now)
    return len(silent)
