"""A real Redis of its own, empty, on a free loopback port, gone afterwards."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from servers.process import MissingServerError, free_ports, running, temporary_folder, wait_until


@contextmanager
def redis() -> Iterator[str]:
    """Start Redis, which keeps everything in memory, and give its address."""
    program = shutil.which("redis-server")
    if not program:
        raise MissingServerError("Redis is not installed: `apt-get install redis-server`")
    port = free_ports(1)[0]
    with temporary_folder() as folder:
        log = folder / "server.log"
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with running(command, log) as process:
            wait_until(lambda: _answers(port), process, log)
            yield f"redis://127.0.0.1:{port}/0"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
