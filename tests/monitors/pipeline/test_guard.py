"""The guard, as timelines: what must be said is said at its minute, once, and stops when somebody took it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from fakes.pipeline import Bench
from sqlalchemy import select

from models.decision import Verdict
from models.post import Post
from monitors.channels.log import LogChannel
from monitors.errors import RetryLater
from monitors.ledger import incidents, outbox, promises, sweeps
from monitors.ledger.promises import NewPromise
from monitors.ledger.schema import outbox as outbox_table
from monitors.pipeline.deliver import deliver
from monitors.pipeline.guard import Guarded, guard
from monitors.pipeline.roster import Roster
from monitors.ports import Message

Make = Callable[..., Post]
QUIET = Guarded(0, 0, 0, 0, 0, 0)


def _alert(bench: Bench, post: Make) -> None:
    assert bench.judged(post("1", text="danger acme")) == 1


def _promise(bench: Bench, post: Make) -> int:
    _alert(bench, post)
    now = bench.clock()
    with bench.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", now)
        due = now + timedelta(minutes=10)
        return promises.make(tx, NewPromise(1, "ann", "We call you", due, due - timedelta(minutes=3)), now)


def _at(bench: Bench, minutes: float, start: datetime) -> Guarded:
    bench.clock.time = start + timedelta(minutes=minutes)
    first = guard(bench.ledger, bench.roster, bench.clock())
    assert guard(bench.ledger, bench.roster, bench.clock()) == QUIET, "said twice"
    return first


def _told(bench: Bench, start: str = "") -> list[str]:
    with bench.ledger.read() as tx:
        keys = tx.execute(select(outbox_table.c.key).order_by(outbox_table.c.id)).scalars()
        return [key for key in keys if key.startswith(start)]


def test_a_promise_of_ten_minutes(bench: Bench, post: Make) -> None:
    """Reminded at seven, nothing at nine and 59 seconds, broken at the minute: its owner and the next one hear."""
    _promise(bench, post)
    start = bench.clock()
    assert _at(bench, 6.99, start) == QUIET
    assert _at(bench, 7, start).reminders == 1
    assert _at(bench, 9.99, start) == QUIET
    assert _at(bench, 10, start).broken == 1
    assert _at(bench, 60, start) == QUIET
    assert _told(bench, "promise") == [
        "promise 1 due:ann:mail",
        "promise 1 due:ann:chat",
        "promise 1 broken:ann:mail",
        "promise 1 broken:ann:chat",
        "promise 1 broken:bob:mail",
    ]


def test_a_kept_promise_is_quiet(bench: Bench, post: Make) -> None:
    """Kept before the reminder, nobody is told anything."""
    promise = _promise(bench, post)
    start = bench.clock()
    with bench.ledger.write() as tx:
        promises.keep(tx, promise, "ann", start + timedelta(minutes=2))
    assert [_at(bench, minutes, start) for minutes in (7, 10, 30)] == [QUIET] * 3


def test_a_guard_that_slept_says_it_is_broken(bench: Bench, post: Make) -> None:
    """Run for the first time after the minute, it escalates and no longer reminds."""
    _promise(bench, post)
    assert _at(bench, 11, bench.clock()) == replace(QUIET, broken=1)


def test_an_alert_goes_on_until_somebody_takes_it(bench: Bench, post: Make) -> None:
    """Bob is called at ten minutes; when all were called, Ann again an hour later; taken, only for its answer."""
    _alert(bench, post)
    start = bench.clock()
    assert _at(bench, 9.99, start) == QUIET
    assert _at(bench, 10, start).escalations == 1
    assert _at(bench, 69, start) == QUIET
    assert _at(bench, 70, start).escalations == 1
    assert _told(bench, "incident 1 e") == [
        "incident 1 escalation 1:bob:mail",
        "incident 1 escalation 2:ann:mail",
        "incident 1 escalation 2:ann:chat",
    ]
    with bench.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "bob", bench.clock())
    assert _at(bench, 500, start) == replace(QUIET, unanswered=1)
    assert _at(bench, 600, start) == QUIET


def test_a_resolved_alert_is_quiet(bench: Bench, post: Make) -> None:
    """Resolved before anybody acknowledged it, it calls nobody."""
    _alert(bench, post)
    with bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, bench.clock())
    assert _at(bench, 100, bench.clock()) == QUIET


def _refuse(bench: Bench, *keys: str) -> None:
    with bench.ledger.write() as tx:
        for letter in outbox.claim(tx, 50, bench.clock(), timedelta(minutes=1)):
            if letter.key in keys:
                outbox.give_up(tx, letter, "refused")
            else:
                outbox.confirm(tx, letter, "yes", bench.clock())


def test_one_channel_of_a_person_is_enough(bench: Bench, post: Make) -> None:
    """Mail refused and chat confirmed: Ann knows, nobody else is told."""
    _alert(bench, post)
    _refuse(bench, "incident 1:ann:mail")
    assert guard(bench.ledger, bench.roster, bench.clock()) == QUIET
    assert len(_told(bench)) == 2


def test_what_all_channels_refuse_goes_to_the_next_person(bench: Bench, post: Make) -> None:
    """Both channels of Ann refused: Bob is told once; when his refuses too, it goes once around and ends."""
    _alert(bench, post)
    _refuse(bench, "incident 1:ann:mail", "incident 1:ann:chat")
    assert _at(bench, 0, bench.clock()).rerouted == 1
    assert _told(bench)[2:] == ["incident 1 > :bob:mail"]
    for _ in range(5):
        _refuse(bench, *_told(bench))
        guard(bench.ledger, bench.roster, bench.clock())
    assert _told(bench)[3:] == ["incident 1 > :ann:mail", "incident 1 > :ann:chat"]


class _Down:
    name = "mail"

    def send(self, message: Message) -> str:
        """Never."""
        raise RetryLater("down")


def test_a_channel_that_is_down_goes_another_way_too(bench: Bench, post: Make) -> None:
    """When it has been down for a minute the next person is told as well, and the first message is still tried."""
    bench.roster = Roster(("ann", "bob"), {"ann": ("mail",), "bob": ("chat",)})
    _alert(bench, post)
    counted = []
    for _ in range(6):
        deliver(
            bench.ledger,
            {"mail": _Down(), "chat": LogChannel("chat")},
            lambda letter: Message(letter.key, "", ""),
            bench.clock,
        )
        bench.clock.forward(minutes=1, seconds=30)
        counted.append(guard(bench.ledger, bench.roster, bench.clock()).rerouted)
    assert counted == [1, 0, 0, 0, 0, 0]
    with bench.ledger.read() as tx:
        assert outbox.counts(tx) == {"queued": 1, "sent": 2}, "the alert went to bob, and so did word of the channel"


def test_a_silent_source_is_reported_once(bench: Bench) -> None:
    """Fifteen minutes without a good sweep is said once; after it worked and failed again, once more."""
    start = bench.clock()

    def sweep(*, good: bool) -> None:
        with bench.ledger.write() as tx:
            claimed = sweeps.claim(tx, "rss", "*", bench.clock(), timedelta(minutes=1))
            if good:
                sweeps.finish(tx, claimed, bench.clock())
            else:
                sweeps.fail(tx, claimed, "RetryLater", "no answer", None)

    sweep(good=True)
    bench.clock.forward(minutes=1)
    sweep(good=False)
    assert _at(bench, 14, start) == QUIET
    assert _at(bench, 15, start).silent == 1
    sweep(good=False)
    assert _at(bench, 50, start) == QUIET
    sweep(good=True)
    assert _at(bench, 51, start) == QUIET
    sweep(good=False)
    assert _at(bench, 66, start).silent == 1


def test_a_source_that_never_worked_is_reported_once(bench: Bench) -> None:
    """A source that failed from the start is said at once, and not at each attempt."""
    for minute in range(4):
        bench.clock.forward(minutes=minute * 20)
        with bench.ledger.write() as tx:
            claimed = sweeps.claim(tx, "rss", "*", bench.clock(), timedelta(minutes=1))
            sweeps.fail(tx, claimed, "StopSource", "no key", None)
        guard(bench.ledger, bench.roster, bench.clock())
    assert len(_told(bench)) == 2, "by both channels of the first person"
