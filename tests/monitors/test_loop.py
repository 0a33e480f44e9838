"""The loop of ``kuula run``: what has to be said in time waits for no source, and nothing that goes wrong is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.pipeline import Bench, Reader, Told
from fakes.talk import Talk
from sqlalchemy import select

from models.post import Post
from models.scores import Scores
from monitors.bootstrap import Errand, House
from monitors.errors import BadSettings, KuulaError, RetryLater
from monitors.ledger import incidents, posts, promises, sweeps
from monitors.ledger.promises import NewPromise
from monitors.ledger.schema import receipts
from monitors.loop import Loop
from monitors.pipeline.score import score_all
from monitors.ports import Json, Page, Query, Source, Window
from monitors.settings import load
from monitors.settings.hook_sections import Hook

SETTINGS = """
[ledger]
url = "sqlite:///kuula.db"
[index]
url = "sqlite:///index.db"
[brands.acme]
names = ["acme"]
[sources.file]
kind = "file"
path = "rows.csv"
every_seconds = 1
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
PATIENCE_SECONDS = 60


@dataclass
class Hanging(Told):
    """A source that brings its pages and then does not answer until it is let go."""

    asked_it: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """The pages, then nothing."""
        yield from super().collect(query, state, window)
        self.asked_it.set()
        self.let_go.wait(PATIENCE_SECONDS)


class Place(House):
    """A house whose only source and whose models are given, and whose ledger is away for so many looks."""

    given: Source | BadSettings
    outages = 0

    def source(self, name: str) -> Source:
        """The one that was given, or the mistake in its settings."""
        if isinstance(self.given, BadSettings):
            raise self.given
        return self.given

    def errands(self) -> Iterator[Errand]:
        """The source, once the outages are over."""
        if self.outages:
            self.outages -= 1
            raise RetryLater("the ledger is busy")
        return super().errands()


@pytest.fixture
def house(tmp_path: Path, clock: Callable[[], datetime], scores: Callable[..., Scores]) -> Iterator[Place]:
    """One brand, one person with one channel, one source to be given."""
    (tmp_path / "kuula.toml").write_text(SETTINGS)
    house = Place(load(tmp_path / "kuula.toml", {}), clock)
    house.given = Told()
    house.__dict__["scorer"] = Reader(scores)
    yield house
    house.close()


@contextmanager
def _running(loop: Loop) -> Iterator[list[BaseException]]:
    """The loop on a thread, as a process runs it; gives what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            loop.forever()
        except KuulaError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield raised
    finally:
        loop.stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def _wait(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _sent(house: House) -> set[str]:
    with house.ledger.read() as tx:
        return set(tx.execute(select(receipts.c.key)).scalars())


def test_a_promise_is_called_at_its_minute_while_a_source_hangs(house: Place, post: Callable[..., Post]) -> None:
    """While a source does not answer, its first page is alerted, and the promise made on it is called when due."""
    house.given = source = Hanging([Page(found=[post("1", text="danger acme")], state=1)])
    start = house.now()
    with _running(Loop(house)):
        _wait(lambda: _sent(house) == {"incident 1:ann:log"})
        assert source.asked_it.wait(PATIENCE_SECONDS)
        with house.ledger.write() as tx:
            incidents.acknowledge(tx, 1, "ann", start)
            due = start + timedelta(seconds=30)
            promises.make(tx, NewPromise(1, "ann", "We call you", due, due - timedelta(seconds=10)), start)
        house.now.forward(seconds=20)  # type: ignore[attr-defined]
        _wait(lambda: "promise 1 due:ann:log" in _sent(house))
        assert "promise 1 broken:ann:log" not in _sent(house)
        house.now.forward(seconds=10)  # type: ignore[attr-defined]
        _wait(lambda: "promise 1 broken:ann:log" in _sent(house))
        assert not source.let_go.is_set()
        source.let_go.set()


def test_stopping_waits_for_a_page_and_not_for_a_source(house: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that never answers does not keep the loop from ending; its claim is free at the next start."""
    monkeypatch.setattr("monitors.loop.LAST_PAGE_SECONDS", 0.1)
    house.given = source = Hanging()
    with _running(Loop(house)) as raised:
        assert source.asked_it.wait(PATIENCE_SECONDS)
    assert raised == []
    assert not source.let_go.is_set()
    with house.ledger.write() as tx:
        assert sweeps.claim(tx, "file", "*", house.now(), timedelta(1)) is None
    Loop(house).begin()
    with house.ledger.write() as tx:
        assert sweeps.claim(tx, "file", "*", house.now(), timedelta(1)) is not None
    source.let_go.set()


def test_an_error_of_the_collecting_thread_ends_the_loop(house: Place) -> None:
    """What waiting does not help reaches whoever started the loop, instead of collecting no more in silence."""
    house.given = BadSettings("there is no such file")
    with _running(Loop(house)) as raised:
        _wait(lambda: raised)
    assert raised == [house.given]


def test_a_ledger_that_is_away_is_waited_for(
    house: Place, post: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Collecting goes on after the ledger could not be reached."""
    monkeypatch.setattr("monitors.loop.LEDGER_PAUSE", timedelta(0))
    house.given = Told([Page(found=[post("1", text="acme")], state=1)])
    house.outages = 2
    with _running(Loop(house)) as raised:
        _wait(lambda: _stored(house))
    assert (raised, house.outages) == ([], 0)


def _stored(house: House) -> int:
    with house.ledger.read() as tx:
        return posts.count(tx)


def test_a_backlog_delays_neither_alerts_nor_promises(
    house: Place, post: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two batches of posts that wait, what is decided goes out and every clock is looked at."""
    monkeypatch.setitem(score_all.__kwdefaults__, "limit", 1)
    with house.ledger.write() as tx:
        found = [post("1", text="danger acme"), post("2", text="fine acme"), post("3", text="fine acme")]
        posts.store(tx, found, lambda _: ["acme"], house.now())
    done: list[str] = []
    Loop(house, lambda step: done.append(step.name)).respond()
    assert done.index("deliver") < max(number for number, name in enumerate(done) if name == "score")


def test_what_is_too_old_is_forgotten_without_airflow_too(house: Place, post: Callable[..., Post]) -> None:
    """Gathering keeps house once a day, so that retention holds in the loop as it does under the scheduler."""
    old = post("1", text="acme")
    with house.ledger.write() as tx:
        posts.store(tx, [old], lambda _: ["acme"], house.now())
    loop = Loop(house)
    loop.gather()
    assert _stored(house) == 1
    house.now.forward(days=house.settings.retention.posts_days + 1)  # type: ignore[attr-defined]
    loop.gather()
    assert _stored(house) == 0


def test_bursts_are_looked_for_every_five_minutes(house: Place, post: Callable[..., Post]) -> None:
    """A running loop tells of a burst by itself, with what else there is to say."""
    bench = Bench(house.ledger, house.now, Reader(house.scorer._scores), house.roster)  # type: ignore[attr-defined]
    talk = Talk(bench, post)
    house.now.forward(minutes=30)  # type: ignore[attr-defined]
    talk.past()
    loop = Loop(house)
    with _running(loop):
        _wait(lambda: loop._notice_due is not None and loop._notice_due > house.now())
        talk.say(40)
        assert not any(key.startswith("burst") for key in _sent(house))
        house.now.forward(minutes=5)  # type: ignore[attr-defined]
        _wait(lambda: loop._notice_due is not None and loop._notice_due > house.now())
        # It may wait for what else there is to say, at most as long as messages are gathered.
        house.now.forward(minutes=5)  # type: ignore[attr-defined]
        _wait(lambda: any(key.startswith("burst") for key in _sent(house)))
    assert [key for key in _sent(house) if key.startswith("burst")] == ["burst 1:ann:log"]


@dataclass
class Silent:
    """A system that does not answer until it is let go."""

    hook: Hook = field(default_factory=lambda: Hook.model_validate({"url": "https://example.com", "secret": "A" * 40}))
    asked_it: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def tell(self, happened: object) -> None:
        """Nothing, for a long time."""
        self.asked_it.set()
        self.let_go.wait(PATIENCE_SECONDS)
        raise RetryLater("no answer in time")

    def close(self) -> None:
        """Nothing is open."""


def test_an_alert_waits_for_no_other_system(house: Place, post: Callable[..., Post]) -> None:
    """While a hook does not answer, what it is not told of yet goes out to people all the same."""
    house.__dict__["tellers"] = {"crm": (silent := Silent())}
    house.given = Told([Page(found=[post("1", text="danger acme")], state=1)])
    start = house.now()
    with _running(Loop(house)):
        assert silent.asked_it.wait(PATIENCE_SECONDS)
        with house.ledger.write() as tx:
            due = start + timedelta(seconds=30)
            promises.make(tx, NewPromise(1, "ann", "We call you", due, due - timedelta(seconds=10)), start)
        house.now.forward(seconds=20)  # type: ignore[attr-defined]
        _wait(lambda: "promise 1 due:ann:log" in _sent(house))
        assert not silent.let_go.is_set()
        silent.let_go.set()
