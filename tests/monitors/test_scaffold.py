"""A new source begins as files that work, so that its author changes things that pass one by one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain, combinations
from pathlib import Path

import pytest

from monitors import scaffold
from monitors.errors import BadSettings
from monitors.http import Http
from monitors.ports import Can, Query, Window
from monitors.testing.budgets import NoLimit
from monitors.testing.follow_checks import FollowSourceChecks
from monitors.testing.network_checks import NetworkSourceChecks
from monitors.testing.reply_checks import ReplySourceChecks
from monitors.testing.server import FakeServer, as_json

HOUSE = Path(__file__).parents[2]
LONGEST = "a23456789_b23456789_c234"


class EveryCheck(ReplySourceChecks, FollowSourceChecks):
    """What a source promises that can do everything."""

    __test__ = False


def powerset(abilities: Iterable[Can]) -> Iterator[tuple[Can, ...]]:
    """Every choice of them, the empty one and the whole one included."""
    all_of = sorted(abilities)
    return chain.from_iterable(combinations(all_of, count) for count in range(len(all_of) + 1))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout, as far as a source needs it."""
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    shutil.copytree(HOUSE / "monitors", tmp_path / "monitors")
    (tmp_path / "models").symlink_to(HOUSE / "models")
    return tmp_path


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python on the copy, not on what is installed."""
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=280)


def test_what_is_written_passes_as_it_is(copy: Path) -> None:
    """New sources that can do little and everything are found, and pass every check that what they can asks for."""
    abilities = {"hn": "search", LONGEST: "watch, refresh,follow,REPLY", "re": "search,refresh", "fo": "watch,follow"}
    for name, can in abilities.items():
        begun = run(copy, "monitors", "sources", "new", name, "--can", can)
        assert (begun.returncode, begun.stderr) == (0, "")
        assert f"monitors/sources/{name}.py" in begun.stdout
        assert f"make try TESTS=tests/monitors/sources/test_{name}.py\n" in begun.stdout
        assert f"kuula sources probe {name}" in begun.stdout
        assert "make format check" in begun.stdout
    suite = run(copy, "pytest", "-q", "tests")
    assert suite.returncode == 0, suite.stdout
    joined = (NetworkSourceChecks, NetworkSourceChecks, FollowSourceChecks, EveryCheck)
    checks = [name for suite in joined for name in dir(suite) if name.startswith("test_")]
    assert f"{len(checks)} passed" in suite.stdout


def test_whatever_it_can_do_the_linter_and_the_types_agree(copy: Path) -> None:
    """Every choice of abilities, under the shortest name and the longest, is formatted, clean and typed as ours is."""
    choices = [{way, *more} for way in scaffold.FINDING for more in powerset(set(Can) - scaffold.FINDING)]
    for number, can in enumerate(choices):
        for name in (f"a{number:x}", f"a{number:x}{LONGEST[2:]}"):
            scaffold.write(copy, name, can)
    for arguments in (("check",), ("format", "--check")):
        linted = run(copy, "ruff", *arguments, "monitors/sources", "tests")
        assert linted.returncode == 0, linted.stdout
    written = sorted(str(path) for path in (copy / "monitors" / "sources").glob("a*.py"))
    assert len(written) == 2 * len(choices) == 32
    typed = run(copy, "mypy", "--cache-dir", str(HOUSE / ".mypy_cache"), *written)
    assert typed.returncode == 0, typed.stdout


def test_what_is_not_written_is_named_beside_what_is(copy: Path) -> None:
    """Whoever reads a new source learns what else it could be able to do, and by which method."""
    search = scaffold.write(copy, "hn")[0].read_text("utf-8")
    everything = scaffold.write(copy, "re", set(Can) - {Can.WATCH})[0].read_text("utf-8")
    for ability in set(Can) - scaffold.FINDING:
        assert f"# {ability.name}: {ability.means}" in search
        assert ability.means not in everything
        assert f"def {ability}(" in everything


@pytest.mark.parametrize(
    ("can", "said"),
    [
        ("refresh", "by search or by watch"),
        ("search,watch", "by search or by watch"),
        ("search,folow", "Did you mean `follow`?"),
        (" ,", "by search or by watch"),
        ("fly", "Use some of: search, watch, refresh, follow, reply."),
    ],
)
def test_what_no_source_can_be_is_refused(copy: Path, can: str, said: str) -> None:
    """One way of finding posts there must be; a misspelt ability is a usage error, and nothing is written."""
    begun = run(copy, "monitors", "sources", "new", "hn", "--can", can)
    assert begun.returncode == 2
    assert said in begun.stderr
    assert not (copy / "tests").exists()


def test_an_item_without_an_id_costs_no_other(copy: Path) -> None:
    """A new source skips what has no id, or is no object at all, and brings the posts around it."""
    written = scaffold.write(copy, "hn")[0]
    spec = spec_from_file_location("hn", written)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module := module_from_spec(spec))
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    good = {"id": 7, "url": "https://hn.example/7", "text": "Hansa", "written_at": "2026-03-02T11:00:00Z"}
    with FakeServer() as server:
        server.add("/posts", lambda asked, _: as_json([{"text": "?"}, good, 3] if asked.params["after"] == "0" else []))
        settings = module.Source.Settings.model_validate({"base_url": server.url})
        http = Http(settings, budget=NoLimit(), now=lambda: now)
        (page,) = module.Source("hn", settings, http).collect(Query("h", ("Hansa",)), None, Window(None, now))
    assert [post.native_id for post in page.found] == ["7"]
    assert [(skip.reason, skip.where) for skip in page.skipped] == [
        ("not_understood", "item 1"),
        ("not_understood", "item 3"),
    ]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """One file that is there already stops all, and stays as it is."""
    (there := tmp_path / "tests" / "monitors" / "sources" / "test_mine.py").parent.mkdir(parents=True)
    there.write_text("mine", "utf-8")
    with pytest.raises(BadSettings, match=r"test_mine\.py is there already"):
        scaffold.write(tmp_path, "mine")
    assert there.read_text("utf-8") == "mine"
    assert not (tmp_path / "monitors").exists()


@pytest.mark.parametrize("name", ["", "a", "Mine", "my-source", "../mine", "class", "mine\n", "rss", LONGEST + "5"])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    """What is no module name, is taken, or leads out of the folder, is refused before anything is written."""
    with pytest.raises(BadSettings):
        scaffold.write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_outside_a_checkout_it_says_what_to_do(tmp_path: Path) -> None:
    """A folder of somebody else's project is no checkout, nor is one whose project file is broken."""
    (tmp_path / "monitors" / "sources").mkdir(parents=True)
    for text in ('[project]\nname = "other"\n', "[broken"):
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        with pytest.raises(BadSettings) as caught:
            scaffold.checkout(tmp_path)
        assert "kuula.sources" in caught.value.remedy
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "kuula"\n', "utf-8")
    assert scaffold.checkout(tmp_path / "monitors" / "sources") == tmp_path
