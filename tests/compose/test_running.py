"""The services' own commands, settings and health checks against real servers, without containers around them."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from servers.compose import PROGRAMS, Site
from servers.postgres import find_programs
from servers.process import free_ports
from sqlalchemy.engine import URL, make_url

ROOT = Path(__file__).parents[2]
PROXY = "127.0.0.2"
# The tests' PostgreSQL already has a user `kuula`, who made it.
TEST_NAMES = {"airflow": "compose_airflow", "kuula": "compose_kuula"}


@pytest.fixture(scope="module")
def site(
    project: dict[str, Any], postgres_url: str, elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """Places for all services: fresh secrets, databases made by the project's own script, free ports."""
    folder = tmp_path_factory.mktemp("site")
    secrets, server, ports = folder / "secrets", make_url(postgres_url), free_ports(4)
    subprocess.run([ROOT / ".docker" / "secrets", secrets], check=True, stdout=subprocess.DEVNULL)
    places = {
        "/run/secrets": str(secrets),
        "/etc/kuula/kuula.toml": str(folder / "kuula.toml"),
        "/var/lib/airflow": "{home}",
        "/var/log/airflow": str(folder / "logs"),
        "/opt/dags": str(ROOT / "dags"),
        "0.0.0.0": "127.0.0.1",
        "api-server:8080": "127.0.0.1:8080",
        "8080": str(ports[0]),
        "8974": str(ports[1]),
        "8008": str(ports[2]),
        "redis-server - --dir /data": f"redis-server - --bind 127.0.0.1 --port {ports[3]} --dir {folder}",
        "redis-cli": f"redis-cli -p {ports[3]}",
        "http://127.0.0.1:9200": elasticsearch_url.rstrip("/"),
    }
    subprocess.run(
        [PROGRAMS / "kuula", "--settings", folder / "kuula.toml", "init", "--yes"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    _make_databases(secrets, server)
    _rewrite(secrets / "airflow_database_url", server, "airflow")
    _rewrite(secrets / "kuula_ledger_url", server, "kuula")
    for name in ("airflow_broker_url", "airflow_result_backend"):
        _replace(secrets / name, "redis:6379", f"127.0.0.1:{ports[3]}")
    _replace(secrets / "kuula_index_url", "elasticsearch:9200", f"{urlsplit(elasticsearch_url).netloc}/compose")
    return Site(project, folder, places)


def _make_databases(secrets: Path, server: URL) -> None:
    script = (ROOT / ".docker" / "databases.sql").read_text().replace("/run/secrets", str(secrets))
    for name, ours in TEST_NAMES.items():
        script = re.sub(rf"\b{name}\b", ours, script)
    command = [find_programs() / "psql", "--no-psqlrc", "--quiet", "--file", "-", _plain(server)]
    subprocess.run(command, input=script, text=True, check=True)


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _rewrite(file: Path, server: URL, name: str) -> None:
    """Lead an address in a secret to the tests' server; user's password and database stay its own."""
    url = make_url(file.read_text())
    ours = url.set(host=server.host, port=server.port, username=TEST_NAMES[name], database=TEST_NAMES[name])
    _replace(file, file.read_text(), ours.render_as_string(hide_password=False))


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text().replace(old, new)
    file.unlink()
    file.write_text(text)


@pytest.fixture(scope="module")
def redis(site: Site, redis_url: str) -> Iterator[None]:
    """The Redis of the file; the one that tests share says whether there is a Redis here at all."""
    with site.up("redis", seconds=20):
        yield


@pytest.fixture(scope="module")
def first_steps(site: Site) -> None:
    """The one-shot service, run to its end."""
    done = subprocess.run(site.command("init"), capture_output=True, text=True, cwd=site.folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_database_has_an_owner_who_sees_no_other(site: Site) -> None:
    """The script for an empty PostgreSQL makes two users; neither may enter the other's database."""
    airflow = make_url((site.folder / "secrets" / "airflow_database_url").read_text())
    with psycopg.connect(_plain(airflow)) as connection:
        connection.execute("CREATE TABLE mine (id int)")
        connection.rollback()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(_plain(airflow.set(database=TEST_NAMES["kuula"])))


def test_postgres_is_asked_whether_it_is_ready(site: Site, postgres_url: str) -> None:
    """The health check finds a PostgreSQL that answers over TCP, and misses one that is not there."""
    folder, port = find_programs(), str(make_url(postgres_url).port)
    program, *words = site.project["services"]["postgres"]["healthcheck"]["test"][1:]
    for number, code in ((port, 0), (str(free_ports(1)[0]), 2)):
        assert subprocess.run([folder / program, *words], env={"PGPORT": number}, check=False).returncode == code


def test_redis_wants_its_password(site: Site, redis: None, tmp_path: Path) -> None:
    """Redis starts with the secret's password: its health check knows it, and somebody without it is turned away."""
    assert site.healthy("redis")
    wrong = tmp_path / "redis_password"
    wrong.write_text("wrong")
    stranger = [word.replace(str(site.folder / "secrets"), str(tmp_path)) for word in site.check("redis")]
    assert subprocess.run(stranger, capture_output=True, check=False).returncode != 0
    arguments = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert (site.folder / "secrets" / "redis_password").read_text() not in arguments


def test_elasticsearch_is_asked_for_its_cluster(site: Site, elasticsearch_url: str) -> None:
    """The health check finds a cluster that can serve, and misses one that is not there."""
    assert site.healthy("elasticsearch")
    elsewhere = Site(
        site.project, site.folder, {**site.places, "http://127.0.0.1:9200": f"http://127.0.0.1:{free_ports(1)[0]}"}
    )
    assert not elsewhere.healthy("elasticsearch")


def test_the_pages_are_well(site: Site, first_steps: None) -> None:
    """The pages start on the migrated ledger with the file's own command, and their health check says so."""
    assert not site.healthy("pages")
    with site.up("pages", seconds=60):
        assert site.healthy("pages")


def test_guessing_is_slowed_down_by_the_true_address(site: Site, first_steps: None, load: Callable[..., Any]) -> None:
    """Another address with each guess helps nobody; only the proxy that the file was told of is believed."""
    with site.up("pages", seconds=60):
        assert _guess(site, times=9)[-1] == 429
    proxied = json.loads(load(ROOT / "docker-compose.yml", KUULA_PROXY=PROXY).stdout)
    told = Site(proxied, site.folder, site.places)
    with told.up("pages", seconds=60):
        assert set(_guess(told, times=9)) == {401}


def _guess(site: Site, *, times: int) -> list[int]:
    """Sign in with a wrong password from the proxy's address, each time in another's name."""
    address = site.here("http://127.0.0.1:8008/sign-in")
    with httpx.Client(transport=httpx.HTTPTransport(local_address=PROXY)) as client:
        [door] = re.findall(r'name="csrf" value="([^"]+)"', client.get(address).text)
        form = {"name": "ann", "password": "wrong", "csrf": door}
        forged = ({"X-Forwarded-For": f"198.51.100.{number}", "Origin": address} for number in range(times))
        return [client.post(address, data=form, headers=headers).status_code for headers in forged]


def test_the_keeper_forgets_and_says_so(site: Site, first_steps: None) -> None:
    """The clean-up of Airflow's rows runs to its end with what the service is given, and its health check tells."""
    assert not site.healthy("keeper")
    with site.up("keeper", seconds=60):
        assert site.healthy("keeper")


@pytest.mark.scheduler
@pytest.mark.timeout(420)
def test_airflow_does_its_work(site: Site, first_steps: None, redis: None) -> None:
    """All five processes become healthy, and a worker that knows no database of Airflow ends a DAG run with success."""
    with site.up("api-server"), site.up("scheduler", "dag-processor", "triggerer", "worker"):
        deadline = time.monotonic() + 120
        while not (done := _successful_runs(site)) and time.monotonic() < deadline:
            time.sleep(1)
        assert done
        assert _sign_in(site, json.loads((site.folder / "secrets" / "airflow_passwords").read_text())["admin"]) == 201
        assert _sign_in(site, "wrong") == 401


def _successful_runs(site: Site) -> set[str]:
    airflow = make_url((site.folder / "secrets" / "airflow_database_url").read_text())
    with psycopg.connect(_plain(airflow)) as connection:
        return {row[0] for row in connection.execute("SELECT dag_id FROM dag_run WHERE state = 'success'")}


def _sign_in(site: Site, password: str) -> int:
    address = site.here("http://api-server:8080/auth/token")
    return httpx.post(address, json={"username": "admin", "password": password}).status_code
