"""Messages that go out together: none is lost, none comes twice, and what is urgent is never late."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fakes.pipeline import Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from servers.ledgers import sqlite_ledger
from sqlalchemy import select

from models.bundling import is_urgent
from models.hours import EVERY_DAY, Hours
from monitors.errors import RetryLater, StopSource
from monitors.ledger import bundles, incidents, leases, outbox, people
from monitors.ledger.bundles import Usual
from monitors.ledger.desk_schema import person_rules
from monitors.ledger.engine import Ledger
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import outbox as table
from monitors.ledger.schema import receipts
from monitors.ledger.statements import upsert
from monitors.pipeline.deliver import Mailroom
from monitors.ports import Message

PAUSE = timedelta(minutes=5)
URGENT, PLAIN = {"reason": "danger"}, {"reason": "threat"}


@dataclass
class Box:
    """A channel that takes messages, or answers with the errors it was given first."""

    name: str = "mail"
    errors: list[Exception] = field(default_factory=list)
    taken: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def send(self, message: Message) -> str:
        """Take it: its key, and the keys of what is in it."""
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append((message.key, tuple(message.text.split("\n"))))
        return "yes"


def _compose(letter: Letter) -> Message:
    if letter.kind == "burst":
        raise StopSource("no template", remedy="")
    return Message(letter.key, "one", letter.key)


def _gather(letters: Sequence[Letter]) -> Message:
    return Message(letters[0].key, "several", "\n".join(letter.key for letter in letters))


def _room(ledger: Ledger, clock: Callable[[], Any], *boxes: Box) -> Mailroom:
    return Mailroom(ledger, {box.name: box for box in boxes}, _compose, clock, _gather, Usual(PAUSE))


def _queue(ledger: Ledger, clock: Callable[[], Any], *keys: str, kind: str = "alert", **other: str) -> None:
    """Queue alerts, or messages of another kind, to Ann by mail; a key in capitals is urgent."""
    to = (other.get("person", "ann"), other.get("channel", "mail"))
    letters = [Letter(key, *to, kind, None, URGENT if key.isupper() else PLAIN) for key in keys]
    with ledger.write() as tx:
        outbox.enqueue(tx, letters, clock())


def _ann(bench: Bench, **rules: Any) -> None:
    with bench.ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.SUPPORT, "en", "Europe/Tallinn", ("mail",)), "test", bench.clock())
        if rules:
            tx.execute(upsert(tx, person_rules).values(person="ann", **rules))


def test_the_first_at_once_and_the_rest_as_one(bench: Bench) -> None:
    """The first goes at once, an urgent one too; what follows within five minutes goes as one, with a receipt each."""
    box = Box()
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, "a", "b")
    assert room.deliver().sent == 1
    bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
    _queue(bench.ledger, bench.clock, "c", "DANGER", "d")
    assert room.deliver().sent == 1
    bench.clock.forward(minutes=3, seconds=59)  # type: ignore[attr-defined]
    assert room.deliver().tried == 0
    bench.clock.forward(seconds=1)  # type: ignore[attr-defined]
    assert room.deliver().sent == 3
    assert box.taken == [("a", ("a",)), ("DANGER", ("DANGER",)), ("b", ("b", "c", "d"))]
    with bench.ledger.read() as tx:
        assert sorted(tx.execute(select(receipts.c.key)).scalars()) == sorted(["a", "b", "c", "d", "DANGER"])
        gone_with = dict(tx.execute(select(table.c.key, table.c.bundle)).all())
    assert gone_with == {"a": None, "DANGER": None, "b": "b", "c": "b", "d": "b"}


def test_each_person_and_channel_has_a_first(bench: Bench) -> None:
    """What went to one person, or by one channel, delays nothing to another."""
    mail, chat = Box(), Box("chat")
    room = _room(bench.ledger, bench.clock, mail, chat)
    _queue(bench.ledger, bench.clock, "a")
    _queue(bench.ledger, bench.clock, "b", channel="chat")
    _queue(bench.ledger, bench.clock, "c", person="bob")
    assert room.deliver().sent == 3


@pytest.mark.parametrize(("own", "minutes"), [(0, 0), (30, 30), (None, 5)])
def test_people_choose_their_own_time(own: int | None, minutes: int, bench: Bench) -> None:
    """0 sends each by itself, 30 gathers for half an hour, and without a choice the settings count."""
    _ann(bench, bundle_minutes=own)
    box = Box()
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, "a", "b")
    sent = room.deliver().sent
    assert sent == (2 if minutes == 0 else 1)
    if minutes:
        bench.clock.forward(minutes=minutes, seconds=-1)  # type: ignore[attr-defined]
        assert room.deliver().tried == 0
        bench.clock.forward(seconds=1)  # type: ignore[attr-defined]
        assert room.deliver().sent == 1


QUIET = Hours(EVERY_DAY, time(13), time(16, 30))


@pytest.mark.parametrize(
    ("own", "usual"),
    [
        ([{"days": [0, 1, 2, 3, 4, 5, 6], "from": "13:00", "until": "16:30"}], ()),
        (None, (QUIET,)),
    ],
    ids=["set by the person", "of the settings"],
)
def test_quiet_hours_hold_back_all_but_what_is_urgent(own: Any, usual: tuple[Hours, ...], bench: Bench) -> None:
    """What is not urgent comes as one message when they are over; the clock is that of the person."""
    _ann(bench, quiet=own)
    box = Box()
    room = replace(_room(bench.ledger, bench.clock, box), usual=Usual(PAUSE, {"ann": usual}))
    _queue(bench.ledger, bench.clock, "a", "DANGER", "b", kind="digest")
    assert room.deliver().sent == 1
    bench.clock.forward(hours=2, minutes=29)  # type: ignore[attr-defined]
    assert room.deliver().tried == 0
    bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
    assert room.deliver().sent == 2
    assert box.taken == [("DANGER", ("DANGER",)), ("a", ("a", "b"))]


def test_who_wants_no_quiet_has_none(bench: Bench) -> None:
    """Somebody who took all quiet hours away is told in those of the settings too."""
    _ann(bench, quiet=[])
    room = replace(_room(bench.ledger, bench.clock, Box()), usual=Usual(PAUSE, {"ann": (QUIET,)}))
    _queue(bench.ledger, bench.clock, "a", kind="digest")
    assert room.deliver().sent == 1


def test_whom_the_rota_calls_is_not_left_in_peace(bench: Bench) -> None:
    """An alert goes in quiet hours too: its reader is on duty, or nobody else is left."""
    _ann(bench)
    room = replace(_room(bench.ledger, bench.clock, Box()), usual=Usual(PAUSE, {"ann": (QUIET,)}))
    _queue(bench.ledger, bench.clock, "a")
    assert room.deliver().sent == 1


def test_a_call_goes_before_the_next_person_is_called(bench: Bench) -> None:
    """Ann gathers for half an hour, and Bob is called in ten minutes: hers go in five, with what waited for longer."""
    _ann(bench, bundle_minutes=30)
    box = Box()
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, "a", "b", kind="digest")
    assert room.deliver().sent == 1
    now = bench.clock()
    new = incidents.NewIncident("acme", "s", "threat", 40.0, 3, "en", "Lost", now, now + timedelta(minutes=10), {})
    with bench.ledger.write() as tx:
        number = incidents.open_incident(tx, new, now)
        outbox.enqueue(tx, [Letter("call", "ann", "mail", "alert", number, PLAIN)], now)
    assert room.deliver().tried == 0
    bench.clock.forward(minutes=4, seconds=59)  # type: ignore[attr-defined]
    assert room.deliver().tried == 0
    bench.clock.forward(seconds=1)  # type: ignore[attr-defined]
    assert room.deliver().sent == 2
    assert box.taken == [("a", ("a",)), ("b", ("b", "call"))]


def test_a_bundle_that_was_tried_takes_no_more(bench: Bench) -> None:
    """Sent again after a crash it has the same key and the same in it; what came meanwhile waits for the next."""
    box = Box(errors=[])
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, "a", "b", "c")
    room.deliver()
    bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    box.errors = [RetryLater("down")]
    assert room.deliver().postponed == 2
    _queue(bench.ledger, bench.clock, "d")
    bench.clock.forward(seconds=5)  # type: ignore[attr-defined]
    assert room.deliver().sent == 2
    assert box.taken[-1] == ("b", ("b", "c"))
    bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    assert room.deliver().sent == 1


def test_one_that_cannot_be_written_leaves_the_others(bench: Bench) -> None:
    """In a bundle it fails by itself, also where it is the first of it."""
    box = Box()
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, "a")
    with bench.ledger.write() as tx:
        kinds = ("burst", "alert", "alert")
        letters = [Letter(f"b{n}", "ann", "mail", kind, None, PLAIN) for n, kind in enumerate(kinds)]
        outbox.enqueue(tx, letters, bench.clock())
    room.deliver()
    bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    room.deliver()
    assert sorted(key for _, keys in box.taken for key in keys) == ["a", "b1", "b2"]
    with bench.ledger.read() as tx:
        assert outbox.counts(tx) == {"sent": 3, "failed": 1}


def test_a_long_time_is_several_messages(bench: Bench) -> None:
    """No message lists more than somebody reads; all of them go at the end of the pause."""
    box = Box()
    room = _room(bench.ledger, bench.clock, box)
    _queue(bench.ledger, bench.clock, *(f"k{n}" for n in range(2 * bundles.MOST + 3)))
    room.deliver()
    bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    room.deliver(limit=100)
    sizes = [len(keys) for _, keys in box.taken]
    assert sorted(sizes) == [1, 2, bundles.MOST, bundles.MOST]


def test_without_a_pause_each_goes_by_itself(bench: Bench) -> None:
    """So that a single run leaves nothing waiting."""
    box = Box()
    room = replace(_room(bench.ledger, bench.clock, box), usual=None)
    _queue(bench.ledger, bench.clock, "a", "b", "c")
    assert room.deliver().sent == 3
    assert [key for key, _ in box.taken] == ["a", "b", "c"]


class _Dies(Exception):
    """The process ends between the channel's yes and our receipt."""


class _World:
    """A ledger, a channel that is down or whose sender dies when it is told to, and a clock."""

    def __init__(self, folder: str, start: Any) -> None:
        self.ledger, self.time, self.box = sqlite_ledger(Path(folder)), start, Box()
        self.trouble: list[str] = []
        self.arrived: dict[str, Any] = {}
        self.room = replace(_room(self.ledger, self.now, self.box), channels={"mail": self})
        self.name = "mail"

    def now(self) -> Any:
        return self.time

    def send(self, message: Message) -> str:
        if self.trouble[:1] == ["down"]:
            self.trouble.pop()
            raise RetryLater("down")
        said = self.box.send(message)
        for key in message.text.split("\n"):
            self.arrived.setdefault(key, self.time)
        if self.trouble:
            self.trouble.pop()
            raise _Dies
        return said

    def work(self) -> None:
        try:
            while self.room.deliver().tried:
                pass
        except _Dies:
            with self.ledger.write() as tx:
                leases.release_dead(tx)

    def live(self, events: list[tuple[str, Any, Any]]) -> dict[str, Any]:
        """Let it all happen, then let all trouble be over; gives by when each message was due."""
        due = {}
        for number, (what, which, more) in enumerate(events):
            if what == "queue":
                key = f"{number}{'U' if more else 'u'}"
                _queue(self.ledger, self.now, key, person=which)
                due[key] = self.time if more else self.time + PAUSE
            elif what == "wait":
                self.time += timedelta(seconds=which)
            else:
                self.trouble[:] = [which] * more
            self.work()
        self.trouble.clear()
        for _ in range(40):
            self.time += timedelta(minutes=1)
            self.work()
        self.ledger.close()
        return due


EVENTS = some.one_of(
    some.tuples(some.just("queue"), some.sampled_from(["ann", "bob"]), some.booleans()),
    some.tuples(some.just("wait"), some.integers(1, 400), some.just(False)),
    some.tuples(some.just("mood"), some.sampled_from(["down", "dies"]), some.integers(1, 3)),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(events=some.lists(EVENTS, min_size=4, max_size=25))
def test_no_letter_is_lost_and_none_comes_twice(events: list[tuple[str, Any, Any]], clock: Any) -> None:
    """Whatever comes when, with channels down and processes dying in between: each arrives, once unless one died.

    What is urgent goes the moment it is queued, unless its channel is down; the rest waits for the pause at most.
    """
    with TemporaryDirectory() as folder:
        world = _World(folder, clock.time)
        due = world.live(events)
    taken = world.box.taken
    counted = Counter(key for _, keys in taken for key in keys)
    assert set(counted) == set(due)
    assert len({key for key, _ in taken}) == len(set(taken)), "the same key is the same message"
    if not any(what == "mood" for what, *_ in events):
        assert set(counted.values()) <= {1}
        # Work is done at each step: a wait may have gone on past the time.
        longest = max((which for what, which, _ in events if what == "wait"), default=0)
        late = {key: world.arrived[key] - due[key] for key in due}
        assert all(one <= timedelta(seconds=max(longest, 60)) for one in late.values())
        assert not any(one for key, one in late.items() if key.endswith("U"))


def test_the_kinds_of_the_test_are_what_they_say() -> None:
    """The state machine above calls some of its letters urgent."""
    assert is_urgent("alert", URGENT)
    assert not is_urgent("alert", PLAIN)
