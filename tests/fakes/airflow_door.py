"""Airflow's real sign-in before the pages, in a process of its own: prints what each kind of visitor gets, as JSON.

Airflow reads its settings when it is imported and warns about much, so that it cannot live in the tests' own process.
"""

import json
import sys
from pathlib import Path

from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.utils.db import initdb
from fakes.town import SECRET, Browser, Clock, fill, settle
from fastapi import FastAPI

from dashboards import airflow_plugin, behind_airflow
from dashboards.app import create_app
from monitors.ledger import people

VISITORS = {"anna": "VIEWER", "bob": "VIEWER", "carol": "OP", "dora": "ADMIN", "emma": "OP"}


def main(folder: Path) -> None:
    """Visit as nobody and as everybody."""
    initdb()
    town = settle(folder, Clock(), "no password")
    fill(town)
    with town.ledger.write() as tx:
        people.deactivate(tx, "emma", "anna", town.clock())
    behind_airflow.pages = lambda: create_app(
        ledger=town.ledger,
        index=town.index,
        settings=town.settings,
        now=town.clock,
        secret_key=SECRET,
        identify=behind_airflow.by_airflow,
    )
    airflow = FastAPI()
    for mounted in airflow_plugin.KuulaPlugin.fastapi_apps:
        airflow.mount(mounted["url_prefix"], mounted["app"])
    manager = create_auth_manager()
    manager.init()
    found = {"nobody": _visit(airflow, None)}
    for name, role in VISITORS.items():
        found[name] = _visit(airflow, manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role)))
    print(json.dumps(found))


def _visit(airflow: FastAPI, token: str | None) -> list[object]:
    browser = Browser(airflow, follow_redirects=False, headers={"accept": "text/html"})
    if token:
        browser.cookies.set("_token", token)
    inbox = browser.get("/kuula/inbox")
    change = browser.post("/kuula/incidents/1/acknowledge")
    rooms = browser.get("/kuula/people")
    return [inbox.status_code, "Take in hand" in inbox.text, rooms.status_code, change.status_code]


main(Path(sys.argv[1]))
