"""What a channel calls the thread of an incident: news of the incident goes into it."""

from datetime import datetime

from sqlalchemy import select

from monitors.ledger.desk_schema import threads
from monitors.ledger.engine import Tx
from monitors.ledger.outbox import Letter
from monitors.ledger.statements import upsert


def of_letter(tx: Tx, letter: Letter) -> str | None:
    """What the thread of a letter's incident is called where the letter goes; None: this letter begins it."""
    same = (threads.c.channel == letter.channel) & (threads.c.person == letter.person)
    found = select(threads.c.reference).where(same, threads.c.incident_id == letter.incident_id)
    return tx.execute(found).scalar()


def begun(tx: Tx, letter: Letter, reference: str, now: datetime) -> None:
    """A letter began the thread of its incident; one that came later changes nothing."""
    row = upsert(tx, threads).values(
        channel=letter.channel, person=letter.person, incident_id=letter.incident_id, reference=reference[:2000], at=now
    )
    tx.execute(row.on_conflict_do_nothing())
