"""Opening the ledger: one engine, write transactions that start as writers, and migrations that bring it up to date."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from monitors.errors import BadSettings, RetryLater

Tx: TypeAlias = Connection

BUSY_SECONDS = 30.0
_ADDRESSES = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"

# SQLite has one class for a busy file and for a statement that does not fit its tables; waiting helps the first only.
_WRONG_TABLES = ("no such", "table", "near", "duplicate column", "ambiguous")


class Ledger:
    """The door to the truth. ``write()`` and ``read()`` give a transaction; the modules beside this one use it.

    A transaction either commits as a whole when its block ends, or leaves nothing behind.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _open(url)

    @property
    def embedded(self) -> bool:
        """Whether the ledger is a SQLite file of this machine rather than a PostgreSQL server."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction that may change the ledger."""
        with _database_errors(), self.engine.connect() as connection:
            if self.embedded:
                # A transaction that reads first and writes later could not get the lock any more once another writer
                # has committed: writers queue at the start instead.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent view of the ledger that cannot change it."""
        with _database_errors(), self.engine.connect() as connection:
            if self.embedded:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to the newest version; does nothing when they are."""
        if not self.is_current():
            with _database_errors():
                command.upgrade(self.migrations(), "head")

    def is_current(self) -> bool:
        """Whether the tables are of the newest version."""
        with _database_errors(), self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current == ScriptDirectory.from_config(self.migrations()).get_current_head()

    def migrations(self) -> Config:
        """The Alembic configuration for this ledger, also for ``kuula ledger`` commands and tests."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["engine"] = self.engine
        return config

    def empty_log(self) -> None:
        """Cut SQLite's log, where pages lie as they were before a deletion; one that is being read is left as it is."""
        if self.embedded:
            with _database_errors(), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _open(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadSettings(
            "the ledger's address is not understood",
            key="ledger.url",
            remedy=_ADDRESSES,
        ) from error
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    try:
        return create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=10)
    except NoSuchModuleError as error:
        raise BadSettings(
            f"there is no kind of ledger called {parsed.drivername}", key="ledger.url", remedy=_ADDRESSES
        ) from error
    except ModuleNotFoundError as error:
        raise BadSettings(
            f"{parsed.get_backend_name()} needs the package {error.name}, which is not installed",
            key="ledger.url",
            remedy="In a checkout: make extra EXTRA=production; elsewhere install the extra, kuula[production].",
        ) from error


def _make_private(file: Path) -> None:
    """Posts are personal data: what SQLite would make readable for everybody is only its owner's."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise BadSettings(
            f"the ledger's file cannot be written: {error.strerror}", key="ledger.url", remedy="Choose another folder."
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling starts them too late; SQLAlchemy documents switching it off like this.
    connection.isolation_level = None
    for pragma in (
        # Before the others: they too wait for a process that is bringing the tables up to date.
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        # What was deleted is overwritten: a post that is gone must not be left in the file.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if _reason(error).startswith(_WRONG_TABLES):
            raise
        raise RetryLater(f"the ledger cannot be reached or is busy: {_reason(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise RetryLater(f"the ledger closed the connection: {_reason(error)}") from error
        raise


def _reason(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0] if error.orig and str(error.orig) else type(error).__name__


def worker_name() -> str:
    """Who holds a claim: the process, as far as this machine can tell them apart."""
    return f"{os.uname().nodename}:{os.getpid()}"
