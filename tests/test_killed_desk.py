"""The desk under kill -9: no alert, promise or escalation is lost, and none is sent again once it has a receipt."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.kills import kill_at_random
from servers.ledgers import postgres_database

KILLS = 40
"""Here; ``python -m benchmarks kills`` does it a thousand times on each database."""


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a ledger that does not exist yet, once on each database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kuula.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def test_nothing_is_lost_or_doubled(ledger_url: str, tmp_path: Path) -> None:
    """People, guard and messengers die at random moments: what was committed is there, and everybody heard once."""
    found = kill_at_random(ledger_url, tmp_path, KILLS, seed=KILLS)
    print(found)
    assert found.wrong == []
    assert min(found.incidents, found.promises, found.escalations, found.broken, found.messages) > 0
