"""The settings of other systems: those that are told of every event, and those that ask by the API."""

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from monitors.settings.mistakes import Correctable
from monitors.settings.sections import Section


class HookEvent(StrEnum):
    """What other systems can be told of: the kinds of an incident's own log."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    RELEASED = "released"
    WAITS = "waits"
    CALLED = "called"
    ESCALATED = "escalated"
    ALERTED_AGAIN = "alerted_again"
    PICKED_UP = "picked_up"
    NOTE = "note"
    ANSWERED = "answered"
    ANSWER_SEEN = "answer_seen"
    WAITS_AGAIN = "waits_again"
    UNANSWERED = "unanswered"
    ANSWER_CLAIMED = "answer_claimed"
    ANSWER_FREED = "answer_freed"
    ANSWER_TAKEN_OVER = "answer_taken_over"
    ANSWER_ASKED = "answer_asked"
    ANSWER_APPROVED = "answer_approved"
    ANSWER_REFUSED = "answer_refused"
    ANSWER_WITHDRAWN = "answer_withdrawn"
    ANSWER_SENDING = "answer_sending"
    ANSWER_FAILED = "answer_failed"
    ANSWER_PERHAPS = "answer_perhaps"
    HANDED_OVER = "handed_over"
    HANDED_BACK = "handed_back"
    MANAGER_ASKED = "manager_asked"
    MANAGER_ANSWERED = "manager_answered"
    MANAGER_UNASKED = "manager_unasked"
    PROMISED = "promised"
    PROMISE_EXTENDED = "promise_extended"
    PROMISE_ENTRUSTED = "promise_entrusted"
    PROMISE_KEPT = "promise_kept"
    PROMISE_UNKEPT = "promise_unkept"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_WITHDRAWN = "promise_withdrawn"
    STEP_DONE = "step_done"
    STEP_UNDONE = "step_undone"
    CONCESSION_PROPOSED = "concession_proposed"
    CONCESSION_DECIDED = "concession_decided"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    LEARNT = "learnt"
    POST_GONE = "post_gone"


Recipe = Literal["plain", "zendesk", "jira", "freshdesk", "chatwoot"]

NEEDED: dict[str, tuple[str, ...]] = {
    "plain": (),
    "zendesk": (),
    "jira": ("project",),
    "freshdesk": ("email",),
    "chatwoot": ("account", "inbox", "contact"),
}
"""What a recipe has to be told in ``fields``."""

_NAMES_A_USER = frozenset({"zendesk", "jira"})
_MAKE_ONE = "Make one: printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"."
_ADDRESS = "Write an address such as `https://example.com/hooks/kuula`."


def _address(given: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(given.get_secret_value())
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong:
        raise Correctable("is not an http(s) address", _ADDRESS)
    return given


def _signing(given: SecretStr) -> SecretStr:
    try:
        key = base64.b64decode(given.get_secret_value().removeprefix("whsec_") + "==", validate=False)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 24:
        raise Correctable("is not a signing secret of at least 24 bytes in base64", _MAKE_ONE)
    return given


class Hook(Section):
    """One other system that is told what happens to incidents."""

    url: Annotated[SecretStr, AfterValidator(_address)] = Field(
        description="Where it answers; for ticket systems their own address. A secret: better in the environment.",
        examples=["https://example.zendesk.com"],
    )
    recipe: Recipe = Field(
        "plain",
        description="`plain` posts every event, signed; `zendesk`, `jira`, `freshdesk` and `chatwoot` keep a ticket.",
    )
    secret: Annotated[SecretStr, AfterValidator(_signing)] | None = Field(
        None,
        description="plain: what signs each event (Standard Webhooks, `whsec_...`). A secret.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    user: str | None = Field(
        None, description="zendesk, jira: the mail address that the token belongs to.", examples=["kuula@example.com"]
    )
    token: SecretStr | None = Field(None, description="Ticket systems: the API token or key. A secret.")
    fields: dict[str, str | int | float | bool | list[str]] = Field(
        default_factory=dict,
        description="Ticket systems: what tickets get besides, see `monitors/hooks/README.md`.",
        examples=[{"project": "SUP"}],
    )
    events: list[HookEvent] = Field(
        default_factory=list,
        description="Which events it is told of; absent: all. The README of hooks lists them.",
        examples=[["opened", "promise_broken", "resolved"]],
    )
    brands: list[str] | None = Field(
        None, description="Tell of these brands only; absent: of all.", examples=[["Omniva"]]
    )
    texts: bool = Field(default=True, description="Whether it is told the words of the post that alerted.")
    allow_private: bool = Field(default=False, description="Whether its address may be in a private network.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="How long one answer may take.")
    give_up_days: float = Field(
        3.0, gt=0, le=30, description="Days after which an event that it does not take waits for a person."
    )

    @model_validator(mode="after")
    def _has_what_its_recipe_needs(self) -> "Hook":
        if self.recipe == "plain" and self.secret is None:
            remedy = f"Set KUULA_HOOKS_NAME_SECRET, with the hook's name in it, or write `secret` here. {_MAKE_ONE}"
            raise Correctable("a plain hook needs a secret", remedy)
        if self.recipe != "plain" and self.token is None:
            raise Correctable(f"the {self.recipe} recipe needs a token", "Set KUULA_HOOKS_NAME_TOKEN.")
        if self.recipe in _NAMES_A_USER and not self.user:
            raise Correctable(f"the {self.recipe} recipe needs a user", 'Write `user = "you@example.com"`.')
        missing = [name for name in NEEDED[self.recipe] if name not in self.fields]
        if missing:
            example = ", ".join(f"{name} = ..." for name in missing)
            raise Correctable(f"the {self.recipe} recipe needs more fields", f"Write `fields = {{ {example} }}`.")
        return self

    def wants(self, kind: str, brand: str) -> bool:
        """Whether it is told of such an event."""
        return (not self.events or kind in self.events) and (self.brands is None or brand in self.brands)

    def field(self, name: str, default: Any = None) -> Any:
        """One of ``fields``."""
        return self.fields.get(name, default)


class Api(Section):
    """How other programs ask Kuula."""

    requests_per_minute: int = Field(
        600, ge=1, le=1_000_000, description="Requests that one token may make in a minute, to each process."
    )
