"""The README cannot lie: its files and commands are used as they stand, its tables are those of the code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitors.settings.reference import reference

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)(?: ([\w.]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETTINGS = re.compile(r"<!-- settings reference -->\n(.*)\n<!-- end -->", re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README shows."""
    for _, name, content in BLOCK.findall(README):
        if name:
            (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def test_the_commands_print_what_the_readme_shows(folder: Path) -> None:
    """Whoever copies the files and types the commands sees what is printed there."""
    shown = [content for kind, _, content in BLOCK.findall(README) if kind == "console"]
    assert len(shown) == 1
    printed = [f"$ {command}\n{_run(command, folder)}" for command in re.findall(r"^\$ (.*)$", shown[0], re.MULTILINE)]
    assert "".join(printed) == shown[0]


def _run(command: str, folder: Path) -> str:
    program, *arguments = command.split()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KUULA_")}
    environment |= {"COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def test_every_setting_is_in_the_readme() -> None:
    """The table of settings is the one that the code gives: `kuula settings reference` prints it."""
    found = SETTINGS.search(README)
    assert found is not None
    assert found[1].strip() == reference().strip()


def test_every_place_that_the_readme_names_exists() -> None:
    """No path in the README leads nowhere."""
    named = re.findall(r"`((?:monitors|models|dags|dashboards|benchmarks|tests)/[\w./-]*)`", README)
    named += re.findall(r"\]\(([\w./-]+)\)", README)
    assert named
    assert [place for place in named if not (HOUSE / place).exists()] == []


def test_every_target_that_the_readme_names_can_be_made() -> None:
    """`make` knows what the README and the page on sources tell people to make."""
    targets = set(re.findall(r"^([a-z]+):.*##", (HOUSE / "Makefile").read_text("utf-8"), re.MULTILINE))
    page = (HOUSE / "monitors" / "sources" / "README.md").read_text("utf-8")
    named = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)[ `]", README + page, re.MULTILINE))
    assert {"run", "test", "try"} <= {target for pair in named for target in pair if target} <= targets


def test_a_python_that_cannot_run_kuula_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """Whoever lacks our Python reads which ones do and how to name them, and the next try begins afresh."""
    shutil.copy(HOUSE / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    done = subprocess.run(
        ["make", "run", "PYTHON=python3.nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Kuula needs Python 3.11 or 3.12, and python3.nowhere is none" in done.stderr
    assert not (tmp_path / ".venv-boot").exists()
