"""The SQLite index keeps the contract, also beside other processes, and in the ledger's file."""

import sqlite3
from pathlib import Path

import pytest

from monitors.errors import BadSettings, RetryLater
from monitors.index import open_index
from monitors.ports import Index, Search
from monitors.testing.index_checks import IndexChecks, fill, make_document, uids


class TestSqliteIndex(IndexChecks):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Index:
        """A new file."""
        index = open_index(f"sqlite:///{tmp_path}/index.db")
        index.prepare()
        return index


def test_shares_a_file_with_other_tables(tmp_path: Path) -> None:
    """The index lives in the ledger's file, and clearing it touches nothing else."""
    path = tmp_path / "kuula.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE posts (id)")
    connection.execute("INSERT INTO posts VALUES (1)")
    connection.commit()
    index = open_index(f"sqlite:///{path}")
    index.prepare()
    fill(index, make_document())
    index.clear()
    assert connection.execute("SELECT count(*) FROM posts").fetchone() == (1,)
    names = connection.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'posts'")
    assert all(name.startswith("index_") for (name,) in names)
    connection.close()


def test_searches_while_another_connection_writes(tmp_path: Path) -> None:
    """A writer that is in the middle of its work does not block searches, and shows nothing before it is done."""
    path = tmp_path / "index.db"
    index = open_index(f"sqlite:///{path}")
    index.prepare()
    fill(index, make_document())
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM index_posts")
    assert uids(index) == ["x:1"]
    connection.execute("ROLLBACK")
    connection.close()


def test_unusable_file_is_retried_later(tmp_path: Path) -> None:
    """A folder that is not there yet may be there later."""
    with pytest.raises(RetryLater, match="cannot be used"):
        open_index(f"sqlite:///{tmp_path}/nowhere/index.db").put([make_document()])


def test_damaged_file_needs_a_person(tmp_path: Path) -> None:
    """A file that is no database is a matter of settings, with the remedy."""
    (tmp_path / "index.db").write_bytes(b"no database" * 1000)
    with pytest.raises(BadSettings, match="damaged") as raised:
        open_index(f"sqlite:///{tmp_path}/index.db").count(Search())
    assert "reindex" in raised.value.remedy


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://", "postgresql://x:secret@y/z", "kuula.db", "https://"])
def test_unknown_address_is_refused(url: str) -> None:
    """An address that is no index's is refused without showing it, for it may hold a password."""
    with pytest.raises(BadSettings) as raised:
        open_index(url)
    assert "secret" not in str(raised.value)
