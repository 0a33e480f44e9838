"""Channels through Apprise: mail, Slack, Teams, Telegram, ntfy and a hundred more, each by its address.

Apprise answers yes or no and writes the reason to its log; the reason is read from there, without the address. News of
a case goes into the thread of its first message where Apprise can do that: in mail, by headers and a subject that stays
the same, and in Slack through a bot. Elsewhere each is a new message.
"""

import logging
import re
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from monitors.errors import BadSettings, RetryLater, StopSource
from monitors.mentions import calling_nobody
from monitors.ports import Confirmation, Message, Thread

# What Apprise's log says when trying again will not help: the other side knows us and says no.
_REFUSED = re.compile(r"error=(401|403|404|410)\b|Unauthorized|Authentication|Forbidden", re.IGNORECASE)
_WAIT = re.compile(r"retry after (\d{1,4})\b", re.IGNORECASE)
# Its HTML is a few tags, and no page. In all but the others a stranger's words could call the team or be a link.
_NO_PAGES = ("tgram",)
_NO_CHATS = ("mailtos", "jsons", "xmls", "forms")
# Apprise waits 5.5 seconds between two messages. Mail servers take more, Teams four a second; both say so if too much.
_PAUSES = {"mailtos": 0.0, "workflows": 0.3}
_SLACK_THREAD = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
_SLACK_TARGET = re.compile(r"[+#@]?[A-Za-z0-9_-]{1,32}")

KEY_HEADER = "Idempotency-Key"
"""Names the message to webhooks and in mails: after a crash it may come twice, and this tells that it is the same."""

SECONDS = 20.0
"""How long the other side has for one message, however slowly it drips."""


class AppriseChannel:
    """One Apprise address. The address is a secret and appears in no message and no error."""

    def __init__(self, name: str, url: str, now: Callable[[], datetime], seconds: float = SECONDS) -> None:
        self.name = name
        self._url = url
        self._now = now
        self._seconds = seconds
        self._one_at_a_time = threading.Lock()
        self._open()
        self._shows_html = all(_shows_html(service) for service in self._service)
        self._say = calling_nobody if any(one.secure_protocol not in _NO_CHATS for one in self._service) else str

    def _open(self) -> None:
        # Apprise knows 140 services and takes a moment to load: only who sends pays for it.
        import apprise

        self._service: Any = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Kuula"))
        if not self._service.add(self._url):
            raise BadSettings(
                f"the address of channel {self.name!r} is not understood",
                key=f"channels.{self.name}.url",
                remedy="Write it as Apprise does, for example mailtos://user:password@example.com.",
            )
        for service in self._service:
            service.request_rate_per_sec = _PAUSES.get(str(service.secure_protocol), service.request_rate_per_sec)
        self._headers = [dict(getattr(service, "headers", None) or {}) for service in self._service]
        self._threads = _threads_of(*self._service)

    def __repr__(self) -> str:
        return f"AppriseChannel({self.name!r})"

    def send(self, message: Message) -> str:
        """Send the message, or raise ``RetryLater`` or ``StopSource`` with the reason that Apprise logged."""
        with self._one_at_a_time:
            return self._send(message)

    def _send(self, message: Message) -> str:
        for service, headers in zip(self._service, self._headers, strict=True):
            if hasattr(service, "headers"):
                service.headers = {**headers, KEY_HEADER: quote(message.key, safe=" :>")}
        title = self._say(self._threads.enter(message.thread, message.subject))
        page = message.html if self._shows_html else ""
        body, body_format = (page, "html") if page else (self._say(message.text), "text")
        with _Heard() as heard:
            result = self._service.notify(title=title, body=body, body_format=body_format, timeout=self._seconds)
        if result:
            thread = self._threads.begun(message.subject) if message.thread else None
            return Confirmation(f"confirmed by {self._service[0].service_name or self.name}", thread)
        if result.status.name == "TIMEOUT":
            # The old one may still be sending.
            self._open()
            raise RetryLater(f"channel {self.name!r} did not answer within {self._seconds:g} seconds")
        reason = self._redacted("; ".join(heard.lines[-2:])) or "no reason was given"
        if _REFUSED.search(reason):
            raise StopSource(f"channel {self.name!r} refused the message: {reason}", remedy="Check its address.")
        after = self._now() + timedelta(seconds=int(asked[1])) if (asked := _WAIT.search(reason)) else None
        raise RetryLater(f"channel {self.name!r} did not take the message: {reason}", after=after)

    def _redacted(self, text: str) -> str:
        for part in sorted((one for one in re.split(r"[/:@?&=]+", self._url) if len(one) > 3), key=len, reverse=True):
            text = text.replace(part, "***")
        return " ".join(text.split())[:300]


class _NoThreads:
    """A service without threads. ``enter`` gives the subject that a message has in one, ``begun`` what it is called."""

    def enter(self, _thread: Thread | None, subject: str) -> str:
        return subject

    def begun(self, _subject: str) -> str | None:
        return None


class _MailThreads(_NoThreads):
    """All mails of a case refer to one that was never sent, as Apprise makes up ids; the thread is its subject."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def enter(self, _thread: Thread | None, subject: str) -> str:
        if _thread is None:
            return subject
        root = f"<{quote(_thread.case, safe='')}@{self._service.from_addr[1].rpartition('@')[2]}>"
        self._service.headers["References"] = root
        if _thread.reference is None:
            return subject
        self._service.headers["In-Reply-To"] = root
        return f"Re: {_thread.reference}"

    def begun(self, _subject: str) -> str | None:
        return _subject


class _SlackThreads(_NoThreads):
    """A Slack bot writes into the thread of a message whose time stamp it is told; Slack says it with its yes."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._target = service.channels[0]
        self._stamp: str | None = None
        # Apprise keeps Slack's answer to itself.
        self._ask = service._send
        service._send = self._listen

    def _listen(self, *args: Any, **options: Any) -> Any:
        answer = self._ask(*args, **options)
        stamp = answer.get("ts") if isinstance(answer, dict) else None
        self._stamp = stamp if isinstance(stamp, str) and _SLACK_THREAD.fullmatch(stamp) else None
        return answer

    def enter(self, _thread: Thread | None, subject: str) -> str:
        self._stamp = None
        inside = _thread.reference if _thread and _SLACK_THREAD.fullmatch(_thread.reference or "") else None
        self._service.channels = [f"{self._target}:{inside}" if inside else self._target]
        return subject

    def begun(self, _subject: str) -> str | None:
        return self._stamp


def _threads_of(service: Any, *others: Any) -> _NoThreads:
    """The threads of an address that has one recipient; several would have a thread each."""
    if not others and service.secure_protocol == "mailtos":
        return _MailThreads(service)
    target = (getattr(service, "channels", None) or [""])[0] or ""
    is_bot = service.secure_protocol == "slack" and service.mode == "bot" and len(service.channels) == 1
    return _SlackThreads(service) if not others and is_bot and _SLACK_TARGET.fullmatch(target) else _NoThreads()


def _shows_html(service: Any) -> bool:
    """Whether a service shows a page by itself, as mail does, or is told to by ``format=`` in its address."""
    return bool(service.resolve_format() == "html" and service.secure_protocol not in _NO_PAGES)


class _Heard(logging.Handler):
    """What Apprise logs for this message. Other threads may be sending to addresses of their own at the same time."""

    # Not the thread: Apprise may send on one of its own, and takes the context along.
    _sending: ContextVar["_Heard | None"] = ContextVar("sending", default=None)

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []
        self._logger = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        if self._sending.get() is self:
            self.lines.append(record.getMessage())

    def __enter__(self) -> "_Heard":
        # Whoever sets up logs may silence a library. What this one says decides whether to try again or to stop.
        self._logger.disabled = False
        self._logger.setLevel(logging.WARNING)
        self._logger.addHandler(self)
        self._sending.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._sending.set(None)
        self._logger.removeHandler(self)
