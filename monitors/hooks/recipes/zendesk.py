"""Zendesk Support: a ticket with our id as ``external_id``, and internal notes. Its idempotency keys last two hours."""

from collections.abc import Mapping
from typing import Any

from monitors.hooks.asking import Ask, Got
from monitors.hooks.happened import Happened
from monitors.hooks.recipes.recipe import basic, token
from monitors.mentions import calling_nobody
from monitors.settings.hook_sections import Hook

_PRIORITIES = ((70, "urgent"), (40, "high"), (15, "normal"))


class Zendesk:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ ."""

    def headers(self, hook: Hook) -> Mapping[str, str]:
        """A mail address with ``/token`` behind it, and the API token."""
        return basic(f"{hook.user}/token", token(hook))

    def create(self, hook: Hook, happened: Happened) -> Ask:
        """Make the ticket; our fields go into it as they are."""
        risk = float(happened.incident["risk"])
        ticket: dict[str, Any] = {
            "subject": happened.subject,
            "comment": {"body": calling_nobody(happened.description), "public": False},
            "external_id": happened.external_id,
            "type": "incident",
            "priority": next((name for least, name in _PRIORITIES if risk >= least), "low"),
            "tags": ["kuula"],
            **hook.fields,
        }
        return Ask("POST", "api/v2/tickets.json", {"ticket": ticket}, {"idempotency-key": happened.key})

    def created(self, answer: Got) -> str | None:
        """Its number."""
        return _number(answer.said, "ticket")

    def find(self, hook: Hook, happened: Happened) -> Ask:  # noqa: ARG002
        """Tickets with our id."""
        return Ask("GET", "api/v2/tickets.json", params={"external_id": happened.external_id})

    def found(self, answer: Got, happened: Happened) -> str | None:
        """The first of them."""
        said = answer.said if isinstance(answer.said, dict) else {}
        tickets = said.get("tickets")
        mine = [
            one for one in tickets or () if isinstance(one, dict) and one.get("external_id") == happened.external_id
        ]
        return str(mine[0]["id"]) if mine and "id" in mine[0] else None

    def comment(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """An internal note."""
        ticket = {"ticket": {"comment": {"body": calling_nobody(happened.note), "public": False}}}
        return Ask("PUT", f"api/v2/tickets/{reference}.json", ticket, about_known=True)

    def look(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """The comments, of which the description is the first."""
        return Ask("GET", f"api/v2/tickets/{reference}/comments.json", params={"sort_order": "desc"}, about_known=True)


def _number(said: Any, name: str) -> str | None:
    one = said.get(name) if isinstance(said, dict) else None
    number = one.get("id") if isinstance(one, dict) else None
    return str(number) if number else None
