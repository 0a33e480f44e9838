"""The DAG files: what they declare, and how little reading them costs."""

import ast
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitors.tasks.pools import POOL

DAGS = Path(__file__).parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
DECLARED = {
    "collect": (timedelta(seconds=30), 3),
    "respond": ("kuula_posts", 1),
    "refresh": (timedelta(minutes=1), 1),
    "guard": (timedelta(seconds=20), 1),
    "bursts": (timedelta(minutes=5), 1),
    "housekeeping": ("17 2 * * *", 1),
}
MAY_IMPORT = {"datetime", "airflow.sdk", "monitors.tasks.policy"}
HEAVY = {
    "sqlalchemy.orm",
    "monitors.bootstrap",
    "monitors.settings",
    "monitors.ledger",
    "monitors.sources",
    "models",
    "tweepy",
    "mastodon",
    "feedparser",
    "sklearn",
    "onnxruntime",
    "numpy",
    "elasticsearch",
    "apprise",
    "trafilatura",
}
LEAN = """
from datetime import UTC, datetime
from airflow.sdk import DAG, task
with DAG(dag_id="lean", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    @task
    def one():
        pass
    @task
    def two():
        pass
    one() >> two()
"""
READ = """
import json, pathlib, sys, time
import airflow.sdk
before = set(sys.modules)
def read(text):
    for name in [name for name in sys.modules if name.split(".")[0] in ("monitors", "models")]:
        del sys.modules[name]
    began = time.perf_counter()
    exec(compile(text, "dag", "exec"), {})
    return time.perf_counter() - began
texts = json.load(sys.stdin)
for text in texts:
    read(text)
loaded = sorted(set(sys.modules) - before)
print(json.dumps([loaded, [min(read(text) for _ in range(7)) for text in texts]]))
"""


def test_the_set_of_dags_is_exact(dags: dict[str, Any]) -> None:
    """No DAG is missing, none is there that nobody wrote down here, and each has its file."""
    assert set(dags) == set(DECLARED) == {file.stem for file in FILES}


@pytest.mark.parametrize("name", DECLARED)
def test_a_dag_declares_how_it_runs(dags: dict[str, Any], name: str) -> None:
    """Schedule, catch-up, runs at once, tags and retries are what they were meant to be."""
    schedule, at_once = DECLARED[name]
    dag = dags[name]
    if name == "respond":
        assert [asset.name for asset in dag.timetable.asset_condition.objects] == [schedule]
    else:
        assert dag.schedule == schedule
    assert (dag.catchup, dag.max_active_runs, dag.tags) == (False, at_once, {"kuula"})
    assert dag.is_paused_upon_creation is False
    for task in dag.tasks:
        options = task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task)
        assert options["retries"] >= 1
        assert options["execution_timeout"] <= timedelta(hours=1)
        assert type(options["retry_policy"]).__name__ == "Polite"
        assert task.doc_md or task.python_callable.__doc__


def test_only_what_asks_a_source_uses_the_pool_and_wakes_respond(dags: dict[str, Any]) -> None:
    """The two mapped tasks share the pool and update the asset; everything else does neither."""
    mapped = {(dag.dag_id, task.task_id) for dag in dags.values() for task in dag.tasks if task.outlets}
    pooled = {(dag.dag_id, task.task_id) for dag in dags.values() for task in dag.tasks if task.pool == POOL}
    assert mapped == pooled == {("collect", "collect"), ("refresh", "refresh")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_only_declares(file: Path) -> None:
    """At the top level there are a docstring, light imports and one DAG; its tasks import the steps themselves."""
    docstring, *imports, block = ast.parse(file.read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(block, ast.With)
    assert {node.module for node in imports if isinstance(node, ast.ImportFrom)} <= MAY_IMPORT
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    for node in block.body:
        assert isinstance(node, ast.FunctionDef | ast.Expr)
        if isinstance(node, ast.FunctionDef):
            _, load, last = node.body
            assert isinstance(load, ast.ImportFrom)
            assert (load.module, [name.name for name in load.names]) == ("monitors.tasks", ["steps"])
            assert isinstance(last, ast.Return | ast.Expr)


def test_files_are_read_without_settings_and_cheaply(tmp_path: Path) -> None:
    """In an empty folder with an empty environment, reading loads nothing heavy and costs little beside a bare DAG."""
    environ = {"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(tmp_path), "HOME": str(tmp_path)}
    texts = [LEAN, *(file.read_text() for file in FILES)]
    done = subprocess.run(
        [sys.executable, "-c", READ], input=json.dumps(texts), capture_output=True, text=True, cwd=tmp_path, env=environ
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded, (lean, *ours) = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in HEAVY)] == []
    assert max(ours) <= 10 * lean, f"seconds: a bare DAG {lean:.4f}, ours {ours}"


def test_dags_survive_being_stored(dags: dict[str, Any]) -> None:
    """What the scheduler reads back from the database has the same tasks, and knows that retries have a policy."""
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dags.values():
        stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
        assert set(DagSerialization.from_dict(stored).task_dict) == set(dag.task_dict)
        assert '"has_retry_policy": true' in json.dumps(stored)


def test_airflows_own_linter_finds_nothing() -> None:
    """Nothing that Airflow 3 removed or will remove is used."""
    command = [Path(sys.executable).with_name("ruff"), "check", "--select", "AIR", "--preview", "--no-cache"]
    done = subprocess.run([*command, DAGS, DAGS.parent / "monitors" / "tasks"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
