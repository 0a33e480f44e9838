"""One request to another system: guarded, bounded in time and size, no redirects, no secrets in errors."""

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from monitors.errors import RetryLater
from monitors.hooks.refusing import NotTaken, Refused
from monitors.http.bodies import ACCEPTED, unpacked
from monitors.http.client import USER_AGENT
from monitors.http.deadline import PromptTransport, within
from monitors.http.faults import NETWORK_ERRORS, network_fault, place, wait_until
from monitors.http.guard import GuardedTransport, PrivateAddressError
from monitors.settings.hook_sections import Hook

MOST_BYTES = 4 * 1024 * 1024
GONE, UNAUTHORIZED, FORBIDDEN = 410, 401, 403
NEVER = frozenset({404, 422})
"""What a ticket system answers when the ticket of a comment is gone or closed: trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: a path is below the system's address, an empty one is the address itself."""

    method: str
    path: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    about_known: bool = False
    """Whether it is about a ticket that was there: its absence is then no mistake of the settings."""


@dataclass(frozen=True, slots=True)
class Got:
    """An answer: its status and, where it is JSON, what it says."""

    status: int
    said: Any
    text: str


class Line:
    """The way to one system."""

    def __init__(self, hook: Hook, headers: Mapping[str, str], now: Callable[[], datetime]) -> None:
        # Below WARNING these write whole addresses, so secrets, into the log.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._now = now
        self._address = hook.url.get_secret_value()
        self._deadline = hook.timeout_seconds
        self._signed = hook.recipe == "plain"
        self._client = httpx.Client(
            transport=GuardedTransport(PromptTransport(verify=_trusted()), allow_private=hook.allow_private),
            timeout=hook.timeout_seconds,
            headers={"user-agent": USER_AGENT, "accept-encoding": ACCEPTED, **headers},
            follow_redirects=False,
            trust_env=False,
        )

    def ask(self, ask: Ask) -> Got:
        """Send it and give what was answered, when that is a yes."""
        address = f"{self._address.rstrip('/')}/{ask.path.lstrip('/')}" if ask.path else self._address
        content = json.dumps(ask.body, ensure_ascii=False).encode() if not isinstance(ask.body, bytes) else ask.body
        try:
            request = self._client.build_request(
                ask.method,
                address,
                params=dict(ask.params) or None,
                content=None if ask.body is None else content,
                headers={"content-type": "application/json", **ask.headers},
            )
            with within(self._deadline):
                status, headers, body = self._send(request)
        except PrivateAddressError as error:
            remedy = "If that is meant, set `allow_private = true` for this hook."
            raise Refused(f"{error} is in a private network", status=None, remedy=remedy) from None
        except NETWORK_ERRORS as error:
            # Whatever it is, an address that is put right sends what waits.
            raise RetryLater(str(network_fault(error, place(address)))) from None
        if not 200 <= status < 300:
            raise self._refusal(ask, status, headers)
        return _read(status, body)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        started = time.monotonic()
        response = self._client.send(request, stream=True)
        content = bytearray()
        try:
            for chunk in unpacked(response):
                content += chunk
                if len(content) > MOST_BYTES:
                    raise httpx.DecodingError("the answer is too large")
                if time.monotonic() - started > self._deadline:
                    raise httpx.ReadTimeout("the answer is too slow")
        finally:
            response.close()
        return response.status_code, response.headers, bytes(content)

    def _refusal(self, ask: Ask, status: int, headers: httpx.Headers) -> Exception:
        # The path is ours or part of the secret address: only the server is named.
        what = f"{place(self._address).split('/')[2]} answered {status}"
        if status == GONE:
            return Refused(what, status=status, remedy="Remove this hook, or correct its address, and send again.")
        if status == UNAUTHORIZED or (status == FORBIDDEN and not self._signed):
            return Refused(what, status=status, remedy="Renew its credentials, and send again.")
        if ask.about_known and status in NEVER:
            return NotTaken(what, status=status, remedy="The ticket is gone or closed.")
        return Unwilling(what, status=status, after=wait_until(headers, self._now()))


class Unwilling(RetryLater):
    """A no that may become a yes: the system is busy, or somebody puts right what it does not like."""

    def __init__(self, message: str, *, status: int, after: datetime | None) -> None:
        super().__init__(message, after=after)
        self.status = status


def _read(status: int, body: bytes) -> Got:
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        said = None
    return Got(status, said, text)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
