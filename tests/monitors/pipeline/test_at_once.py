"""Two workers at the same moment: what one has in hand the other leaves alone, and nothing is said or sent twice."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fakes.pipeline import Bench
from fakes.race import Paused
from sqlalchemy import select

from models.post import Post
from monitors.errors import RetryLater, StopSource
from monitors.ledger import incidents, outbox, promises
from monitors.ledger.engine import Ledger
from monitors.ledger.outbox import Letter
from monitors.ledger.promises import NewPromise
from monitors.ledger.schema import incident_events, receipts
from monitors.ledger.schema import outbox as outbox_table
from monitors.pipeline.deliver import deliver
from monitors.pipeline.guard import Guarded, guard
from monitors.ports import Message

Make = Callable[..., Post]
SECONDS = 60
LETTERS = 60
GRIEVANCES = ("lost luggage danger", "baby stuck danger cold", "wrong refund danger money", "rude driver danger shouts")


@dataclass
class Taking:
    """A channel for both workers: the first message of each waits until the other has its own."""

    taken: list[str] = field(default_factory=list)
    name: str = "mail"
    _both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))
    _mine: threading.local = field(default_factory=threading.local)

    def send(self, message: Message) -> str:
        """Take it."""
        if not hasattr(self._mine, "met"):
            self._mine.met = True
            self._both.wait(SECONDS)
        self.taken.append(message.key)
        return "yes"


@pytest.fixture
def other(bench: Bench) -> Any:
    """The same ledger as another process has it: with connections of its own."""
    opened = Ledger(bench.ledger.engine.url.render_as_string(hide_password=False))
    yield opened
    opened.close()


def _compose(letter: Letter) -> Message:
    return Message(letter.key, "subject", "text")


def _drain(bench: Bench, ledger: Ledger, channel: Taking, names: str = "mail") -> int:
    sent = 0
    while (delivered := deliver(ledger, dict.fromkeys(names.split(), channel), _compose, bench.clock)).tried:
        sent += delivered.sent
    return sent


def test_two_deliverers_send_each_message_once(bench: Bench, other: Ledger) -> None:
    """With both in the middle of a batch, every message is sent once and has its receipt."""
    keys = [f"{number:02}" for number in range(LETTERS)]
    with bench.ledger.write() as tx:
        outbox.enqueue(tx, [Letter(key, "ann", "mail", "alert", None, {}) for key in keys], bench.clock())
    channel = Taking()
    with ThreadPoolExecutor(2) as workers:
        both = [workers.submit(_drain, bench, ledger, channel) for ledger in (bench.ledger, other)]
        sent = [one.result(SECONDS) for one in both]
    assert sum(sent) == LETTERS
    assert min(sent) >= 1
    assert sorted(channel.taken) == keys
    with bench.ledger.read() as tx:
        assert sorted(tx.execute(select(receipts.c.key)).scalars()) == keys


def _overdue(bench: Bench, post: Make) -> Guarded:
    """Two broken promises, one to be reminded of, one alert that nobody took; gives what a guard has to do."""
    found = [post(str(number), text=f"acme {said}") for number, said in enumerate(GRIEVANCES)]
    assert bench.judged(*found) == len(GRIEVANCES)
    now = bench.clock()
    with bench.ledger.write() as tx:
        for incident, minutes in ((1, 10), (2, 10), (3, 30)):
            incidents.acknowledge(tx, incident, "ann", now)
            due = now + timedelta(minutes=minutes)
            promises.make(tx, NewPromise(incident, "ann", "We call you", due, due - timedelta(minutes=20)), now)
        for letter in outbox.claim(tx, 50, now, timedelta(minutes=1)):
            outbox.confirm(tx, letter, "yes", now)
    bench.clock.forward(minutes=11)  # type: ignore[attr-defined]
    return Guarded(reminders=1, broken=2, escalations=1, rerouted=0, silent=0, listed=0)


def _events(bench: Bench) -> Counter[str]:
    with bench.ledger.read() as tx:
        kinds = Counter(tx.execute(select(incident_events.c.kind)).scalars())
    return Counter({kind: kinds[kind] for kind in ("promise_broken", "escalated")})


def _new_keys(bench: Bench) -> Counter[str]:
    with bench.ledger.read() as tx:
        waiting = select(outbox_table.c.key).where(outbox_table.c.state == outbox.QUEUED)
        return Counter(tx.execute(waiting).scalars())


def _sum(first: Guarded, second: Guarded) -> Guarded:
    names = Guarded.__dataclass_fields__
    return Guarded(**{name: getattr(first, name) + getattr(second, name) for name in names})


def test_two_guards_call_each_promise_once(bench: Bench, other: Ledger, post: Make) -> None:
    """While one guard is at it, another one neither waits for its promises nor calls anybody again."""
    expected = _overdue(bench, post)
    paused = Paused(bench.roster.order, bench.roster.channels)
    with ThreadPoolExecutor(2) as workers:
        first = workers.submit(guard, bench.ledger, paused, bench.clock())
        assert paused.inside.wait(SECONDS)
        second = workers.submit(guard, other, bench.roster, bench.clock())
        if not other.embedded:
            # SQLite has one writer at a time, and the second waits there.
            second.result(SECONDS)
        paused.go.set()
        assert _sum(first.result(SECONDS), second.result(SECONDS)) == expected
    assert _events(bench) == {"promise_broken": 2, "escalated": 1}
    said = _new_keys(bench)
    assert set(said.values()) == {1}
    assert sum("broken" in key for key in said) == 6, "Ann by mail and chat and Bob by mail, for each"


def test_guards_and_deliverers_all_at_once(bench: Bench, other: Ledger, post: Make) -> None:
    """Two guards and two deliverers let loose together: nothing deadlocks, each call goes out once."""
    expected = _overdue(bench, post)
    start = threading.Barrier(4)
    taken: list[str] = []

    class Free(Taking):
        def send(self, message: Message) -> str:
            """Take it at once."""
            taken.append(message.key)
            return "yes"

    def watch(ledger: Ledger) -> Guarded:
        start.wait(SECONDS)
        return guard(ledger, bench.roster, bench.clock())

    def send(ledger: Ledger) -> int:
        start.wait(SECONDS)
        return _drain(bench, ledger, Free(), "mail chat")

    with ThreadPoolExecutor(4) as workers:
        guards = [workers.submit(watch, ledger) for ledger in (bench.ledger, other)]
        senders = [workers.submit(send, ledger) for ledger in (bench.ledger, other)]
        assert _sum(*(one.result(SECONDS) for one in guards)) == expected
        for sender in senders:
            sender.result(SECONDS)
    _drain(bench, other, Free(), "mail chat")
    assert _events(bench) == {"promise_broken": 2, "escalated": 1}
    assert set(Counter(taken).values()) == {1}
    assert len(taken) == 9
    assert not _new_keys(bench)


@pytest.mark.parametrize("error", [RetryLater("time-out"), StopSource("refused", remedy="Correct it.")])
def test_a_worker_that_comes_too_late_spoils_nothing(bench: Bench, other: Ledger, error: Exception) -> None:
    """A send that outlasts its lease and fails after another worker's was confirmed leaves the message confirmed."""
    with bench.ledger.write() as tx:
        outbox.enqueue(tx, [Letter("k", "ann", "mail", "alert", None, {})], bench.clock())

    class Quick(Taking):
        def send(self, message: Message) -> str:
            """Take it at once."""
            self.taken.append(message.key)
            return "yes"

    class Stuck(Taking):
        def send(self, message: Message) -> str:
            """Fail, after somebody else has done it."""
            bench.clock.forward(minutes=3)  # type: ignore[attr-defined]
            assert _drain(bench, other, Quick()) == 1
            raise error

    deliver(bench.ledger, {"mail": Stuck()}, _compose, bench.clock)
    with bench.ledger.read() as tx:
        row = tx.execute(select(outbox_table)).one()
    assert (row.state, row.last_error) == (outbox.SENT, None)


def test_a_late_failure_takes_nobodys_claim(bench: Bench, other: Ledger) -> None:
    """While another worker is sending a message again, the failure of the first neither frees nor ends it."""
    with bench.ledger.write() as tx:
        outbox.enqueue(tx, [Letter("k", "ann", "mail", "alert", None, {})], bench.clock())
        (late,) = outbox.claim(tx, 1, bench.clock(), timedelta(minutes=2))
    bench.clock.forward(minutes=3)  # type: ignore[attr-defined]
    with other.write() as tx:
        (taken,) = outbox.claim(tx, 1, bench.clock(), timedelta(minutes=2))
    with bench.ledger.write() as tx:
        outbox.postpone(tx, late, "time-out", bench.clock())
        assert outbox.claim(tx, 1, bench.clock(), timedelta(minutes=2)) == []
        outbox.give_up(tx, late, "refused")
        assert outbox.counts(tx) == {outbox.QUEUED: 1}
    with other.write() as tx:
        outbox.give_up(tx, taken, "refused")
        assert outbox.counts(tx) == {outbox.FAILED: 1}
