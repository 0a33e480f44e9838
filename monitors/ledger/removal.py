"""Posts that were deleted at their source: text and author leave the ledger at once, the bare id stays as a tombstone.

The tombstone keeps what it takes never to bring the post back and to count it: its id, its source, its times, and the
decisions on it, which are numbers; what people corrected about its words goes with the words, and so does a sum that
they named, where somebody decided about it. A receipt in
``deletions`` says when we were told, and when ledger and index were clean. What our own people wrote, in notes and
promises, is theirs and stays.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from monitors.ledger import answers, audit, bursts, concessions, indexing, locks, pickups, posts
from monitors.ledger import setbacks as setbacks_of
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import note_change
from monitors.ledger.schema import (
    corrections,
    decisions,
    deletions,
    incident_events,
    incidents,
    mentions,
    outbox,
    scores,
    setbacks,
    snapshots,
    stories,
)
from monitors.ledger.schema import posts as table
from monitors.ledger.statements import held, upsert
from monitors.ledger.stories import author_key, forget_matter
from monitors.ports import Gone

UNSAID = "what the channel said left with the post"


def hold(tx: Tx, source: str, gone: Sequence[Gone], also: Iterable[str] = ()) -> None:
    """Hold all that ``remove`` changes, and other posts (by uid) that the same transaction writes.

    Judging reads stories and posts and writes them later: it ends first, or begins anew without these posts.
    """
    uids = _uids(source, gone)
    if uids:
        joined = mentions.join(table, table.c.seq == mentions.c.post_seq)
        named = select(mentions.c.brand).select_from(joined).where(table.c.uid.in_(uids)).distinct()
        locks.wait(tx, [locks.of_judging(brand) for brand in tx.execute(named).scalars()])
    posts.hold(tx, [*uids, *also])


def remove(tx: Tx, source: str, gone: Sequence[Gone], now: datetime) -> int:
    """Forget what these posts said and who wrote them; gives how many were known."""
    if not gone:
        return 0
    hold(tx, source, gone)
    wanted = _uids(source, gone)
    known = select(*posts.POST_COLUMNS).where(table.c.uid.in_(wanted), table.c.gone_at.is_(None))
    rows = tx.execute(known.order_by(table.c.seq)).all()
    # A deletion that was doubted was told of when the doubt began.
    told = setbacks_of.times(tx, setbacks_of.Stuck.DELETE, [row.seq for row in rows])
    bursts.forget(tx, [row.seq for row in rows])
    for row in rows:
        _forget_author(tx, row)
        _forget(tx, row.seq, wanted[row.uid])
        receipt = upsert(tx, deletions).values(
            post_uid=row.uid, reason=wanted[row.uid].reason[:80], told_at=told.get(row.seq, now), ledger_at=now
        )
        tx.execute(receipt.on_conflict_do_nothing(index_elements=["post_uid"]))
    _forget_headlines(tx, rows, now)
    forget_matter(tx, [row.uid for row in rows])
    # Also of those that we never collected: of an answer that we sent the source told us its id.
    answers.forget(tx, list(wanted))
    concessions.forget_sums(tx, [row.uid for row in rows])
    indexing.enqueue_removal(tx, [row.uid for row in rows], now)
    return len(rows)


def _uids(source: str, gone: Sequence[Gone]) -> dict[str, Gone]:
    return {f"{source}:{one.native_id}": one for one in gone}


def _forget(tx: Tx, seq: int, gone: Gone) -> None:
    said_of_it = ("author_handle", "author_name", "author_followers", "lang_hint", "edited_at")
    empty = (*said_of_it, "thread_id", "parent_id", "parent_author")
    blank: dict[str, Any] = {"text": "", "url": "", "author_id": "", "rating": None, "raw": {}, "has_raw": False}
    tombstone = {"gone_at": gone.at, "gone_reason": gone.reason[:80], "refresh_at": None}
    values = {**blank, **dict.fromkeys(empty), **tombstone}
    tx.execute(update(table).where(table.c.seq == seq).values(**values, scored_version=table.c.version))
    tx.execute(delete(scores).where(scores.c.post_seq == seq))
    tx.execute(delete(corrections).where(corrections.c.post_seq == seq))
    tx.execute(delete(setbacks).where(setbacks.c.post_seq == seq))
    tx.execute(delete(snapshots).where(snapshots.c.post_seq == seq))
    pickups.forget(tx, seq)
    tx.execute(update(mentions).where(mentions.c.post_seq == seq).values(judged=True))


def _forget_author(tx: Tx, row: Row[Any]) -> None:
    """Stories count their authors by a hash; it goes with the last post that the author has in the story."""
    told = tx.execute(select(decisions.c.brand, decisions.c.story_id).where(decisions.c.post_seq == row.seq)).all()
    for brand, story_id in sorted(tuple(pair) for pair in told):
        others = (
            select(table.c.seq)
            .select_from(table.join(decisions, decisions.c.post_seq == table.c.seq))
            .where(decisions.c.brand == brand, decisions.c.story_id == story_id, table.c.seq != row.seq)
            .where(table.c.source == row.source, table.c.author_id == row.author_id, table.c.gone_at.is_(None))
        )
        if tx.execute(others.limit(1)).first() is None:
            this = (stories.c.brand == brand) & (stories.c.id == story_id)
            counted = tx.execute(select(stories.c.authors).where(this)).scalar() or []
            kept = [author for author in counted if author != author_key(posts.post_of(row))]
            tx.execute(update(stories).where(this).values(authors=kept))


def _forget_headlines(tx: Tx, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Incidents are named by the words of the post that alerted, which need not be the first of its story."""
    gone = {row.uid for row in rows}
    told = select(decisions.c.story_id).where(decisions.c.post_seq.in_([row.seq for row in rows]))
    opened = (incident_events.c.incident_id == incidents.c.id) & (incident_events.c.kind == "opened")
    candidates = tx.execute(
        select(incidents.c.id, incident_events.c.data)
        .select_from(incidents.outerjoin(incident_events, opened))
        .where(incidents.c.story_id.in_(gone) | incidents.c.story_id.in_(told))
    )
    named = {row.id for row in candidates if (row.data or {}).get("post") in {*gone, None}}
    tx.execute(held(select(incidents.c.id).where(incidents.c.id.in_(named)).order_by(incidents.c.id)))
    tx.execute(update(incidents).where(incidents.c.id.in_(named)).values(headline="", changed_at=now))
    # Tickets of other systems may hold its words: they are told by the incident's log.
    for incident_id in sorted(named):
        note_change(tx, incident_id, audit.SYSTEM, "post_gone", now)
    # A channel that refused a message may have quoted it.
    refused = outbox.c.incident_id.in_(named) & outbox.c.last_error.is_not(None)
    ordered = held(select(outbox.c.id).where(refused).order_by(outbox.c.id))
    tx.execute(update(outbox).where(outbox.c.id.in_(ordered)).values(last_error=UNSAID))


def index_is_clean(tx: Tx, uids: Sequence[str], now: datetime) -> None:
    """The index has forgotten these posts too."""
    waiting = deletions.c.post_uid.in_(list(uids)) & deletions.c.index_at.is_(None)
    tx.execute(update(deletions).where(waiting).values(index_at=now))


def removed_since(tx: Tx, source: str, since: datetime) -> int:
    """How many posts of a source were forgotten since a time."""
    known = deletions.join(table, table.c.uid == deletions.c.post_uid)
    done = select(func.count()).select_from(known).where(deletions.c.ledger_at > since, table.c.source == source)
    return int(tx.execute(done).scalar_one())


def receipts(tx: Tx, limit: int = 200) -> list[Row[Any]]:
    """The latest deletions with their times."""
    return list(tx.execute(select(deletions).order_by(deletions.c.told_at.desc()).limit(limit)))
