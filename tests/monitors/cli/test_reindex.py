"""``kuula reindex`` that is killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from monitors.index.sqlite import SqliteIndex
from monitors.ledger import indexing
from monitors.ledger.engine import Ledger
from monitors.ports import Search

SETTINGS = """
[brands.Acme]
names = ["Acme"]
[sources.export]
kind = "file"
path = "posts.csv"
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
[ledger]
url = "sqlite:///kuula.db"
[index]
url = "sqlite:///index.db"
"""
POSTS = 3000


def test_a_killed_rebuild_goes_on_and_is_complete(tmp_path: Path) -> None:
    """kill -9 in the middle, then again: every post is found, none twice, and nothing is left in line."""
    (tmp_path / "kuula.toml").write_text(SETTINGS, "utf-8")
    rows = [f"{number},2026-11-20T09:00:00Z,a{number},Acme parcel {number}" for number in range(POSTS)]
    (tmp_path / "posts.csv").write_text("\n".join(["id,created_at,author,text", *rows]), "utf-8")
    _kuula(tmp_path, "run", "--once").wait(240)
    index = SqliteIndex(tmp_path / "index.db")
    assert index.count(Search()) == POSTS
    first = _kuula(tmp_path, "reindex", "--clear")
    _until_some(index, first)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert 0 < index.count(Search()) < POSTS
    second = _kuula(tmp_path, "reindex", "--clear")
    assert second.wait(120) == 0
    found = [hit.uid for hit in index.search(Search(), size=POSTS + 1).hits]
    assert len(found) == len(set(found)) == index.count(Search()) == POSTS
    ledger = Ledger(f"sqlite:///{tmp_path / 'kuula.db'}")
    with ledger.read() as tx:
        assert indexing.length(tx) == 0
    ledger.close()


def _kuula(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "monitors", *arguments], cwd=folder, stdout=quiet, stderr=quiet)


def _until_some(index: SqliteIndex, rebuild: subprocess.Popen[bytes]) -> None:
    while not 0 < index.count(Search()) < POSTS:
        assert rebuild.poll() is None, "it was over before it could be killed"
        time.sleep(0.002)
