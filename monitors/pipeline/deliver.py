"""Deliver: messages in the outbox go out until their channel confirms them.

Sending happens between two transactions. A crash after the channel's confirmation and before our receipt sends the
message again: better twice than never. Channels are served side by side: one that is slow holds up no other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from monitors.errors import RetryLater, StopSource
from monitors.ledger import bundles, channel_states, leases, locks, outbox, threads
from monitors.ledger.bundles import Usual
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.outbox import Letter
from monitors.pipeline.pauses import Pauses
from monitors.ports import Channel, Confirmation, Message, Thread

LEASE = timedelta(minutes=2)
"""A channel has twenty seconds for a message."""

PAUSES = Pauses(timedelta(seconds=5), timedelta(minutes=15))
BATCH = 20
MOST_LANES = 16
"""Channels that are served at the same time."""


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

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(self.sent + other.sent, self.postponed + other.postponed, self.failed + other.failed)


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What delivering needs: ``compose`` writes one letter, ``gather`` several in one message.

    ``usual`` is how long what is not urgent is gathered, and which quiet hours it waits for, unless its reader chose
    otherwise; without it every letter goes by itself and at once.
    """

    ledger: Ledger
    channels: Mapping[str, Channel]
    compose: Callable[[Letter], Message]
    now: Callable[[], datetime]
    gather: Callable[[Sequence[Letter]], Message] | None = None
    usual: Usual | None = None

    def due(self) -> list[str]:
        """The channels that have something to send now."""
        with self.ledger.read() as tx:
            return outbox.due_channels(tx, self.now())

    def deliver(self, limit: int = BATCH) -> Delivered:
        """Send the next messages that are due by each channel, side by side, and wait until all have been tried."""
        waiting = self.due()
        if len(waiting) <= 1:
            return self.serve(waiting[0], limit) if waiting else Delivered()
        with ThreadPoolExecutor(min(MOST_LANES, len(waiting))) as lanes:
            return sum(lanes.map(lambda channel: self.serve(channel, limit), waiting), Delivered())

    def serve(self, channel: str, limit: int = BATCH) -> Delivered:
        """Send the next messages that are due by one channel."""
        with self.ledger.write() as tx:
            locks.wait(tx, [f"outbox {channel}"])
            bundles.arrange(tx, channel, self.usual if self.gather else None, self.now())
            letters = outbox.claim(tx, limit, self.now(), LEASE, channel=channel)
        delivered = Delivered()
        for parcel in leases.in_first_half(_parcels(letters), LEASE, self.now):
            delivered += self._send(parcel)
        return delivered

    def _send(self, letters: Sequence[Letter]) -> Delivered:
        try:
            letters, message = self._written(letters)
        except StopSource as error:
            return self._fail(letters, error)
        if not letters:
            return Delivered()
        channel = self.channels.get(letters[0].channel)
        try:
            if channel is None:
                raise StopSource(f"there is no channel {letters[0].channel!r}", remedy="Add it to the settings.")
            confirmation = channel.send(message)
        except RetryLater as error:
            return self._postpone(letters, error)
        except StopSource as error:
            return self._refused(letters, error)
        return self._confirm(letters, confirmation)

    def _written(self, letters: Sequence[Letter]) -> tuple[Sequence[Letter], Message]:
        """The message and the letters in it; in a bundle one that cannot be written fails by itself."""
        if len(letters) == 1 or self.gather is None:
            return letters, self._in_thread(letters[0], self.compose(letters[0]))
        fit = []
        for letter in letters:
            try:
                self.compose(letter)
                fit.append(letter)
            except StopSource as error:
                self._fail([letter], error)
        if not fit:
            raise StopSource("none of these messages can be written", remedy="")
        return (fit, self.gather(fit)) if len(fit) > 1 else (fit, self._in_thread(fit[0], self.compose(fit[0])))

    def _in_thread(self, letter: Letter, message: Message) -> Message:
        if letter.incident_id is None:
            return message
        with self.ledger.read() as tx:
            reference = threads.of_letter(tx, letter)
        return replace(message, thread=Thread(f"incident-{letter.incident_id}.{letter.person}", reference))

    def _confirm(self, letters: Sequence[Letter], confirmation: str) -> Delivered:
        now = self.now()
        with self.ledger.write() as tx:
            for letter in letters:
                outbox.confirm(tx, letter, confirmation, now)
            channel_states.confirmed(tx, letters[0].channel, now)
            if isinstance(confirmation, Confirmation) and confirmation.thread and len(letters) == 1:
                _begin_thread(tx, letters[0], confirmation.thread, now)
        return Delivered(sent=len(letters))

    def _postpone(self, letters: Sequence[Letter], error: RetryLater) -> Delivered:
        now = self.now()
        with self.ledger.write() as tx:
            channel_states.failed(tx, letters[0].channel, str(error), now)
            for letter in letters:
                outbox.postpone(tx, letter, str(error), PAUSES.over_at(letters[0].attempts, error, now))
        return Delivered(postponed=len(letters))

    def _refused(self, letters: Sequence[Letter], error: StopSource) -> Delivered:
        with self.ledger.write() as tx:
            channel_states.failed(tx, letters[0].channel, f"{error} {error.remedy}", self.now(), refused=True)
        return self._fail(letters, error)

    def _fail(self, letters: Sequence[Letter], error: StopSource) -> Delivered:
        with self.ledger.write() as tx:
            for letter in letters:
                outbox.give_up(tx, letter, f"{error} {error.remedy}")
        return Delivered(failed=len(letters))


def deliver(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    compose: Callable[[Letter], Message],
    now: Callable[[], datetime],
    *,
    limit: int = BATCH,
) -> Delivered:
    """Send the next messages that are due, each by itself."""
    return Mailroom(ledger, channels, compose, now).deliver(limit)


def _parcels(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters of each message: a bundle has several, any other one."""
    ordered = sorted(letters, key=lambda letter: letter.bundle or letter.key)
    found = [list(group) for _, group in groupby(ordered, key=lambda letter: letter.bundle or letter.key)]
    place = {letter.key: number for number, letter in enumerate(letters)}
    # The first of a bundle gives the message its key.
    parcels = [sorted(one, key=lambda letter: (letter.key != letter.bundle, place[letter.key])) for one in found]
    return iter(sorted(parcels, key=lambda one: min(place[letter.key] for letter in one)))


def _begin_thread(tx: Tx, letter: Letter, reference: str, now: datetime) -> None:
    if letter.incident_id is not None:
        threads.begun(tx, letter, reference, now)
