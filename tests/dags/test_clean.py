"""What Airflow keeps of runs that are over is forgotten; what it needs to go on stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

NOW = datetime.now(UTC)
LONG_AGO, KEPT = NOW - timedelta(days=30), NOW - timedelta(days=7)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings with one brand, for the tasks."""
    (tmp_path / "kuula.toml").write_text('[brands.Paklo]\nnames = ["Paklo"]\n')
    monkeypatch.setenv("KUULA_SETTINGS", str(tmp_path / "kuula.toml"))


def _file(path: Path, at: datetime) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a line")
    for each in (path, path.parent):
        os.utime(each, (at.timestamp(), at.timestamp()))
    return path


def test_old_runs_go_with_their_tasks(dags: dict[str, Any], airflow_ready: None, settings: None) -> None:
    """A run of a month ago, its tasks and the entries of that time go; a new run, its tasks and the DAGs stay."""
    from airflow.models import DagModel, DagRun, Log, TaskInstance
    from airflow.utils.session import create_session

    from monitors.tasks.clean import clean

    old, new = (dags["housekeeping"].test(logical_date=at) for at in (LONG_AGO, NOW))
    with create_session() as session:
        for table in (DagRun, TaskInstance):
            session.execute(update(table).where(table.run_id == old.run_id).values(start_date=LONG_AGO))
        entry = Log(event="looked")
        entry.dttm = LONG_AGO
        session.add_all([entry, Log(event="looked")])
        session.execute(update(DagModel).values(last_parsed_time=LONG_AGO))
        known = session.scalar(select(func.count()).select_from(DagModel))
    clean(KEPT)
    with create_session() as session:
        for table in (DagRun, TaskInstance):
            left = set(session.scalars(select(table.run_id).where(table.dag_id == "housekeeping")))
            assert (old.run_id in left, new.run_id in left) == (False, True)
        assert session.scalar(select(func.count()).where(Log.event == "looked")) == 1
        assert session.scalar(select(func.count()).select_from(DagModel)) == known


def test_old_logs_go_with_their_folders(airflow_ready: None) -> None:
    """Old logs of tasks and of the DAG processor go, and with the next look their empty folders; young ones stay."""
    from airflow.configuration import conf

    from monitors.tasks.clean import clean

    logs, parsed = (
        Path(conf.get("logging", option)) for option in ("base_log_folder", "dag_processor_child_process_log_directory")
    )
    old, new = _file(logs / "dag_id=a" / "1.log", LONG_AGO), _file(logs / "dag_id=b" / "1.log", NOW)
    read = _file(parsed / "2026-01-01" / "x.log", LONG_AGO)
    clean(KEPT)
    assert [path.exists() for path in (old, new, read)] == [False, True, False]
    assert old.parent.is_dir(), "a task may be about to write there"
    os.utime(old.parent, (LONG_AGO.timestamp(),) * 2)
    clean(KEPT)
    assert not old.parent.exists()
    assert logs.is_dir()


def test_the_pool_has_the_size_that_is_asked_for(airflow_ready: None) -> None:
    """Without a number a pool that somebody changed is left alone; with one it gets that many slots."""
    from airflow.models.pool import Pool

    from monitors.tasks.pools import POOL, POOL_SLOTS
    from monitors.tasks.prepare import prepare

    prepare(5)
    prepare()
    assert Pool.get_pool(POOL).slots == 5
    prepare(POOL_SLOTS)
    assert Pool.get_pool(POOL).slots == POOL_SLOTS
