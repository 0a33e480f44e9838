"""Deliver: messages in the outbox go out until their channel confirms them.

Sending happens between two transactions. A crash after the channel's confirmation and before our receipt sends the
message again: better twice than never.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.errors import RetryLater, StopSource
from monitors.ledger import outbox
from monitors.ledger.engine import Ledger
from monitors.ledger.outbox import Letter
from monitors.ports import Channel, Message

LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
BATCH = 20


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one batch of messages."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0

    @property
    def tried(self) -> int:
        """How many messages were due."""
        return self.sent + self.postponed + self.failed


def deliver(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    compose: Callable[[Letter], Message],
    now: Callable[[], datetime],
    *,
    limit: int = BATCH,
) -> Delivered:
    """Send the next messages that are due."""
    with ledger.write() as tx:
        letters = outbox.claim(tx, limit, now(), LEASE)
    began, outcomes = now(), []
    for letter in letters:
        if now() - began > LEASE / 2:
            # A slow channel: the claims of the rest may be over by the time they are sent. They are taken again then.
            break
        outcomes.append(_send(ledger, letter, channels.get(letter.channel), compose, now))
    return Delivered(outcomes.count("sent"), outcomes.count("postponed"), outcomes.count("failed"))


def _send(
    ledger: Ledger,
    letter: Letter,
    channel: Channel | None,
    compose: Callable[[Letter], Message],
    now: Callable[[], datetime],
) -> str:
    try:
        if channel is None:
            raise StopSource(f"there is no channel {letter.channel!r}", remedy="Add it to the settings.")
        confirmation = channel.send(compose(letter))
    except RetryLater as error:
        with ledger.write() as tx:
            outbox.postpone(tx, letter, str(error), _next_try(letter, error, now()))
        return "postponed"
    except StopSource as error:
        with ledger.write() as tx:
            outbox.give_up(tx, letter, f"{error} {error.remedy}")
        return "failed"
    with ledger.write() as tx:
        outbox.confirm(tx, letter, confirmation, now())
    return "sent"


def _next_try(letter: Letter, error: RetryLater, now: datetime) -> datetime:
    doubled: int = 2 ** min(letter.attempts - 1, 12)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * doubled)
    return max(now + pause, error.after) if error.after else now + pause
