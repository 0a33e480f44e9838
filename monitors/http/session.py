"""A requests session whose only way out is our own client, for libraries that bring requests with them."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.utils import get_encoding_from_headers


class Answer(Protocol):
    """The part of a reply that a session needs."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers as sent."""

    @property
    def content(self) -> bytes:
        """The decoded body."""


Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


def session_over(send: Send, base_url: str) -> requests.Session:
    """A session that gives method, path with query, headers and body to ``send``, whatever server was asked for.

    The path is the one below ``base_url``, for an address that begins with that, and else the whole.

    The environment is ignored: a ``.netrc`` would replace the credentials of the settings. No redirect is followed.
    """
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    adapter = _Adapter(send, base_url)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Adapter(BaseAdapter):
    def __init__(self, send: Send, base_url: str) -> None:
        super().__init__()
        self._send = send
        self._prefix = urlsplit(base_url)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send, ignoring timeouts, certificates and proxies that the library chose: they are the client's."""
        parts = urlsplit(request.url or "")
        below = self._below(parts)
        path = f"{below}?{parts.query}" if parts.query else below
        body = request.body.encode() if isinstance(request.body, str) else request.body
        reply = self._send(request.method or "GET", path, _texts(request.headers), body)
        response = requests.Response()
        response.status_code = reply.status
        # The body is decoded already.
        response.headers.update({k: v for k, v in reply.headers.items() if k.lower() not in _DECODED})
        response.encoding = get_encoding_from_headers(response.headers)
        response.url = request.url or ""
        response.request = request
        response.raw = io.BytesIO(reply.content)
        return response

    def _below(self, parts: SplitResult) -> str:
        prefix = self._prefix.path.rstrip("/")
        ours = (parts.scheme, parts.netloc) == self._prefix[:2] and parts.path.startswith(f"{prefix}/")
        return parts.path[len(prefix) :] if ours else parts.path

    def close(self) -> None:
        """Nothing to close: the connections are the client's."""


_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _texts(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: value.decode("latin-1") if isinstance(value, bytes) else value for name, value in headers.items()}
