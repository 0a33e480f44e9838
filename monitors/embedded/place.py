"""Where the embedded system keeps its things, and the settings it writes where there are none."""

import errno
import json
import os
import re
import secrets
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import monitors
from monitors.errors import BadSettings
from monitors.settings import Settings, load
from monitors.settings.file import MADE_HERE, usual
from monitors.settings.sections import Pages

PAGES_PORT = 8008
AIRFLOW_PORT = 8080
_OWNER_ONLY = 0o600
_PORT = "pages.port"
_SETTINGS = """\
# Settings of the system that `make run` starts: a simulated social network and one watched brand.
# A kuula.toml in the folder above is used instead of this one; `kuula init` writes it.

[brands.Paklo]
names = ["Paklo", "Пакло"]
own_accounts = ["paklo"]
denominator = {{what = "deliveries", per_day = 43000}}

# Stories of 16 minutes, told twice as fast, again and again.
[sources.drill]
every_seconds = 15
speed = 2
start = {start:%Y-%m-%dT%H:%M:%SZ}
loop = true

# Alerts go into the logs of their tasks.
[channels.log]
kind = "log"

[people.admin]
display = "Admin"
role = "admin"
language = "en"
timezone = "Europe/Tallinn"
channels = ["log"]

[ledger]
url = "sqlite:///kuula.db"

[index]
url = "sqlite:///kuula.db"

[pages]
port = {port}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder in which ``kuula embedded`` was started."""

    root: Path

    @property
    def home(self) -> Path:
        """Everything that is made at run time."""
        return self.root / MADE_HERE

    @property
    def airflow(self) -> Path:
        """Airflow's own folder: its database, its configuration, its passwords."""
        return self.home / "airflow"

    @property
    def logs(self) -> Path:
        """What the parts and the tasks say."""
        return self.home / "logs"

    @property
    def dags(self) -> Path:
        """The DAG files: of the folder, else of the checkout that this package is in."""
        for folder in (self.root, Path(monitors.__file__).parents[1]):
            if (folder / "dags" / "collect.py").is_file():
                return folder / "dags"
        remedy = "Start it in a checkout of Kuula, or use `kuula run`, which needs none."
        raise BadSettings("the folder dags/ is not here", remedy=remedy)

    def prepare(self) -> None:
        """Make the folders, which nobody else may look into."""
        for folder in (self.home, self.airflow, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def settings(self, now: datetime) -> Settings:
        """The settings of the folder, else those in ``.kuula``, which are written if need be; the stories begin now."""
        own, written = usual(self.root)
        if own.is_file():
            return load(own, os.environ)
        if not written.is_file():
            write_private(written, _SETTINGS.format(port=free_port(PAGES_PORT), start=now))
        settings = load(written, os.environ)
        if is_free(settings.pages.port):
            return settings
        text = written.read_text(encoding="utf-8")
        written.write_text(re.sub(r"(?m)^port = \d+$", f"port = {free_port(PAGES_PORT)}", text), encoding="utf-8")
        return load(written, os.environ)

    def secret(self, name: str) -> str:
        """A secret of Airflow's that is made once and kept where only this user can read it."""
        path = self.airflow / "secrets.json"
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if name not in kept:
            kept[name] = secrets.token_urlsafe(24)
            write_private(path, json.dumps(kept))
        return kept[name]


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, at no moment otherwise."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w", encoding="utf-8") as file:
        file.write(text)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on a port of this machine; an address that it lacks is for the pages to refuse."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def check_free(pages: Pages) -> None:
    """Refuse a port for the pages that somebody has, or that would only be known to them."""
    if pages.port == 0:
        remedy = f"Give a port, such as `port = {PAGES_PORT}`; only `kuula serve` can take any."
        raise BadSettings("the whole system needs a port for its pages that is known before", key=_PORT, remedy=remedy)
    if not is_free(pages.port, pages.host):
        said = f"port {pages.port} on {pages.host} is taken by another program, perhaps by another Kuula"
        remedy = f"Stop that program, or set another one below `[pages]`: `port = {free_port(PAGES_PORT + 1)}`."
        raise BadSettings(said, key=_PORT, remedy=remedy)


def free_port(usual: int, taken: Iterable[int] = ()) -> int:
    """The usual port, or another one when somebody has it."""
    if usual not in taken and is_free(usual):
        return usual
    with ExitStack() as stack:
        while True:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            if port not in taken:
                return port
