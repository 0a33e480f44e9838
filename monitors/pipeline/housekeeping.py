"""Housekeeping: what is older than the settings allow is forgotten, in small transactions."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from monitors.ledger import (
    answers,
    api_answers,
    audit,
    bursts,
    hook_deliveries,
    link_uses,
    people,
    posts,
    replies,
    stories,
)
from monitors.ledger.engine import Ledger, Tx
from monitors.links import LINKS_LAST

BATCH = 500
STORY_DAYS = 30


class Retention(Protocol):
    """How many days things are kept."""

    @property
    def posts_days(self) -> int: ...  # noqa: D102

    @property
    def raw_days(self) -> int: ...  # noqa: D102

    @property
    def audit_days(self) -> int: ...  # noqa: D102


class Disk(Protocol):
    """An index as housekeeping sees it."""

    def purge(self) -> None: ...  # noqa: D102


def keep_house(ledger: Ledger, index: Disk, retention: Retention, now: datetime) -> Mapping[str, int]:
    """Delete old posts, words of answers and drafts, raw copies, stories, audit rows and the like; counts each.

    What was removed from ledger and index since the last time leaves the disk as well.
    """
    kept_posts, kept_raw, kept_audit = (
        now - timedelta(days=days) for days in (retention.posts_days, retention.raw_days, retention.audit_days)
    )
    drops: Mapping[str, Callable[[Tx], int]] = {
        "posts": lambda tx: posts.drop_older(tx, kept_posts, BATCH, now),
        "answers": lambda tx: answers.drop_older(tx, kept_posts, BATCH),
        "drafts": lambda tx: replies.drop_older(tx, kept_posts, BATCH),
        "raw": lambda tx: posts.drop_raw(tx, kept_raw, BATCH),
        "stories": lambda tx: stories.drop_older(tx, now - timedelta(days=STORY_DAYS), BATCH),
        "bursts": lambda tx: bursts.drop_older(tx, kept_posts, BATCH),
        "audit": lambda tx: audit.drop_older(tx, kept_audit, BATCH),
        "sessions": lambda tx: people.drop_sessions(tx, now, BATCH),
        "deliveries": lambda tx: hook_deliveries.drop_older(tx, kept_posts, BATCH),
        "api answers": lambda tx: api_answers.drop_older(tx, now, BATCH),
        # A link that was used must be known as long as it would work.
        "links": lambda tx: link_uses.drop_older(tx, now - 2 * LINKS_LAST, BATCH),
    }
    dropped = {name: _until_done(ledger, drop) for name, drop in drops.items()}
    ledger.empty_log()
    index.purge()
    return dropped


def _until_done(ledger: Ledger, drop: Callable[[Tx], int]) -> int:
    """Batch by batch: whoever answers an incident meanwhile waits for one batch at the most."""
    dropped = 0
    while True:
        with ledger.write() as tx:
            batch = drop(tx)
        dropped += batch
        if batch < BATCH:
            return dropped
