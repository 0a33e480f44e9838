"""A bench with every step of the pipeline on each database, people to call, and a brand to watch."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fakes.pipeline import BRAND, Bench, Reader
from fakes.toots import Toots, toots_of
from servers.ledgers import sqlite_ledger

from models.brand import BrandMatcher
from models.scores import Scores
from monitors.ledger.engine import Ledger
from monitors.pipeline.collect import Brands
from monitors.pipeline.roster import Roster


@pytest.fixture
def roster() -> Roster:
    """Ann first, then Bob; Ann has two channels."""
    return Roster(order=("ann", "bob"), channels={"ann": ("mail", "chat"), "bob": ("mail",)})


@pytest.fixture
def bench(ledger: Ledger, clock: Callable[[], datetime], scores: Callable[..., Scores], roster: Roster) -> Bench:
    """An empty ledger, once on each database, with the steps."""
    return Bench(ledger, clock, Reader(scores), roster)


@pytest.fixture
def small(
    tmp_path: Path, clock: Callable[[], datetime], scores: Callable[..., Scores], roster: Roster
) -> Iterator[Bench]:
    """The same on SQLite alone, for what no database has a say in."""
    ledger = sqlite_ledger(tmp_path)
    yield Bench(ledger, clock, Reader(scores), roster)
    ledger.close()


@pytest.fixture
def toots(bench: Bench) -> Iterator[Toots]:
    """A Mastodon that is followed, on each database."""
    yield from toots_of(bench)


@pytest.fixture
def few(small: Bench) -> Iterator[Toots]:
    """The same on SQLite alone."""
    yield from toots_of(small)


@pytest.fixture
def brands() -> Brands:
    """One brand, found in texts."""
    return Brands([BRAND], BrandMatcher({BRAND: ("acme", "parcel")}, {}))
