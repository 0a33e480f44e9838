"""Freshdesk: a ticket with our id as a tag, and private notes. Its texts are HTML, so ours are escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

from monitors.hooks.asking import Ask, Got
from monitors.hooks.happened import Happened
from monitors.hooks.recipes.recipe import basic, token
from monitors.settings.hook_sections import Hook

_OPEN, _PORTAL = 2, 2
_PRIORITIES = ((70, 4), (40, 3), (15, 2))


class Freshdesk:
    """https://developers.freshdesk.com/api/ ."""

    def headers(self, hook: Hook) -> Mapping[str, str]:
        """The API key as a user, with any password."""
        return basic(token(hook), "X")

    def create(self, hook: Hook, happened: Happened) -> Ask:
        """Make the ticket in the name of ``email``; our other fields go into it as they are."""
        risk = float(happened.incident["risk"])
        tags = hook.field("tags", [])
        ticket: dict[str, Any] = {
            "subject": happened.subject,
            "description": _html(happened.description),
            "status": _OPEN,
            "source": _PORTAL,
            "priority": next((number for least, number in _PRIORITIES if risk >= least), 1),
            **hook.fields,
            "tags": ["kuula", happened.external_id, *(tags if isinstance(tags, list) else [str(tags)])],
        }
        return Ask("POST", "api/v2/tickets", ticket)

    def created(self, answer: Got) -> str | None:
        """Its number."""
        return str(answer.said["id"]) if isinstance(answer.said, dict) and answer.said.get("id") else None

    def find(self, hook: Hook, happened: Happened) -> Ask:  # noqa: ARG002
        """The latest tickets in our name: its search knows a new ticket only after a while, the list at once."""
        params = {"email": str(hook.field("email")), "order_by": "created_at", "per_page": "100"}
        return Ask("GET", "api/v2/tickets", params=params)

    def found(self, answer: Got, happened: Happened) -> str | None:
        """The one with our tag, or our name where the list leaves tags out."""
        tickets = [one for one in answer.said or () if isinstance(one, dict)] if isinstance(answer.said, list) else []
        named = happened.subject.split(":", 1)[0] + ":"
        mine = [
            one
            for one in tickets
            if happened.external_id in (one.get("tags") or ()) or str(one.get("subject", "")).startswith(named)
        ]
        return str(mine[-1]["id"]) if mine and mine[-1].get("id") else None

    def comment(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """A private note."""
        note = {"body": _html(happened.note), "private": True}
        return Ask("POST", f"api/v2/tickets/{reference}/notes", note, about_known=True)

    def look(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """The description and the latest notes."""
        return Ask("GET", f"api/v2/tickets/{reference}", params={"include": "conversations"}, about_known=True)


def _html(text: str) -> str:
    return escape(text).replace("\n", "<br>")
