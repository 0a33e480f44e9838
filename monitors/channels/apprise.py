"""Channels through Apprise: mail, Slack, Teams, Telegram, ntfy and a hundred more, each by its address.

Apprise answers yes or no and writes the reason to its log; the reason is read from there, without the address.
"""

import logging
import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from monitors.errors import BadSettings, RetryLater, StopSource
from monitors.ports import Message

# What Apprise's log says when trying again will not help: the other side knows us and says no.
_REFUSED = re.compile(r"error=(401|403|404|410)\b|Unauthorized|Authentication|Forbidden", re.IGNORECASE)
# Its HTML is a few tags for bold and italic text, and no page.
_NO_PAGES = ("tgram",)

KEY_HEADER = "Idempotency-Key"
"""Names the message to webhooks and in mails: after a crash it may come twice, and this tells that it is the same."""


class AppriseChannel:
    """One Apprise address. The address is a secret and appears in no message and no error."""

    def __init__(self, name: str, url: str) -> None:
        # Apprise knows 140 services and takes a moment to load: only who sends pays for it.
        import apprise

        self.name = name
        self._url = url
        self._service: Any = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Kuula"))
        if not self._service.add(url):
            raise BadSettings(
                f"the address of channel {name!r} is not understood",
                key=f"channels.{name}.url",
                remedy="Write it as Apprise does, for example mailtos://user:password@example.com.",
            )
        self._shows_html = all(_shows_html(service) for service in self._service)

    def __repr__(self) -> str:
        return f"AppriseChannel({self.name!r})"

    def send(self, message: Message) -> str:
        """Send the message, or raise ``RetryLater`` or ``StopSource`` with the reason that Apprise logged."""
        for service in self._service:
            if hasattr(service, "headers"):
                service.headers[KEY_HEADER] = quote(message.key, safe=" :>")
        body, body_format = (message.html, "html") if self._shows_html and message.html else (message.text, "text")
        with _Heard() as heard:
            confirmed = self._service.notify(title=message.subject, body=body, body_format=body_format)
        if confirmed:
            return f"confirmed by {self._service[0].service_name or self.name}"
        reason = self._redacted("; ".join(heard.lines[-2:])) or "no reason was given"
        if _REFUSED.search(reason):
            raise StopSource(f"channel {self.name!r} refused the message: {reason}", remedy="Check its address.")
        raise RetryLater(f"channel {self.name!r} did not take the message: {reason}")

    def _redacted(self, text: str) -> str:
        for part in sorted(re.split(r"[/:@?&=]+", self._url), key=len, reverse=True):
            if len(part) > 3:
                text = text.replace(part, "***")
        return " ".join(text.split())[:300]


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
