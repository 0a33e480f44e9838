"""How often people were called in each shift, and what waited for the digest instead."""

from datetime import datetime

from sqlalchemy import func, select, update

from monitors.ledger.engine import Tx
from monitors.ledger.schema import incidents, posts
from monitors.ledger.statements import upsert
from monitors.ledger.virality_schema import shifts

Author = tuple[str, str]


ONE_AUTHOR = 4
"""One author gets this part of a shift's alerts: a stranger with many cheap posts must not silence all others."""

NOBODY = ("", "unknown")
"""Ids of authors whom a source does not name: they are many."""


def call(tx: Tx, began_at: datetime, limit: int, author: Author, *, urgent: bool) -> bool:
    """Count one alert in the shift that began at a time, and say whether people are called to it.

    ``author`` is source and id of who wrote the post. An urgent alert always calls. ``limit`` 0 is no limit. Whoever
    counts next waits for this transaction to end.
    """
    first = upsert(tx, shifts).values(began_at=began_at, alerts=1, held=0)
    counted = first.on_conflict_do_update(index_elements=["began_at"], set_={"alerts": shifts.c.alerts + 1})
    alerts = int(tx.execute(counted.returning(shifts.c.alerts)).scalar_one())
    if urgent or not limit or (alerts <= limit and not _has_had_enough(tx, began_at, limit, author)):
        return True
    instead = {"alerts": shifts.c.alerts - 1, "held": shifts.c.held + 1}
    tx.execute(update(shifts).where(shifts.c.began_at == began_at).values(**instead))
    return False


def _has_had_enough(tx: Tx, began_at: datetime, limit: int, author: Author) -> bool:
    """Whether people were called in this shift to as many stories that this author began as one author gets."""
    source, author_id = author
    if author_id in NOBODY:
        return False
    theirs = incidents.join(posts, posts.c.uid == incidents.c.story_id)
    called = (
        select(func.count()).select_from(theirs).where(incidents.c.opened_at >= began_at, incidents.c.held_at.is_(None))
    )
    wrote = called.where(posts.c.source == source, posts.c.author_id == author_id)
    return int(tx.execute(wrote).scalar_one()) >= max(1, limit // ONE_AUTHOR)


def counted(tx: Tx, began_at: datetime) -> tuple[int, int]:
    """How often people were called in a shift, and how many alerts were held."""
    row = tx.execute(select(shifts).where(shifts.c.began_at == began_at)).first()
    return (int(row.alerts), int(row.held)) if row else (0, 0)
