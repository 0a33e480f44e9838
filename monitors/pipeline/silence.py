"""Channels that fell silent: an admin is told once, and once more when it is over."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from monitors.ledger import channel_states, outbox, people
from monitors.ledger.engine import Tx
from monitors.ledger.people import Role
from monitors.pipeline.roster import Roster

_LONGEST_ERROR = 300


def watch_channels(tx: Tx, roster: Roster, now: datetime) -> int:
    """Tell of channels that take nothing, and of those that do again; gives of how many."""
    channel_states.notice_waiting(tx, now)
    silent = channel_states.silent(tx, now)
    names = {row.channel for row in silent}
    told = 0
    for row in silent:
        if row.told_at is None:
            told += _tell(tx, roster, row, names, now)
            channel_states.told(tx, row.channel, now)
    for row in channel_states.recovered(tx):
        told += _tell(tx, roster, row, names, now)
        channel_states.told(tx, row.channel, None)
    return told


def _tell(tx: Tx, roster: Roster, row: Any, silent: Collection[str], now: datetime) -> int:
    name = _admin(tx, roster, silent)
    if name is None:
        return 0
    back = row.silent_since is None
    since = row.told_at if back else row.silent_since
    payload = {
        "channel": row.channel,
        "back": back,
        "since": since.isoformat(),
        "error": " ".join((row.error or "").split())[:_LONGEST_ERROR],
    }
    key = f"channel {row.channel} {'back' if back else 'silent'} {since.isoformat()}"
    letters = roster.letters(name, "silent_channel", key, None, payload)
    # Not by the channel that does not deliver, unless there is no other.
    speaking = [letter for letter in letters if letter.channel not in silent]
    return outbox.enqueue(tx, speaking or letters, now) > 0


def _admin(tx: Tx, roster: Roster, silent: Collection[str]) -> str | None:
    """The first admin who can be told, or whoever else can."""
    admins = {person.name for person in people.everybody(tx) if person.role is Role.ADMIN}
    able = [name for name, channels in roster.channels.items() if channels]
    speaking = [name for name in able if set(roster.channels[name]) - set(silent)]
    ranked = sorted(able, key=lambda name: (name not in speaking, name not in admins))
    return ranked[0] if ranked else None
