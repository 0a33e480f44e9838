"""The client a source is handed: timeouts, size cap, quick retries, budget, guard and redaction in one place."""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeAlias
from urllib.parse import quote, quote_plus

import httpx
import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from monitors.errors import KuulaError, RetryLater, SkipRecord, StopSource, TooLarge
from monitors.http.bodies import ACCEPTED, unpacked
from monitors.http.budget import Budget
from monitors.http.deadline import PromptTransport, within
from monitors.http.faults import NETWORK_ERRORS, chain, network_fault, not_json, place, refusal
from monitors.http.guard import TRUSTED, GuardedTransport, PrivateAddressError, origin
from monitors.http.session import session_over
from monitors.ports import Json
from monitors.source_settings import NetworkSettings, SourceSettings, secrets_of

Params: TypeAlias = Mapping[str, str | int]

USER_AGENT = "kuula/0.1 (watches public mentions of a brand)"

# Faults that pass in a second. A timeout is not one of them: three timeouts are a minute of a worker.
QUICK = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)

_MOST_REDIRECTS = 5

# Below WARNING these write whole addresses and headers, so credentials, into the log.
_TALKATIVE = ("httpx", "httpcore", "urllib3", "tweepy", "requests_oauthlib", "oauthlib")


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: its status, headers (names in any case), decoded bytes, the address it came from, and its
    ``place``, the part of the address that may be shown.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    place: str

    def json(self) -> Json:
        """The body as JSON; what is not JSON, or was cut in the middle, may be whole the next time."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            said = not_json(self.content[:100].decode(errors="replace"))
            raise RetryLater(f"{self.place}: {said}", perhaps_done=True) from None


class Http:
    """A client for one source. ``now`` is the clock that sources use too; ``calls`` counts requests that were sent."""

    def __init__(
        self,
        settings: SourceSettings,
        *,
        budget: Budget,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        network = settings if isinstance(settings, NetworkSettings) else NetworkSettings()
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.now = now
        self.calls = 0
        self.base_url = str(network.base_url).rstrip("/") if network.base_url else ""
        self._secrets = sorted(secrets_of(settings), key=len, reverse=True)
        self._budget = budget
        self._sleep = sleep
        self._deadline = network.timeout_seconds
        self._max_bytes = network.max_bytes
        inner = transport or PromptTransport(verify=_trusted())
        self._client = httpx.Client(
            transport=GuardedTransport(inner, allow_private=network.allow_private),
            timeout=network.timeout_seconds,
            headers={"user-agent": USER_AGENT, "accept-encoding": ACCEPTED},
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"Http({place(self.base_url)})"

    def get(
        self,
        address: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 0.0,
        accept: frozenset[int] = frozenset({304}),
        from_content: bool = False,
    ) -> Reply:
        """Read ``address`` (a path is below ``base_url``); a status outside 2xx and ``accept`` is raised as ours.

        ``cost`` is the most that the call may cost in USD (see ``Budget``). ``from_content`` marks an address that a
        stranger wrote: it is refused with ``SkipRecord`` where it leads into a private network.
        """
        whole = address if "://" in address else f"{self.base_url}/{address.lstrip('/')}"
        try:
            request = self._client.build_request("GET", whole, params=dict(params) if params else None, headers=headers)
        except NETWORK_ERRORS as error:
            raise network_fault(error, self.redact(whole)) from None
        reply = self._send(request, cost=cost, from_content=from_content, follow=True)
        if not (200 <= reply.status < 300 or reply.status in accept):
            raise refusal(reply.status, reply.headers, self.redact(whole), self.now())
        return reply

    def post(self, path: str, body: Json, *, headers: Mapping[str, str] | None = None, cost: float = 0.0) -> Reply:
        """Send ``body`` as JSON to ``path`` below ``base_url``, once; a status outside 2xx is raised as ours.

        What is raised says by ``perhaps_done`` whether it may have been carried out; ``cost`` is as of ``get``.
        """
        sent = {"content-type": "application/json", **(headers or {})}
        return self._answer("POST", f"/{path.lstrip('/')}", sent, json.dumps(body).encode(), cost=cost)

    def session(self) -> requests.Session:
        """A session for libraries built on requests: all it sends goes to ``base_url``, through this client."""
        return session_over(self._answer, self.base_url)

    def spend(self, *, calls: int = 0, cost: float = 0.0) -> None:
        """Ask the budget for more, or give back what was not used."""
        self._budget.spend(calls=calls, cost=cost)

    @contextmanager
    def translating(self, library: type[Exception]) -> Iterator[None]:
        """Around calls of a library: what it raises becomes ours, and ours comes out of whatever it was wrapped in."""
        try:
            yield
        except (library, *NETWORK_ERRORS) as error:
            ours = next((cause for cause in chain(error) if isinstance(cause, KuulaError)), None)
            raise (ours or network_fault(error, self.base_url)) from None

    def redact(self, text: str) -> str:
        """``text`` without any secret of the settings, as they are and as they look in an address."""
        for secret in self._secrets:
            for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(form, "***")
        return text

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, *, cost: float = 0.0
    ) -> Reply:
        try:
            request = self._client.build_request(method, self.base_url + path, headers=headers, content=body)
        except NETWORK_ERRORS as error:
            raise network_fault(error, self.base_url) from None
        reply = self._send(request, cost=cost, from_content=False, follow=False)
        # Libraries fail in their own ways on error bodies of a shape they do not know, so they never see one.
        if not 200 <= reply.status < 300:
            raise refusal(reply.status, reply.headers, self.redact(reply.url), self.now())
        return reply

    def _send(self, request: httpx.Request, *, cost: float, from_content: bool, follow: bool) -> Reply:
        request.extensions[TRUSTED] = None if from_content else origin(request.url)
        attempts = Retrying(
            stop=stop_after_attempt(3 if request.method == "GET" else 1),
            wait=wait_random_exponential(multiplier=0.2, max=2.0),
            retry=retry_if_exception_type(QUICK),
            sleep=self._sleep,
            reraise=True,
        )
        self._budget.spend(calls=0, cost=cost)
        try:
            return attempts(self._attempt, request, follow=follow)
        except PrivateAddressError as error:
            raise self._private(str(error), from_content=from_content) from None
        except NETWORK_ERRORS as error:
            raise network_fault(error, self.redact(str(request.url))) from None

    def _attempt(self, request: httpx.Request, *, follow: bool) -> Reply:
        with within(self._deadline):
            return self._exchange(request, follow=follow)

    def _exchange(self, request: httpx.Request, *, follow: bool) -> Reply:
        self._budget.spend(calls=1, cost=0.0)
        self.calls += 1
        started = time.monotonic()
        shown = place(self.redact(str(request.url)))
        response = self._arrived(request) if follow else self._client.send(request, stream=True)
        try:
            content = bytearray()
            for chunk in unpacked(response):
                content += chunk
                if len(content) > self._max_bytes:
                    said = f"{shown}: more than {self._max_bytes} bytes; see max_bytes"
                    raise TooLarge(said, perhaps_done=True)
                if time.monotonic() - started > self._deadline:
                    raise httpx.ReadTimeout("the answer is too slow")
        finally:
            response.close()
        return Reply(response.status_code, response.headers, bytes(content), str(response.url), shown)

    def _arrived(self, request: httpx.Request) -> httpx.Response:
        """The answer where redirects end. httpx would read what stands in a redirect, be it endless."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._client.send(request, stream=True, follow_redirects=False)
            if response.next_request is None:
                return response
            response.close()
            request = response.next_request
        raise httpx.TooManyRedirects(f"more than {_MOST_REDIRECTS} redirects", request=request)

    def _private(self, host: str, *, from_content: bool) -> KuulaError:
        message = f"{host} is in a private network"
        if from_content:
            return SkipRecord("private_address", message)
        return StopSource(message, remedy="If this redirect is meant, set allow_private = true for this source.")


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the certificates takes 20 ms, and each source has a client of its own.
    return httpx.create_ssl_context(trust_env=False)
