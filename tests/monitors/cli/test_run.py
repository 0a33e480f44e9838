"""``kuula run``, ``explain`` and ``reindex`` as processes: what they print, how they end."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitors.drill.network import script

SETTINGS = """
[ledger]
url = "sqlite:///kuula.db"
[index]
url = "sqlite:///index.db"
[brands.Paklo]
names = ["Paklo"]
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""
FILE = '[sources.rows]\nkind = "file"\npath = "rows.csv"\n'
ROWS = """id,text,author,created_at
1,"Paklo: the battery exploded and burned my child, I will sue you",a,2026-11-20T10:00:00Z
2,"Paklo parcel is late, bad service",b,2026-11-20T10:01:00Z
3,"thank you Paklo, lovely",c,2026-11-20T10:02:00Z
4,"nothing here",d,2026-11-20T10:03:00Z
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings and a file of rows."""
    (tmp_path / "kuula.toml").write_text(SETTINGS + FILE, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def _command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "monitors", "--settings", str(home / "kuula.toml"), *words]


def _kuula(home: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(_command(home, *words), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout + (done.stderr if code else "")


def test_once_explain_and_reindex(home: Path) -> None:
    """One run counts right in its last line, every decision can be explained, and the index can be built again."""
    said = json.loads(_kuula(home, "run", "--once").splitlines()[-1])
    assert (said["read"], said["stored"], said["skipped"]) == (4, 3, 1)
    assert said["incidents"] >= 1
    alerted = _kuula(home, "explain", "rows:1")
    for part in ("decision for Paklo: alert", "signal:", "incident 1", "alert to ann by log: confirmed", "severity:"):
        assert part in alerted
    assert "decision for Paklo: drop" in _kuula(home, "explain", "rows:3")
    assert "no post" in _kuula(home, "explain", "rows:4", code=2)
    (home / "index.db").unlink()
    assert "3 posts are in the index" in _kuula(home, "reindex")


def test_once_says_what_was_skipped_and_who_brought_nothing(home: Path) -> None:
    """Each reason has its count and its last example, an empty source is named, and a source that works is not."""
    with (home / "kuula.toml").open("a", encoding="utf-8") as file:
        file.write('[sources.empty]\nkind = "file"\npath = "empty.csv"\n')
    (home / "empty.csv").write_text("id,text,author,created_at\n", encoding="utf-8")
    (home / "rows.csv").write_text(ROWS + '5,"Paklo",e,never\x1b[31m\n', encoding="utf-8")
    done = subprocess.run(_command(home, "run", "--once"), capture_output=True, text=True, timeout=120, check=True)
    assert "What came of it, since the ledger began" in done.stdout
    assert "Nobody is told" not in done.stderr
    notes = [line for line in done.stderr.splitlines() if line.startswith(("rows", "empty", "To see"))]
    assert sorted(notes) == [
        "To see what it brings: kuula sources probe rows",
        "empty has brought nothing so far. To see what it would bring: kuula sources probe empty",
        f"empty: path leads to a file without rows now: {home / 'empty.csv'}. Put posts there, or correct the path.",
        "rows: bad time, 1 so far; the last: rows.csv line 6: not a time: 'never\\x1b[31m'",
        "rows: no brand, 1 so far; the last: 4: it names no watched brand",
    ]


@pytest.mark.parametrize("people", ["", "[people.ann]\n", '[people.ann]\nrole = "viewer"\nchannels = ["log"]\n'])
def test_once_says_that_nobody_is_told(home: Path, people: str) -> None:
    """The table counts an alert; whoever has nobody to send it to hears that below."""
    (home / "kuula.toml").write_text(SETTINGS.partition("[people")[0] + people + FILE, encoding="utf-8")
    done = subprocess.run(_command(home, "run", "--once"), capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["alerts"] > 0
    assert "Nobody is told of alerts: add `[people.NAME]` with" in done.stderr


def test_an_old_file_alerts_in_its_own_time_and_the_log_before_the_table(home: Path) -> None:
    """As the README says: what was written years ago alerts as it would have then, and the log shows that first."""
    (home / "rows.csv").write_text(ROWS.replace("2026-11", "2021-11"), encoding="utf-8")
    done = subprocess.run(
        _command(home, "run", "--once"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1])["alerts"] > 0
    before, _, _ = done.stdout.partition("What came of it")
    assert '"key": "incident 1:ann:log"' in before


def test_once_tells_a_whole_drill(home: Path) -> None:
    """The stories of a drill are told to their end, and alert; running it again tells nothing twice."""
    (home / "kuula.toml").write_text(SETTINGS + '[sources.drill]\nkind = "drill"\n', encoding="utf-8")
    said = _kuula(home, "run", "--once").splitlines()[-1]
    assert json.loads(said)["stored"] > len(script()) / 2
    assert json.loads(said)["alerts"] > 0
    again = json.loads(_kuula(home, "run", "--once").splitlines()[-1])
    assert again["stored"] == json.loads(said)["stored"]


def test_a_source_that_stops_leaves_the_others(home: Path) -> None:
    """One file is missing: the other is read to its end, and the exit code says that something needs a person."""
    with (home / "kuula.toml").open("a", encoding="utf-8") as file:
        file.write('[sources.absent]\nkind = "file"\npath = "absent.csv"\n')
    out = _kuula(home, "run", "--once", code=1)
    assert '"stored": 3' in out
    assert "absent.csv" in out


def test_an_error_names_its_source(home: Path) -> None:
    """With two sources of one server, whoever reads the terminal knows which one failed and what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with (home / "kuula.toml").open("a", encoding="utf-8") as file:
        for name in ("nearby", "faraway"):
            file.write(f'[sources.{name}]\nkind = "mastodon"\nbase_url = "{address}"\n')
        file.write('[sources.absent]\nkind = "file"\npath = "absent.csv"\n')
    out = " ".join(_kuula(home, "run", "--once", code=1).split())
    for name in ("nearby", "faraway"):
        assert f"A source stopped early: {name}: {address}" in out
    assert "nobody answers there" in out
    assert "A source stopped early: absent: there is no file" in out
    assert "correct the path in the settings." in out
    assert "kuula: absent: there is no file" in out


def test_watching_until_an_alert_and_stopping(home: Path) -> None:
    """The drill at high speed alerts through the log; Ctrl-C ends it cleanly, and what it stored is whole."""
    drill = '[sources.drill]\nkind = "drill"\nspeed = 600\nevery_seconds = 1\n'
    (home / "kuula.toml").write_text(SETTINGS + drill, encoding="utf-8")
    log = home / "log"
    with log.open("w") as out, subprocess.Popen(_command(home, "run"), stdout=out, stderr=out) as process:
        deadline = time.monotonic() + 90
        while '"key": "incident 1:ann:log"' not in log.read_text("utf-8") and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert log.read_text("utf-8").rstrip().endswith("Stopped.")


def test_stopping_while_a_source_does_not_answer(home: Path) -> None:
    """Ctrl-C ends it cleanly although a server has taken the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"
        feed = f'[sources.rss]\nkind = "rss"\nfeeds = ["{address}"]\nallow_private = true\ntimeout_seconds = 3000\n'
        (home / "kuula.toml").write_text(SETTINGS + feed, encoding="utf-8")
        log = home / "log"
        with log.open("w") as out, subprocess.Popen(_command(home, "run"), stdout=out, stderr=out) as process:
            silent.settimeout(30)
            call, _ = silent.accept()
            with call:
                assert call.recv(10)
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == 0, log.read_text("utf-8")
    assert log.read_text("utf-8").rstrip().endswith("Stopped.")
