"""The desk under kill -9: no alert, promise or escalation is lost, and none is sent again once it has a receipt.

Nor is anything that the pages said is done, or any event that another system is told of.
"""

from pathlib import Path

from fakes.kills.run import kill_at_random

KILLS = 42
"""Here; ``python -m benchmarks kills`` does it a thousand times on each database."""


def test_nothing_is_lost_or_doubled(ledger_url: str, tmp_path: Path) -> None:
    """Pages, people, guards, messengers and tellers die at random moments: what was said is there, and once."""
    found = kill_at_random(ledger_url, tmp_path, KILLS, seed=KILLS)
    print(found)
    assert found.wrong == []
    assert min(found.of.values()) > 0
