"""A service of docker-compose.yml as a plain process: its own command, settings and health check, on this machine.

Only places differ from a container: folders, host names and ports are replaced, everything else is the file's.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.process import running

PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Site:
    """Where the services of a Compose project find each other here: ``places`` maps what the file says to what is."""

    project: Mapping[str, Any]
    folder: Path
    places: Mapping[str, str]

    def here(self, text: str) -> str:
        """Write a text of the file with this machine's places."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service, and the few that its image or the container engine would set."""
        home = self.folder / service
        home.mkdir(exist_ok=True)
        given = self.project["services"][service].get("environment", {})
        # A container engine sets HOSTNAME, and the worker's health check relies on it.
        own = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "HOME": str(home),
            "AIRFLOW_HOME": str(home),
            "HOSTNAME": os.uname().nodename,
        }
        return own | {name: self.here(value).replace("{home}", str(home)) for name, value in given.items()}

    def command(self, service: str) -> list[str]:
        """What the service runs, with nothing of this process's environment."""
        return self._with_environment(service, self.project["services"][service]["command"])

    def check(self, service: str) -> list[str]:
        """The health check of the service."""
        how, *words = self.project["services"][service]["healthcheck"]["test"]
        return self._with_environment(service, ["sh", "-c", *words] if how == "CMD-SHELL" else words)

    def _with_environment(self, service: str, words: list[str]) -> list[str]:
        home = str(self.folder / service)
        pairs = [f"{name}={value}" for name, value in self.environment(service).items()]
        return ["env", "-i", *pairs, *(self.here(word).replace("{home}", home) for word in words)]

    def healthy(self, service: str) -> bool:
        """Ask the health check once."""
        asked = subprocess.run(self.check(service), capture_output=True, cwd=self.folder, timeout=60, check=False)
        return asked.returncode == 0

    @contextmanager
    def up(self, *services: str, seconds: float = 150) -> Iterator[None]:
        """Run services, and wait until each one's own health check says that it is well."""
        with ExitStack() as stack:
            logs = {service: self.folder / f"{service}.log" for service in services}
            processes = [stack.enter_context(running(self.command(service), log)) for service, log in logs.items()]
            deadline = time.monotonic() + seconds
            for (service, log), process in zip(logs.items(), processes, strict=True):
                while not self.healthy(service):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise AssertionError(f"{service} is not well:\n{log.read_text(errors='replace')[-3000:]}")
                    time.sleep(0.3)
            yield


def calls(words: list[str]) -> Iterator[list[str]]:
    """Give each program call of a command: the words themselves, or the lines of its shell script."""
    if words[0] not in {"sh", "bash"}:
        yield words
        return
    for line in words[-1].splitlines():
        yield shlex.split(line.removeprefix("exec "))
