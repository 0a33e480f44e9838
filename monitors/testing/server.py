"""A small HTTP server on loopback, in a thread, that answers from a route table and misbehaves on demand."""

import contextlib
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit


class Fault(StrEnum):
    """One way in which a server that others run goes wrong."""

    UNAUTHORIZED = "401"
    FORBIDDEN_JSON = "403 as JSON"
    FORBIDDEN_HTML = "403 as HTML"
    GONE = "410"
    LIMITED = "429 with a reset time"
    LIMITED_SILENTLY = "429 without a reset time"
    LIMITED_STALE = "429 with a reset time in the past"
    UNAVAILABLE = "503"
    HTML = "200 with HTML"
    EMPTY_OBJECT = "200 with {}"
    NULL = "200 with null"
    EMPTY_LIST = "200 with []"
    CUT_BODY = "200 with a body that ends in the middle"
    CUT_CONNECTION = "connection closed in the middle of the body"
    SLOW = "a body that does not come"
    HUGE = "a body without end"
    REPEATED = "the first page again and again"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server saw it; header names are lower case, of a repeated parameter the last value is named."""

    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""

    @property
    def fields(self) -> Mapping[str, Any]:
        """What was sent in the body: the fields of a form, of a repeated one the last value, or an object of JSON."""
        if "json" in self.headers.get("content-type", ""):
            return dict(json.loads(self.body))
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route gives back."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Route: TypeAlias = Callable[[Asked, "re.Match[str]"], Answer]

_PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Something else</h1></body></html>"
_STATUS = {
    Fault.UNAUTHORIZED: 401,
    Fault.FORBIDDEN_JSON: 403,
    Fault.FORBIDDEN_HTML: 403,
    Fault.GONE: 410,
    Fault.LIMITED: 429,
    Fault.LIMITED_SILENTLY: 429,
    Fault.LIMITED_STALE: 429,
    Fault.UNAVAILABLE: 503,
    Fault.HTML: 200,
    Fault.EMPTY_OBJECT: 200,
    Fault.NULL: 200,
    Fault.EMPTY_LIST: 200,
}
_EMPTY = {Fault.EMPTY_OBJECT: b"{}", Fault.NULL: b"null", Fault.EMPTY_LIST: b"[]"}


def as_json(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """``value`` as a JSON answer."""
    return Answer(json.dumps(value).encode(), status, {"content-type": "application/json", **(headers or {})})


class FakeServer:
    """Serve ``add``-ed routes between ``with`` and its end; ``asked`` is everything that was requested, in order.

    Of ``routes`` the first that matches answers. What one raises is a mistake of the test, and is raised at the end.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.routes: list[tuple[re.Pattern[str], Route]] = []
        self._fault: Fault | None = None
        self._good_left = 0
        self._bad_left: int | None = None
        self._first: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self._server.mistakes:
            raise AssertionError("a route of this fake server has a mistake") from self._server.mistakes[0]

    def add(self, pattern: str, route: Route) -> None:
        """Answer requests whose whole path matches ``pattern`` with ``route``."""
        self.routes.append((re.compile(pattern), route))

    def fail(self, fault: Fault | None, *, after: int = 0, times: int | None = None) -> None:
        """Misbehave after so many good answers, so many times (None: until told otherwise); a fault of None heals."""
        with self._lock:
            self._fault, self._good_left, self._bad_left = fault, after, times
            self._first = {}

    def answer(self, asked: Asked) -> tuple[Answer, Fault | None]:
        """What to send and how to spoil it."""
        with self._lock:
            self.asked.append(asked)
            fault = self._due()
        good = self._routed(asked) if fault is None or fault not in _STATUS else Answer()
        if self._fault is Fault.REPEATED:
            return self._first.setdefault(asked.path, good), None
        if fault is None or fault not in _STATUS:
            return good, fault
        as_page = fault in {Fault.HTML, Fault.FORBIDDEN_HTML}
        told = json.dumps({"title": fault.name, "detail": "as told", "error": fault.name}).encode()
        body = _PAGE if as_page else _EMPTY.get(fault, told)
        content_type = "text/html" if as_page else "application/json"
        return Answer(body, _STATUS[fault], {"content-type": content_type, **_reset_header(fault)}), fault

    def pause(self) -> None:
        """Wait until the server stops: a body that does not come."""
        self._stopping.wait()

    def _due(self) -> Fault | None:
        if self._fault is None or self._fault is Fault.REPEATED:
            return None
        if self._good_left > 0:
            self._good_left -= 1
            return None
        if self._bad_left is not None:
            if self._bad_left == 0:
                return None
            self._bad_left -= 1
        return self._fault

    def _routed(self, asked: Asked) -> Answer:
        for pattern, route in self.routes:
            match = pattern.fullmatch(asked.path)
            if match:
                return route(asked, match)
        return as_json({"error": "no such route"}, status=404)


class _Server(ThreadingHTTPServer):
    """Keeps what routes raise: whoever asked saw a connection that closed, and took it for a fault of the service."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.mistakes: list[BaseException] = []

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - of the base class
        """Keep it; a client that leaves is no mistake."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.mistakes.append(error)


def _reset_header(fault: Fault) -> dict[str, str]:
    if fault is Fault.LIMITED:
        return {"retry-after": "120"}
    return {"x-rate-limit-reset": "1600000000"} if fault is Fault.LIMITED_STALE else {}


def _handler_for(owner: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length") or 0)))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer, fault = owner.answer(Asked(parts.path, parts.query, params, headers, self.command, body))
            self.close_connection = True
            # A client that gave up on a slow or endless body is what those faults are for.
            with contextlib.suppress(ConnectionError):
                self._send(answer, fault)

        def _send(self, answer: Answer, fault: Fault | None) -> None:
            cut = answer.body[: len(answer.body) * 2 // 3]
            body = cut if fault in {Fault.CUT_BODY, Fault.CUT_CONNECTION} else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("connection", "close")
            if fault is not Fault.HUGE:
                promised = len(answer.body) + 1 if fault in {Fault.CUT_CONNECTION, Fault.SLOW} else len(body)
                self.send_header("content-length", str(promised))
            self.end_headers()
            if answer.status != 304:
                self.wfile.write(body)
            if fault is Fault.SLOW:
                owner.pause()
            while fault is Fault.HUGE:
                self.wfile.write(b" " * 65536)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
