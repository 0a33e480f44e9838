"""What people change in the rota, on each database."""

from datetime import UTC, datetime, timedelta

from fakes.race import race

from models.rota import Change, ChangeKind
from monitors.ledger import rota
from monitors.ledger.engine import Ledger, Tx

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ASKED = Change(ChangeKind.ASK, "ann", NOW, NOW + timedelta(hours=8))


def _ask(tx: Tx) -> None:
    rota.hold(tx)
    rota.make(tx, ASKED, "ann", NOW)


def test_a_double_tap_of_the_same_moment_is_one_change(ledger: Ledger) -> None:
    """Two transactions write the same change down at once: the second finds the first's."""
    assert race(ledger, _ask, _ask) == []
    with ledger.read() as tx:
        assert [one.change for one in rota.standing(tx, NOW, NOW)] == [ASKED]
