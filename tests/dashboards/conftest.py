"""The pages over a town, at a time that stands still."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.town import PASSWORD, Browser, Clock, Town, enter, fill, settle
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect, sync_playwright

from monitors import passwords

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 30_000.0
"""Milliseconds that a page may take to become what a test expects: the machine may be busy with others."""


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Chromium]:
    """The Chromium of this machine."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def hashed() -> str:
    """One password hash for everybody, because making one takes its time on purpose."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def clock() -> Clock:
    """Noon in Tallinn, on a day in March."""
    return Clock()


@pytest.fixture
def empty(tmp_path: Path, clock: Clock, hashed: str) -> Iterator[Town]:
    """People, and nothing that happened yet."""
    town = settle(tmp_path, clock, hashed)
    yield town
    town.ledger.close()


@pytest.fixture
def town(empty: Town) -> Town:
    """Three incidents in three languages, praise, a message, a source that works and one that does not."""
    fill(empty)
    return empty


@pytest.fixture
def as_(town: Town) -> Callable[[str | None], Browser]:
    """Open the pages over the town as somebody."""
    return lambda name: enter(town, name)
