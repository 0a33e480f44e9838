"""Links in messages that let one person do one thing to one incident, without signing in first.

A link is signed with the secret key and says until when it works. It is an invitation, not the act: the page behind it
asks for a press of a button, because mail scanners and chat previews open every link that they see. Some of them post
to it as well: what the button sends has a value in it that only that page has, and only for a while.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

LINKS_LAST = timedelta(hours=48)
PAGE_LASTS = timedelta(minutes=30)
"""How long the page behind a link may be open before its button asks again."""

_SALT = "kuula.action-link"
_PAGE_SALT = "kuula.action-page"


class LinkAction(StrEnum):
    """What a link in a message may do."""

    ACKNOWLEDGE = "acknowledge"
    PROMISE = "promise"
    RESOLVE = "resolve"
    NOISE = "noise"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class ActionLink:
    """Who may do what to which incident, up to ``until`` (UTC)."""

    incident_id: int
    action: LinkAction
    person: str
    until: datetime

    @property
    def sent_at(self) -> datetime:
        """When the message with this link was written (UTC)."""
        return self.until - LINKS_LAST


def sign(secret: str, link: ActionLink) -> str:
    """Give the token that goes into the address ``/links/TOKEN``."""
    # To the microsecond: what happened just before the message was written, and called for it, undoes nothing of it.
    said = [link.incident_id, link.action.value, link.person, link.until.timestamp()]
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(said))


def opened(secret: str, token: str) -> ActionLink | None:
    """Give what a token allowed while it lasted, or None when it was not signed with this secret."""
    try:
        incident_id, action, person, until = URLSafeSerializer(secret, salt=_SALT).loads(token)
        return ActionLink(int(incident_id), LinkAction(action), str(person), datetime.fromtimestamp(until, UTC))
    except (BadData, ValueError, TypeError, OverflowError, OSError):
        return None


def page_key(secret: str, token: str, now: datetime) -> str:
    """What the page behind a link carries, and nobody has who did not open it."""
    said = [_digest(token), int((now + PAGE_LASTS).timestamp())]
    return str(URLSafeSerializer(secret, salt=_PAGE_SALT).dumps(said))


def was_on_page(secret: str, token: str, given: str, now: datetime) -> bool:
    """Whether a value is one that the page behind this link carried a while ago."""
    try:
        digest, until = URLSafeSerializer(secret, salt=_PAGE_SALT).loads(given)
        return bool(digest == _digest(token) and now.timestamp() <= until)
    except (BadData, ValueError, TypeError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]
