"""Customers who come back: they write again when their case is over, and it is opened again by what they write.

People resolve a case when they have done what they can, and a customer to whom nothing happened says so days later,
below their own post and without the brand's name. So a case may come back for ``READ_ON`` after its end, unless people
called it noise: then only what would alert by itself is anybody's business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from models.decision import Verdict
from models.post import Post
from monitors.ledger import audit, clocks, incidents
from monitors.ledger.desk_schema import answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import posts

READ_ON = timedelta(days=14)
"""How long after its end a case may come back: by law a refund may take so long; little else takes longer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a case comes back: into whose hands, and by when the customer must have an answer.

    Where ``holder`` is None nobody has it in hand, and the next person is called at ``call_at``.
    """

    holder: str | None
    call_at: datetime
    answer_by: datetime


def may_return(now: datetime) -> ColumnElement[bool]:
    """Incidents that are over, and that come back when their customer writes again."""
    recent = incident_table.c.resolved_at > now - READ_ON
    return recent & (incident_table.c.verdict != Verdict.NOISE.value)


def over(tx: Tx, brand: str, story_id: str, now: datetime) -> list[Row[Any]]:
    """The cases of a story that may come back, the latest first: their clocks, and what is known of their customers."""
    joined = answer_clocks.join(incident_table, incident_table.c.id == answer_clocks.c.incident_id)
    joined = joined.join(posts, posts.c.uid == answer_clocks.c.post_uid)
    about = (incident_table.c.assignee, incident_table.c.risk, incident_table.c.urgent)
    said = (posts.c.source, posts.c.author_id, posts.c.created_at.label("wrote_at"))
    mine = (incident_table.c.brand == brand) & (incident_table.c.story_id == story_id) & may_return(now)
    found = select(answer_clocks, *about, *said).select_from(joined).where(mine)
    return list(tx.execute(found.order_by(incident_table.c.resolved_at.desc(), incident_table.c.id.desc())))


def resolver(tx: Tx, incident_id: int) -> str | None:
    """Who resolved an incident."""
    event = incidents.latest(tx, incident_id, "resolved")
    return event.actor if event is not None else None


def reopen(tx: Tx, incident_id: int, post: Post, terms: Terms, now: datetime) -> bool:
    """Open a case again because its customer wrote: their clock begins anew, with that post.

    It gives False and leaves alone what somebody else has opened meanwhile, or has called noise.
    """
    row = incidents.lock(tx, incident_id)
    if row.status != Status.RESOLVED or row.verdict == Verdict.NOISE:
        return False
    values: dict[str, Any] = {"resolved_at": None, "verdict": None, "assignee": terms.holder}
    if terms.holder is not None:
        values |= {
            "status": Status.ACKNOWLEDGED.value,
            "acknowledged_at": row.acknowledged_at or now,
            "acknowledged_by": row.acknowledged_by or terms.holder,
        }
    else:
        values |= {
            "status": Status.OPEN.value,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "escalate_at": terms.call_at,
        }
    tx.execute(update(incident_table).where(incident_table.c.id == incident_id).values(**values))
    incidents.note_change(tx, incident_id, audit.SYSTEM, "reopened", now, {"post": post.uid})
    clocks.begin_again(tx, incident_id, post, terms.answer_by, now)
    return True
