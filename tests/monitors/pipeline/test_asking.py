"""A source with a mistake in it: what it brought is kept, the mistake is told, and nobody else suffers."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.pipeline import BRAND, Bench, Reader, Told
from sqlalchemy import select

from models.post import Post
from models.scores import Scores
from monitors.bootstrap import House
from monitors.errors import RetryLater, SkipRecord, StopSource
from monitors.ledger import looks, posts
from monitors.ledger.collecting_schema import sweeps as sweeps_table
from monitors.loop import Loop
from monitors.pipeline.collect import Brands, collect
from monitors.pipeline.refresh import refresh
from monitors.ports import Json, Page, Query, Source, Window
from monitors.settings import load

Make = Callable[..., Post]
SECRET = "key-0123456789"
SETTINGS = f"""
[ledger]
url = "sqlite:///kuula.db"
[index]
url = "sqlite:///index.db"
[brands.{BRAND}]
names = ["{BRAND}"]
[sources.broken]
kind = "file"
path = "rows.csv"
[sources.sound]
kind = "file"
path = "rows.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""


def _too_deep() -> None:
    _too_deep()


def _no_text() -> None:
    f"https://feed.example/?key={SECRET}".encode().decode("ascii") and b"\xff".decode()


def _no_number() -> None:
    int(SECRET)


def _no_step() -> None:
    next(iter(()))


def _skips() -> None:
    raise SkipRecord("no_text")


def _disk() -> None:
    Path(f"/no/such/{SECRET}").read_text("utf-8")


class Mistaken(Told):
    """Brings the pages it was told to, and makes a mistake of its own on the page after the first."""

    mistake: Callable[[], None] | None = None

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """Nothing here knows of our errors."""
        for page in super().collect(query, state, window):
            if state or page is not self.pages[0]:
                self._stumble()
            yield page

    def refresh(self, ids: object) -> Page:
        """The same mistake."""
        self._stumble()
        return Page()

    def _stumble(self) -> None:
        if self.mistake is not None:
            self.mistake()


def _mistaken(post: Make, mistake: Callable[[], None], name: str = "file") -> Mistaken:
    pages = [Page(found=[post(f"{name}{n}", source=name, text=f"{BRAND} {n}")], state=n) for n in (1, 2, 3)]
    source = Mistaken(pages, name=name)
    source.mistake = mistake
    return source


def _row(bench: Bench) -> object:
    with bench.ledger.read() as tx:
        return tx.execute(select(sweeps_table)).one()


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        (_no_number, "ValueError at test_asking.py"),
        (_too_deep, "RecursionError at test_asking.py"),
        (_no_text, "UnicodeDecodeError at test_asking.py"),
        (_no_step, "RuntimeError at"),
        (_skips, "SkipRecord at test_asking.py"),
    ],
)
def test_a_mistake_on_the_second_page(
    bench: Bench, brands: Brands, post: Make, mistake: Callable[[], None], named: str
) -> None:
    """The first page and its cursor are kept, the mistake stands in the ledger as a stop, the next sweep goes on."""
    source = _mistaken(post, mistake)
    collected = collect(bench.ledger, source, Query(), brands, bench.clock)
    assert collected is not None
    assert (collected.new, type(collected.error)) == (1, StopSource)
    row = _row(bench)
    assert (row.state, row.error_kind, row.claimed_until, row.good_at) == (1, "StopSource", None, None)
    assert named in row.error
    assert "Tell whoever wrote this source" in row.error
    assert SECRET not in row.error
    source.mistake = None
    healed = collect(bench.ledger, source, Query(), brands, bench.clock)
    assert healed is not None
    assert (healed.new, healed.error) == (2, None)
    assert (_row(bench).state, _row(bench).error) == (3, None)


@pytest.mark.parametrize("state", [object(), {"at": math.nan}, {"after": "x\x00"}, ["\ud800"]])
def test_a_cursor_that_cannot_be_stored(bench: Bench, brands: Brands, post: Make, state: Any) -> None:
    """A state that is no JSON, or none that a database takes, is the source's mistake; the page before it is kept."""
    pages = [Page(found=[post("1", text=BRAND)], state=1), Page(found=[post("2", text=BRAND)], state=state)]
    collected = collect(bench.ledger, Told(pages), Query(), brands, bench.clock)  # type: ignore[list-item]
    assert collected is not None
    assert (collected.new, type(collected.error)) == (1, StopSource)
    assert _row(bench).state == 1


def test_a_disk_that_fails_may_work_later(bench: Bench, brands: Brands, post: Make) -> None:
    """What the operating system refuses is tried again, and its path is not told."""
    collected = collect(bench.ledger, _mistaken(post, _disk), Query(), brands, bench.clock)
    assert collected is not None
    assert isinstance(collected.error, RetryLater)
    assert _row(bench).error.startswith("file could not be read: FileNotFoundError at ")
    assert SECRET not in _row(bench).error


def test_an_interruption_is_no_mistake(bench: Bench, brands: Brands, post: Make) -> None:
    """Whoever presses Ctrl-C ends the program, and not the source."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(bench.ledger, _mistaken(post, interrupt), Query(), brands, bench.clock)


def test_a_mistake_while_reading_again(bench: Bench, post: Make) -> None:
    """It is told as a failure of the refresh, and the posts stay due."""
    bench.store(post("1"))
    with bench.ledger.write() as tx:
        looks.plan(tx, {"file:1": bench.clock()})
    for _ in range(2):
        assert isinstance(refresh(bench.ledger, _mistaken(post, _no_number), bench.clock).error, StopSource)


def test_other_sources_go_on(
    tmp_path: Path, clock: Callable[[], object], scores: Callable[..., Scores], post: Make
) -> None:
    """One run with a broken source and a sound one: all that both brought is stored, and the mistake is handed over."""
    (tmp_path / "kuula.toml").write_text(SETTINGS, "utf-8")
    sources = {"broken": _mistaken(post, _no_number, "broken"), "sound": _mistaken(post, lambda: None, "sound")}

    class Place(House):
        def source(self, name: str) -> Source:
            """One of the two."""
            return sources[name]

    house = Place(load(tmp_path / "kuula.toml", {}), clock)  # type: ignore[arg-type]
    house.__dict__["scorer"] = Reader(scores)
    try:
        errors = Loop(house).once()
        with house.ledger.read() as tx:
            assert posts.count(tx) == 4
    finally:
        house.close()
    assert [(name, type(error)) for name, error in errors] == [("broken", StopSource)]
    assert "broken has a mistake in its program: ValueError" in str(errors[0][1])
