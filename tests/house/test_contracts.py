"""Each import contract of pyproject.toml catches the violation that it is there for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

PLANTED = [
    ("Pages stand on monitors, monitors on models", "monitors/ports.py", "import dashboards.speech"),
    ("Pages stand on monitors, monitors on models", "models/post.py", "import monitors.errors"),
    ("Inside monitors, arrows go down", "monitors/pipeline/score.py", "import monitors.loop"),
    ("Inside monitors, arrows go down", "monitors/pipeline/judge.py", "import monitors.messages.composer"),
    ("Inside monitors, arrows go down", "monitors/utils.py", "X = 1"),
    ("Inside models, arrows go down", "models/post.py", "import models.scorer"),
    ("Inside models, arrows go down", "models/misc.py", "X = 1"),
    ("Sources never meet", "monitors/sources/rss.py", "import monitors.sources.x"),
    ("Sources never meet", "monitors/sources/brand_new.py", "import monitors.sources.x"),
    ("Channels never meet", "monitors/channels/log.py", "import monitors.channels.apprise"),
    ("No cycles anywhere", "monitors/settings/explaining.py", "import monitors.settings.loading"),
    ("Only tasks and the plugin know Airflow", "monitors/sources/rss.py", "def late():\n    import airflow.sdk"),
    ("Only the index knows Elasticsearch", "monitors/pipeline/index.py", "import elasticsearch"),
    ("Only the ledger knows SQLAlchemy", "monitors/pipeline/judge.py", "import sqlalchemy"),
    (
        "Libraries of networks stay in their places",
        "models/sentiment.py",
        "import transformers",
    ),
    ("The core does no I/O", "models/story.py", "import httpx"),
]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house that may be damaged."""
    for name in ("models", "monitors", "dashboards"):
        shutil.copytree(HOUSE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.npz", "static"))
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.fixture
def lint(house: Path) -> Callable[[], str]:
    """Runs the contracts on the copy and gives the report."""

    def run() -> str:
        environment = {**os.environ, "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [LINT, "--no-cache"], cwd=house, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.stdout + done.stderr

    return run


def test_the_house_as_it_is_keeps_every_contract(lint: Callable[[], str]) -> None:
    """Without a violation nothing is broken, so that what the planted ones break is their doing."""
    report = lint()
    assert " 0 broken" in report, report


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED, ids=[f"{row[1]} {row[2][:30]}" for row in PLANTED])
def test_a_planted_violation_is_caught(
    house: Path, lint: Callable[[], str], contract: str, file: str, line: str
) -> None:
    """A line that breaks one rule of the house is reported under the name of that rule."""
    planted = house / file
    before = planted.read_text("utf-8") if planted.exists() else '"""New."""\n'
    planted.write_text(f"{before}\n\n{line}\n", "utf-8")
    report = lint()
    assert f"{contract} BROKEN" in report, report
