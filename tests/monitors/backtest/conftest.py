"""A team on an SQLite ledger, and a workshop for its replays."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.replays import team

from models.scores import Scores
from monitors.backtest.tape import Workshop, workshop
from monitors.bootstrap import House


@pytest.fixture
def house(tmp_path: Path, scores: Callable[..., Scores]) -> Iterator[House]:
    """A team whose ledger is an SQLite file."""
    opened = team(tmp_path, "sqlite:///kuula.db", scores)
    yield opened
    opened.close()


@pytest.fixture
def shop() -> Iterator[Workshop]:
    """A folder for replays."""
    with workshop() as opened:
        yield opened
