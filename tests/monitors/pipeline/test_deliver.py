"""Delivering: at least once, never after a receipt, patiently, and nothing of a post that is gone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from fakes.pipeline import Bench
from sqlalchemy import select

from monitors.errors import RetryLater, StopSource
from monitors.ledger import leases, outbox
from monitors.ledger.outbox import Letter
from monitors.ledger.schema import outbox as outbox_table
from monitors.ledger.schema import receipts
from monitors.pipeline.deliver import Delivered, deliver
from monitors.ports import Message


@dataclass
class Post:
    """A channel that takes messages, or answers with the errors it was given first."""

    errors: list[Exception] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    name: str = "mail"

    def send(self, message: Message) -> str:
        """Take it."""
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message.key)
        return "yes"


def _compose(letter: Letter) -> Message:
    return Message(letter.key, "subject", "text")


def _queue(bench: Bench, *keys: str, channel: str = "mail") -> None:
    with bench.ledger.write() as tx:
        outbox.enqueue(tx, [Letter(key, "ann", channel, "alert", None, {}) for key in keys], bench.clock())


def _deliver(bench: Bench, channel: Post, compose: Callable[[Letter], Message] = _compose) -> Delivered:
    return deliver(bench.ledger, {"mail": channel}, compose, bench.clock)


def _row(bench: Bench) -> object:
    with bench.ledger.read() as tx:
        return tx.execute(select(outbox_table)).one()


def test_what_is_confirmed_is_never_sent_again(bench: Bench) -> None:
    """A message goes out once, has its receipt, and queueing its key again changes nothing."""
    channel = Post()
    _queue(bench, "a", "b")
    assert _deliver(bench, channel) == Delivered(sent=2)
    _queue(bench, "a", "b")
    assert _deliver(bench, channel) == Delivered()
    assert channel.taken == ["a", "b"]
    with bench.ledger.read() as tx:
        assert tx.execute(select(receipts.c.key, receipts.c.confirmation)).all() == [("a", "yes"), ("b", "yes")]


def test_the_pauses_grow_up_to_a_quarter_of_an_hour(bench: Bench) -> None:
    """A channel that is down is asked again after 5, 10, 20 ... seconds, at most 15 minutes apart, without end."""
    channel = Post(errors=[RetryLater("down")] * 12)
    _queue(bench, "a")
    pauses = []
    for _ in range(12):
        assert _deliver(bench, channel) == Delivered(postponed=1)
        pause = _row(bench).not_before - bench.clock()
        pauses.append(pause.total_seconds())
        bench.clock.time += pause - timedelta(seconds=1)
        assert _deliver(bench, channel).tried == 0
        bench.clock.forward(seconds=1)
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert _deliver(bench, channel) == Delivered(sent=1)


def test_it_waits_as_long_as_the_channel_says(bench: Bench) -> None:
    """A time that the other side gave is kept, where it is later than our own."""
    channel = Post(errors=[RetryLater("slow down", after=bench.clock() + timedelta(hours=1)), RetryLater("x")])
    _queue(bench, "a")
    _deliver(bench, channel)
    bench.clock.forward(minutes=59)
    assert _deliver(bench, channel).tried == 0
    bench.clock.forward(minutes=1)
    assert _deliver(bench, channel).postponed == 1


@pytest.mark.parametrize("refusal", ["refused", "missing"])
def test_a_refusal_is_final_and_says_why(bench: Bench, refusal: str) -> None:
    """A channel that refuses, or that is no longer in the settings, ends the message's way, and others still go."""
    channel = Post(errors=[StopSource("unknown user", remedy="Correct it.")] if refusal == "refused" else [])
    _queue(bench, "a", channel="mail" if refusal == "refused" else "lost")
    assert _deliver(bench, channel) == Delivered(failed=1)
    assert _row(bench).state == outbox.FAILED
    assert _row(bench).last_error.endswith("Correct it." if refusal == "refused" else "Add it to the settings.")
    _queue(bench, "b")
    assert _deliver(bench, channel) == Delivered(sent=1)


def test_a_message_that_cannot_be_written_holds_up_nobody(bench: Bench) -> None:
    """One letter that no template fits fails by itself; the next one goes out."""

    def compose(letter: Letter) -> Message:
        if letter.key == "a":
            raise StopSource("no template", remedy="")
        return _compose(letter)

    channel = Post()
    _queue(bench, "a", "b")
    assert _deliver(bench, channel, compose) == Delivered(sent=1, failed=1)


def test_a_crash_before_the_receipt_sends_again(bench: Bench) -> None:
    """Ended between the channel's yes and our receipt, the message goes again; after the receipt, never."""

    class Fatal(Post):
        def send(self, message: Message) -> str:
            """Take it and end the process."""
            super().send(message)
            raise KeyboardInterrupt

    channel = Fatal()
    _queue(bench, "a")
    with pytest.raises(KeyboardInterrupt):
        _deliver(bench, channel)
    assert _deliver(bench, channel).tried == 0, "its claim still holds"
    with bench.ledger.write() as tx:
        leases.release_dead(tx)
    again = Post()
    assert _deliver(bench, again) == Delivered(sent=1)
    with bench.ledger.write() as tx:
        leases.release_dead(tx)
    assert _deliver(bench, again).tried == 0
    assert channel.taken == again.taken == ["a"]


def test_a_slow_channel_sends_nothing_that_another_worker_sends_too(bench: Bench) -> None:
    """Half of the lease is spent and the rest is left: by the time it was sent somebody else could have it."""

    class Slow(Post):
        def send(self, message: Message) -> str:
            """Take it, and half a minute."""
            bench.clock.forward(seconds=30)  # type: ignore[attr-defined]
            return super().send(message)

    channel = Slow()
    _queue(bench, *"abcdef")
    while _deliver(bench, channel).sent:
        pass
    assert len(channel.taken) < 6
    bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    while _deliver(bench, channel).sent:
        bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    assert sorted(channel.taken) == list("abcdef")
