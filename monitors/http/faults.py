"""Every fault of a network and every refusal of a server, as one of our errors.

The messages name the server and the path and nothing else of an address: query strings and user names hold secrets.
"""

import json
import math
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import requests

from monitors.errors import KuulaError, RetryLater, StopSource

# A server that asks for a longer wait is wrong or hostile; asking it once a day again costs nothing.
LONGEST_WAIT = timedelta(days=1)

RESET_HEADERS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")

# What both libraries can raise from a call. Their remaining exceptions are warnings and are tested to be so.
NETWORK_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    requests.RequestException,
    # A credential that is pasted with a letter that headers cannot hold.
    UnicodeEncodeError,
)

_CANNOT_WORK = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.TooManyRedirects,
    requests.exceptions.UnrewindableBodyError,
    UnicodeEncodeError,
)


# Before anything was sent.
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, requests.exceptions.ConnectTimeout)


class RefusedError(StopSource):
    """A server's considered no, by its HTTP status: some sources know what it means for the item they asked for."""

    def __init__(self, message: str, *, status: int, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


def network_fault(error: Exception, address: str) -> KuulaError:
    """The error of httpx or requests as ours, without its text, which may hold an address with a secret in it."""
    what = f"{place(address)}: {_told(error)}"
    if isinstance(error, _CANNOT_WORK):
        return StopSource(what, remedy="Check the address and the credentials in this source's settings.")
    # Libraries wrap it in errors of their own.
    if unread := next((cause for cause in chain(error) if isinstance(cause, json.JSONDecodeError)), None):
        return RetryLater(f"{place(address)}: {not_json(str(getattr(unread, 'doc', '')))}", perhaps_done=True)
    return RetryLater(what, perhaps_done=not isinstance(error, _NEVER_ARRIVED))


def not_json(answer: str) -> str:
    """What an answer is that should have been JSON, as far as its beginning tells."""
    return f"the answer is {'HTML, ' if answer.lstrip()[:1] == '<' else ''}not JSON"


def _told(error: BaseException) -> str:
    """A fault in words; one without words is named by its kind, never by its text."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | requests.exceptions.Timeout):
        return "no answer in time"
    if not isinstance(error, httpx.ConnectError):
        return type(error).__name__
    causes = list(chain(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "its certificate or its encryption is refused"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "no server of that name is found"
    return "nobody answers there; it is down, or the address or its port is wrong"


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def refusal(status: int, headers: Mapping[str, str], address: str, now: datetime) -> KuulaError:
    """What an answer with a status that is not a success means for the source."""
    what = f"{place(address)} answered {status}"
    if status == 429 or status >= 500 or status in {408, 425}:
        return RetryLater(what, after=wait_until(headers, now), perhaps_done=status >= 500 or status == 408)
    remedies = {
        400: "Check the names and excluded words of the brand: the service does not understand the query.",
        401: "Renew the credentials of this source.",
        402: "Pay for, or lower, the use of this service.",
        403: "Check what the credentials and the plan of this source allow.",
        404: "Check the address in this source's settings.",
        410: "Remove this address from the settings: it is gone for good.",
    }
    moved = "Write the address it has moved to into this source's settings."
    remedy = moved if 300 <= status < 400 else remedies.get(status, "Ask the service why it refuses.")
    return RefusedError(what, status=status, remedy=remedy)


def wait_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server says to come back, by its own clock if it sends one; None if it does not say or says the past."""
    server_now = _http_date(headers.get("date", "")) or now
    waits = [_retry_after(headers.get("retry-after", ""), server_now)]
    waits += [_reset(headers.get(name, ""), server_now) for name in RESET_HEADERS]
    known = [wait for wait in waits if wait is not None and wait > timedelta(0)]
    return now + min(known[0], LONGEST_WAIT) if known else None


def place(address: str) -> str:
    """The part of an address that may be shown: server and path."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is not one"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}" if parts.scheme else parts.path


def _retry_after(text: str, now: datetime) -> timedelta | None:
    # Not isdigit: it takes a superscript for a number, and a stranger may send one.
    if text.strip().isdecimal():
        return _seconds(text)
    moment = _http_date(text)
    return moment - now if moment else None


def _reset(text: str, now: datetime) -> timedelta | None:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        # Small numbers are seconds to go (as of RFC drafts and Reddit), large ones a Unix time (X, Bluesky).
        return _seconds(text) if number < 1e8 else _since_epoch(number, now)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment - now if moment.tzinfo else moment.replace(tzinfo=UTC) - now


def _since_epoch(number: float, now: datetime) -> timedelta | None:
    wait = number - now.timestamp()
    return timedelta(seconds=min(wait, LONGEST_WAIT.total_seconds())) if math.isfinite(wait) else None


def _seconds(text: str) -> timedelta | None:
    number = float(text[:20])
    return timedelta(seconds=min(number, LONGEST_WAIT.total_seconds())) if number >= 0 else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
