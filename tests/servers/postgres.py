"""A real PostgreSQL of its own, empty, on a free loopback port, gone afterwards."""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from servers.process import MissingServerError, free_ports, running, temporary_folder, unprivileged_user, wait_until


@contextmanager
def postgres() -> Iterator[str]:
    """Start PostgreSQL and give its address for SQLAlchemy; the user may create databases."""
    programs = find_programs()
    user = unprivileged_user()
    port = free_ports(1)[0]
    password = secrets.token_urlsafe(12)
    with temporary_folder(user) as folder:
        _initialise(programs, folder, user, password)
        command = [
            programs / "postgres",
            "-D",
            folder / "data",
            "-p",
            str(port),
            "-F",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "full_page_writes=off",
        ]
        address = f"kuula:{password}@127.0.0.1:{port}/postgres"
        log = folder / "server.log"
        with running(command, log, user=user, stop=signal.SIGINT) as process:
            wait_until(lambda: _answers(f"postgresql://{address}"), process, log)
            yield f"postgresql+psycopg://{address}"


def find_programs() -> Path:
    """The folder with ``initdb`` and ``postgres``: of the path, or the newest of Debian's, which is not on the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise MissingServerError("PostgreSQL is not installed: `apt-get install postgresql`")
    return max(folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))


def _initialise(programs: Path, folder: Path, user: str | None, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "kuula",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=folder,
        env={"PATH": os.defpath},
    )


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
