"""The whole chain under a real scheduler: from X on loopback, over PostgreSQL, to somebody's channel."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from fakes.x import FakeX
from servers.process import free_ports

from monitors.embedded.parts import Parts
from monitors.embedded.place import Place
from monitors.embedded.scheduling import Scheduling

PATIENCE_SECONDS = 150
COMPLAINT = (
    "Paklo kaotas mu 1200-eurose sülearvuti ära ja kuus nädalat ei vasta keegi. "
    "Kui esmaspäevaks raha kontol ei ole, lähen tarbijakaitsesse ja kohtusse."
)
SETTINGS = """
[brands.Paklo]
names = ["Paklo"]
[sources.x]
base_url = "{x}"
bearer_token = "{token}"
every_seconds = 5
[channels.desk]
url = "{channel}"
[people.kai]
language = "et"
channels = ["desk"]
[ledger]
url = "{ledger}"
"""


@contextmanager
def _desk() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A receiving end for Apprise: its address and the messages that it has been given."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/alerts", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def databases(postgres_url: str) -> Iterator[dict[str, str]]:
    """Two empty databases, one for the ledger and one for Airflow, as plain PostgreSQL addresses."""
    server = postgres_url.replace("+psycopg", "")
    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("kuula_chain", "airflow_chain"):
            connection.execute(f"CREATE DATABASE {name}")
        yield {name: f"{server.rpartition('/')[0]}/{name}" for name in ("kuula_chain", "airflow_chain")}
        for name in ("kuula_chain", "airflow_chain"):
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _airflow(folder: Path, address: str) -> Iterator[Parts]:
    """Airflow's parts with their database at an address; all their processes are gone afterwards."""
    place = Place(folder)
    place.prepare()
    scheduling = Scheduling(place, free_ports(1)[0])
    scheduling.password()
    environ = scheduling.environment(os.environ, folder / "kuula.toml")
    environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = address.replace("postgresql:", "postgresql+psycopg2:")
    parts = Parts(place.home, environ)
    try:
        preparing = parts.start("prepare", scheduling.preparation(), place.logs / "prepare.log")
        assert preparing.process.wait(timeout=120) == 0, preparing.last_words()
        parts.running.remove(preparing)
        for name, command in scheduling.commands().items():
            parts.start(name, command, place.logs / f"{name}.log")
        _wait(scheduling.is_healthy, parts)
        yield parts
    finally:
        for part in reversed(parts.running):
            part.ask_to_stop()
            part.process.wait(timeout=30)
        parts.end()


def _wait(ready: Callable[[], Any], parts: Parts) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := ready()):
        dead = parts.dead()
        words = "\n\n".join(f"{part.name}:\n{part.last_words()}" for part in parts.running)
        assert dead is None, words
        assert time.monotonic() < deadline, words
        time.sleep(0.3)
    return answer


def _asker(address: str) -> Callable[[str], list[tuple[Any, ...]]]:
    def ask(query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg.connect(address)) as connection:
            try:
                return connection.execute(query).fetchall()
            except psycopg.errors.UndefinedTable:
                return []

    return ask


@pytest.mark.scheduler
@pytest.mark.timeout(600)
def test_from_x_to_an_alert_under_a_real_scheduler(tmp_path: Path, databases: dict[str, str]) -> None:
    """A complaint on X reaches the desk once, with a receipt; a quiet X wakes nobody; at the end no process is left."""
    (tmp_path / "dags").symlink_to(Path(__file__).parents[2] / "dags")
    kuula, airflow = _asker(databases["kuula_chain"]), _asker(databases["airflow_chain"])
    ledger = databases["kuula_chain"].replace("postgresql:", "postgresql+psycopg:")
    with FakeX() as x, _desk() as (channel, received):
        x.say(COMPLAINT, datetime.now(UTC) - timedelta(minutes=1), followers=5000)
        text = SETTINGS.format(x=x.url, token=x.token, channel=channel, ledger=ledger)
        (tmp_path / "kuula.toml").write_text(text)
        with _airflow(tmp_path, databases["airflow_chain"]) as parts:
            _wait(lambda: kuula("SELECT person, channel FROM receipts"), parts)
            _wait(lambda: _swept_in_vain(airflow), parts)
            assert parts.dead() is None
            family = _family(parts)
            found = {process.pid for process in parts.left()}
            assert {process.pid for process in family if _is_there(process)} <= found
    assert parts.left() == []
    assert kuula("SELECT person, channel FROM receipts") == [("kai", "desk")]
    assert len(received) == 1
    assert "Paklo" in received[0]["title"] + received[0]["message"]
    assert kuula("SELECT count(*) FROM posts") == [(1,)]
    # Each event comes from a task that brought something, and each respond was woken by such an event.
    brought = "SELECT count(*) FROM task_instance WHERE task_id IN ('collect', 'refresh') AND state = 'success'"
    events = airflow("SELECT count(*) FROM asset_event")
    assert events == airflow(brought)
    assert airflow("SELECT count(*) FROM dag_run WHERE dag_id = 'respond'") <= events
    assert airflow("SELECT count(*) FROM task_instance WHERE state = 'failed'") == [(0,)]


def _family(parts: Parts) -> list[psutil.Process]:
    """The parts and all that came from them."""
    heads = [psutil.Process(part.process.pid) for part in parts.running]
    return [*heads, *(child for head in heads for child in head.children(recursive=True))]


def _is_there(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _swept_in_vain(airflow: Callable[[str], list[tuple[Any, ...]]]) -> bool:
    skipped = "SELECT 1 FROM task_instance WHERE dag_id = 'collect' AND task_id = 'collect' AND state = 'skipped'"
    return bool(airflow(skipped))
