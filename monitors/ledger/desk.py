"""What the pages ask of the ledger beyond the other modules: small answers that stay quick when the ledger is large."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select

from monitors.ledger.collecting_schema import spending
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import WAITING_PROMISES, Listing, Status, counted
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import decisions, incidents, people, posts, promises, scores
from monitors.ledger.statements import unsought

MOST_COUNTED = 1_000
"""Incidents that a page counts: nobody acts on how many more there are, and each is read."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What live pages compare: when any incident changed last, and the newest incident's id (0: there is none)."""

    changed_at: datetime | None
    newest_id: int


def pulse(tx: Tx) -> Pulse:
    """The present state of the incidents, in two numbers."""
    changed_at, newest_id = tx.execute(select(func.max(incidents.c.changed_at), func.max(incidents.c.id))).one()
    return Pulse(changed_at, newest_id or 0)


def opened_after(tx: Tx, incident_id: int, limit: int = 3) -> list[Row[Any]]:
    """Incidents that people were called to after a certain one, newest first: id, brand, headline."""
    columns = (incidents.c.id, incidents.c.brand, incidents.c.headline)
    statement = (
        select(*columns)
        .where(incidents.c.id > incident_id, incidents.c.held_at.is_(None))
        .order_by(incidents.c.id.desc())
        .limit(limit)
    )
    return list(tx.execute(statement))


def status_counts(
    tx: Tx, brand: str | None = None, assignee: str | None = None, most: int = MOST_COUNTED
) -> dict[Status, int]:
    """How many incidents are in each state, without those that wait for the digest; of more than ``most`` one more."""
    states = [counted(tx, Listing(status, brand, assignee, held=False), most).label(status) for status in Status]
    return dict(zip(Status, tx.execute(select(*states)).one(), strict=True))


def next_promises(tx: Tx, incident_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """For each incident the promise that is due next and not kept yet."""
    waits = unsought(tx, promises.c.status).in_(WAITING_PROMISES)
    statement = select(promises).where(promises.c.incident_id.in_(list(incident_ids)), waits)
    rows = tx.execute(statement.order_by(promises.c.due_at.desc()))
    return {row.incident_id: row for row in rows}


def waiting_promises(tx: Tx, brand: str | None, limit: int = 10) -> list[Row[Any]]:
    """Promises that are not kept yet with their incident's brand and headline, the next due first."""
    joined = promises.join(incidents, incidents.c.id == promises.c.incident_id)
    statement = select(promises, incidents.c.brand, incidents.c.headline).select_from(joined)
    if brand:
        statement = statement.where(incidents.c.brand == brand)
    statement = statement.order_by(promises.c.due_at).limit(limit)
    # State by state: each comes from the index in its order, where all of them together would have to be sorted.
    found = [row for state in WAITING_PROMISES for row in tx.execute(statement.where(promises.c.status == state))]
    return sorted(found, key=lambda row: row.due_at)[:limit]


def posts_by_uid(tx: Tx, uids: Sequence[str]) -> dict[str, Any]:
    """What a list of found posts shows beside their text, without posts that are gone.

    A row has seq, uid, source, url, created_at, author_handle, author_name, language, sentiment, complaint, signals,
    and incident_id where the post belongs to an incident.
    """
    incident = (
        select(func.max(decisions.c.incident_id)).where(decisions.c.post_seq == posts.c.seq).correlate(posts)
    ).scalar_subquery()
    names = ("seq", "uid", "source", "url", "created_at", "author_handle", "author_name")
    columns = [posts.c[name] for name in names]
    said = (scores.c.language, scores.c.sentiment, scores.c.complaint, scores.c.signals)
    statement = select(*columns, *said, incident.label("incident_id"))
    statement = statement.select_from(posts.outerjoin(scores, scores.c.post_seq == posts.c.seq))
    rows = tx.execute(statement.where(posts.c.uid.in_(list(uids)), posts.c.gone_at.is_(None)))
    return {row.uid: row for row in rows}


def post(tx: Tx, seq: int) -> Row[Any]:
    """One post with its scores as far as it has any (columns of ``posts`` and ``scores``), or ``NotPossible``."""
    columns = [column for column in scores.c if column.name != "post_seq"]
    joined = posts.outerjoin(scores, scores.c.post_seq == posts.c.seq)
    row = tx.execute(select(posts, *columns).select_from(joined).where(posts.c.seq == seq)).first()
    if row is None:
        raise NotPossible(f"there is no post {seq}")
    return row


def story_post(tx: Tx, brand: str, story_id: str, seq: int) -> Row[Any] | None:
    """One post of a story as its source has it; None where it is of another story, or gone."""
    joined = posts.join(decisions, decisions.c.post_seq == posts.c.seq)
    ours = (decisions.c.brand == brand) & (decisions.c.story_id == story_id) & (posts.c.seq == seq)
    return tx.execute(select(posts).select_from(joined).where(ours, posts.c.gone_at.is_(None))).first()


def spent(tx: Tx, periods: Sequence[str]) -> list[Row[Any]]:
    """Calls and money that each source used in the named periods."""
    return list(tx.execute(select(spending).where(spending.c.period.in_(list(periods))).order_by(spending.c.source)))


def opened_since(tx: Tx, since: datetime, brand: str | None = None) -> int:
    """How many incidents opened since a time."""
    statement = select(func.count()).select_from(incidents).where(incidents.c.opened_at >= since)
    return int(tx.execute(statement.where(incidents.c.brand == brand) if brand else statement).scalar_one())


def kept_share(tx: Tx, since: datetime, now: datetime) -> tuple[int, int]:
    """How many promises fell due since a time, and how many of them were kept in time.

    One whose time is over counts at once, before the guard has come by and called it broken.
    """
    kept = func.sum(case((promises.c.status == PromiseStatus.KEPT.value, 1), else_=0))
    still_open = promises.c.status == PromiseStatus.OPEN.value
    closed = (promises.c.status != PromiseStatus.WITHDRAWN.value) & (~still_open | (promises.c.due_at <= now))
    total, good = tx.execute(select(func.count(), kept).where(closed, promises.c.due_at >= since)).one()
    return int(total), int(good or 0)


def all_people(tx: Tx) -> list[Row[Any]]:
    """Everybody, also those who were locked out, by name: name, display, role, language, timezone, active, signs_in."""
    columns = (people.c.name, people.c.display, people.c.role, people.c.language, people.c.timezone, people.c.active)
    return list(tx.execute(select(*columns, people.c.password.is_not(None).label("signs_in")).order_by(people.c.name)))
