"""Docker Compose's own loader takes docker-compose.yml, and refuses it with a mistake in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"


def test_the_file_loads_with_every_service(project: dict[str, Any]) -> None:
    """The loader takes the file, and nothing that production needs is missing from it."""
    airflow = {"init", "api-server", "scheduler", "dag-processor", "triggerer", "keeper", "worker"}
    assert project["services"].keys() == airflow | {"pages", "postgres", "redis", "elasticsearch"}


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('    user: "1000:0"', '    usr: "1000:0"', "usr"),
        ("networks: [stores, front]", "networks: [stores, nowhere]", "nowhere"),
        ("secrets: [redis_password]", "secrets: [redis_passwort]", "redis_passwort"),
        ("postgres: {condition: service_healthy}", "postgress: {condition: service_healthy}", "postgress"),
        ("condition: service_completed_successfully", "condition: service_done", "condition"),
        ("<<: *airflow-environment", "<<: *airflow-environs", "airflow-environs"),
    ],
)
def test_a_broken_twin_is_refused(load: Callable[..., Any], tmp_path: Path, good: str, bad: str, says: str) -> None:
    """A misspelt key, network, secret, service, condition or anchor does not pass, and is named."""
    text = FILE.read_text()
    assert good in text
    twin = tmp_path / "docker-compose.yml"
    twin.write_text(text.replace(good, bad))
    loaded = load(twin)
    assert loaded.returncode != 0
    assert says in loaded.stderr


def test_variables_change_what_they_are_for(load: Callable[..., Any]) -> None:
    """Address, ports, workers, folder of secrets and settings can be set from outside without editing the file."""
    given = {"KUULA_BIND": "127.0.0.2", "KUULA_PORT": "9000", "KUULA_WORKERS": "5", "KUULA_SECRETS": "/srv/secrets"}
    services = (project := json.loads(load(FILE, **given, KUULA_SETTINGS_FILE="/srv/kuula.toml").stdout))["services"]
    assert (
        services["pages"]["ports"][0] | {"host_ip": "127.0.0.2", "published": "9000"} == services["pages"]["ports"][0]
    )
    assert services["worker"]["deploy"]["replicas"] == 5
    assert {Path(secret["file"]).parent for secret in project["secrets"].values()} == {Path("/srv/secrets")}
    assert project["configs"]["settings"]["file"] == "/srv/kuula.toml"


def test_a_token_is_added_without_touching_the_file(load: Callable[..., Any], tmp_path: Path) -> None:
    """The override that the file's first lines describe adds a secret and its variable to a worker's own."""
    override = tmp_path / "override.yml"
    override.write_text(
        "services:\n  worker:\n    secrets: [x_bearer_token]\n"
        "    environment: {KUULA_SOURCES_X_BEARER_TOKEN_FILE: /run/secrets/x_bearer_token}\n"
        "secrets:\n  x_bearer_token: {file: ./x}\n"
    )
    worker = json.loads(load(FILE, override).stdout)["services"]["worker"]
    assert {"x_bearer_token", "kuula_ledger_url"} <= {secret["source"] for secret in worker["secrets"]}
    assert {"KUULA_SOURCES_X_BEARER_TOKEN_FILE", "KUULA_SETTINGS"} <= worker["environment"].keys()
