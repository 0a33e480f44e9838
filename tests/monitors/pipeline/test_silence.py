"""Channels that fall silent: noticed, told once, gone around, and forgotten when they speak again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import pytest
from fakes.pipeline import Bench
from sqlalchemy import select

from models.post import Post
from monitors.errors import RetryLater, StopSource
from monitors.ledger import channel_states, outbox, people, threads
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import outbox as table
from monitors.pipeline.couriers import Couriers
from monitors.pipeline.deliver import Mailroom, deliver
from monitors.pipeline.guard import guard
from monitors.pipeline.roster import Roster
from monitors.ports import Channel, Confirmation, Message

Make = Callable[..., Post]


@dataclass
class Box:
    """A channel that takes messages while it is not down."""

    name: str
    down: Exception | None = None
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        """Take it, or do not."""
        if self.down:
            raise self.down
        self.taken.append(message)
        return Confirmation("yes", f"thread of {message.key}" if message.thread else None)


def _compose(letter: Letter) -> Message:
    return Message(letter.key, letter.kind, letter.key)


def _deliver(bench: Bench, *boxes: Channel) -> None:
    while deliver(bench.ledger, {box.name: box for box in boxes}, _compose, bench.clock).tried:
        pass


def _kinds(bench: Bench, person: str) -> list[tuple[str, str]]:
    with bench.ledger.read() as tx:
        rows = select(table.c.kind, table.c.channel).where(table.c.person == person).order_by(table.c.id)
        return [tuple(row) for row in tx.execute(rows)]


def _round(bench: Bench, *boxes: Channel, seconds: int = 30) -> None:
    _deliver(bench, *boxes)
    bench.clock.forward(seconds=seconds)  # type: ignore[attr-defined]
    guard(bench.ledger, bench.roster, bench.clock())


@pytest.fixture
def desk(bench: Bench) -> Bench:
    """Ann has mail, Bob chat, and Vera, who is an admin, both."""
    channels = {"ann": ("mail",), "bob": ("chat",), "vera": ("mail", "chat")}
    bench.roster = Roster(("ann", "bob"), channels)
    with bench.ledger.write() as tx:
        for name, role in (("ann", Role.SUPPORT), ("bob", Role.SUPPORT), ("vera", Role.ADMIN)):
            people.save(tx, Person(name, name, role, "en", "UTC", channels[name]), "test", bench.clock())
    return bench


def test_a_silent_channel_is_told_once_and_gone_around(desk: Bench, post: Make) -> None:
    """An admin hears of it by another channel, the next person gets what it did not take, and both happen once."""
    mail, chat = Box("mail", RetryLater("time-out")), Box("chat")
    desk.judged(post("1", text="lawyer acme"))
    for _ in range(8):
        _round(desk, mail, chat)
    assert _kinds(desk, "vera") == [("silent_channel", "chat")]
    assert _kinds(desk, "bob").count(("alert", "chat")) == 1
    assert mail.taken == []
    mail.down = None
    desk.clock.forward(minutes=15)  # type: ignore[attr-defined]
    _round(desk, mail, chat)
    _round(desk, mail, chat)
    assert [message.subject for message in mail.taken if message.subject == "alert"] == ["alert"]
    told = _kinds(desk, "vera")
    assert told == [("silent_channel", "chat"), ("silent_channel", "mail"), ("silent_channel", "chat")]
    with desk.ledger.read() as tx:
        row = channel_states.everything(tx)["mail"]
    assert (row.silent_since, row.told_at, row.error, row.failures) == (None, None, None, 0)


def test_a_hiccup_is_no_silence(desk: Bench, post: Make) -> None:
    """Two failures within a minute, and nobody hears of it."""
    mail = Box("mail", RetryLater("busy"))
    desk.judged(post("1", text="lawyer acme"))
    for _ in range(2):
        _round(desk, mail, seconds=11)
    mail.down = None
    _round(desk, mail)
    assert _kinds(desk, "vera") == []
    assert len(mail.taken) == 1


def test_a_refusal_is_told_at_once(desk: Bench, post: Make) -> None:
    """A channel that says no for good needs no second try."""
    desk.judged(post("1", text="lawyer acme"))
    _round(desk, Box("mail", StopSource("403", remedy="Check it.")), Box("chat"), seconds=1)
    assert _kinds(desk, "vera") == [("silent_channel", "chat")]


def test_a_message_that_cannot_be_written_is_nobodys_silence(desk: Bench) -> None:
    """The channel was not even asked."""

    def broken(_letter: Letter) -> Message:
        raise StopSource("no template", remedy="")

    with desk.ledger.write() as tx:
        outbox.enqueue(tx, [Letter("k", "ann", "mail", "alert", None, {})], desk.clock())
    deliver(desk.ledger, {"mail": Box("mail")}, broken, desk.clock)
    with desk.ledger.read() as tx:
        assert channel_states.everything(tx) == {}


def test_a_channel_that_says_nothing_at_all_is_noticed(desk: Bench) -> None:
    """It was tried, its sender never came back, and a quarter of an hour later nothing was confirmed: silent, too."""
    with desk.ledger.write() as tx:
        outbox.enqueue(tx, [Letter("k", "ann", "mail", "reminder", None, {})], desk.clock())
    room = Mailroom(desk.ledger, {"mail": Box("mail", _Gone())}, _compose, desk.clock)
    with pytest.raises(_Gone):
        room.deliver()
    for minutes, told in ((14, []), (1, [("silent_channel", "chat")])):
        desk.clock.forward(minutes=minutes)  # type: ignore[attr-defined]
        guard(desk.ledger, desk.roster, desk.clock())
        assert _kinds(desk, "vera") == told


class _Gone(Exception):
    """The process ends while the channel is asked."""


def test_after_a_night_without_us_no_channel_is_called_silent(desk: Bench) -> None:
    """Messages that waited because nobody delivered say nothing about their channel."""
    with desk.ledger.write() as tx:
        outbox.enqueue(tx, [Letter("k", "ann", "mail", "reminder", None, {})], desk.clock())
    desk.clock.forward(hours=9)  # type: ignore[attr-defined]
    guard(desk.ledger, desk.roster, desk.clock())
    assert _kinds(desk, "vera") == []


def test_what_waits_at_another_channel_of_the_same_person_goes_at_once(desk: Bench) -> None:
    """Held back, it takes the place of what the silent channel did not take, and nobody else hears of it."""
    now = desk.clock()
    with desk.ledger.write() as tx:
        letters = [Letter(f"case 1:vera:{name}", "vera", name, "alert", None, {}) for name in ("mail", "chat")]
        outbox.enqueue(tx, letters[:1], now)
        outbox.enqueue(tx, letters[1:], now, not_before=now + timedelta(hours=8))
    mail, chat = Box("mail", StopSource("no", remedy="")), Box("chat")
    _round(desk, mail, chat, seconds=1)
    _deliver(desk, mail, chat)
    assert "case 1:vera:chat" in [message.key for message in chat.taken]
    assert ("alert", "chat") not in _kinds(desk, "bob")


def test_a_channel_that_hangs_holds_up_no_other(desk: Bench) -> None:
    """While one is stuck, messages by others are taken within a moment, again and again, and none of its own twice."""
    release, asked = threading.Event(), []

    class Stuck(Box):
        def send(self, message: Message) -> str:
            """Wait."""
            asked.append(message.key)
            release.wait(30)
            return super().send(message)

    stuck, chat = Stuck("mail"), Box("chat")
    couriers = Couriers(Mailroom(desk.ledger, {"mail": stuck, "chat": chat}, _compose, desk.clock))
    try:
        for number in range(5):
            with desk.ledger.write() as tx:
                letters = [Letter(f"{name} {number}", "ann", name, "alert", None, {}) for name in ("mail", "chat")]
                outbox.enqueue(tx, letters, desk.clock())
            begin = monotonic()
            while len(chat.taken) == number and monotonic() - begin < 15:
                couriers.send()
            assert len(chat.taken) == number + 1
            assert monotonic() - begin < 15
        assert asked == ["mail 0"]
        release.set()
        while len(stuck.taken) < 5:
            couriers.send(timedelta(seconds=1))
    finally:
        release.set()
        assert couriers.close(timedelta(seconds=20))
    assert asked == [f"mail {number}" for number in range(5)]
    with desk.ledger.read() as tx:
        assert outbox.counts(tx) == {"sent": 10}


def test_news_is_told_which_thread_it_belongs_to(desk: Bench, post: Make) -> None:
    """The first message of a case begins its thread; later ones to the same person are told what it is called."""
    chat = Box("mail")
    desk.judged(post("1", text="lawyer acme"))
    _deliver(desk, chat)
    with desk.ledger.write() as tx:
        more = [Letter("again", "ann", "mail", "again", 1, {}), Letter("other", "bob", "mail", "again", 1, {})]
        outbox.enqueue(tx, [*more, Letter("none", "ann", "mail", "digest", None, {})], desk.clock())
    _deliver(desk, chat)
    first = chat.taken[0].key
    found = {message.key: message.thread for message in chat.taken}
    assert found[first] is not None
    assert found["again"] is not None
    assert found["other"] is not None
    assert (found[first].case, found[first].reference) == ("incident-1.ann", None)
    assert (found["again"].case, found["again"].reference) == ("incident-1.ann", f"thread of {first}")
    assert (found["other"].case, found["other"].reference) == ("incident-1.bob", None)
    assert found["none"] is None
    with desk.ledger.read() as tx:
        assert threads.of_letter(tx, more[0]) == f"thread of {first}", "later ones change nothing"
