"""Where a desk is whose processes are killed: its ledger, its hurried time, its people, and what they wrote down."""

import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from monitors.pipeline.roster import Roster

BEGAN = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
HURRY = 5
"""Seconds of the desk in one second of the machine: a claim of two minutes must outlive a machine that is busy."""

STUCK_SECONDS = 120
"""How long nothing may go on while something waits, once nobody is killed any more: then it is lost."""

SECRET = "a secret of the desk that is killed"
PASSWORD = "a long password"
CHANNELS = ("hook", "second")
TEAM = ("mari", "juha", "olga")
SIGNED_IN, BY_LINKS = "kalle", "lena"
"""Who acts through the pages only, and who by the links of messages only: so it shows what came of which."""

EVERYBODY = (*TEAM, SIGNED_IN, BY_LINKS)
ROSTER = Roster(
    order=TEAM,
    channels=dict.fromkeys(EVERYBODY, CHANNELS),
    first=timedelta(seconds=8),
    following=timedelta(seconds=8),
    again=timedelta(seconds=150),
)


@dataclass(frozen=True)
class Place:
    """Where everything is: the ledger's address, a folder for what was written down, and when it began.

    ``port`` is the one of the other systems, ``token`` the one of the program that asks by the API. ``doors`` are what
    the pages (``app``) listen on: they stay open when a process dies, as those of a service manager do.
    """

    url: str
    folder: Path
    began: float
    port: int = 0
    token: str = ""
    doors: tuple[socket.socket, ...] = ()
    app: FastAPI | None = None

    def now(self) -> datetime:
        """The time at the desk."""
        return BEGAN + timedelta(seconds=(time.time() - self.began) * HURRY)

    def write_down(self, name: str, **said: Any) -> None:
        """Add a line to a journal, in one write that cannot be torn."""
        line = json.dumps({**said, "at": self.now().isoformat()}).encode() + b"\n"
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line)
        os.close(handle)

    def read(self, name: str) -> list[dict[str, Any]]:
        """The lines of a journal."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
