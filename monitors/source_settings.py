"""What every source's settings share: typed, closed to unknown keys, and blind when printed.

A source's module derives its own ``Settings`` from ``SourceSettings`` or, if it talks to a network, from
``NetworkSettings``. Secrets are ``SecretStr``: they print as stars and ``secrets_of`` finds them for redaction.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr

HOME = "home"
"""Under this name a validator finds in its context the folder that relative paths start from, or None."""

MEBIBYTE = 1024 * 1024


class SourceSettings(BaseModel):
    """The base of all sources' settings: unknown keys are refused, values never appear in validation errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    # Options of a source that is asked only once, as ``kuula run --once`` does; those of the settings come first.
    asked_once: ClassVar[Mapping[str, Any]] = {}

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """What is allowed but probably not meant, without asking a network: option, message and remedy."""
        yield from ()


class NetworkSettings(SourceSettings):
    """Settings of a source that calls a server; ``base_url`` None means the service's own address.

    ``allow_private`` lets addresses that were found in content, such as links to articles, lead into private networks:
    for a newsroom's own intranet and for tests, never otherwise. The address in ``base_url`` is always allowed.
    """

    base_url: AnyHttpUrl | None = Field(None, description="Where the service answers.")
    timeout_seconds: float = Field(20.0, gt=0, le=3600, description="How long one answer may take.")
    max_bytes: int = Field(32 * MEBIBYTE, gt=0, description="How big one answer may be.")
    allow_private: bool = Field(default=False, description="Whether links in posts may lead into private networks.")


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """Every secret value in ``settings``, nested ones too, so that a client can keep them out of its messages."""
    for name in type(settings).model_fields:
        yield from _secrets_in(getattr(settings, name))


def _secrets_in(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        if value.get_secret_value():
            yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        yield from secrets_of(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets_in(inner)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _secrets_in(inner)
