"""The image's recipe, carried out step by step in an empty folder: no container engine runs where tests do."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / ".docker" / "Dockerfile"
ONLY_IN_AN_IMAGE = "useradd"
PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
assert not bag.import_errors, bag.import_errors
print(*sorted(bag.dags))
"""


class Step(NamedTuple):
    """One instruction: ``stage`` counts from 0."""

    stage: int
    word: str
    rest: str


def steps() -> Iterator[Step]:
    """The recipe's instructions, continued lines joined, comments left out."""
    lines = [line for line in RECIPE.read_text().splitlines() if not line.startswith("#")]
    stage = -1
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            yield Step(stage, word, rest.strip())


class Builder:
    """Carries out steps below a folder that stands for ``/opt``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "KUULA", "PYTHON", "VIRTUAL_ENV"))
        }
        self.workdir = folder
        self.left_out: list[str] = []

    def here(self, text: str) -> str:
        """A text of the recipe with our folder for ``/opt``."""
        return re.sub(r"(?<![\w.])/opt/", f"{self.folder}/", text)

    def take(self, step: Step) -> None:
        """Do one step."""
        getattr(self, f"_{step.word.lower()}", self._declare)(step.rest)

    def _declare(self, rest: str) -> None:
        """FROM, USER and CMD change nothing here."""

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.environment[name] = self.here(value).replace("$PATH", self.environment["PATH"])

    def _workdir(self, rest: str) -> None:
        self.workdir = Path(self.here(rest))
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        if rest.startswith("--from="):
            _, source, target = rest.split()
            assert source == target, "a virtual environment works only where it was made"
            return
        *sources, target = rest.split()
        for source in sources:
            place = self.workdir / self.here(target)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)

    def _run(self, rest: str) -> None:
        if rest.startswith(ONLY_IN_AN_IMAGE):
            self.left_out.append(rest)
            return
        done = subprocess.run(
            ["sh", "-ec", self.here(rest)],
            cwd=self.workdir,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{rest}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """The whole recipe carried out."""
    builder = Builder(tmp_path_factory.mktemp("image"))
    for step in steps():
        builder.take(step)
    return builder


def test_the_recipe_makes_programs_that_start(built: Builder, tmp_path: Path) -> None:
    """After all steps but the one that makes the user, Kuula and Airflow start in the new place, and the DAGs parse."""
    assert len(built.left_out) == 1
    shutil.rmtree(built.folder / "source")
    bare = {
        "PATH": f"{built.folder}/kuula/bin:{os.defpath}",
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }

    def said(*words: str) -> str:
        done = subprocess.run(words, cwd=tmp_path, env=bare, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1]

    assert said("kuula", "--version") == "kuula 0.1.0"
    assert said("airflow", "version") == "3.3.2"
    assert said("python", "-c", "import dashboards.server, models.scorer as last; print(last.__file__)").startswith(
        str(built.folder)
    )
    names = sorted(file.stem for file in (ROOT / "dags").glob("*.py"))
    assert said("python", "-c", PARSE, f"{built.folder}/dags").split() == names
    assert list((built.folder / "kuula").rglob("celery/__pycache__/*.pyc")), (
        "modules are compiled once, not at each start"
    )


def test_the_recipe_is_pinned_and_ends_as_nobody() -> None:
    """Base and installer have exact versions, dependencies those of the constraints, and the last user is not root."""
    taken = list(steps())
    assert {step.rest.split()[0] for step in taken if step.word == "FROM"} == {"python:3.11.13-slim-bookworm"}
    installs = [
        step.rest for step in taken if step.word == "RUN" and "install " in step.rest and "useradd" not in step.rest
    ]
    assert all("--constraint constraints.txt" in one or "--no-deps" in one or "uv==" in one for one in installs)
    assert [step.rest for step in taken if step.word == "USER"] == ["10001:10001"]


def test_only_what_the_recipe_copies_reaches_the_builder() -> None:
    """The list beside the recipe lets in what is copied and nothing more: no secrets, no ledger."""
    copied = {
        source
        for step in steps()
        if step.word == "COPY" and "--from" not in step.rest
        for source in step.rest.split()[:-1]
    }
    lines = RECIPE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied
