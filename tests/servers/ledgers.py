"""Fresh ledgers for tests: an SQLite file, or a database of its own on a real PostgreSQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from monitors.ledger.engine import Ledger


def sqlite_ledger(folder: Path) -> Ledger:
    """A migrated ledger in an SQLite file."""
    ledger = Ledger(f"sqlite:///{folder / 'kuula.db'}")
    ledger.migrate()
    return ledger


@contextmanager
def postgres_database(server_url: str) -> Iterator[str]:
    """The address of an empty database that exists as long as the block."""
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()
