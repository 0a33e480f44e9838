"""Secrets from environment variables, each with a twin ending in ``_FILE`` that names a file with the secret in it."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitors.settings.mistakes import Key, Mistake

PREFIX = "KUULA_"
_FIXED: Mapping[str, Key] = {
    "KUULA_SECRET_KEY": ("secret_key",),
    "KUULA_LEDGER_URL": ("ledger", "url"),
    "KUULA_INDEX_URL": ("index", "url"),
}
# Of sources every option may come from the environment.
_OPTIONS: Mapping[str, Set[str]] = {"channels": {"URL"}, "hooks": {"URL", "SECRET", "TOKEN"}}
# These steer the command line or the image, they are not settings.
_OTHERS = frozenset({"KUULA_SETTINGS", "KUULA_LOG"})


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the environment gives: values by key, what is wrong, and variables that fit nothing in the settings."""

    found: Mapping[Key, str]
    mistakes: tuple[Mistake, ...]
    unused: tuple[str, ...]


def secrets(values: Mapping[str, Any], environ: Mapping[str, str]) -> Secrets:
    """Read the variables that belong to these settings; an empty variable counts as absent."""
    found: dict[Key, str] = {}
    mistakes: list[Mistake] = []
    unused: list[str] = []
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    for variable in sorted(given.keys() - _OTHERS):
        plain = variable.removesuffix("_FILE")
        key = _key(plain, values)
        if key is None:
            unused.append(variable)
        elif plain == variable:
            found[key] = given[variable]
        elif plain in given:
            mistakes.append(Mistake((variable,), f"is set, and {plain} too", "Keep one of the two."))
        else:
            try:
                found[key] = Path(given[variable]).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, ValueError):
                remedy = "Make it the path of a readable UTF-8 file with the secret in it."
                mistakes.append(Mistake((variable,), "names a file that cannot be read", remedy))
    return Secrets(found, tuple(mistakes), tuple(unused))


def variable_name(section: str, name: str, option: str) -> str:
    """Name the variable that sets an option, such as ``KUULA_SOURCES_X_BEARER_TOKEN``."""
    return f"{PREFIX}{_form(section)}_{_form(name)}_{_form(option)}"


def _key(variable: str, values: Mapping[str, Any]) -> Key | None:
    """Find the key that a variable sets; of two names that fit, the longer one is meant."""
    if variable in _FIXED:
        return _FIXED[variable]
    for section in ("sources", "channels", "hooks"):
        table = values.get(section)
        for name in sorted(table, key=len, reverse=True) if isinstance(table, Mapping) else ():
            option = variable.removeprefix(variable_name(section, name, ""))
            if option != variable and option and option in _OPTIONS.get(section, {option}):
                return (section, name, option.lower())
    return None


def _form(name: str) -> str:
    return re.sub(r"\W", "_", name).upper()
