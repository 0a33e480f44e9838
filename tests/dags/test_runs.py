"""Each DAG run in this process, on a small ledger with the drill."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from sqlalchemy import func, select

from monitors.ledger import clocks, incidents, scoring
from monitors.ledger.collecting_schema import sweeps
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident
from monitors.ledger.posts import get
from monitors.ledger.schema import index_queue, posts, receipts
from monitors.ledger.virality_schema import bursts

SETTINGS = """
[brands.Paklo]
names = ["Paklo", "Пакло"]
[sources.drill]
start = {start:%Y-%m-%dT%H:%M:%SZ}
[channels.log]
kind = "log"
[people.kai]
role = "admin"
channels = ["log"]
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """The ledger of a Kuula whose drill began two minutes ago."""
    file = tmp_path / "kuula.toml"
    file.write_text(SETTINGS.format(start=datetime.now(UTC) - timedelta(minutes=2)))
    monkeypatch.setenv("KUULA_SETTINGS", str(file))
    ledger = Ledger(f"sqlite:///{tmp_path / '.kuula' / 'kuula.db'}")
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def run(dags: dict[str, Any], airflow_ready: None) -> Callable[[str], dict[str, list[str]]]:
    """Run a DAG to its end; gives the states of its tasks by name, after checking that its XComs are small."""

    def run(name: str) -> dict[str, list[str]]:
        finished = dags[name].test()
        states: dict[str, list[str]] = {}
        for task in finished.get_task_instances():
            states.setdefault(task.task_id, []).append(str(task.state))
            value = task.xcom_pull(task_ids=task.task_id)
            assert len(json.dumps(value, default=list)) < 500
        assert finished.state == "success", states
        return states

    return run


def _count(ledger: Ledger, table: Any) -> int:
    with ledger.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def test_from_collect_to_receipt(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """Posts come in, are scored, judged, delivered and indexed; a second collect finds nothing due and wakes nobody."""
    assert run("collect") == {"plan": ["success"], "collect": ["success"]}
    assert _count(ledger, posts) > 3
    assert run("respond") == {"respond": ["success"], "index": ["success"]}
    assert _count(ledger, receipts) > 0
    assert _count(ledger, index_queue) == 0
    before = _count(ledger, posts)
    assert run("collect") == {"plan": ["success"], "collect": ["skipped"]}
    assert _count(ledger, posts) == before


def test_a_relative_path_starts_from_the_settings(
    run: Callable[[str], dict[str, list[str]]], ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks run in a folder of Airflow's choice; a file beside the settings is found all the same."""
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (tmp_path / "rows.csv").write_text("id,text,created_at\n1,Paklo lost my parcel,2026-11-20T10:00:00Z\n")
    with (tmp_path / "kuula.toml").open("a") as file:
        file.write('[sources.rows]\nkind = "file"\npath = "rows.csv"\n')
    monkeypatch.chdir(elsewhere)
    run("collect")
    with ledger.read() as tx:
        assert "rows:1" in set(tx.execute(select(posts.c.uid)).scalars())
    assert list(elsewhere.iterdir()) == []


def test_guard_finishes_what_nobody_responded_to(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """Posts whose respond never ran are scored and alerted by the guard."""
    run("collect")
    assert run("guard") == {"guard": ["success"]}
    with ledger.read() as tx:
        assert scoring.waiting(tx) == 0
    assert _count(ledger, receipts) > 0


def test_refresh_reads_posts_again(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """Without posts there is nothing to read; when posts are due, they are read and planned again."""
    assert run("refresh") == {"plan": ["success"], "refresh": ["skipped"]}
    run("collect")
    with ledger.write() as tx:
        tx.execute(posts.update().values(refresh_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert run("refresh") == {"plan": ["success"], "refresh": ["success"]}


def test_refresh_reads_what_is_said_below_a_post(
    run: Callable[[str], dict[str, list[str]]], ledger: Ledger, tmp_path: Path
) -> None:
    """Below the post of an open incident our account answered: that is stored, and the next run has nothing to do."""
    now = datetime.now(UTC)
    first = status("Paklo, kus mu pakk on?", now - timedelta(minutes=9), tag="paklo")
    with FakeMastodon(first) as fake:
        settings = '[brands.Paklo]\nnames = ["Paklo"]\nown_accounts = ["paklo"]\n[sources.toots]\nkind = "mastodon"\n'
        (tmp_path / "kuula.toml").write_text(f'{settings}base_url = "{fake.url}"\n')
        run("collect")
        with ledger.write() as tx:
            tx.execute(posts.update().values(refresh_at=now + timedelta(hours=1)))
            uid = tx.execute(select(posts.c.uid)).scalar_one()
            new = NewIncident("Paklo", uid, "danger", 50.0, 3, "et", "", now, now, {}, uid)
            post = get(tx, uid)
            assert post is not None
            clocks.start(tx, incidents.open_incident(tx, new, now), post, now, now)
        ours = {"id": "1", "username": "paklo", "acct": "paklo", "url": "https://toots.example/@paklo"}
        fake.reply(first, "Uurime kohe.", now - timedelta(minutes=5), account=ours)
        assert run("refresh") == {"plan": ["success"], "refresh": ["success"]}
        assert run("refresh") == {"plan": ["success"], "refresh": ["skipped"]}
    with ledger.read() as tx:
        assert (
            tx.execute(select(posts.c.author_handle).order_by(posts.c.created_at.desc())).scalars().first() == "paklo"
        )


def test_housekeeping_forgets_old_posts(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """A post older than the settings allow is gone afterwards."""
    run("collect")
    with ledger.write() as tx:
        long_ago = datetime.now(UTC) - timedelta(days=1000)
        tx.execute(posts.update().values(stored_at=long_ago))
    run("housekeeping")
    assert _count(ledger, posts) == 0


def test_a_sweep_that_somebody_has_is_left_alone(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """While another worker holds the source, the task is skipped and nothing is collected twice."""
    held = {"source": "drill", "brand": "*", "read": 0, "skipped": 0, "claimed_by": "elsewhere:1"}
    with ledger.write() as tx:
        tx.execute(sweeps.insert().values(**held, claimed_until=datetime.now(UTC) + timedelta(minutes=5)))
    assert run("collect") == {"plan": ["success"], "collect": ["skipped"]}
    assert _count(ledger, posts) == 0


def test_bursts_are_looked_for(run: Callable[[str], dict[str, list[str]]], ledger: Ledger) -> None:
    """On the first day of a brand there is nothing to compare with: the task looks and says nothing."""
    run("collect")
    assert run("bursts") == {"notice": ["success"]}
    assert _count(ledger, bursts) == 0
