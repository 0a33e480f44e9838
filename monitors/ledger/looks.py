"""When each post is looked at next, whose turn it is now, and on which day a look was charged.

A worker takes posts by putting their next look off for a while: nobody else takes them meanwhile, and those of a worker
that died come round again by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, select, update

from models.post import Post
from models.schedule import AGED, UNJUDGED, YOUTH
from monitors.ledger.engine import Tx
from monitors.ledger.schema import decisions, posts, progress
from monitors.ledger.spending import day
from monitors.ledger.statements import among, claimable, held, upsert

# A read and its payment can fall on two sides of midnight: what is so near to it counts as the day that costs us more.
NEAR_MIDNIGHT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Look:
    """A post that is due: ``risk`` is its highest, or what to reckon with; ``paid`` says that today's was charged."""

    seq: int
    uid: str
    native_id: str
    created_at: datetime
    due_at: datetime
    risk: float
    paid: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Posts whose look is due: the most valuable ones first, and those that have waited longest first."""

    valuable: Sequence[Look]
    waiting: Sequence[Look]


def due(tx: Tx, source: str, now: datetime, limit: int) -> Due:
    """The posts of a source to choose from; in each list up to ``limit`` of all, and as many that are paid for."""
    today = day(now)
    if day(now + NEAR_MIDNIGHT) != today:
        today = ""
    risk = select(func.max(decisions.c.risk)).where(decisions.c.post_seq == posts.c.seq).scalar_subquery()
    columns = (posts.c.seq, posts.c.uid, posts.c.native_id, posts.c.created_at, posts.c.refresh_at, posts.c.paid_on)
    ready = select(*columns, func.coalesce(risk, UNJUDGED).label("risk")).where(_is_due(source, now)).subquery()

    def first(*order: ColumnElement[Any]) -> list[Look]:
        every = select(ready).order_by(*order, ready.c.seq.desc()).limit(limit)
        paid = every.where(ready.c.paid_on == today)
        rows = {row.seq: row for row in (*tx.execute(every), *(tx.execute(paid) if today else ()))}
        return [_look(row, today) for row in rows.values()]

    youth = case(*((ready.c.created_at > now - until, weight) for until, weight in YOUTH), else_=AGED)
    return Due(first(((ready.c.risk + 1) * youth).desc(), ready.c.created_at.desc()), first(ready.c.refresh_at))


def _is_due(source: str, now: datetime) -> ColumnElement[bool]:
    return (posts.c.source == source) & posts.c.gone_at.is_(None) & (posts.c.refresh_at <= now)


def _look(row: Any, today: str) -> Look:
    paid = bool(today) and row.paid_on == today
    return Look(row.seq, row.uid, row.native_id, row.created_at, row.refresh_at, float(row.risk), paid)


def take(tx: Tx, chosen: Sequence[Look], now: datetime, until: datetime) -> list[Look]:
    """Keep others from these posts until a time; gives those that nobody else had taken."""
    mine = among(tx, posts.c.seq, [look.seq for look in chosen]) & (posts.c.refresh_at <= now)
    free: Select[Any] = select(posts.c.seq).where(mine, posts.c.gone_at.is_(None)).order_by(posts.c.seq)
    seqs = set(tx.execute(claimable(tx, free)).scalars())
    if seqs:
        tx.execute(update(posts).where(among(tx, posts.c.seq, seqs)).values(refresh_at=until))
    return [look for look in chosen if look.seq in seqs]


def put_back(tx: Tx, taken: Sequence[Look], until: datetime) -> None:
    """Undo ``take``: these posts are due again as they were, but for those that were planned anew meanwhile."""
    mine = among(tx, posts.c.seq, [look.seq for look in taken]) & (posts.c.refresh_at == until)
    seqs = set(tx.execute(held(select(posts.c.seq).where(mine).order_by(posts.c.seq))).scalars())
    plan(tx, {look.uid: look.due_at for look in taken if look.seq in seqs})


def plan(tx: Tx, when: Mapping[str, datetime]) -> None:
    """Set when each post (by uid), which is held, is looked at next."""
    if when:
        statement = update(posts).where(posts.c.uid == bindparam("key")).values(refresh_at=bindparam("at"))
        tx.execute(statement, [{"key": uid, "at": at} for uid, at in when.items()])


def too_late(tx: Tx, wanted: Mapping[int, datetime]) -> dict[int, datetime]:
    """Those of the wanted looks, by ``seq``, that are planned for later than they should be."""
    rows = tx.execute(select(posts.c.seq, posts.c.refresh_at).where(among(tx, posts.c.seq, wanted)))
    return {row.seq: wanted[row.seq] for row in rows if row.refresh_at and row.refresh_at > wanted[row.seq]}


def bring_forward(tx: Tx, wanted: Mapping[int, datetime]) -> None:
    """Look at posts, by ``seq``, no later than wanted; a look that is planned for sooner stays."""
    list(tx.execute(held(select(posts.c.seq).where(among(tx, posts.c.seq, wanted)).order_by(posts.c.seq))))
    sooner = too_late(tx, wanted)
    if sooner:
        statement = update(posts).where(posts.c.seq == bindparam("key")).values(refresh_at=bindparam("at"))
        tx.execute(statement, [{"key": seq, "at": at} for seq, at in sooner.items()])


def pay(tx: Tx, read: Sequence[Post], read_at: datetime) -> None:
    """Remember that reading these posts, which are held, was charged on the UTC day of ``read_at`` or soon after.

    Each version of an edited post is charged for itself: of those the next read is reckoned with as if it cost again.
    """
    uids = [post.uid for post in read if post.edited_at is None]
    if uids:
        tx.execute(update(posts).where(among(tx, posts.c.uid, uids)).values(paid_on=day(read_at)))


def overdue(tx: Tx, source: str, before: datetime) -> int:
    """How many posts of a source should have been looked at before a time."""
    return int(tx.execute(select(func.count()).select_from(posts).where(_is_due(source, before))).scalar_one())


def note_behind(tx: Tx, source: str, count: int, hourly: int | None) -> None:
    """Remember how many looks are late and how many posts an hour the budget allows, if that is why; 0 forgets it."""
    name = _name(source)
    if not count:
        tx.execute(delete(progress).where(progress.c.name == name))
        return
    values = {"seq": count, "total": hourly or 0}
    statement = upsert(tx, progress).values(name=name, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def behind(tx: Tx, sources: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """What ``note_behind`` remembered of these sources."""
    names = {_name(source): source for source in sources}
    rows = tx.execute(select(progress).where(progress.c.name.in_(names)))
    return {names[row.name]: (int(row.seq), int(row.total) or None) for row in rows}


def _name(source: str) -> str:
    return f"looks {source}"[:80]
