"""Settings of sources: closed, typed, and blind when shown."""

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from monitors.source_settings import NetworkSettings, SourceSettings, secrets_of


class Account(BaseModel):
    password: SecretStr


class Settings(NetworkSettings):
    token: SecretStr
    accounts: tuple[Account, ...] = ()
    more: dict[str, SecretStr] = {}  # noqa: RUF012 (pydantic copies it)
    none: SecretStr | None = None
    empty: SecretStr = SecretStr("")


def test_every_secret_is_found_wherever_it_is() -> None:
    """In fields, in lists of models, in mappings; an empty one is none, or redaction would fill texts with stars."""
    accounts = (Account(password=SecretStr("b")), Account(password=SecretStr("c")))
    settings = Settings(token=SecretStr("a"), accounts=accounts, more={"x": SecretStr("d")})
    assert sorted(secrets_of(settings)) == ["a", "b", "c", "d"]
    assert not any(f"'{secret}'" in repr(settings) for secret in "abcd")


def test_unknown_keys_are_refused_and_nothing_changes() -> None:
    """A misspelt key is an error, and settings that are in use stay as they are."""
    with pytest.raises(ValidationError):
        SourceSettings.model_validate({"base": 1})
    with pytest.raises(ValidationError):
        Settings(token=SecretStr("a")).token = SecretStr("b")
