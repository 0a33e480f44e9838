"""Airflow as the embedded system runs it: its environment, its three parts, and what comes before them.

Three parts are enough: no task of ours defers, so that nothing would be done by a triggerer.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from monitors.embedded.place import Place, write_private

USER = "admin"
PARALLELISM = 4
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Airflow in a place, on a port."""

    place: Place
    port: int

    @property
    def address(self) -> str:
        """Where Airflow's pages are."""
        return f"http://127.0.0.1:{self.port}"

    def password(self) -> str:
        """The password of Airflow's only user, made at the first start."""
        password = self.place.secret("password")
        write_private(self.place.airflow / "passwords.json", json.dumps({USER: password}))
        return password

    def environment(self, base: Mapping[str, str], settings: Path) -> dict[str, str]:
        """The environment of every part and, through them, of every task."""
        kept = {name: value for name, value in base.items() if not name.startswith("AIRFLOW__")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{base.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "KUULA_SETTINGS": str(settings),
            "AIRFLOW_HOME": str(self.place.airflow),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.place.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.address}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.place.airflow / "passwords.json"),
            # SQLite's usual five seconds of waiting for another writer are too few while everything starts at once.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.place.airflow / 'airflow.db'}?timeout=60",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.address,
            "AIRFLOW__API__SECRET_KEY": self.place.secret("api"),
            "AIRFLOW__API_AUTH__JWT_SECRET": self.place.secret("jwt"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.place.logs / "tasks"),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def commands(self) -> Mapping[str, list[str]]:
        """The parts by name, with how each is started. Logs are read from files: nobody has to serve them."""
        airflow = [sys.executable, "-m", "airflow"]
        return {
            "api-server": [*airflow, "api-server"],
            "scheduler": [*airflow, "scheduler", "--skip-serve-logs"],
            "dag-processor": [*airflow, "dag-processor"],
        }

    def preparation(self) -> list[str]:
        """What has to end well before the parts are started."""
        return [sys.executable, "-m", "monitors.tasks.prepare"]

    def cleaning(self) -> list[str]:
        """What forgets Airflow's rows and logs of old runs, and ends."""
        return [sys.executable, "-m", "monitors.tasks.clean"]

    def is_healthy(self) -> bool:
        """Whether the parts say that they work."""
        try:
            answer = httpx.get(f"{self.address}/api/v2/monitor/health", timeout=_TIMEOUT, trust_env=False)
        except httpx.TransportError:
            return False
        if answer.status_code != httpx.codes.OK:
            return False
        said = answer.json()
        return all(said[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))
