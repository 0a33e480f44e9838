"""Posts that were deleted at their source: text and author leave the ledger at once, the bare id stays as a tombstone.

A receipt in ``deletions`` says when we were told, when the ledger was clean, and when the index was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from monitors.ledger import indexing
from monitors.ledger.engine import Tx
from monitors.ledger.schema import (
    decisions,
    deletions,
    incident_events,
    incidents,
    mentions,
    posts,
    scores,
    snapshots,
)
from monitors.ledger.statements import upsert
from monitors.ports import Gone


def remove(tx: Tx, source: str, gone: Sequence[Gone], now: datetime) -> int:
    """Forget what these posts said and who wrote them; gives how many were known."""
    wanted = {f"{source}:{one.native_id}": one for one in gone}
    known = select(posts.c.seq, posts.c.uid).where(posts.c.uid.in_(list(wanted)), posts.c.gone_at.is_(None))
    rows = tx.execute(known).all()
    for row in rows:
        _forget(tx, row.seq, row.uid, wanted[row.uid], now)
    indexing.enqueue_removal(tx, [row.uid for row in rows], now)
    return len(rows)


def _forget(tx: Tx, seq: int, uid: str, gone: Gone, now: datetime) -> None:
    blank = {
        "text": "",
        "url": "",
        "author_id": "",
        "author_handle": None,
        "author_name": None,
        "author_followers": None,
    }
    tombstone = {"raw": {}, "gone_at": gone.at, "gone_reason": gone.reason[:80], "refresh_at": None, "thread_id": None}
    tx.execute(update(posts).where(posts.c.seq == seq).values(**blank, **tombstone, scored_version=posts.c.version))
    tx.execute(delete(scores).where(scores.c.post_seq == seq))
    tx.execute(delete(snapshots).where(snapshots.c.post_seq == seq))
    tx.execute(update(mentions).where(mentions.c.post_seq == seq).values(judged=True))
    _forget_headlines(tx, seq, uid, now)
    receipt = upsert(tx, deletions).values(post_uid=uid, reason=gone.reason[:80], told_at=now, ledger_at=now)
    tx.execute(receipt.on_conflict_do_nothing(index_elements=["post_uid"]))


def _forget_headlines(tx: Tx, seq: int, uid: str, now: datetime) -> None:
    """Incidents are named by the words of the post that alerted, which need not be the first of its story."""
    told = select(decisions.c.story_id).where(decisions.c.post_seq == seq)
    opened = (incident_events.c.incident_id == incidents.c.id) & (incident_events.c.kind == "opened")
    rows = tx.execute(
        select(incidents.c.id, incident_events.c.data)
        .select_from(incidents.outerjoin(incident_events, opened))
        .where((incidents.c.story_id == uid) | incidents.c.story_id.in_(told))
    )
    named = [row.id for row in rows if (row.data or {}).get("post") in {uid, None}]
    tx.execute(update(incidents).where(incidents.c.id.in_(named)).values(headline="", changed_at=now))


def index_is_clean(tx: Tx, uids: Sequence[str], now: datetime) -> None:
    """The index has forgotten these posts too."""
    waiting = deletions.c.post_uid.in_(list(uids)) & deletions.c.index_at.is_(None)
    tx.execute(update(deletions).where(waiting).values(index_at=now))


def receipts(tx: Tx, limit: int = 200) -> list[Row[Any]]:
    """The latest deletions with their times."""
    return list(tx.execute(select(deletions).order_by(deletions.c.told_at.desc()).limit(limit)))
