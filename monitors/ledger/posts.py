"""Posts and their snapshots: stored once by identity, the newest version wins, a deleted post stays deleted.

Two transactions may write the same posts. Everybody who does takes them in the same order, so that no two wait for each
other: known posts are held by ``seq``, new ones are put in by uid, then come mentions and snapshots, by ``seq`` again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from models.post import Author, Kind, Metric, Post, Snapshot
from models.schedule import UNJUDGED, next_look
from monitors.ledger import concessions, indexing
from monitors.ledger.columns import storable, storable_document
from monitors.ledger.engine import Tx
from monitors.ledger.schema import incidents, mentions, posts, snapshots
from monitors.ledger.statements import among, held, upsert
from monitors.ports import Skipped

LONGEST_ID = 500
LARGEST_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing did: posts that are new, posts whose text changed, posts known already, and those refused."""

    new: int
    changed: int
    known: int
    refused: Sequence[Skipped] = ()


def store(tx: Tx, found: Sequence[Post], brands: Callable[[Post], Sequence[str]], now: datetime) -> Stored:
    """Write posts, their mentions of brands and their counts; of the same post twice, the later one counts."""
    refused, fitting = [], {}
    for post in found:
        if reason := _unfit(post.native_id):
            refused.append(Skipped(reason, storable(post.native_id)[:80]))
        else:
            fitting[post.uid] = post
    if not fitting:
        return Stored(0, 0, 0, refused)
    before = {row.uid: row for row in tx.execute(_known(tx, fitting)).all()}
    differing = [uid for uid, row in before.items() if _is_newer(fitting[uid], row)]
    # Somebody else may have brought the same text while we waited for the post.
    now_held = list(tx.execute(held(_known(tx, differing).order_by(posts.c.seq)))) if differing else []
    changed = [row for row in now_held if _is_newer(fitting[row.uid], row)]
    for row in changed:
        _replace(tx, row.seq, fitting[row.uid], now)
    rows = [_row(fitting[uid], now) for uid in sorted(fitting) if uid not in before]
    if rows:
        tx.execute(upsert(tx, posts).on_conflict_do_nothing(index_elements=["uid"]), rows)
    current = {row.uid: row for row in tx.execute(_known(tx, fitting)).all()}
    alive = {uid: row for uid, row in current.items() if row.gone_at is None}
    _store_mentions(
        tx, [(alive[uid].seq, brand) for uid, post in fitting.items() if uid in alive for brand in brands(post)]
    )
    _store_snapshots(
        tx, [(alive[uid].seq, post.observed_at, post.engagement) for uid, post in fitting.items() if uid in alive]
    )
    return Stored(len(rows), len(changed), len(fitting) - len(rows) - len(changed), refused)


def _replace(tx: Tx, seq: int, post: Post, now: datetime) -> None:
    values = _row(post, now)
    del values["stored_at"], values["refresh_at"]
    tx.execute(update(posts).where(posts.c.seq == seq).values(**values, version=posts.c.version + 1))
    tx.execute(update(mentions).where(mentions.c.post_seq == seq).values(judged=False))


def hold(tx: Tx, uids: Iterable[str]) -> None:
    """Let nobody else change these posts until the transaction ends; for whoever writes them in several steps."""
    tx.execute(held(select(posts.c.seq).where(among(tx, posts.c.uid, uids)).order_by(posts.c.seq)))


def _unfit(native_id: str) -> str:
    """Why an id cannot identify anything in a database; empty when it can."""
    if len(native_id) > LONGEST_ID:
        return "id_too_long"
    return "" if storable(native_id) == native_id else "bad_id"


def _known(tx: Tx, uids: Iterable[str]) -> Any:
    columns = (posts.c.seq, posts.c.uid, posts.c.text, posts.c.edited_at, posts.c.gone_at)
    return select(*columns).where(among(tx, posts.c.uid, uids))


def _is_newer(post: Post, row: Row[Any]) -> bool:
    if row.gone_at is not None or storable(post.text) == row.text:
        return False
    return row.edited_at is None or (post.edited_at is not None and post.edited_at >= row.edited_at)


def _row(post: Post, now: datetime) -> dict[str, Any]:
    return {
        "uid": post.uid,
        "source": post.source,
        "native_id": post.native_id,
        "kind": post.kind.value,
        "url": storable(post.url),
        "text": storable(post.text),
        "created_at": post.created_at,
        "observed_at": post.observed_at,
        "stored_at": now,
        "author_id": storable(post.author.native_id),
        "author_handle": storable(post.author.handle),
        "author_name": storable(post.author.name),
        "author_followers": _count(post.author.followers),
        "thread_id": storable(post.thread_id),
        "parent_id": storable(post.parent_id),
        "parent_author": storable(post.parent_author),
        "edited_at": post.edited_at,
        "lang_hint": storable(post.lang_hint),
        "rating": post.rating,
        "raw": storable_document(post.raw),
        "has_raw": bool(post.raw),
        "refresh_at": post.observed_at + next_look(post.observed_at - post.created_at, UNJUDGED),
    }


def _count(number: int | None) -> int | None:
    return None if number is None else min(number, LARGEST_COUNT)


def _store_mentions(tx: Tx, pairs: Sequence[tuple[int, str]]) -> None:
    if pairs:
        statement = upsert(tx, mentions).on_conflict_do_nothing()
        rows = [{"post_seq": seq, "brand": brand, "judged": False} for seq, brand in sorted(pairs)]
        tx.execute(statement, rows)


def _store_snapshots(tx: Tx, taken: Sequence[tuple[int, datetime, Mapping[Metric, int]]]) -> None:
    rows = [{"post_seq": seq, "at": at, "engagement": dict(counts)} for seq, at, counts in taken if counts]
    if rows:
        rows.sort(key=lambda row: (row["post_seq"], row["at"]))
        tx.execute(upsert(tx, snapshots).on_conflict_do_nothing(), rows)


def observe(tx: Tx, found: Sequence[Post]) -> None:
    """Remember when these posts, which are held, were looked at last; decisions are made as of that time."""
    statement = update(posts).where(posts.c.uid == bindparam("key"), posts.c.observed_at < bindparam("at"))
    rows = [{"key": post.uid, "at": post.observed_at} for post in found]
    if rows:
        tx.execute(statement.values(observed_at=bindparam("at")), rows)


POST_COLUMNS = tuple(
    posts.c[name]
    for name in (
        "seq", "uid", "source", "native_id", "kind", "url", "text", "created_at", "observed_at", "author_id",
        "author_handle", "author_name", "author_followers", "thread_id", "parent_id", "parent_author", "edited_at",
        "lang_hint", "rating", "raw",
    )
)  # fmt: skip
"""What ``post_of`` reads; a row of all columns costs half as much again."""

_METRICS = frozenset(Metric)


def post_of(row: Row[Any]) -> Post:
    """The post that a row of ``posts`` holds; its engagement is in its snapshots."""
    return Post(
        source=row.source,
        native_id=row.native_id,
        url=row.url,
        text=row.text,
        created_at=row.created_at,
        observed_at=row.observed_at,
        author=Author(row.author_id, row.author_handle, row.author_name, row.author_followers),
        kind=Kind(row.kind),
        thread_id=row.thread_id,
        parent_id=row.parent_id,
        parent_author=row.parent_author,
        edited_at=row.edited_at,
        lang_hint=row.lang_hint,
        rating=row.rating,
        raw=row.raw,
    )


def get(tx: Tx, uid: str) -> Post | None:
    """One post by its uid, or None."""
    row = tx.execute(select(posts).where(posts.c.uid == uid)).first()
    return post_of(row) if row else None


def snapshots_of(tx: Tx, seqs: Sequence[int]) -> dict[int, list[Snapshot]]:
    """The counts of each post over time, oldest first."""
    taken: dict[int, list[Snapshot]] = {seq: [] for seq in seqs}
    statement = (
        select(snapshots).where(among(tx, snapshots.c.post_seq, seqs)).order_by(snapshots.c.post_seq, snapshots.c.at)
    )
    for row in tx.execute(statement).all():
        taken[row.post_seq].append(Snapshot(row.at, engagement_of(row.engagement)))
    return taken


def engagement_of(stored: Mapping[str, int]) -> dict[Metric, int]:
    """Counts as the ledger's JSON holds them, with metrics that this version does not know left out."""
    return {Metric(name): count for name, count in stored.items() if name in _METRICS}


def brands_of(tx: Tx, seqs: Sequence[int]) -> dict[int, list[str]]:
    """The brands that each post mentions, in alphabetical order."""
    named: dict[int, list[str]] = {seq: [] for seq in seqs}
    statement = select(mentions).where(among(tx, mentions.c.post_seq, seqs)).order_by(mentions.c.brand)
    for row in tx.execute(statement).all():
        named[row.post_seq].append(row.brand)
    return named


def count_by_brand(tx: Tx) -> dict[str, int]:
    """How many posts mention each brand."""
    rows = tx.execute(select(mentions.c.brand, func.count()).group_by(mentions.c.brand))
    return dict(rows.all())


def count(tx: Tx) -> int:
    """How many posts there are, deleted ones included."""
    return int(tx.execute(select(func.count()).select_from(posts)).scalar_one())


def drop_older(tx: Tx, before: datetime, limit: int, now: datetime) -> int:
    """Delete up to ``limit`` posts that came in before a time, with all that hangs on them; gives how many."""
    old = select(posts.c.seq, posts.c.uid).where(posts.c.stored_at < before).order_by(posts.c.seq).limit(limit)
    rows = tx.execute(old.with_for_update()).all()
    if rows:
        over = (incidents.c.opened_at < before) & incidents.c.resolved_at.is_not(None) & (incidents.c.headline != "")
        ended = held(select(incidents.c.id).where(over).order_by(incidents.c.id))
        tx.execute(update(incidents).where(incidents.c.id.in_(ended)).values(headline=""))
        tx.execute(delete(posts).where(posts.c.seq.in_([row.seq for row in rows])))
        concessions.forget_sums(tx, [row.uid for row in rows])
        indexing.enqueue_removal(tx, [row.uid for row in rows], now)
    return len(rows)


def drop_raw(tx: Tx, before: datetime, limit: int) -> int:
    """Forget how up to ``limit`` posts from before a time looked at their source."""
    old = (posts.c.stored_at < before) & (posts.c.has_raw.is_(True))
    ordered = held(select(posts.c.seq).where(old).order_by(posts.c.seq).limit(limit))
    return tx.execute(update(posts).where(posts.c.seq.in_(ordered)).values(raw={}, has_raw=False)).rowcount
