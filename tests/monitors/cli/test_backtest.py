"""``kuula backtest`` as a process: what it prints, what it keeps, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fakes.replays import SETTINGS, posts_csv

from models.decision import Policy
from monitors.__main__ import TERMINATED, main
from monitors.ledger import backtests
from monitors.ledger.engine import Ledger

LIST = "post,blew_up_at,name\n005,2015-02-16 12:00,The oven\n000,2015-02-16 09:00,\n,2015-02-16 09:00,nothing\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings, a file of posts, and a list of two blow-ups with a row that names none."""
    text = SETTINGS.format(ledger="sqlite:///kuula.db") + '[models]\nreader = "fast"\n'
    (tmp_path / "kuula.toml").write_text(text, encoding="utf-8")
    posts_csv(tmp_path)
    (tmp_path / "known.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def kuula(home: Path, *words: str, code: int = 0) -> tuple[str, str]:
    """What a command prints on both streams."""
    command = [sys.executable, "-m", "monitors", *words]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout, done.stderr


def rows(said: str, kind: str) -> list[dict[str, Any]]:
    """The JSON lines of a kind."""
    return [row for row in map(json.loads, said.splitlines()) if row["kind"] == kind]


def test_file_is_replayed_and_kept(home: Path) -> None:
    """JSON Lines name each alert with its words, each blow-up and each level; the page gets the report."""
    words = ("backtest", "posts.csv", "--blowups", "known.csv", "--set", "alert_at=60", "--json")
    said, notes = kuula(home, *words)
    alerts, blow_ups, levels = rows(said, "alert"), rows(said, "blow_up"), rows(said, "level")
    (whole,) = rows(said, "backtest")
    assert {one["policy"] for one in alerts} == {"present", "draft"}
    assert all(one["text"] for one in alerts)
    assert [one["name"] for one in blow_ups] == ["", "The oven"]
    assert blow_ups[0]["draft"]["fate"] in {"late", "missed"}
    assert [level["alert_at"] for level in levels] == sorted(level["alert_at"] for level in levels)
    assert whole["changes"] == {"alert_at": [Policy().alert_at, 60.0]}
    assert whole["present"]["sent"] == sum(one["policy"] == "present" for one in alerts)
    assert whole["left_out"] == {"not_found": 1}
    assert whole["posts"] == 40
    assert "Kept as backtest 1: http://127.0.0.1:8008/backtests/1" in notes
    ledger = Ledger(f"sqlite:///{home / 'kuula.db'}")
    with ledger.read() as tx:
        row = backtests.require(tx, 1)
        assert (str(row.title), row.report["present"]["sent"]) == ("posts.csv: alert_at 60.0", whole["present"]["sent"])
    ledger.close()


def test_tables_say_what_would_have_happened(home: Path) -> None:
    """Without --json there are tables and sentences, nothing is kept when that is asked, and stray codes are shown."""
    odd = '1,2015-02-16,x,"[bold] the acme battery exploded\x1b[31m and burned my child, I will sue you"'
    (home / "odd.csv").write_text(f"id,created_at,author,text\n{odd}\n2,never,x,acme\n", encoding="utf-8")
    said, notes = kuula(home, "backtest", "odd.csv", "--no-save", "--no-levels", "--complaints", "3")
    for part in ("Alerts of the present policy", "Backtest of odd.csv", "blow-ups caught", "median lead time"):
        assert part in said
    assert "stories that had 3 complaints within a day, stories that an article told." in said
    assert "Left out rows of posts: bad time: 1." in said
    assert "posts a second" in said
    assert "[bold]" in said
    assert "\x1b" not in said
    assert "Kept" not in notes


def test_ledger_is_replayed(home: Path) -> None:
    """What `kuula run` collected and scored is replayed from the ledger, with as many alerts as it sent."""
    with (home / "kuula.toml").open("a", encoding="utf-8") as file:
        file.write('[sources.rows]\nkind = "file"\npath = "posts.csv"\n')
    ran = json.loads(kuula(home, "run", "--once")[0].splitlines()[-1])
    (whole,) = rows(kuula(home, "backtest", "--no-levels", "--json")[0], "backtest")
    assert (whole["posts"], whole["present"]["sent"]) == (ran["stored"], ran["alerts"])
    (named,) = rows(kuula(home, "backtest", "rows", "--no-levels", "--json", "--brand", "acme")[0], "backtest")
    assert named["brands"] == ["acme"]
    assert named["posts"] < whole["posts"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none.csv",), 2, "there is no file none.csv"),
        (("posts.csv", "--brand", "acne"), 2, "Did you mean `acme`?"),
        (("posts.csv", "--since", "someday"), 2, "--since is not a time"),
        (("posts.csv", "--since", "2020-01-01"), 2, "posts.csv has no posts to replay"),
        (("--set", f"alert_at={'[' * 5000}"), 2, "the value of --set alert_at is not understood"),
        (("--set", "alert_att=3"), 2, "Did you mean `alert_at`?"),
        ((), 2, "the ledger has no posts to replay"),
        (("--drill", "virus"), 2, "Did you mean `viral`?"),
        (("posts.csv", "--drill", "viral"), 2, "--drill says itself what is replayed"),
        (("posts.csv", "--days", "3"), 2, "--days counts back from now"),
    ],
)
def test_mistakes_are_told(home: Path, words: tuple[str, ...], code: int, said: str) -> None:
    """Each with what to do about it, and without a traceback."""
    notes = " ".join(kuula(home, "backtest", *words, code=code)[1].replace("│", " ").split())
    assert said in notes
    assert "Traceback" not in notes


def test_drill_needs_no_settings(tmp_path: Path) -> None:
    """In an empty folder the drill shows its lead times, and leaves the folder empty."""
    said, _ = kuula(tmp_path, "backtest", "--drill", "viral", "--no-levels", "--json")
    (given, article) = rows(said, "blow_up")
    assert (given["by"], article["by"]) == ("given", "article")
    assert article["present"]["lead_minutes"] > given["present"]["lead_minutes"] > 30
    assert list(tmp_path.iterdir()) == []


def test_help_teaches(home: Path) -> None:
    """The help has examples, and says what a blow-up is."""
    said = " ".join(kuula(home, "backtest", "--help")[0].split())
    assert "kuula backtest --drill viral" in said
    assert "A blow-up is" in said


def test_whoever_is_stopped_leaves_nothing(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Ended in the middle of its replays, it keeps no report and leaves no posts."""
    folder = tmp_path_factory.mktemp("temporary")
    command = [sys.executable, "-m", "monitors", "backtest", "--drill", "viral", "--save"]
    with subprocess.Popen(
        command, cwd=home, env={**os.environ, "TMPDIR": str(folder)}, stdout=subprocess.DEVNULL
    ) as running:
        while not list(folder.glob("*/2.db")):
            assert running.poll() is None, "it ended before its second replay"
            time.sleep(0.05)
        running.terminate()
        assert running.wait() == TERMINATED
    assert list(folder.iterdir()) == []


def test_whoever_is_stopped_while_it_loads_ends_as_well(home: Path) -> None:
    """Loading its libraries takes seconds: ended among them, it says by its code that it was ended, and no more."""
    command = [sys.executable, "-X", "importtime", "-m", "monitors", "backtest", "--drill", "viral", "--save"]
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        next(line for line in running.stderr if "sqlalchemy" in line)
        running.terminate()
        said, notes = running.communicate()
        assert (running.returncode, said) == (TERMINATED, "")
    assert [line for line in notes.splitlines() if not line.startswith("import time:")] == []


def test_ended_is_ended_whatever_a_library_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """onnxruntime, ended while it is loaded, raises an ImportError: nobody is told of an unexpected mistake."""

    class Loading:
        def main(self, *_: object, **__: object) -> None:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)
            except SystemExit:
                raise ImportError("initialization failed") from None

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("monitors.__main__.root", Loading)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == TERMINATED
    assert capsys.readouterr().err == ""
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_list_steers_no_terminal(home: Path) -> None:
    """What a list of blow-ups calls them is shown, without the codes in it."""
    rows_ = "post,blew_up_at,name\n005,2015-02-16 12:00,\x1b[31m\u202eoven\x9b\n005,9999-12-31T23:59:59-14:00,late\n"
    (home / "known.csv").write_text(rows_, encoding="utf-8")
    said, _ = kuula(home, "backtest", "posts.csv", "--blowups", "known.csv", "--no-save", "--no-levels")
    assert "bad time: 1." in said
    assert "oven" in "".join(said.split())
    assert not {"\x1b", "\u202e", "\x9b"} & {*said}
