"""Whoever holds a connection without asking for anything loses it; whoever waits for a slow answer gets it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn

from dashboards.connections import PromptProtocol

PATIENCE = 1.0
FORM = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\nname="
PAGE = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


class Hasty(PromptProtocol):
    """The same, a second after the first letter."""

    seconds = PATIENCE


async def slow(_scope: Any, receive: Any, send: Any) -> None:
    """Reads what is asked, and answers after three times as long as a request may take."""
    if _scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"he", "more_body": True})
    await asyncio.sleep(3 * PATIENCE)
    await send({"type": "http.response.body", "body": b"re"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server that runs meanwhile."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(slow, http=Hasty, log_config=None, lifespan="off"))
    serving = Thread(target=server.run, args=([listening],), daemon=True)
    serving.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    serving.join(10)


def _ended_after(connection: socket.socket, more: bytes) -> float:
    """Seconds until the server ends a connection, to which a letter is sent every fifth of a second."""
    began = monotonic()
    connection.settimeout(0.2)
    while monotonic() - began < 10:
        try:
            if more:
                connection.sendall(more)
            if not connection.recv(65536):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return monotonic() - began


@pytest.mark.parametrize(("first", "more"), [(b"", b""), (b"GET / HTTP/1.1\r\nx: ", b"a"), (FORM, b"a"), (FORM, b"")])
def test_what_does_not_arrive_is_not_waited_for(port: int, first: bytes, more: bytes) -> None:
    """Nothing at all, headers letter by letter, a form letter by letter, half a form."""
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.sendall(first)
        assert _ended_after(connection, more) < 5 * PATIENCE


def test_a_second_request_has_its_own_time(port: int) -> None:
    """On a connection that stays open: the answers come whole however late, and the one that stops half-way ends."""
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        for _ in range(2):
            connection.sendall(PAGE)
            said = b""
            connection.settimeout(10)
            while not said.endswith(b"here"):
                said += (piece := connection.recv(65536))
                assert piece, "the answer was cut"
            sleep(PATIENCE / 2)
        connection.sendall(b"GET / HTTP/1.1\r\nx: ")
        with suppress(OSError):
            assert _ended_after(connection, b"a") < 5 * PATIENCE
