"""``kuula rota``: who is on duty at a time, with what people changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.rota import Change, ChangeKind
from monitors.__main__ import main
from monitors.ledger import people, rota
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role

SETTINGS = """
[people.ann]
quiet = [{from = 22:00:00, until = 07:00:00}]
[people.bob]
[people.cid]
[rota]
countries = ["EE"]
[[rota.duties]]
name = "night"
people = ["bob"]
from = 20:00:00
until = 08:00:00
[hours]
open = [{days = ["mon", "tue", "wed", "thu", "fri"], from = 08:00:00, until = 20:00:00}]
"""


@pytest.fixture
def ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Run ``kuula rota`` on these settings; gives its lines."""
    (tmp_path / "kuula.toml").write_text(SETTINGS, "utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> list[str]:
        with pytest.raises(SystemExit):
            main(["rota", *arguments])
        return capsys.readouterr().out.splitlines()

    return run


def test_a_holiday_night_is_told_in_words(ask: Callable[..., list[str]]) -> None:
    """Who has it, who is next, who sleeps, and what waits until when; the clocks are those of the rota."""
    assert ask("--at", "2026-02-24 23:30") == [
        "Tue 2026-02-24 23:30 EET, iseseisvuspäev",
        "on duty: bob",
        "next: bob, night, Wed 2026-02-25 20:00",
        "called in this order: bob, cid, ann",
        "with a duty, though no message reaches them: bob",
        "in their quiet hours: ann",
        "the team is not there: risks below 50 wait until Wed 2026-02-25 08:00",
    ]
    assert "called in this order: bob, ann, cid" in ask("--at", "2026-02-24 23:30", "--urgent")


def test_a_swap_of_the_ledger_is_told(ask: Callable[..., list[str]], tmp_path: Path) -> None:
    """Cid has Bob's night; by day nobody is on duty, and Cid comes next."""
    ask()
    ledger = Ledger(f"sqlite:///{tmp_path / '.kuula' / 'kuula.db'}")
    night = (datetime(2026, 3, 2, 18, tzinfo=UTC), datetime(2026, 3, 3, 6, tzinfo=UTC))
    with ledger.write() as tx:
        rota.make(tx, Change(ChangeKind.SWAP, "bob", *night, "cid"), "bob", datetime(2026, 3, 1, tzinfo=UTC))
    ledger.close()
    assert ask("--at", "2026-03-02 12:00")[1:3] == ["on duty: nobody", "next: cid, night, Mon 2026-03-02 20:00"]
    assert ask("--at", "2026-03-02 20:00")[1] == "on duty: cid"


def test_a_zone_that_nobody_knows_is_told_of(ask: Callable[..., list[str]], tmp_path: Path) -> None:
    """A zone in the ledger that this machine does not know is named with whose it is; the rota is told."""
    ask()
    ledger = Ledger(f"sqlite:///{tmp_path / '.kuula' / 'kuula.db'}")
    with ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.SUPPORT, "en", "Mars/Olympus"), "test", datetime.now(UTC))
    ledger.close()
    lines = ask("--at", "2026-02-24 23:30")
    assert "their time zone is not known, so that the clocks of the rota count: ann" in lines
    assert "in their quiet hours: ann" in lines


def test_a_duty_of_somebody_who_was_locked_out_is_told(ask: Callable[..., list[str]], tmp_path: Path) -> None:
    """Nobody is on duty in truth: it is said whose duty it would be, and the next person is called."""
    ask()
    ledger = Ledger(f"sqlite:///{tmp_path / '.kuula' / 'kuula.db'}")
    with ledger.write() as tx:
        people.deactivate(tx, "bob", "test", datetime.now(UTC))
    ledger.close()
    lines = ask("--at", "2026-02-24 23:30")
    assert lines[1] == "on duty: nobody"
    assert "with a duty, though they may not handle incidents: bob" in lines


def test_without_duties_it_is_said_who_is_called(ask: Callable[..., list[str]], tmp_path: Path) -> None:
    """Nobody is on duty where there is no rota, and everybody is called all the same."""
    (tmp_path / "kuula.toml").write_text("[people.ann]\n[people.bob]\n", "utf-8")
    lines = ask()
    assert "everybody is called" in lines[1]
    assert "called in this order: ann, bob" in lines
