"""What every recipe can: make a ticket, find it again by our own id, comment on it, and see what was said on it."""

import base64
from collections.abc import Mapping
from typing import Protocol

from monitors.hooks.asking import Ask, Got
from monitors.hooks.happened import Happened
from monitors.settings.hook_sections import Hook


class Recipe(Protocol):
    """One ticket system. All are pure: they make requests and read answers."""

    def headers(self, hook: Hook) -> Mapping[str, str]:
        """What every request carries: the credentials."""

    def create(self, hook: Hook, happened: Happened) -> Ask:
        """Make the incident's ticket."""

    def created(self, answer: Got) -> str | None:
        """What the new ticket is called."""

    def find(self, hook: Hook, happened: Happened) -> Ask:
        """Look for the incident's ticket by our own id."""

    def found(self, answer: Got, happened: Happened) -> str | None:
        """What it is called, if it is there."""

    def comment(self, hook: Hook, happened: Happened, reference: str) -> Ask:
        """Say on the ticket what happened, where customers do not see it."""

    def look(self, hook: Hook, happened: Happened, reference: str) -> Ask:
        """Read what the ticket says: its description and its latest comments."""


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def token(hook: Hook) -> str:
    """The hook's token; settings are only valid with one."""
    return hook.token.get_secret_value() if hook.token else ""
