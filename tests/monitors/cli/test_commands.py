"""The command line as people and scripts meet it: what it prints, its exit codes, and that it starts quickly."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitors.__main__ import main
from monitors.cli.app import COMMANDS, LazyCommand
from monitors.settings import load
from monitors.settings.reference import reference


class Done(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


Kuula = Callable[..., Done]


@pytest.fixture
def kuula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kuula:
    """Run ``kuula`` in an empty folder with no variables of ours set."""
    for name in [name for name in os.environ if name.startswith("KUULA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        shown = capsys.readouterr()
        code = left.value.code
        return Done(code if isinstance(code, int) else 0, shown.out, shown.err)

    return run


def test_help_teaches(kuula: Kuula) -> None:
    """The help says what Kuula does, the first three commands, all commands and examples."""
    done = kuula("--help")
    assert done.code == 0
    for words in ("before it becomes news", "kuula init", "kuula check", "kuula run", "Examples", *COMMANDS):
        assert words in done.out


def test_the_help_of_every_command_is_what_the_table_says() -> None:
    """The table of commands leads to real commands and repeats their first line."""
    for name, entry in COMMANDS.items():
        command = LazyCommand(name, entry).real()
        assert command.name == name
        assert command.help.splitlines()[0] == entry.help


def _commands(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, *words, name)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_in_brackets_is_lost_from_a_help(kuula: Kuula, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What stands in brackets in our texts, such as the name of a table, is shown and not taken for a style."""
    monkeypatch.setenv("COLUMNS", "400")
    for words, command in _commands(LazyCommand(name, COMMANDS[name]).real(), name):
        texts = [command.help or "", *(getattr(one, "help", None) or "" for one in command.params)]
        shown = kuula(*words, "--help").out
        assert [word for text in texts for word in re.findall(r"\[[^\]]+\]", text) if word not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_of_a_help_breaks_where_our_source_does(
    kuula: Kuula, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A paragraph runs on to the edge of the terminal: on one that is wide enough it is one line."""
    monkeypatch.setenv("COLUMNS", "2000")
    for words, command in _commands(LazyCommand(name, COMMANDS[name]).real(), name):
        paragraphs = [part for part in (command.help or "").split("\n\n") if not part.startswith("- ")]
        shown = [line.strip() for line in kuula(*words, "--help").out.splitlines()]
        assert [plain for part in paragraphs if (plain := _plain(part)) not in shown] == []


def _plain(markdown: str) -> str:
    return re.sub(r"[`*\\]", "", " ".join(markdown.split()))


def test_help_imports_nothing_heavy() -> None:
    """Showing the help or the version loads no database, network or model library."""
    heavy = ["sqlalchemy", "httpx", "numpy", "structlog", "apprise", "elasticsearch", "fastapi", "airflow", "tweepy"]
    code = (
        "import sys\nfrom monitors.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('loaded:', sorted(set({heavy}) & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.endswith("loaded: []\n")


def test_the_first_three_minutes_work(kuula: Kuula, tmp_path: Path) -> None:
    """``init --yes`` writes settings that ``check`` finds in order and ``settings show`` prints as TOML."""
    assert kuula("init", "--yes").code == 0
    checked = kuula("check")
    assert (checked.code, checked.err) == (0, "")
    assert "The settings are in order" in checked.out
    shown = tomllib.loads(kuula("settings", "show").out)
    assert shown["brands"]["Omniva"]["names"] == ["Omniva"]
    assert shown["ledger"]["url"] == f"sqlite:///{tmp_path}/.kuula/kuula.db"


@pytest.mark.parametrize("given", [(), ("--settings", "my own.toml")])
def test_init_leads_to_the_pages(kuula: Kuula, given: tuple[str, ...]) -> None:
    """Its closing words are commands that work in their order: check, a password, watch, and the pages at the end."""
    said = kuula(*given, "init", "--yes").out.partition("Next, in this order:\n")[2]
    steps = [shlex.split(re.split(" {2,}", line.strip())[0])[1:] for line in said.splitlines()[:4]]
    own = list(given)
    assert [step[len(own) :] for step in steps] == [["check"], ["people", "password", "admin"], ["run"], ["serve"]]
    assert all(step[: len(own)] == own for step in steps)
    assert kuula(*steps[0]).code == 0
    assert kuula(*steps[1], "--generate").code == 0
    assert "may sign in" in kuula(*given, "people", "list").out
    assert "http://127.0.0.1:8008" in said
    assert {"run", "serve"} <= set(COMMANDS)


def test_init_asks_before_it_writes(kuula: Kuula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The five answers from a keyboard end up in the file, wherever ``--settings`` says."""
    monkeypatch.setattr("sys.stdin", io.StringIO("DPD\nДПД\n9 parcels\n9 orders\nLiis, et\n\n"))
    assert kuula("--settings", "other.toml", "init").code == 0
    assert load(tmp_path / "other.toml", {}).brands["DPD"].names == ["DPD", "ДПД"]


def test_what_is_made_up_about_a_real_brand_is_told(kuula: Kuula) -> None:
    """``init`` says that the posts about the brand are invented, and ``check`` warns of it at the line."""
    wrote = kuula("init", "--yes")
    assert "all posts about Omniva that come from there are made up" in wrote.out
    checked = kuula("check")
    assert "sources.drill.brand warning: the drill makes up posts, and so alerts, about Omniva." in checked.out
    assert checked.code == 0


def test_init_does_not_ask_when_it_could_not_write(kuula: Kuula, tmp_path: Path) -> None:
    """With a file there already it stops at once, with the remedy and the code for settings."""
    (tmp_path / "kuula.toml").write_text("", encoding="utf-8")
    done = kuula("init")
    assert (done.code, done.out) == (2, "")
    assert "--force" in done.err
    assert kuula("init", "--yes", "--force").code == 0


def test_check_tells_each_mistake_and_its_line(kuula: Kuula, tmp_path: Path) -> None:
    """A mistake is printed with file, line, key and remedy, and the exit code says that settings are wrong."""
    (tmp_path / "kuula.toml").write_text('[brands.Omniva]\nnaems = ["Omniva"]\n', encoding="utf-8")
    done = kuula("check")
    assert done.code == 2
    assert "kuula.toml:2 brands.Omniva.naems error: is not a setting.\n    Did you mean `names`?" in done.out
    assert "2 errors" in done.out


def test_commands_that_need_settings_say_all_that_is_wrong(kuula: Kuula, tmp_path: Path) -> None:
    """Bad settings stop any command with the same lines, code 2 and no traceback."""
    (tmp_path / "kuula.toml").write_text("[page]\n[brand]\n", encoding="utf-8")
    done = kuula("settings", "show")
    assert done.code == 2
    assert "line 1: page: is not a setting. Did you mean `pages`?" in done.err
    assert "line 2: brand: is not a setting. Did you mean `brands`?" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in kuula("--debug", "settings", "show").err


def test_a_wrong_command_is_a_usage_error(kuula: Kuula) -> None:
    """A misspelt command offers the right one."""
    done = kuula("chekc")
    assert done.code == 2
    assert "check" in done.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("RetryLater('the index is down')", 75, "kuula: the index is down. Try again later."),
        (
            "RetryLater('too fast', after=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))",
            75,
            "kuula: too fast. Try again after 2026-01-02 03:04 UTC.",
        ),
        ("StopSource('refused', remedy='Renew the token.')", 1, "kuula: refused. Renew the token."),
        ("SkipRecord('no_text')", 1, "kuula: no_text."),
        ("BadSettings('wrong', remedy='Right it.')", 2, "kuula: wrong. Right it."),
        ("BadSettings('\\x1b[2Jwrong')", 2, "kuula: \\x1b[2Jwrong."),
    ],
)
def test_every_error_is_one_line_and_a_code(
    kuula: Kuula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, code: int, said: str
) -> None:
    """The exit code tells a script what to do, and the line tells a person; a terminal is not steered."""
    _plant(tmp_path, monkeypatch, error)
    assert kuula("broken") == (code, "", said + "\n")


def test_the_unexpected_is_short_and_kept_for_later(
    kuula: Kuula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback on the screen: it is in a file that only the owner can read, without the secrets of the settings."""
    (tmp_path / "kuula.toml").write_text('secret_key = "hunter2-hunter2"', encoding="utf-8")
    _plant(tmp_path, monkeypatch, "ZeroDivisionError('hunter2-hunter2')")
    done = kuula("broken")
    (kept,) = tmp_path.glob("kuula-error-*.log")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert str(kept) in done.err
    assert kept.stat().st_mode & 0o077 == 0
    assert "ZeroDivisionError: **********" in kept.read_text(encoding="utf-8")
    assert "hunter2" not in kuula("--debug", "broken").err


def _plant(folder: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    """Add a command that raises, the way a new command is added: a module and a row."""
    (folder / "planted_command.py").write_text(
        "from datetime import UTC, datetime\nimport typer\nfrom monitors.errors import *\n"
        "app = typer.Typer()\n@app.callback()\ndef group() -> None: ...\n"
        "@app.command()\ndef broken(ctx: typer.Context) -> None:\n"
        "    if ctx.obj.environ.get('PWD') is not None and __import__('pathlib').Path('kuula.toml').exists():\n"
        f"        ctx.obj.settings()\n    raise {error}\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "planted_command", raising=False)
    row = type(next(iter(COMMANDS.values())))("planted_command", "Break.", "Look closer")
    monkeypatch.setitem(COMMANDS, "broken", row)


def test_people_get_passwords(kuula: Kuula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is made up or typed, is stored, and the list shows who may sign in."""
    kuula("init", "--yes")
    assert "no password yet" in kuula("people", "list").out
    made = kuula("people", "password", "admin", "--generate")
    assert made.code == 0
    assert len(made.out.strip().rpartition(" ")[2]) >= 16
    assert "may sign in" in kuula("people", "list").out
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "too short" in kuula("people", "password", "admin", "--stdin").err
    assert "Did you mean `admin`?" in kuula("people", "password", "admn").err


_POSTS = "id,text,created_at\n1,Omniva lost my parcel,2026-01-02T03:04:05Z\n2,nothing,2026-01-02T03:05:05Z\n"


def test_the_list_of_models_names_the_one_of_the_settings(kuula: Kuula, tmp_path: Path) -> None:
    """A model of a team's own is named beside those that come with the package."""
    own = '[models.sentiment]\nkind = "transformers"\npath = "/srv/own"\n'
    (tmp_path / "kuula.toml").write_text(own, encoding="utf-8")
    done = kuula("models", "list")
    assert (done.code, done.err) == (0, "")
    assert "sentiment: transformers, /srv/own" in done.out


def test_a_source_is_probed_without_settings(kuula: Kuula, tmp_path: Path) -> None:
    """A kind and its options are enough to see posts as JSON Lines and the counts last; nothing is stored."""
    (tmp_path / "posts.csv").write_text(_POSTS, encoding="utf-8")
    done = kuula("sources", "probe", "file", "--set", "path=posts.csv", "--limit", "1")
    posts = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert [post["text"] for post in posts[:-1]] == ["Omniva lost my parcel"]
    charged = {"calls": 0, "cost": 0, "seconds": 0}
    assert posts[-1] | charged == {"ability": "watch", "found": 1, "gone": 0, "skipped": {}, **charged}
    assert [path.name for path in tmp_path.iterdir()] == ["posts.csv"]


def test_a_configured_source_is_probed_with_its_options(kuula: Kuula, tmp_path: Path) -> None:
    """The options come from the settings by the source's own name, and --set changes one for this once."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(_POSTS.replace("Omniva", name), encoding="utf-8")
    (tmp_path / "kuula.toml").write_text('[sources.export]\nkind = "file"\npath = "one.csv"\n', encoding="utf-8")
    assert "one lost my parcel" in kuula("sources", "probe", "export").out
    changed = kuula("sources", "probe", "export", "--set", "path=two.csv").out
    assert "two lost my parcel" in changed
    assert '"source": "export"' in changed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rsss",), "Did you mean `rss`?"),
        (("file", "--set", "path"), "--set needs key=value"),
        (("file", "--set", "columns=[broken"), "is not TOML"),
        (("file", "--set", "paht=x"), "Did you mean `path`?"),
        (("x", "--set", "page_size=many"), "sources.x.page_size: must be a whole number"),
        (("drill", "--hours", "nan"), "--hours cannot be nan"),
        (("drill", "--hours", "1e300"), "--hours cannot be 1e+300"),
        (("drill", "--hours", "-1"), "--hours cannot be -1"),
        (("drill", "--set", "start=0001-01-01T00:00:00+14:00"), "sources.drill.start: must be greater"),
        (("drill", "--set", "start=9999-12-31T23:59:59-14:00"), "sources.drill.start: must be less"),
        (("file", "--set", "path=x", "--set", "speed=inf"), "sources.file.speed"),
        (("rss", "--set", 'feeds=["x"]', "--set", "timeout_seconds=inf"), "must be an ordinary number"),
        (("mastodon", "--set", "base_url=ftp://x"), "sources.mastodon.base_url: URL scheme should be"),
        (("\x1b[2J",), "kind of source called \\x1b[2J"),
    ],
)
def test_a_probe_that_cannot_start_says_why(kuula: Kuula, arguments: tuple[str, ...], said: str) -> None:
    """A misspelt kind or option and a value that cannot be are bad settings with a remedy."""
    done = kuula("sources", "probe", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_probe_without_a_query_says_that_one_is_missing(kuula: Kuula) -> None:
    """A source that searches asks nobody without it, and nothing found would look like an answer."""
    done = kuula("sources", "probe", "x", "--set", "bearer_token=none")
    assert done.code == 2
    assert "Add --query NAME." in done.err


def test_kinds_are_listed_with_their_options(kuula: Kuula) -> None:
    """Every kind is there with what it can do, and options that must be given are marked."""
    listed = kuula("sources", "list").out
    assert "x: follow, refresh, reply, search" in listed
    assert "    bearer_token (must be given)" in listed
    for kind in ("drill", "file", "mastodon", "rss", "x"):
        assert f"\n{kind}: " in f"\n{listed}"


def test_models_are_listed(kuula: Kuula) -> None:
    """The trained files are listed with a version, also without settings."""
    done = kuula("models", "list")
    assert done.code == 0
    assert ", version " in done.out
    assert "sentiment: builtin" in done.out


def test_models_are_not_compared_before_it_is_said_at_what(kuula: Kuula, tmp_path: Path) -> None:
    """Files that label more than one task are no guess: what they label is named, for ``--task``."""
    line = '{"text": "Raha tagasi!", "lang": "et", "sentiment": "negative", "complaint": true}'
    (tmp_path / "labels.jsonl").write_text(line, encoding="utf-8")
    done = kuula("models", "compare", "fast", "standard", str(tmp_path / "labels.jsonl"))
    assert (done.code, "the files label sentiment and complaint. Say --task" in done.err) == (2, True), done.err


def test_a_missing_folder_of_the_playbook_is_made_by_a_command(kuula: Kuula, tmp_path: Path) -> None:
    """What is to be typed is said with the folder."""
    done = kuula("playbook", "check", str(tmp_path / "none"))
    assert (done.code, "`kuula playbook new` makes it" in done.out) == (2, True), done.out


def test_the_reference_is_printed(kuula: Kuula) -> None:
    """What the README shows can be made again by a command."""
    assert kuula("settings", "reference").out == reference()


def test_it_runs_as_a_module() -> None:
    """``python -m monitors`` is the same command."""
    command = [sys.executable, "-m", "monitors", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.startswith("kuula ")
