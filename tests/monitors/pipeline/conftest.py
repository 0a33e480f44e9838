"""A bench with every step of the pipeline on each database, people to call, and a brand to watch."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fakes.pipeline import BRAND, Bench, Reader
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
def brands() -> Brands:
    """One brand, found in texts."""
    return Brands([BRAND], BrandMatcher({BRAND: ("acme", "parcel")}, {}))
