"""Bringing the tables up to date is all or nothing, and done once by those who start together."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from monitors.ledger.engine import Ledger

MIGRATE = "import sys; from monitors.ledger.engine import Ledger; Ledger(sys.argv[1]).migrate()"


def test_a_start_that_is_killed_leaves_no_half_tables(tmp_path: Path) -> None:
    """Whoever looks while the first process makes the tables sees none or all of them, so that a kill does no harm."""
    file = tmp_path / "kuula.db"
    seen: set[int] = set()
    with subprocess.Popen([sys.executable, "-c", MIGRATE, f"sqlite:///{file}"]) as process:
        while process.poll() is None:
            if file.exists():
                connection = sqlite3.connect(file)
                seen.add(connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0])
                connection.close()
            time.sleep(0.001)
    assert process.returncode == 0
    assert len(seen - {0}) <= 1, f"half of the tables were there: {seen}"


def test_those_who_start_together_do_not_collide(tmp_path: Path) -> None:
    """Four processes that open a new ledger at once all find it whole."""
    url = f"sqlite:///{tmp_path / 'kuula.db'}"
    started = [subprocess.Popen([sys.executable, "-c", MIGRATE, url]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    ledger = Ledger(url)
    ledger.migrate()
    ledger.close()
