"""Conversations: what a customer and our accounts say to each other below the post that began an answer clock.

While its incident is not resolved, and as long as it may come back, each is read again at its source, and what is part
of it belongs to its story. While it is not resolved, so it is with what other customers of the story complained of,
the newest few: whether they were answered is seen there only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, or_, select, union_all, update

from models.decision import Reason
from models.post import Kind, Post
from monitors.ledger.clocks import Heard, below
from monitors.ledger.desk_schema import answer_clocks, followed_posts
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import UNRESOLVED
from monitors.ledger.posts import POST_COLUMNS, post_of
from monitors.ledger.returning import may_return
from monitors.ledger.schema import decisions, incidents, posts
from monitors.ledger.statements import upsert

MOST_OTHERS = 20
"""Of an incident and a source, the newest posts of other customers whose conversations are read."""

MOST_BEFORE = 100
"""Of a story, the complaints that are looked at when its incident opens: at several sources the newest of each."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that is to be read: where it began, up to when it is known, and when somebody spoke last.

    ``aside`` says that the post which called people is another one.
    """

    incident_id: int
    brand: str
    post: Post
    since: datetime
    last_at: datetime
    aside: bool = False

    @property
    def row(self) -> tuple[Table, ColumnElement[bool]]:
        """Where it is planned."""
        if not self.aside:
            return answer_clocks, answer_clocks.c.incident_id == self.incident_id
        mine = (followed_posts.c.incident_id, followed_posts.c.post_uid)
        return followed_posts, and_(mine[0] == self.incident_id, mine[1] == self.post.uid)


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
        (posts.c.source == source)
        & posts.c.gone_at.is_(None)
        & answer_clocks.c.incident_id.in_(read)
        & _is_due(answer_clocks, now)
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


def due_aside(tx: Tx, source: str, now: datetime, limit: int) -> list[Talk]:
    """The same of what other customers of open incidents complained of: where nobody waits for an answer, nobody reads.

    What the customer of the clock wrote elsewhere is none of it.
    """
    first = posts.alias()
    joined = followed_posts.join(incidents, incidents.c.id == followed_posts.c.incident_id)
    joined = joined.join(answer_clocks, answer_clocks.c.incident_id == followed_posts.c.incident_id)
    joined = joined.join(first, first.c.uid == answer_clocks.c.post_uid)
    joined = joined.join(posts, posts.c.uid == followed_posts.c.post_uid)
    known = (followed_posts.c.incident_id, followed_posts.c.followed_at, followed_posts.c.spoke_at)
    columns = (*POST_COLUMNS, *known, incidents.c.brand)
    other = or_(first.c.source != posts.c.source, first.c.author_id != posts.c.author_id)
    read = followed_posts.c.incident_id.in_(select(incidents.c.id).where(UNRESOLVED))
    ready = (
        (followed_posts.c.source == source) & posts.c.gone_at.is_(None) & other & read & _is_due(followed_posts, now)
    )
    since = func.coalesce(followed_posts.c.follow_at, followed_posts.c.spoke_at)
    order = (since, followed_posts.c.incident_id, followed_posts.c.post_uid)
    statement = select(*columns).select_from(joined).where(ready).order_by(*order)
    return [
        Talk(row.incident_id, row.brand, post_of(row), row.followed_at or row.created_at, row.spoke_at, aside=True)
        for row in tx.execute(statement.limit(limit))
    ]


def take(tx: Tx, talk: Talk, now: datetime, until: datetime) -> bool:
    """Keep others from a conversation until a time; says whether nobody else has taken it."""
    table, this = talk.row
    return bool(tx.execute(update(table).where(this, _is_due(table, now)).values(follow_at=until)).rowcount)


def plan(tx: Tx, talk: Talk, known: datetime, again: datetime, last_at: datetime) -> None:
    """A conversation is known up to a time, and is read again at another; somebody spoke there ``last_at`` a third.

    A clock learns of that when what was said is judged.
    """
    table, this = talk.row
    spoken = {"spoke_at": last_at} if talk.aside else {}
    tx.execute(update(table).where(this).values(followed_at=known, follow_at=again, **spoken))


def put_off(tx: Tx, talk: Talk, again: datetime) -> None:
    """A conversation could not be read: it is known no further, and is tried again at a time."""
    table, this = talk.row
    tx.execute(update(table).where(this).values(follow_at=again))


def _is_due(table: Table, now: datetime) -> Any:
    return table.c.follow_at.is_(None) | (table.c.follow_at <= now)


def begin_aside(tx: Tx, incident_id: int, complaints: Sequence[Post]) -> None:
    """Have these complaints of customers in the story of an open incident followed: the newest few of each source."""
    known = upsert(tx, followed_posts).on_conflict_do_nothing()
    by_source: dict[str, list[Post]] = {}
    for post in complaints:
        by_source.setdefault(post.source, []).append(post)
    for source, found in sorted(by_source.items()):
        newest = sorted(found, key=lambda post: (post.created_at, post.uid))[-MOST_OTHERS:]
        rows = [
            {
                "incident_id": incident_id,
                "post_uid": post.uid,
                "source": source,
                "thread": Heard(post, own=False).thread,
                "spoke_at": post.created_at,
            }
            for post in newest
        ]
        tx.execute(known, rows)
        mine = (followed_posts.c.incident_id == incident_id) & (followed_posts.c.source == source)
        there = select(followed_posts.c.post_uid).join(posts, posts.c.uid == followed_posts.c.post_uid).where(mine)
        ordered = tx.execute(there.order_by(posts.c.created_at.desc(), posts.c.uid.desc())).scalars().all()
        if len(ordered) > MOST_OTHERS:
            tx.execute(delete(followed_posts).where(mine, followed_posts.c.post_uid.not_in(ordered[:MOST_OTHERS])))


def begin_all_aside(tx: Tx, incident_id: int, brand: str, story_id: str) -> None:
    """The same of what customers complained of before the incident was opened."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    mine = (decisions.c.brand == brand) & (decisions.c.story_id == story_id) & decisions.c.complaint.is_(True)
    theirs = (decisions.c.reason != Reason.OWN_POST.value) & (posts.c.kind != Kind.ARTICLE.value)
    newest = select(*POST_COLUMNS).select_from(joined).where(mine, theirs, posts.c.gone_at.is_(None))
    # As in ``judging.outlooks_of``: the story's index, and not that of all posts.
    rows = list(tx.execute(newest.order_by((decisions.c.post_seq + 0).desc()).limit(MOST_BEFORE)))
    begin_aside(tx, incident_id, [post_of(row) for row in rows])


def stories_of(
    tx: Tx, brand: str, said: Sequence[Heard], above: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, str]:
    """The stories of incidents in whose conversations these posts are, by uid: by the customer or by us.

    ``above`` is what each stands below. Open incidents go before those that may come back.
    """
    if not said:
        return {}
    told: dict[str, str] = {}
    for first in (answer_clocks, followed_posts):
        for row in _about(tx, brand, first, below(tx, first, said, above), now):
            for one in said:
                here = one.thread == row.thread or row.post_uid in above.get(one.post.uid, ())
                theirs = (one.post.source, one.post.author.native_id) == (row.source, row.author_id)
                if here and (theirs or one.own):
                    told.setdefault(one.post.uid, row.story_id)
    return told


def _about(tx: Tx, brand: str, first: Table, here: ColumnElement[bool], now: datetime) -> list[Row[Any]]:
    joined = first.join(incidents, incidents.c.id == first.c.incident_id)
    joined = joined.join(posts, posts.c.uid == first.c.post_uid)
    columns = (first.c.thread, first.c.post_uid, incidents.c.story_id, posts.c.source, posts.c.author_id)
    read = UNRESOLVED | may_return(now)
    mine = select(*columns).select_from(joined).where(here, incidents.c.brand == brand, read)
    return list(tx.execute(mine.order_by(incidents.c.resolved_at.desc().nulls_first(), first.c.incident_id)))
