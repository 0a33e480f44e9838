"""The processes of the embedded system: started apart from the terminal, watched, and ended with all their children.

Every process carries a mark in its environment and hands it down, so that none is overlooked: not a child that left its
group, nor what an earlier start left behind when it was killed.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# It comes with Airflow, without which there is nothing to start here.
import psutil

MARK = "KUULA_EMBEDDED_IN"
# Airflow's processes give themselves titles, which otherwise are written over the environment that holds the mark.
_KEEPS_ENVIRONMENT = {"SPT_NOENV": "1"}
GRACE_SECONDS = 15.0
TERM_SECONDS = 5.0
_SHOWN_LINES = 12


@dataclass(slots=True)
class Part:
    """One process, and the file that it writes its words to; ``passing`` ones end by themselves."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]
    passing: bool = False

    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does and end."""
        if not self.has_ended():
            self.process.send_signal(signal.SIGTERM)

    def last_words(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_SHOWN_LINES:])


@dataclass(slots=True)
class Parts:
    """All processes of one place."""

    home: Path
    environ: Mapping[str, str]
    running: list[Part] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], log: Path, *, passing: bool = False) -> Part:
        """Start a process in a session of its own: Ctrl-C reaches only us, and we end it in order."""
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - a fixed command
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.home.parent,
                env={**self.environ, MARK: str(self.home), **_KEEPS_ENVIRONMENT},
            )
        part = Part(name, log, process, passing)
        self.running.append(part)
        return part

    def dead(self) -> Part | None:
        """A part that ended though nobody asked it to."""
        return next((part for part in self.running if part.has_ended() and not part.passing), None)

    def left(self) -> list[psutil.Process]:
        """Every process of this place that is still there, whoever started it."""
        for part in self.running:
            part.process.poll()
        return list(_marked(str(self.home)))

    def wait(self, seconds: float) -> bool:
        """Wait until all are gone; False when some are still there."""
        deadline = time.monotonic() + seconds
        while self.left():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    def end(self, *, at_once: bool = False) -> None:
        """End whatever is left: first politely, if there is time for that, then not."""
        if not self.left():
            return
        ways = ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, TERM_SECONDS))
        for number, seconds in ways[at_once:]:
            for process in self.left():
                try:
                    process.send_signal(number)
                except psutil.NoSuchProcess:
                    continue
            if self.wait(seconds):
                return


def _marked(home: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(MARK) == home and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
