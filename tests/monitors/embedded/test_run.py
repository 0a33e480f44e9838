"""The whole embedded system, as ``make run`` starts it."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest
from filelock import FileLock

from monitors.embedded.parts import Parts
from monitors.embedded.place import check_free
from monitors.embedded.progress import Progress, Standing
from monitors.embedded.run import AlreadyRunning, run
from monitors.errors import BadSettings
from monitors.ledger import outbox
from monitors.ledger.engine import Ledger
from monitors.settings.sections import Pages

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[3]
STANDING = REPOSITORY / "tests" / "fakes" / "standing.py"
PATIENCE_SECONDS = 200


def test_starting_twice_is_refused(tmp_path: Path) -> None:
    """While it runs in a folder, a second start there says so and touches nothing."""
    (tmp_path / ".kuula").mkdir()
    with FileLock(tmp_path / ".kuula" / "running.lock"), pytest.raises(AlreadyRunning, match="runs in"):
        run(tmp_path, os.environ, io.StringIO())
    assert not (tmp_path / ".kuula" / "kuula.toml").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_is_taken_is_told_before_anything_begins(folder: Path, host: str) -> None:
    """Nobody is told of ready pages or a password that are another Kuula's: no log, no ledger, no password is made."""
    screen = io.StringIO()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (folder / "kuula.toml").write_text(f'[pages]\nhost = "{host}"\nport = {port}\n[people.ann]\nrole = "admin"\n')
        with pytest.raises(BadSettings, match=f"port {port} on {host} is taken") as raised:
            run(folder, os.environ, screen)
    assert "below `[pages]`: `port = " in raised.value.remedy
    assert screen.getvalue() == ""
    made = {path.name for path in (folder / ".kuula").rglob("*") if path.is_file()}
    assert made <= {"running.lock", "secrets.json"}
    assert Parts(folder / ".kuula", {}).left() == []


def test_a_port_that_only_the_pages_would_know_is_refused() -> None:
    """Port 0 takes any free one, at which the whole system could not look for its pages."""
    with pytest.raises(BadSettings, match="known before") as raised:
        check_free(Pages(port=0))
    assert raised.value.key == "pages.port"


def _told(*standings: tuple[int, Standing], resumed: Standing | None = None) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    status: list[str] = []
    progress = Progress(NOW, ZoneInfo("Europe/Tallinn"), "http://pages", lines.append, status.append)
    if resumed:
        progress.resume(resumed)
    for seconds, standing in standings:
        progress.show(standing, NOW + timedelta(seconds=seconds))
    return lines, status


def test_each_step_is_told_once_and_then_the_status() -> None:
    """Posts, scores and the first alert with its page and local time; from then on only the status line."""
    new = Standing(posts=3, unscored=3, alerts=0, sent=0, open=0, first=None)
    done = Standing(posts=3, unscored=0, alerts=1, sent=1, open=1, first=7)
    lines, status = _told((20, new), (21, new), (30, done), (31, done))
    assert lines == [
        "   20 s  First posts came in: 3",
        "   30 s  Scored: 3",
        "   30 s  First alert at 14:00:30 EET: http://pages/incidents/7",
    ]
    assert status[-1].startswith("14:00:31 EET  3 posts, 1 alert, 1 open incident.")


def test_a_chain_that_stands_still_is_told_once() -> None:
    """After four minutes without posts, and four from the first without scores, people are told where to look."""
    none = Standing(posts=0, unscored=0, alerts=0, sent=0, open=0, first=None)
    still = Standing(posts=2, unscored=2, alerts=0, sent=0, open=0, first=None)
    lines, status = _told((239, none), (241, none), (600, still), (839, still), (841, still), (842, still))
    where = "Look on Airflow's page for tasks that failed."
    assert lines == [
        f"  241 s  No posts came in yet; see http://pages/sources. {where}",
        "  600 s  First posts came in: 2",
        f"  841 s  Nothing is scored yet. {where}",
    ]
    assert status == []


def test_a_later_start_tells_where_it_goes_on() -> None:
    """What was there before is not told as new."""
    before = Standing(posts=3, unscored=0, alerts=1, sent=1, open=1, first=7)
    lines, status = _told((5, before), resumed=before)
    assert lines == ["         Going on from 3 posts and 1 alert."]
    assert len(status) == 1


@contextmanager
def _started(folder: Path, output: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "monitors", "embedded"))],
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell's background jobs ignore SIGINT, and hand that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(pattern: str, output: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := re.search(pattern, output.read_text())):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.3)
    return found[0]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder to start in; nothing runs there afterwards."""
    (tmp_path / "dags").symlink_to(REPOSITORY / "dags")
    yield tmp_path
    Parts(tmp_path / ".kuula", {}).end(at_once=True)


def test_a_second_interrupt_ends_at_once(folder: Path) -> None:
    """A part that does not end is waited for; being asked again ends everything, and no process is left."""
    output = folder / "output"
    with _started(folder, output, str(STANDING), "stubborn") as process:
        _wait_for("Airflow is ready", output, process)
        _wait_for("up", folder / ".kuula" / "logs" / "airflow-scheduler.log", process)
        process.send_signal(signal.SIGINT)
        _wait_for("Stopping", output, process)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert Parts(folder / ".kuula", {}).left() == []


@pytest.mark.parametrize("part", ["pages", "airflow-scheduler"])
def test_a_part_that_dies_ends_everything(folder: Path, part: str) -> None:
    """It is named with its log, the exit code says that something is wrong, and no process is left."""
    output, log = folder / "output", folder / ".kuula" / "logs" / f"{part}.log"
    with _started(folder, output, str(STANDING)) as process:
        _wait_for("Airflow is ready", output, process)
        [victim] = [one for one in Parts(folder / ".kuula", {}).left() if _log_of(one) == log]
        victim.kill()
        assert process.wait(timeout=PATIENCE_SECONDS) != 0
    assert f"{part} ended by itself (-9). Its last words, from {log}:" in output.read_text()
    assert Parts(folder / ".kuula", {}).left() == []


def _log_of(process: psutil.Process) -> Path:
    return Path(f"/proc/{process.pid}/fd/1").readlink()


def test_a_clean_up_that_fails_is_told_and_ends_nothing(folder: Path) -> None:
    """Airflow's old rows stay for another day; posts and promises do not wait for that."""
    output = folder / "output"
    with _started(folder, output, str(STANDING)) as process:
        _wait_for(r"airflow-clean ended by itself \(1\)[^\n]*\nno room", output, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0


@pytest.mark.scheduler
@pytest.mark.timeout(600)
def test_run_kill_run_again_and_interrupt(tmp_path: Path) -> None:
    """The first alert comes; a kill -9 is cleaned up by the next start, which doubles nothing; Ctrl-C leaves nobody."""
    (tmp_path / "dags").symlink_to(REPOSITORY / "dags")
    output = tmp_path / "output"
    left = Parts(tmp_path / ".kuula", {}).left
    try:
        with _started(tmp_path, output) as process:
            _wait_for(r"password \S+", output, process)
            _wait_for(r"First alert at .*/incidents/\d+", output, process)
            process.kill()
        assert left()
        before = _sent(tmp_path)
        with _started(tmp_path, output) as process:
            _wait_for("Going on from", output, process)
            _wait_for("Airflow is ready", output, process)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
        assert "with the password" not in output.read_text()
        assert left() == []
    finally:
        Parts(tmp_path / ".kuula", {}).end()
    with _ledger(tmp_path) as ledger, ledger.read() as tx:
        assert outbox.counts(tx)[outbox.SENT] >= before
        alerts = tx.exec_driver_sql("SELECT incident_id FROM outbox WHERE kind = 'alert'").scalars().all()
        assert sorted(alerts) == tx.exec_driver_sql("SELECT id FROM incidents ORDER BY id").scalars().all()


def _sent(folder: Path) -> int:
    with _ledger(folder) as ledger, ledger.read() as tx:
        return outbox.counts(tx)[outbox.SENT]


@contextmanager
def _ledger(folder: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{folder / '.kuula' / 'kuula.db'}")
    try:
        yield ledger
    finally:
        ledger.close()
