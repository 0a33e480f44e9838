"""Every command, setting and secret that docker-compose.yml names exists, in the versions that are installed."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from servers.compose import PROGRAMS, calls

from monitors.settings import environment, load
from monitors.tasks.pools import POOL_SLOTS

ROOT = Path(__file__).parents[2]
ASK_SETTINGS = """
import json
from airflow.configuration import conf
conf.load_providers_configuration()
options = {f"{section}/{name}" for section, one in conf.configuration_description.items() for name in one["options"]}
print(json.dumps({"options": sorted(options), "secret": ["/".join(pair) for pair in conf.sensitive_config_values]}))
"""
ASK_COMMANDS = """
import json, sys
from airflow.cli.cli_parser import get_parser
refused = []
for words in json.loads(sys.argv[1]):
    try:
        get_parser().parse_args(words)
    except SystemExit:
        refused.append(words)
print(json.dumps(refused))
"""


def ask_airflow(home: Path, program: str, *words: str) -> Any:
    """Run a program beside Airflow in an empty home and read the last line that it prints."""
    bare = {"PATH": str(PROGRAMS), "HOME": str(home), "AIRFLOW_HOME": str(home)}
    command = [sys.executable, "-c", program, *words]
    return json.loads(subprocess.run(command, env=bare, check=True, capture_output=True).stdout.splitlines()[-1])


def variables(project: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """All variables with a prefix, of all services."""
    services = project["services"].values()
    return {
        name: value
        for service in services
        for name, value in service.get("environment", {}).items()
        if name.startswith(prefix)
    }


def commands(project: Mapping[str, Any], program: str) -> list[list[str]]:
    """The arguments of every call of a program, in commands and health checks."""
    found = []
    for service in project["services"].values():
        how, *check = service.get("healthcheck", {}).get("test", ["NONE"])
        words = [service.get("command"), ["sh", *check] if how == "CMD-SHELL" else check]
        found += [call[1:] for each in words if each for call in calls(each) if call[0] == program]
    return found


def test_every_airflow_setting_exists(project: dict[str, Any], tmp_path: Path) -> None:
    """Airflow or one of its providers knows each setting, and takes from a command those that are given so."""
    known = ask_airflow(tmp_path, ASK_SETTINGS)
    named = [name.removeprefix("AIRFLOW__").lower().replace("__", "/", 1) for name in variables(project, "AIRFLOW__")]
    given = {name for name in named if not name.endswith("_cmd")}
    by_command = {name.removesuffix("_cmd") for name in named if name.endswith("_cmd")}
    assert len(by_command) == 6
    assert given <= set(known["options"])
    assert by_command <= set(known["secret"])


def test_every_airflow_command_exists(project: dict[str, Any], tmp_path: Path) -> None:
    """Airflow's command line takes each call with its options, and would refuse a wrong one."""
    named = commands(project, "airflow")
    assert len(named) == 7
    assert ask_airflow(tmp_path, ASK_COMMANDS, json.dumps([*named, ["scheduler", "--wrong"]])) == [
        ["scheduler", "--wrong"]
    ]


def test_every_kuula_command_exists(project: dict[str, Any]) -> None:
    """Our own command line takes each call with its options."""
    named = commands(project, "kuula")
    assert sorted(words[0] for words in named) == ["ledger", "serve"]
    for words in named:
        subprocess.run([PROGRAMS / "kuula", *words, "--help"], check=True, stdout=subprocess.DEVNULL)


def test_the_pool_is_the_one_that_tasks_wait_for(project: dict[str, Any]) -> None:
    """The first steps make the pool by its name, with fewer slots than workers have, so that alerts find one free."""
    [words] = [words for words in commands(project, "python") if words[:2] == ["-m", "monitors.tasks.prepare"]]
    worker = project["services"]["worker"]
    places = worker["deploy"]["replicas"] * int(worker["environment"]["AIRFLOW__CELERY__WORKER_CONCURRENCY"])
    assert POOL_SLOTS <= int(words[2]) < places


def test_every_secret_is_made_and_nothing_else(project: dict[str, Any], secrets: Path) -> None:
    """One command makes all secrets, in a closed folder, without the newline that Airflow would keep."""
    assert {file.name for file in secrets.iterdir()} == project["secrets"].keys()
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert all(len(text) >= 24 and text == text.strip() for text in (file.read_text() for file in secrets.iterdir()))
    assert json.loads((secrets / "airflow_passwords").read_text()).keys() == {"admin"}


def test_secrets_are_never_made_twice(secrets: Path) -> None:
    """A second call refuses and changes nothing: the databases hold the first passwords."""
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    again = subprocess.run([ROOT / ".docker" / "secrets", secrets], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "must not change" in again.stderr
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before


def test_a_service_is_given_the_secrets_it_reads_and_no_other(project: dict[str, Any]) -> None:
    """What a service reads under /run/secrets is what it was given."""
    for name, service in project["services"].items():
        said = json.dumps([service.get(part) for part in ("command", "entrypoint", "environment", "healthcheck")])
        if name == "postgres":
            said += (ROOT / ".docker" / "databases.sql").read_text()
        assert set(re.findall(r"/run/secrets/(\w+)", said)) == {one["source"] for one in service.get("secrets", ())}


@pytest.mark.parametrize("service", ["init", "api-server", "worker", "pages"])
def test_kuula_reads_its_settings_from_the_file_and_the_secrets(
    project: dict[str, Any], secrets: Path, tmp_path: Path, service: str
) -> None:
    """Every variable of ours is one that the settings know, and leads to the stores of this project."""
    file = tmp_path / "kuula.toml"
    subprocess.run([PROGRAMS / "kuula", "--settings", file, "init", "--yes"], check=True, stdout=subprocess.DEVNULL)
    [target] = {one["target"] for one in project["services"][service]["configs"]}
    given = {
        name: value.replace("/run/secrets", str(secrets)).replace(target, str(file))
        for name, value in project["services"][service]["environment"].items()
    }
    assert environment.secrets({}, given).unused == ()
    settings = load(None, given)
    assert re.fullmatch(
        r"postgresql\+psycopg://kuula:.{32}@postgres:5432/kuula", settings.ledger.url.get_secret_value()
    )
    assert re.fullmatch(r"http://elastic:.{32}@elasticsearch:9200", settings.index.url.get_secret_value())
    assert settings.secret_key is not None


def test_the_image_carries_the_version_of_the_project(project: dict[str, Any]) -> None:
    """The image's tag is the version in pyproject.toml: an upgrade builds a new image."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    built = {service["image"] for service in project["services"].values() if "build" in service}
    assert built == {f"kuula:{version}"}
