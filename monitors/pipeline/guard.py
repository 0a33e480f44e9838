"""Guard: what must not be forgotten.

Promises are remembered before and escalated at their minute, a customer whom nobody answered in time is the next
person's, alerts that nobody acknowledged go to the next person, a message that its channel refused goes another way,
alerts that were held are named in a digest, a source or a channel that fell silent says so.

Everything here is decided from the ledger and the time that is passed in; running it twice says nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitors.ledger import channel_states, clocks, digest, incidents, joining, outbox, promises, sweeps
from monitors.ledger.engine import Ledger, Tx
from monitors.pipeline.roster import Roster
from monitors.pipeline.silence import watch_channels

SILENT = timedelta(minutes=15)
BLIND = timedelta(hours=2)
"""When no source at all has brought anything for so long, a danger would pass unseen: that is urgent."""

PATIENCE = 5
"""Attempts after which a message that is still being tried also goes to the next person: about two minutes."""

NAMED = 10
"""Alerts that a digest names one by one, the riskiest; the page has all."""

INSTEAD = " > "
_SLOWEST = timedelta(days=1)
THEIRS_ALONE = frozenset({"answer_news", "swap_asked", "swap_refused", "duty_changed"})
"""Kinds of messages that are nobody else's: whoever was not asked cannot say yes, and has no such duty or answer."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """How many of each were dealt with."""

    reminders: int
    broken: int
    escalations: int
    rerouted: int
    silent: int
    listed: int
    unanswered: int = 0
    channels: int = 0


def guard(ledger: Ledger, roster: Roster, now: datetime) -> Guarded:
    """Look at every clock once."""
    with ledger.write() as tx:
        roster = roster.as_of(tx, now)
        return Guarded(
            reminders=_remind(tx, roster, now),
            broken=_break(tx, roster, now),
            escalations=_escalate(tx, roster, now),
            rerouted=_reroute(tx, roster, now),
            silent=_report_silence(tx, roster, now),
            listed=_send_digest(tx, roster, now),
            unanswered=_call_for_an_answer(tx, roster, now),
            channels=watch_channels(tx, roster, now),
        )


def _remind(tx: Tx, roster: Roster, now: datetime) -> int:
    due = promises.due_reminders(tx, now)
    for row in due:
        owner = roster.instead_of(row.owner, now) or row.owner
        promiser = row.promised_by or row.owner
        payload = {
            "promise": row.id,
            "what": row.what,
            "due_at": row.due_at.isoformat(),
            "promised_by": "" if promiser == owner else promiser,
        }
        outbox.enqueue(tx, roster.letters(owner, "reminder", f"promise {row.id} due", row.incident_id, payload), now)
        promises.reminded(tx, row.id, now)
    return len(due)


def _break(tx: Tx, roster: Roster, now: datetime) -> int:
    due = promises.due_escalations(tx, now)
    for row in due:
        told = _told(roster, row.owner, now)
        if row.assignee and row.assignee not in told and roster.team.may_call(row.assignee, now):
            # The case was given away as the minute came: whoever has it must hear of it too.
            told.append(row.assignee)
        payload = {"promise": row.id, "what": row.what, "due_at": row.due_at.isoformat(), "owner": row.owner}
        for name in told:
            letters = roster.letters(name, "broken_promise", f"promise {row.id} broken", row.incident_id, payload)
            outbox.enqueue(tx, letters, now)
        promises.broken(tx, row.id, now, told)
    return len(due)


def _told(roster: Roster, owner: str, now: datetime) -> list[str]:
    """Who hears of a broken promise: its owner, unless they are not to be disturbed, and who is called next."""
    owners = [owner] if roster.team.may_call(owner, now) else []
    return list(dict.fromkeys(name for name in (*owners, roster.stand_in(owner, now)) if name)) or [owner]


def _call_for_an_answer(tx: Tx, roster: Roster, now: datetime) -> int:
    """Call who has the incident and the next person, once for each time that the customer began to wait.

    Where nobody is called at that hour, it waits until the team is there.
    """
    due = clocks.overdue(tx, now, roster.least_risk(now))
    for row in due:
        told = _responsible(tx, roster, row, now)
        payload = {"waits_since": row.waits_since.isoformat(), "answer_by": row.answer_by.isoformat()}
        if alerted := incidents.alerted_post(tx, row.id):
            payload["post"] = alerted
        key = f"incident {row.id} unanswered since {row.waits_since.isoformat()}"
        for name in told:
            letters = roster.letters(name, "unanswered", key, row.id, {**payload, "owner": row.assignee})
            outbox.enqueue(tx, letters, now)
        clocks.called(tx, row.id, now, told)
    return len(due)


def _responsible(tx: Tx, roster: Roster, row: Any, now: datetime) -> list[str]:
    """Who has an incident, unless they are not to be disturbed, and who is called next."""
    if row.assignee:
        return _told(roster, row.assignee, now)
    name = roster.next_for(tx, row.id, now, urgent=row.urgent)
    return [name] if name else []


def _escalate(tx: Tx, roster: Roster, now: datetime) -> int:
    called = 0
    for row in incidents.due_escalations(tx, now):
        if roster.calls(now, row.risk, urgent=row.urgent):
            _call_next(tx, roster, row, now)
            called += 1
        else:
            joining.wait_until(tx, row.id, roster.opens_at(now), now)
    return called


def _call_next(tx: Tx, roster: Roster, row: Any, now: datetime) -> None:
    """Call the next person to an incident that nobody has in hand, or the first where it waited for the team."""
    escalation = row.escalation + 1
    first = row.escalation == incidents.NOBODY_YET
    name = roster.next_for(tx, row.id, now, urgent=row.urgent)
    payload = {"reason": row.reason, "opened_at": row.opened_at.isoformat(), "figures": row.figures}
    alerted = incidents.alerted_post(tx, row.id)
    if alerted:
        payload["post"] = alerted
    if name is not None:
        kind, key = (
            ("alert", f"incident {row.id}") if first else ("escalation", f"incident {row.id} escalation {escalation}")
        )
        outbox.enqueue(tx, roster.letters(name, kind, key, row.id, payload), now)
    until = now + roster.wait(escalation, row.risk, urgent=row.urgent)
    (joining.called if first else incidents.escalated)(tx, row.id, now, until, [name] if name else [])


def _reroute(tx: Tx, roster: Roster, now: datetime) -> int:
    """A message that no channel of its person took goes to the next person; one by another channel is enough.

    The key names what it is about and who is told instead, so that a message that nobody's channel takes goes once
    around and ends there. One for a silent channel is not tried so often first, and what waits for the same person at
    another channel goes there at once.
    """
    rerouted = 0
    silent = [row.channel for row in channel_states.silent(tx, now)]
    for row in outbox.lost(tx, PATIENCE, silent):
        to_this_person = row.key.removesuffix(row.channel)
        name = roster.after(row.person, now)
        others = [f"{to_this_person}{channel}" for channel in roster.channels.get(row.person, ())]
        outbox.hurry(tx, others, now)
        others_may = row.kind not in THEIRS_ALONE and name and name != row.person
        if name and others_may and not outbox.is_taken(tx, [key for key in others if key != row.key]):
            about = row.key.split(INSTEAD)[0].removesuffix(f":{row.person}:{row.channel}")
            letters = roster.letters(name, row.kind, f"{about}{INSTEAD}", row.incident_id, row.payload)
            rerouted += outbox.enqueue(tx, letters, now) > 0
        outbox.reported(tx, row.key)
    return rerouted


def _send_digest(tx: Tx, roster: Roster, now: datetime) -> int:
    """Name the alerts that were held, when the first of them has waited long enough; once more in each new shift.

    It calls nobody to anything, so that it waits until the team is there.
    """
    if not roster.business.opening.is_open(now):
        return 0
    began = roster.shift_began(now)
    waiting = digest.unlisted(tx, began)
    if not any(now - row.held_at >= roster.digest or (row.listed_at and row.listed_at < began) for row in waiting):
        return 0
    ids = [row.id for row in waiting]
    name = roster.reachable(roster.person(0, now), now)
    if name is not None:
        key = f"digest of {len(ids)} at {now.isoformat()}"
        letters = roster.letters(name, "digest", key, None, {"incidents": ids[:NAMED], "count": len(ids)})
        outbox.enqueue(tx, letters, now)
    digest.list_them(tx, ids, now)
    return len(ids)


def _report_silence(tx: Tx, roster: Roster, now: datetime) -> int:
    """Say once for each failure that a source has brought nothing for a while, or never did.

    It waits until the team is there, and is not said when the source is well again by then; not so where none is left.
    """
    rows = sweeps.health(tx)
    silent, urgent = [row for row in rows if _is_silent(row, now)], _is_blind(rows, now)
    if not roster.calls(now, 0.0, urgent=urgent):
        return 0
    name = roster.reachable(roster.person(0, now, urgent=urgent), now)
    told = 0
    for row in silent if name else ():
        since = row.good_at.isoformat() if row.good_at else None
        payload = {
            "source": row.source,
            "brand": row.brand,
            "error": row.error or "it was begun and never came to its end",
            "since": since,
            "urgent": urgent,
        }
        key = f"source {row.source} {row.brand} silent {since or 'from the start'}"
        told += outbox.enqueue(tx, roster.letters(str(name), "silent_source", key, None, payload), now) > 0
    return told


def _is_blind(rows: Sequence[Any], now: datetime) -> bool:
    """Whether sources used to bring something and none does: a slow one counts for as long as a day."""
    good = [(row.good_at, BLIND if _is_silent(row, now) else _SLOWEST) for row in rows if row.good_at is not None]
    return bool(good) and all(now - at >= patience for at, patience in good)


def _is_silent(row: Any, now: datetime) -> bool:
    """It fails, or it was begun a while ago and nobody has seen its end."""
    quiet = row.good_at is None or now - row.good_at >= SILENT
    begun = row.tried_at is not None and (row.good_at is None or row.good_at < row.tried_at)
    return bool(row.error and quiet) or (begun and now - row.tried_at >= SILENT)
