"""Chatwoot: a conversation in an API inbox with our id as its source, and private notes, whose Markdown is ours."""

from collections.abc import Mapping
from typing import Any

from monitors.hooks.asking import Ask, Got
from monitors.hooks.happened import Happened
from monitors.hooks.recipes.recipe import token
from monitors.mentions import calling_nobody
from monitors.settings.hook_sections import Hook


class Chatwoot:
    """https://developers.chatwoot.com/api-reference/ ."""

    def headers(self, hook: Hook) -> Mapping[str, str]:
        """The access token of an agent or a bot."""
        return {"api_access_token": token(hook)}

    def create(self, hook: Hook, happened: Happened) -> Ask:
        """Make the conversation in ``inbox`` with the contact of ``contact``; its first message is a private note."""
        body = {
            "source_id": happened.external_id,
            "inbox_id": hook.field("inbox"),
            "contact_id": hook.field("contact"),
            "status": "open",
            "custom_attributes": {"kuula": happened.external_id},
            "message": _note(f"{happened.subject}\n\n{happened.description}"),
        }
        return Ask("POST", f"{_account(hook)}/conversations", body)

    def created(self, answer: Got) -> str | None:
        """Its number."""
        return str(answer.said["id"]) if isinstance(answer.said, dict) and answer.said.get("id") else None

    def find(self, hook: Hook, happened: Happened) -> Ask:  # noqa: ARG002
        """The latest conversations with the contact."""
        return Ask("GET", f"{_account(hook)}/contacts/{hook.field('contact')}/conversations")

    def found(self, answer: Got, happened: Happened) -> str | None:
        """The one with our id among its attributes."""
        listed = answer.said.get("payload") if isinstance(answer.said, dict) else None
        for one in listed if isinstance(listed, list) else ():
            attributes = one.get("custom_attributes") if isinstance(one, dict) else None
            if isinstance(attributes, dict) and attributes.get("kuula") == happened.external_id:
                return str(one["id"]) if one.get("id") else None
        return None

    def comment(self, hook: Hook, happened: Happened, reference: str) -> Ask:
        """A private note."""
        return Ask("POST", _messages(hook, reference), _note(happened.note), about_known=True)

    def look(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """The latest messages."""
        return Ask("GET", _messages(hook, reference), about_known=True)


def _account(hook: Hook) -> str:
    return f"api/v1/accounts/{hook.field('account')}"


def _messages(hook: Hook, reference: str) -> str:
    return f"{_account(hook)}/conversations/{reference}/messages"


def _note(text: str) -> dict[str, Any]:
    return {"content": calling_nobody(text), "message_type": "outgoing", "private": True}
