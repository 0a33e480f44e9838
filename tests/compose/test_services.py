"""What every service must have and must not have; each rule finds its planted breach."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from monitors.settings.secrecy import looks_secret

FILE = Path(__file__).parents[2] / "docker-compose.yml"
ONE_SHOT = {"init"}
PUBLISHED = {"api-server", "pages"}
WRITES_TO_ITS_ROOT = {"elasticsearch"}
TO_THE_INTERNET = {"worker", "api-server", "pages"}
EXACT = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?")
Rule = Callable[[str, dict[str, Any]], bool]


def _shows_no_secret(_name: str, service: dict[str, Any]) -> bool:
    given = service.get("environment", {}).items()
    return not any(looks_secret(name, value) for name, value in given if not name.endswith(("_FILE", "_CMD")))


RULES: dict[str, Rule] = {
    "is checked for health": lambda name, service: name in ONE_SHOT or len(service["healthcheck"]["test"]) > 1,
    "starts again": lambda name, service: service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped"),
    "is not root": lambda _, service: service.get("user", "0").split(":")[0] not in {"0", "root"},
    "has an exact image": lambda _, service: bool(EXACT.fullmatch(service["image"])),
    "cannot change its image": lambda name, service: service.get("read_only", False) or name in WRITES_TO_ITS_ROOT,
    "has no capability": lambda _, service: service.get("cap_drop") == ["ALL"] and not service.get("cap_add"),
    "gains no privilege": lambda _, service: (
        "no-new-privileges:true" in service.get("security_opt", ()) and not service.get("privileged")
    ),
    "has limits": lambda _, service: service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"},
    "has logs that end": lambda _, service: service["logging"]["options"].keys() == {"max-size", "max-file"},
    "is published on loopback or not at all": lambda name, service: (
        all(port["host_ip"] == "127.0.0.1" for port in service["ports"])
        if name in PUBLISHED
        else not service.get("ports")
    ),
    "keeps data in volumes of its own": lambda _, service: all(
        volume["type"] == "volume" and volume["source"] for volume in service.get("volumes", ())
    ),
    "shows no secret": _shows_no_secret,
    "reaches the internet only where it must": lambda name, service: (
        name in TO_THE_INTERNET or not {"outside", "front"} & service["networks"].keys()
    ),
    "has a process that reaps": lambda _, service: service.get("init", False),
}


def breaches(project: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each service with each rule that it breaks."""
    for name, service in project["services"].items():
        for rule, holds in RULES.items():
            try:
                good = holds(name, service)
            except KeyError:
                good = False
            if not good:
                yield name, rule


def test_every_service_keeps_every_rule(project: dict[str, Any]) -> None:
    """Nobody is root, everybody is watched and limited, and only two are reached from outside, on loopback."""
    assert list(breaches(project)) == []


@pytest.mark.parametrize(
    ("rule", "service", "planted"),
    [
        ("is checked for health", "pages", {"healthcheck": {"test": ["NONE"]}}),
        ("starts again", "redis", {"restart": "no"}),
        ("is not root", "worker", {"user": "0:0"}),
        ("has an exact image", "postgres", {"image": "postgres:latest"}),
        ("cannot change its image", "scheduler", {"read_only": False}),
        ("has no capability", "redis", {"cap_add": ["NET_ADMIN"]}),
        ("gains no privilege", "worker", {"security_opt": []}),
        ("has limits", "triggerer", {"deploy": {"resources": {"limits": {"cpus": 1}}}}),
        ("has logs that end", "init", {"logging": {"options": {}}}),
        ("is published on loopback or not at all", "pages", {"ports": [{"host_ip": "0.0.0.0"}]}),
        ("is published on loopback or not at all", "redis", {"ports": [{"host_ip": "127.0.0.1"}]}),
        ("keeps data in volumes of its own", "postgres", {"volumes": [{"type": "bind", "source": "/srv"}]}),
        ("shows no secret", "postgres", {"environment": {"POSTGRES_PASSWORD": "cat"}}),
        ("shows no secret", "worker", {"environment": {"BROKER": "redis://:secret@redis:6379/0"}}),
        ("reaches the internet only where it must", "postgres", {"networks": {"front": None}}),
        ("has a process that reaps", "scheduler", {"init": False}),
    ],
)
def test_a_planted_breach_is_found(project: dict[str, Any], rule: str, service: str, planted: dict[str, Any]) -> None:
    """Each rule finds what it is for, and finds nothing else in the same change."""
    twin = copy.deepcopy(project)
    twin["services"][service].update(planted)
    assert list(breaches(twin)) == [(service, rule)]


def test_stores_and_queues_have_no_way_out(project: dict[str, Any]) -> None:
    """The networks that join the services are internal; who stands in which is the least that works."""
    inner = {name for name, network in project["networks"].items() if network.get("internal")}
    assert inner == {"airflow", "stores"}
    members = {
        name: {service for service, one in project["services"].items() if name in one["networks"]}
        for name in project["networks"]
    }
    assert members["stores"] == {"init", "api-server", "worker", "pages", "postgres", "elasticsearch"}
    assert members["outside"] == {"worker"}
    assert members["front"] == {"api-server", "pages"}


def test_nobody_believes_a_forged_address(project: dict[str, Any], load: Callable[..., Any]) -> None:
    """The pages take nobody's word for where people come from, until they are told who the proxy is."""
    believed = "FORWARDED_ALLOW_IPS"
    assert project["services"]["pages"]["environment"][believed] == "127.0.0.1"
    told = json.loads(load(FILE, KUULA_PROXY="172.20.0.1").stdout)["services"]
    assert told["pages"]["environment"][believed] == "172.20.0.1"


def test_every_declared_thing_is_used(project: dict[str, Any]) -> None:
    """There is no volume, network, secret or file of settings that nobody has."""
    services = project["services"].values()
    for kind in ("secrets", "configs", "volumes"):
        used = {entry["source"] for service in services for entry in service.get(kind, ())}
        assert used == project[kind].keys()


def test_who_needs_another_waits_until_it_is_well(project: dict[str, Any]) -> None:
    """Everybody but the stores waits for the first steps, directly or behind one who does; alerts need no index."""
    waits = {name: service.get("depends_on", {}) for name, service in project["services"].items()}
    after_init = {name for name, needed in waits.items() if "init" in needed}
    assert after_init == {"api-server", "pages"}
    assert {name for name, needed in waits.items() if "api-server" in needed} == {
        "scheduler",
        "dag-processor",
        "triggerer",
        "keeper",
        "worker",
    }
    assert {name for name, needed in waits.items() if "elasticsearch" in needed} == set()
    conditions = {(other, needed["condition"]) for one in waits.values() for other, needed in one.items()}
    assert conditions == {
        ("init", "service_completed_successfully"),
        ("api-server", "service_healthy"),
        ("postgres", "service_healthy"),
        ("redis", "service_healthy"),
    }
