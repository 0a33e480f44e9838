"""Starting a real server for tests so that it cannot outlive the process that asked for it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".servers"


class MissingServerError(Exception):
    """A server that this machine does not have; the message says what to install."""


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody uses at the moment, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def unprivileged_user() -> str | None:
    """The user for servers that refuse root, or None where this process is not root anyway."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def temporary_folder(user: str | None = None) -> Iterator[Path]:
    """A folder of the given user that disappears at the end, whatever is left in it."""
    folder = Path(tempfile.mkdtemp(prefix="kuula-server-"))
    try:
        if user:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[object], log: Path, *, user: str | None = None, stop: signal.Signals = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a session of its own; ``stop`` ends it, and so does the death of this process."""
    group = pwd.getpwnam(user).pw_gid if user else None
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_dies_with_parent(stop), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
            user=user,
            group=group,
            extra_groups=[] if user else None,
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _dies_with_parent(stop: signal.Signals) -> list[str]:
    """The prefix that asks Linux to signal the server when its parent dies; nothing on other systems."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG"), "--"] if setpriv else []


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Wait for a server to answer; its own last words are in the error when it does not."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"The server {process.args!r} did not start:\n{words}")
        time.sleep(0.05)
