"""Housekeeping: what is older than the settings allow is forgotten, in small transactions."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from monitors.ledger import audit, bursts, people, posts, stories
from monitors.ledger.engine import Ledger, Tx

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
    """Delete old posts, raw copies, stories, bursts, audit rows and sessions; gives how many of each.

    What was removed from ledger and index since the last time leaves the disk as well.
    """
    kept_posts, kept_raw, kept_audit = (
        now - timedelta(days=days) for days in (retention.posts_days, retention.raw_days, retention.audit_days)
    )
    drops: Mapping[str, Callable[[Tx], int]] = {
        "posts": lambda tx: posts.drop_older(tx, kept_posts, BATCH, now),
        "raw": lambda tx: posts.drop_raw(tx, kept_raw, BATCH),
        "stories": lambda tx: stories.drop_older(tx, now - timedelta(days=STORY_DAYS), BATCH),
        "bursts": lambda tx: bursts.drop_older(tx, kept_posts, BATCH),
        "audit": lambda tx: audit.drop_older(tx, kept_audit, BATCH),
        "sessions": lambda tx: people.drop_sessions(tx, now, BATCH),
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
