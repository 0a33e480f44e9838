"""A thousand random kills of the desk's processes, on each database: what was lost, and what was done or sent twice."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from fakes.kills.run import kill_at_random
from servers.ledgers import postgres_database
from servers.postgres import postgres

from benchmarks.table import Row

KILLS = 1_000
SEED = 20_260


def measure() -> Iterator[Row]:
    """One row a database."""
    with tempfile.TemporaryDirectory() as folder:
        yield _row("SQLite", f"sqlite:///{folder}/kuula.db", Path(folder))
    with tempfile.TemporaryDirectory() as folder, postgres() as server, postgres_database(server) as url:
        yield _row("PostgreSQL", url, Path(folder))


def _row(name: str, url: str, folder: Path) -> Row:
    found = kill_at_random(url, folder, KILLS, SEED, for_good=True)
    return Row(f"kill -9, {name}", str(found), goal="nothing lost or doubled", met=not found.wrong)
