"""The wheel holds what the program needs and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("models", "monitors", "dashboards")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files in a wheel that is built from what Git knows of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(HOUSE)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("kuula-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_packages_is_in_it(names: set[str]) -> None:
    """Code, weights, words, stories, templates, translations and migrations: whatever Git tracks is shipped."""
    listed = subprocess.run(
        ["git", "-C", str(HOUSE), "ls-files", "-z", "--", *PACKAGES], capture_output=True, text=True, check=True
    ).stdout
    tracked = {name for name in listed.split("\0") if name and (HOUSE / name).exists()}
    assert {Path(name).suffix for name in tracked} > {".npz", ".txt", ".toml", ".html", ".css", ".po", ".template"}
    assert sorted(tracked - names) == []


def test_nothing_else_is_in_it(names: set[str]) -> None:
    """Tests, DAGs and benchmarks are the checkout's; compiled files are the machine's."""
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert [name for name in names if name.endswith((".pyc", ".db", ".log"))] == []
