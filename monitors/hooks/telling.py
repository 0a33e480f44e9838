"""Telling one system of one event, so that it knows of it once, however often we have to say it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from standardwebhooks import Webhook

from monitors.errors import RetryLater
from monitors.hooks.asking import Ask, Got, Line
from monitors.hooks.happened import Happened, plain
from monitors.hooks.recipes import RECIPES, Recipe
from monitors.settings.hook_sections import Hook


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A system's yes: its status, and what it calls the incident, where it keeps a ticket."""

    status: int
    reference: str | None = None


@dataclass(slots=True)
class Teller:
    """The way to tell one configured system; opened when it is first used."""

    name: str
    hook: Hook
    now: Callable[[], datetime]
    _line: Line | None = field(default=None, repr=False)

    def tell(self, happened: Happened) -> Confirmed:
        """Tell it; raises ``RetryLater``, ``Refused`` or ``NotTaken``."""
        recipe = RECIPES.get(self.hook.recipe)
        if self._line is None:
            self._line = Line(self.hook, recipe.headers(self.hook) if recipe else {}, self.now)
        if recipe is None:
            return Confirmed(self._line.ask(self._signed(happened)).status)
        return _keep_ticket(self._line, recipe, self.hook, happened)

    def close(self) -> None:
        """Let go of the connections."""
        if self._line is not None:
            self._line.close()

    def _signed(self, happened: Happened) -> Ask:
        body = json.dumps(plain(happened), ensure_ascii=False, separators=(",", ":"))
        assert self.hook.secret is not None
        secret = self.hook.secret.get_secret_value().removeprefix("whsec_")
        # The library reads a time's zone as if it were UTC, which ours is.
        at = self.now().replace(microsecond=0)
        identity = happened.key.replace(" ", "_")
        headers = {
            "webhook-id": identity,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(base64.b64decode(secret + "==")).sign(identity, at, body),
        }
        return Ask("POST", body=body.encode(), headers=headers)


def _keep_ticket(line: Line, recipe: Recipe, hook: Hook, happened: Happened) -> Confirmed:
    """Comment on the incident's ticket, or make it first.

    When we may have told it before, we look first: between its answer and our note of it there could be a crash.
    """
    reference = happened.reference
    if reference is None and happened.told_before:
        reference = recipe.found(line.ask(recipe.find(hook, happened)), happened)
    if reference is not None:
        return _comment(line, recipe, hook, happened, reference)
    made = line.ask(recipe.create(hook, happened))
    return Confirmed(made.status, _made(recipe, made))


def _made(recipe: Recipe, answer: Got) -> str:
    reference = recipe.created(answer)
    if not reference:
        raise RetryLater("the answer does not say what the new ticket is called")
    return reference[:200]


def _comment(line: Line, recipe: Recipe, hook: Hook, happened: Happened, reference: str) -> Confirmed:
    if happened.told_before:
        said = line.ask(recipe.look(hook, happened, reference))
        if happened.mark in said.text:
            return Confirmed(said.status, reference)
    return Confirmed(line.ask(recipe.comment(hook, happened, reference)).status, reference)
