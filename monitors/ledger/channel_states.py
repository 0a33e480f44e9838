"""Whether each channel still delivers: when it last confirmed a message, and since when it does not."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from monitors.ledger.desk_schema import channel_states as table
from monitors.ledger.engine import Tx
from monitors.ledger.outbox import QUEUED
from monitors.ledger.schema import outbox
from monitors.ledger.statements import upsert

FAILURES = 3
"""Failures in a row after which a channel counts as silent."""

PATIENCE = timedelta(minutes=1)
"""How long a channel may go on failing before it counts as silent, however seldom it is tried."""

NO_SIGN = timedelta(minutes=15)
"""How long a message may wait that was tried once, and of which nothing was heard at all."""

_SILENT = table.c.silent_since.is_not(None)


def confirmed(tx: Tx, channel: str, now: datetime) -> None:
    """It took a message: whatever was wrong is over."""
    fresh = {"confirmed_at": now, "silent_since": None, "error": None, "failures": 0}
    statement = upsert(tx, table).values(channel=channel, **fresh)
    tx.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=fresh))


def failed(tx: Tx, channel: str, error: str, now: datetime, *, refused: bool = False) -> None:
    """It did not take a message; one that was ``refused`` for good needs no second try to count."""
    more = FAILURES if refused else 1
    statement = upsert(tx, table).values(channel=channel, silent_since=now, error=error[:1000], failures=more)
    changed = {
        "silent_since": func.coalesce(table.c.silent_since, now),
        "error": statement.excluded.error,
        "failures": table.c.failures + more,
    }
    tx.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=changed))


def notice_waiting(tx: Tx, now: datetime) -> None:
    """A message was tried long ago and the channel has confirmed nothing since it was due: that is silence, too."""
    tried = (outbox.c.state == QUEUED) & (outbox.c.attempts > 0) & (outbox.c.due_at <= now - NO_SIGN)
    heard = or_(table.c.confirmed_at >= outbox.c.due_at, table.c.silent_since.is_not(None))
    known = select(table.c.channel).where(table.c.channel == outbox.c.channel, heard).exists()
    waiting = select(outbox.c.channel, func.min(outbox.c.due_at).label("since")).where(tried, ~known)
    for row in tx.execute(waiting.group_by(outbox.c.channel)).all():
        failed(tx, row.channel, "messages are waiting, and none was confirmed", row.since, refused=True)


def silent(tx: Tx, now: datetime) -> list[Row[Any]]:
    """The channels that take nothing at present, by name."""
    enough = or_(table.c.failures >= FAILURES, table.c.silent_since <= now - PATIENCE)
    return list(tx.execute(select(table).where(_SILENT, enough).order_by(table.c.channel)))


def recovered(tx: Tx) -> list[Row[Any]]:
    """Channels that take messages again, of which people were told that they do not."""
    return list(tx.execute(select(table).where(~_SILENT, table.c.told_at.is_not(None)).order_by(table.c.channel)))


def told(tx: Tx, channel: str, at: datetime | None) -> None:
    """People were told that it is silent; None: that it is over."""
    tx.execute(update(table).where(table.c.channel == channel).values(told_at=at))


def everything(tx: Tx) -> dict[str, Row[Any]]:
    """What is known of each channel that was ever tried."""
    return {row.channel: row for row in tx.execute(select(table))}
