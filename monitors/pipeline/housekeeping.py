"""Housekeeping: what is older than the settings allow is forgotten, in small transactions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from monitors.ledger import audit, people, posts, stories
from monitors.ledger.engine import Ledger

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


def keep_house(ledger: Ledger, retention: Retention, now: datetime) -> Mapping[str, int]:
    """Delete old posts, raw copies, stories, audit rows and sessions; gives how many of each."""
    dropped = 0
    while batch := _drop_posts(ledger, now - timedelta(days=retention.posts_days), now):
        dropped += batch
    with ledger.write() as tx:
        return {
            "posts": dropped,
            "raw": posts.drop_raw(tx, now - timedelta(days=retention.raw_days)),
            "stories": stories.drop_older(tx, now - timedelta(days=STORY_DAYS)),
            "audit": audit.drop_older(tx, now - timedelta(days=retention.audit_days)),
            "sessions": people.drop_sessions(tx, now),
        }


def _drop_posts(ledger: Ledger, before: datetime, now: datetime) -> int:
    with ledger.write() as tx:
        return posts.drop_older(tx, before, BATCH, now)
