"""The pages over a town, at a time that stands still."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.town import PASSWORD, Browser, Clock, Town, enter, fill, settle

from monitors import passwords


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
