"""The desk under kill -9: no alert, promise or escalation is lost, and none is sent again once it has a receipt."""

from pathlib import Path

from fakes.kills import kill_at_random

KILLS = 40
"""Here; ``python -m benchmarks kills`` does it a thousand times on each database."""


def test_nothing_is_lost_or_doubled(ledger_url: str, tmp_path: Path) -> None:
    """People, guard and messengers die at random moments: what was committed is there, and everybody heard once."""
    found = kill_at_random(ledger_url, tmp_path, KILLS, seed=KILLS)
    print(found)
    assert found.wrong == []
    assert min(found.incidents, found.promises, found.escalations, found.broken, found.messages) > 0
