"""Recording what our accounts were seen answering, so that it stands once in the list of what the customer was told."""

from collections.abc import Sequence
from datetime import datetime

from models.post import Post
from monitors.ledger import answers, replies
from monitors.ledger.clocks import Heard, Seen
from monitors.ledger.engine import Tx


def record_seen(tx: Tx, seen: Sequence[Seen], now: datetime) -> None:
    """Record what our accounts were seen answering at the source; an answer of ours that may be out is known by it."""
    for one in seen:
        if not _is_known(tx, one.post, now):
            answers.seen(tx, one.incident_id, one.post, now, one.language)


def know_others(tx: Tx, heard: Sequence[Heard], seen: Sequence[Seen], now: datetime) -> None:
    """An answer that may be out is known by its post also where no customer waits for it, as nobody was called."""
    recorded = {one.post.uid for one in seen}
    for one in heard:
        if one.own and one.post.uid not in recorded:
            _is_known(tx, one.post, now)


def _is_known(tx: Tx, post: Post, now: datetime) -> bool:
    parent = f"{post.source}:{post.parent_id}"
    return bool(post.parent_id) and replies.recognise(tx, post.uid, parent, post.text, now)
