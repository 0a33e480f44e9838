"""The draft of a policy: the present one, with what a file or the command line says instead."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from models.decision import Policy
from monitors.errors import BadSettings
from monitors.settings import SettingsErrors, validate
from monitors.settings import file as settings_file


def draft_of(present: Policy, file: Path | None, given: Sequence[str]) -> Policy:
    """The draft, checked as the settings are; ``given`` are ``key=value``, and win over the file's ``[policy]``."""
    if file is not None:
        read = settings_file.read(file)
        values = read.values.get("policy")
        if not isinstance(values, Mapping):
            raise SettingsErrors(
                [BadSettings("there is no [policy] in it", remedy="Write `[policy]`, and below it what is to change.")],
                file,
            )
        present = _checked(present, values, read.text, file)
    return _checked(present, dict(_option(one) for one in given), "", None) if given else present


def changes(present: Policy, draft: Policy) -> dict[str, list[Any]]:
    """What the draft changes: by name, how it is and how it would be."""
    pairs = ((one.name, getattr(present, one.name), getattr(draft, one.name)) for one in fields(Policy))
    return {name: [_plain(now), _plain(then)] for name, now, then in pairs if now != then}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _checked(present: Policy, values: Mapping[str, Any], text: str, file: Path | None) -> Policy:
    whole = {name: _plain(value) for name, value in asdict(present).items()}
    return validate({"policy": {**whole, **values}}, {}, text=text, file=file).policy


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip().removeprefix("policy.")
    if not equals or not key:
        raise BadSettings("--set needs key=value", remedy="For example: --set alert_at=40")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        remedy = f"Write a number, or a list of words in quotes: --set '{key}=[\"legal_threat\"]'"
        raise BadSettings(f"the value of --set {key} is not understood", remedy=remedy) from None
