"""Links in messages that let one person do one thing to one incident, without signing in first.

A link is signed with the secret key and says until when it works. It is an invitation, not the act: the page behind it
asks for a press of a button, because mail scanners and chat previews open every link that they see.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

LINKS_LAST = timedelta(hours=48)
_SALT = "kuula.action-link"


class LinkAction(StrEnum):
    """What a link in a message may do."""

    ACKNOWLEDGE = "acknowledge"
    PROMISE = "promise"
    RESOLVE = "resolve"
    NOISE = "noise"


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
    said = [link.incident_id, link.action.value, link.person, int(link.until.timestamp())]
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(said))


def read(secret: str, token: str, now: datetime) -> ActionLink | None:
    """Give what a token allows, or None when it was not signed with this secret or its time is over."""
    try:
        incident_id, action, person, until = URLSafeSerializer(secret, salt=_SALT).loads(token)
        link = ActionLink(int(incident_id), LinkAction(action), str(person), datetime.fromtimestamp(until, UTC))
    except (BadData, ValueError, TypeError, OverflowError, OSError):
        return None
    return link if now <= link.until else None
