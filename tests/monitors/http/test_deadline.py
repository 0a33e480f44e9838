"""A server that speaks, but never comes to its point, holds nobody for longer than the time of the settings."""

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic

import pytest

from monitors.errors import RetryLater
from monitors.hooks.asking import Ask, Line
from monitors.http import Http
from monitors.settings.hook_sections import Hook
from monitors.source_settings import NetworkSettings
from monitors.testing.budgets import NoLimit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
STARTS = {
    "status": b"HTTP/1.1 200 ",
    "headers": b"HTTP/1.1 200 OK\r\nx-note: ",
    "informed": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;",
}


@pytest.fixture(params=STARTS)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a server that sends the beginning of an answer, and then a letter every tenth of a second for ever."""
    over = Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(STARTS[request.param])
            while not over.wait(0.1):
                connection.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()


def _read(address: str) -> object:
    settings = NetworkSettings.model_validate({"base_url": address, "timeout_seconds": 1})
    return Http(settings, budget=NoLimit(), now=lambda: NOW).get("/")


def _tell(address: str) -> object:
    hook = Hook.model_validate({"url": address, "secret": SECRET, "allow_private": True, "timeout_seconds": 1})
    return Line(hook, {}, lambda: NOW).ask(Ask("POST", body={}))


@pytest.mark.parametrize("ask", [_read, _tell])
def test_whoever_drips_is_late(address: str, ask: Callable[[str], object]) -> None:
    """A source, a page that a feed names, or a system that is told of events: each letter comes in time, no answer."""
    outcome: list[object] = []

    def try_it() -> None:
        try:
            ask(address)
        except RetryLater as error:
            outcome.append(str(error))

    began = monotonic()
    asking = Thread(target=try_it, daemon=True)
    asking.start()
    asking.join(8)
    assert not asking.is_alive(), "it holds us"
    assert monotonic() - began < 6
    assert len(outcome) == 1
