"""Answers that are larger than they look: packed, packed again, endless behind a redirect."""

import gzip
import resource
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from socket import create_server
from threading import Thread

import pytest

from monitors.errors import RetryLater
from monitors.hooks.asking import MOST_BYTES, Ask, Line
from monitors.http import Http
from monitors.settings.hook_sections import Hook
from monitors.source_settings import NetworkSettings
from monitors.testing.budgets import NoLimit
from monitors.testing.server import Answer, FakeServer

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SAID = b'{"said": "' + b"Kus mu pakk on? " * 9000 + b'"}'


@cache
def _packed(megabytes: int) -> bytes:
    """So many megabytes of nothing, a thousandth as long."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _bare(said: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(said) + packer.flush()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that packs what it says in every way, well and badly."""
    told = {
        "/plain": (SAID, ""),
        "/gzip": (gzip.compress(SAID), "gzip"),
        "/deflate": (zlib.compress(SAID), "deflate"),
        "/bare": (_bare(SAID), "Deflate"),
        "/identity": (SAID, "identity"),
        "/unasked": (SAID, "br"),
        "/bomb": (_packed(200), "gzip"),
        "/twice": (gzip.compress(_packed(200)), "gzip, gzip"),
        "/mixed": (gzip.compress(_packed(200)), "deflate,\tgzip"),
        "/noise": (SAID, "gzip"),
    }
    with FakeServer() as running:
        for path, (body, way) in told.items():
            running.add(path, lambda _, __, body=body, way=way: Answer(body, 200, {"content-encoding": way}))
        yield running


def _http(server: FakeServer, **settings: object) -> Http:
    typed = NetworkSettings.model_validate({"base_url": server.url, **settings})
    return Http(typed, budget=NoLimit(), now=lambda: NOW)


def _line(server: FakeServer, path: str) -> Line:
    said = {"url": server.url + path, "secret": "whsec_" + "A" * 44, "allow_private": True}
    return Line(Hook.model_validate(said), {}, lambda: NOW)


@pytest.mark.parametrize("path", ["/plain", "/gzip", "/deflate", "/bare", "/identity", "/unasked"])
def test_what_is_packed_as_usual_is_read(path: str, server: FakeServer) -> None:
    """Every way that servers use gives the same words, for sources and hooks."""
    assert _http(server).get(path).content == SAID


@pytest.mark.parametrize("path", ["/bomb", "/twice", "/mixed", "/noise"])
def test_what_is_packed_to_hurt_is_a_fault_that_may_pass(path: str, server: FakeServer) -> None:
    """Two hundred megabytes in two hundred kilobytes, or in one: it is given up, and little of it was held."""
    http = _http(server, max_bytes=1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for ask in (lambda: http.get(path), lambda: _line(server, path).ask(Ask("GET"))):
        with pytest.raises(RetryLater):
            ask()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000 + MOST_BYTES // 1000


def test_what_stands_in_a_redirect_is_not_read() -> None:
    """A redirect may have a body without an end; the place it leads to is asked at once."""
    with create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            first, _ = listening.accept()
            with first:
                first.recv(65536)
                first.sendall(b"HTTP/1.1 302 Found\r\nlocation: /here\r\ntransfer-encoding: chunked\r\n\r\n")
                Thread(target=_endless, args=(first.dup(),), daemon=True).start()
                second, _ = listening.accept()
            with second:
                second.recv(65536)
                second.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere")

        serving = Thread(target=serve, daemon=True)
        serving.start()
        settings = NetworkSettings.model_validate({"base_url": f"http://127.0.0.1:{port}", "timeout_seconds": 5})
        http = Http(settings, budget=NoLimit(), now=lambda: NOW)
        assert http.get("/there").content == b"here"
        serving.join(10)


def _endless(connection: object) -> None:
    with connection:  # type: ignore[attr-defined]
        try:
            while True:
                connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")  # type: ignore[attr-defined]
        except OSError:
            return
