"""Conversations: what a customer and our accounts say to each other below the post that began an answer clock.

While its incident is not resolved, and as long as it may come back, each is read again at its source, and what is part
of it belongs to its story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, union_all, update

from models.post import Post
from monitors.ledger.clocks import Heard, below
from monitors.ledger.desk_schema import answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import UNRESOLVED
from monitors.ledger.posts import POST_COLUMNS, post_of
from monitors.ledger.returning import may_return
from monitors.ledger.schema import incidents, posts


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that is to be read: where it began, up to when it is known, and when somebody spoke last."""

    incident_id: int
    brand: str
    post: Post
    since: datetime
    last_at: datetime


def due(tx: Tx, source: str, now: datetime, limit: int) -> list[Talk]:
    """Up to so many conversations of a source to read now; those that wait longest for it first.

    Where somebody has spoken, that is since then: customers who write and write keep no others waiting. Those of cases
    that are over come after all others.
    """
    joined = answer_clocks.join(incidents, incidents.c.id == answer_clocks.c.incident_id)
    joined = joined.join(posts, posts.c.uid == answer_clocks.c.post_uid)
    clock = (answer_clocks.c.incident_id, answer_clocks.c.followed_at, answer_clocks.c.customer_at)
    columns = (*POST_COLUMNS, *clock, answer_clocks.c.last_answer_at, incidents.c.brand)
    # Each half has its index: together they would be looked for among all incidents there ever were.
    read = union_all(select(incidents.c.id).where(UNRESOLVED), select(incidents.c.id).where(may_return(now)))
    ready = (
        (posts.c.source == source) & posts.c.gone_at.is_(None) & answer_clocks.c.incident_id.in_(read) & _is_due(now)
    )
    is_over = incidents.c.resolved_at.is_not(None)
    since = func.coalesce(answer_clocks.c.follow_at, answer_clocks.c.customer_at)
    order = (is_over, since, answer_clocks.c.incident_id)
    rows = tx.execute(select(*columns).select_from(joined).where(ready).order_by(*order).limit(limit))
    return [
        Talk(
            row.incident_id,
            row.brand,
            post_of(row),
            row.followed_at or row.created_at,
            max(row.customer_at, row.last_answer_at or row.customer_at),
        )
        for row in rows
    ]


def take(tx: Tx, talk: Talk, now: datetime, until: datetime) -> bool:
    """Keep others from a conversation until a time; says whether nobody else has taken it."""
    mine = (answer_clocks.c.incident_id == talk.incident_id) & _is_due(now)
    return bool(tx.execute(update(answer_clocks).where(mine).values(follow_at=until)).rowcount)


def plan(tx: Tx, talk: Talk, known: datetime, again: datetime) -> None:
    """A conversation is known up to a time, and is read again at another."""
    this = answer_clocks.c.incident_id == talk.incident_id
    tx.execute(update(answer_clocks).where(this).values(followed_at=known, follow_at=again))


def put_off(tx: Tx, talk: Talk, again: datetime) -> None:
    """A conversation could not be read: it is known no further, and is tried again at a time."""
    tx.execute(update(answer_clocks).where(answer_clocks.c.incident_id == talk.incident_id).values(follow_at=again))


def _is_due(now: datetime) -> Any:
    return answer_clocks.c.follow_at.is_(None) | (answer_clocks.c.follow_at <= now)


def stories_of(
    tx: Tx, brand: str, said: Sequence[Heard], above: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, str]:
    """The stories of incidents in whose conversations these posts are, by uid: by the customer or by us.

    ``above`` is what each stands below. Open incidents go before those that may come back.
    """
    if not said:
        return {}
    told: dict[str, str] = {}
    for row in _about(tx, brand, below(tx, said, above), now):
        for one in said:
            here = one.thread == row.thread or row.post_uid in above.get(one.post.uid, ())
            theirs = (one.post.source, one.post.author.native_id) == (row.source, row.author_id)
            if here and (theirs or one.own):
                told.setdefault(one.post.uid, row.story_id)
    return told


def _about(tx: Tx, brand: str, here: ColumnElement[bool], now: datetime) -> list[Row[Any]]:
    joined = answer_clocks.join(incidents, incidents.c.id == answer_clocks.c.incident_id)
    joined = joined.join(posts, posts.c.uid == answer_clocks.c.post_uid)
    columns = (
        answer_clocks.c.thread,
        answer_clocks.c.post_uid,
        incidents.c.story_id,
        posts.c.source,
        posts.c.author_id,
    )
    read = UNRESOLVED | may_return(now)
    mine = select(*columns).select_from(joined).where(here, incidents.c.brand == brand, read)
    return list(tx.execute(mine.order_by(incidents.c.resolved_at.desc().nulls_first(), answer_clocks.c.incident_id)))
