"""Keeping secrets out of sight: which settings are secret, how they are wrapped, and what is shown instead."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

MASK = "**********"
_SECRET_NAME = re.compile(
    r"token|secret|password|passwd|passphrase|credential|authorization|cookie|api_?key|(^|[_-])key$",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"//[^/@:\s]*:([^/\s]+)@")
_USER_PART = re.compile(r"//[^/\s]*@")


def looks_secret(key: str, value: object) -> bool:
    """Say whether a setting is to be hidden: by its name, or because it is an address with a password in it."""
    return bool(_SECRET_NAME.search(key)) or (isinstance(value, str) and bool(_USER_PART.search(value)))


def guard(key: str, value: Any) -> Any:
    """Wrap whatever in a setting looks secret, at any depth, so that printing it shows nothing."""
    if isinstance(value, SecretStr | bool):
        return value
    if isinstance(value, Mapping):
        return {name: guard(key if looks_secret(key, None) else name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [guard(key, inner) for inner in value]
    return SecretStr(str(value)) if looks_secret(key, value) else value


def reveal(value: Any) -> Any:
    """Undo ``guard``."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {name: reveal(inner) for name, inner in value.items()}
    return [reveal(inner) for inner in value] if isinstance(value, list) else value


def mask(value: Any) -> Any:
    """Replace every wrapped secret by a mask; an SQLite address without a password is shown, as it holds none."""
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        return text if re.fullmatch(r"sqlite:[^?@]*", text) else MASK
    if isinstance(value, Mapping):
        return {name: mask(inner) for name, inner in value.items()}
    return [mask(inner) for inner in value] if isinstance(value, list | tuple) else value


def secrets_in(value: Any) -> Iterator[str]:
    """Give every wrapped secret at any depth and, of an address, its password alone too: logs must not show either."""
    if isinstance(value, SecretStr) and mask(value) == MASK:
        text = value.get_secret_value()
        yield text
        for password in _PASSWORD.findall(text):
            yield from (password, unquote(password))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from secrets_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from secrets_in(inner)
