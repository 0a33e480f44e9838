"""Claims: of two people who would answer the same story at once, one writes, and the other sees who it is.

A claim is a lease (``leases`` has the rule of its length): the page renews it while it is open, and a browser that
crashed lets it run out. Every change holds the incident first, so that of two who begin at the same moment exactly one
has it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from monitors.ledger import incidents
from monitors.ledger.desk_schema import answer_claims
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.refusals import NotPossible, SomebodyElse

GRACE = timedelta(seconds=30)
"""How long a claim outlives the page it was made on: going from page to page gives nothing away."""


def take(tx: Tx, incident_id: int, person: str, now: datetime, lease: timedelta) -> None:
    """Begin to write the answer, and take in hand what nobody has; ``SomebodyElse`` while another person writes it.

    Whoever has the claim goes on with it.
    """
    row = incidents.lock_unresolved(tx, incident_id, now)
    before = _row(tx, incident_id)
    if before is not None and before.until > now:
        _refuse_other(before, person, now)
        _write(tx, incident_id, person, before.since, now + lease)
        return
    if row.status == Status.OPEN:
        incidents.acknowledge(tx, incident_id, person, now)
    _write(tx, incident_id, person, now, now + lease)
    incidents.note_change(tx, incident_id, person, "answer_claimed", now)


def take_over(tx: Tx, incident_id: int, person: str, note: str, now: datetime, lease: timedelta) -> None:
    """Go on in the place of somebody else, who was asked; the note says what came of that."""
    incidents.lock_unresolved(tx, incident_id, now)
    before = _row(tx, incident_id)
    if before is None or before.until <= now or before.person == person:
        take(tx, incident_id, person, now, lease)
        return
    if not note.strip():
        raise NotPossible("taking over needs a note on what was agreed")
    _write(tx, incident_id, person, now, now + lease)
    said = {"had": before.person, "text": note.strip()[:2000]}
    incidents.note_change(tx, incident_id, person, "answer_taken_over", now, said)


def renew(tx: Tx, incident_id: int, person: str, page: str, until: datetime) -> bool:
    """The page is still open: the claim goes on, unless somebody else has it by now."""
    mine = (answer_claims.c.incident_id == incident_id) & (answer_claims.c.person == person)
    return tx.execute(update(answer_claims).where(mine).values(until=until, page=page)).rowcount == 1


def leave(tx: Tx, incident_id: int, person: str, page: str, now: datetime) -> None:
    """The page was left: the claim ends in a moment, unless its owner goes on with it on another page.

    A browser tells of a left page and of the next one at the same time, in any order: only the page that gave the last
    sign ends the claim.
    """
    mine = (answer_claims.c.incident_id == incident_id) & (answer_claims.c.person == person)
    last = (answer_claims.c.page == page) & (answer_claims.c.until > now + GRACE)
    tx.execute(update(answer_claims).where(mine, last).values(until=now + GRACE))


def free(tx: Tx, incident_id: int, person: str, now: datetime) -> None:
    """The answer was sent, or somebody thought better of it. Doing it twice changes nothing."""
    incidents.lock(tx, incident_id)
    mine = (answer_claims.c.incident_id == incident_id) & (answer_claims.c.person == person)
    if tx.execute(delete(answer_claims).where(mine)).rowcount:
        incidents.note_change(tx, incident_id, person, "answer_freed", now)


def require(tx: Tx, incident_id: int, person: str, now: datetime) -> None:
    """Refuse to record or send an answer while somebody else is writing one; holds the incident."""
    incidents.lock(tx, incident_id)
    before = _row(tx, incident_id)
    if before is not None and before.until > now:
        _refuse_other(before, person, now)


def holder(tx: Tx, incident_id: int, now: datetime) -> Row[Any] | None:
    """Who is writing the answer, since when, and until when at least; None where nobody is."""
    row = _row(tx, incident_id)
    return row if row is not None and row.until > now else None


def _row(tx: Tx, incident_id: int) -> Row[Any] | None:
    return tx.execute(select(answer_claims).where(answer_claims.c.incident_id == incident_id)).first()


def _refuse_other(before: Row[Any], person: str, now: datetime) -> None:
    if before.person != person:
        raise SomebodyElse(before.person, "answer_claimed", before.since, now)


def _write(tx: Tx, incident_id: int, person: str, since: datetime, until: datetime) -> None:
    tx.execute(delete(answer_claims).where(answer_claims.c.incident_id == incident_id))
    values = {"incident_id": incident_id, "person": person, "since": since, "until": until}
    tx.execute(insert(answer_claims).values(**values))
