"""Since when each brand is watched: rates divide by what happened since then, and by no day before it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import mentions, posts


def watched_since(tx: Tx, brands: Iterable[str]) -> dict[str, datetime]:
    """When the oldest post that is kept about each brand was stored; without the brands that nobody wrote about yet."""
    joined = mentions.join(posts, posts.c.seq == mentions.c.post_seq)
    first = select(posts.c.stored_at).select_from(joined).order_by(mentions.c.post_seq).limit(1)
    found = {brand: tx.execute(first.where(mentions.c.brand == brand)).scalar() for brand in brands}
    return {brand: at for brand, at in found.items() if at is not None}
