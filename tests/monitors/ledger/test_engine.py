"""Opening and migrating the ledger, and its transactions."""

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from monitors.errors import BadSettings, RetryLater
from monitors.ledger.columns import metadata
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import keys


def test_migrations_give_the_tables_of_the_code(ledger: Ledger) -> None:
    """A migrated database and the schema in the code do not differ, so no migration was forgotten."""
    with ledger.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(ledger: Ledger) -> None:
    """Every process may migrate when it starts."""
    with ledger.write() as tx:
        tx.execute(insert(keys).values(name="kept", value="yes"))
    ledger.migrate()
    with ledger.read() as tx:
        assert tx.execute(select(keys.c.value)).scalars().all() == ["yes"]


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    """What was written before an error is gone with it."""
    with pytest.raises(RuntimeError, match="on the way"), ledger.write() as tx:  # noqa: PT012
        tx.execute(insert(keys).values(name="lost", value="x"))
        raise RuntimeError("on the way")
    with ledger.read() as tx:
        assert tx.execute(select(keys)).all() == []


def test_readers_cannot_write(ledger: Ledger) -> None:
    """Nothing that was only meant to be looked at is changed by accident."""
    with contextlib.suppress(DBAPIError), ledger.read() as tx:
        tx.execute(insert(keys).values(name="sneaked", value="x"))
    with ledger.read() as tx:
        assert tx.execute(select(keys)).all() == []


def test_writers_wait_for_each_other(ledger: Ledger) -> None:
    """Two threads that add to the same number do not lose an addition, and neither gives up as busy."""
    with ledger.write() as tx:
        tx.execute(insert(keys).values(name="count", value="0"))

    def add() -> None:
        for _ in range(20):
            with ledger.write() as tx:
                row = tx.execute(select(keys.c.value).where(keys.c.name == "count").with_for_update()).scalar_one()
                tx.execute(keys.update().values(value=str(int(row) + 1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as tx:
        assert tx.execute(select(keys.c.value)).scalar_one() == "80"


def test_times_keep_their_zone(ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """A time comes back aware and equal, and a time without a zone is refused."""
    from monitors.ledger import audit

    with ledger.write() as tx:
        audit.record(tx, clock(), "ann", "looked", "nothing")
        assert audit.newest(tx)[0].at == clock()
        with pytest.raises(Exception, match="without a zone"):
            audit.record(tx, clock().replace(tzinfo=None), "ann", "looked", "nothing")


def test_an_address_that_means_nothing_is_bad_settings() -> None:
    """The error names the key and what to write, and does not repeat the address, which may hold a password."""
    with pytest.raises(BadSettings) as caught:
        Ledger("my secret database")
    assert caught.value.key == "ledger.url"
    assert "secret" not in str(caught.value) + caught.value.remedy


def test_a_kind_of_ledger_that_nobody_knows_is_bad_settings() -> None:
    """An address such as ``postgres://``, which other programs take, is told what to write instead, without itself."""
    with pytest.raises(BadSettings, match="no kind of ledger called postgres") as caught:
        Ledger("postgres://nobody:secret@127.0.0.1:9/none")
    assert "postgresql+psycopg://" in caught.value.remedy
    assert "secret" not in str(caught.value) + caught.value.remedy


def test_a_folder_that_cannot_be_made_is_bad_settings(tmp_path: Path) -> None:
    """Where no folder can be made for the ledger's file, that is a wrong setting and no accident."""
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="cannot be written: Not a directory"):
        Ledger(f"sqlite:///{tmp_path}/file/below/kuula.db")


def test_a_server_that_is_down_is_retry_later(tmp_path: Path) -> None:
    """A database that does not answer is a reason to wait, not to crash."""
    ledger = Ledger("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(RetryLater), ledger.read():
        pass


def test_a_missing_driver_is_named() -> None:
    """An address whose driver is not installed is a wrong setting, with what to install."""
    with pytest.raises(BadSettings, match="needs the package pg8000") as caught:
        Ledger("postgresql+pg8000://nobody@127.0.0.1:9/none")
    assert "kuula[production]" in str(caught.value.remedy)
