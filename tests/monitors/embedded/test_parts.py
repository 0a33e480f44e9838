"""Processes that are started, watched, and ended with all their children."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitors.embedded.parts import Part, Parts

# A child in a session of its own that takes no hint, as a worker in trouble would.
STUBBORN = """
import subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
time.sleep(600)
"""


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """No processes yet; none afterwards."""
    (tmp_path / "home").mkdir()
    parts = Parts(tmp_path / "home", os.environ)
    yield parts
    parts.end()
    for part in parts.running:
        part.process.wait()


def _start(parts: Parts, program: str) -> Part:
    return parts.start("part", [sys.executable, "-c", program], parts.home / "part.log")


def _await(ready: object) -> None:
    deadline = time.monotonic() + 30
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_ending_reaches_children_that_left(parts: Parts) -> None:
    """A child in another session that ignores SIGTERM is gone too."""
    part = _start(parts, STUBBORN)
    _await(lambda: "up" in part.log.read_text())
    assert len(parts.left()) == 2
    parts.end()
    assert parts.left() == []


def test_what_a_killed_start_left_is_found(parts: Parts) -> None:
    """Another start in the same place ends processes that it never started; those of other places are not touched."""
    _start(parts, "import time; time.sleep(600)")
    later = Parts(parts.home, os.environ)
    elsewhere = Parts(parts.home.parent, os.environ)
    _await(lambda: later.left())
    elsewhere.end()
    assert len(later.left()) == 1
    later.end()
    assert parts.left() == []


def test_a_part_that_dies_is_noticed(parts: Parts) -> None:
    """It is named, with its last words."""
    _start(parts, "import time; time.sleep(600)")
    assert parts.dead() is None
    short = _start(parts, "raise SystemExit('the disk is full')")
    short.process.wait()
    assert parts.dead() is short
    assert short.last_words() == "the disk is full"
