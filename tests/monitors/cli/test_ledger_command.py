"""``kuula ledger migrate``: what runs once before many processes open the ledger."""

import sqlite3
from pathlib import Path

import pytest

from monitors.__main__ import main


def test_migrate_makes_the_tables_and_enters_the_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty place becomes a ledger with the people of the settings, and a second run leaves it as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kuula.toml").write_text('[brands.A]\nnames = ["A"]\n[people.mari]\n[ledger]\nurl = "sqlite:///l.db"\n')
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["ledger", "migrate"])
        assert ended.value.code == 0
        assert "up to date" in capsys.readouterr().out
        with sqlite3.connect(tmp_path / "l.db") as ledger:
            assert ledger.execute("SELECT name FROM people").fetchall() == [("mari",)]
        ledger.close()
