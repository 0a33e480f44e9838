"""Saying what is wrong with a setting and what to write instead, never repeating a value that may be a secret."""

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from monitors.settings.mistakes import Correctable, Key, Mistake, did_you_mean
from monitors.settings.policy import POLICY

_MUST_BE = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be an ordinary number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "dataclass_type": "must be a table",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "missing": "is missing",
    "extra_forbidden": "is not a setting",
    "unexpected_keyword_argument": "is not a setting",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """What the types say about one key: its description and example, or the keys of the table that it is."""

    keys: tuple[str, ...] = ()
    description: str = ""
    example: str = ""


def explain(error: ValidationError, model: type[BaseModel], before: Key = ()) -> Iterator[Mistake]:
    """Turn what pydantic found into mistakes; ``before`` is where the values of ``model`` stand in the file."""
    for one in error.errors(include_url=False, include_context=True):
        key = tuple(part for part in one["loc"] if part != "[key]")
        yield Mistake((*before, *key), _what(one), _remedy(one, key, model))


def _what(error: Any) -> str:
    kind = error["type"]
    if kind in _MUST_BE:
        return _MUST_BE[kind]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_pattern_mismatch":
        return "must be an http(s) address" if "http" in error["ctx"]["pattern"] else "must not be empty"
    message: str = re.sub(r"^(Input|Value) should", "must", error["msg"])
    # A word in capitals, such as URL, stays one.
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def _remedy(error: Any, key: Key, model: type[BaseModel]) -> str:
    place = _place(model, key)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Correctable):
        return cause.remedy
    if error["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        keys = _place(model, key[:-1]).keys
        return did_you_mean(str(key[-1]), keys) or f"Remove it. The settings here are: {', '.join(keys)}."
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        near = did_you_mean(error["input"], re.findall(r"'([^']*)'", error["ctx"]["expected"]))
        if near:
            return near
    if place.example:
        return f"{place.description} For example: {place.example}".strip()
    return place.description or "See the settings reference in the README."


def _place(model: type[BaseModel], key: Key) -> _Place:
    """Walk the types along a key, as far as they go."""
    kind: Any = model
    place = _Place(keys=tuple(model.model_fields))
    for part in key:
        known = _fields(kind)
        if known:
            if part not in known:
                return _Place()
            kind, description, example = known[str(part)]
            place = _Place(_names(kind), description, f"`{part} = {example}`" if example else "")
        else:
            kind = next(iter(typing.get_args(kind)[-1:]), None)
            place = _Place(_names(kind), place.description, place.example)
    return place


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(_fields(kind))


def _fields(kind: Any) -> dict[str, tuple[Any, str, str]]:
    """Give the fields of a table type: the type, the description and an example of each."""
    options = [kind, *typing.get_args(kind)] if typing.get_origin(kind) not in {dict, list} else []
    for option in options:
        if isinstance(option, type) and issubclass(option, BaseModel):
            return {
                field.alias or name: (field.annotation, field.description or "", _example_of(field))
                for name, field in option.model_fields.items()
            }
        if isinstance(option, type) and is_dataclass(option):
            return {field.name: (field.type, POLICY[field.name].description, "") for field in fields(option)}
    return {}


def _example_of(field: FieldInfo) -> str:
    return to_toml(field.examples[0]) if field.examples else ""


def to_toml_key(key: str) -> str:
    """Write one part of a key as TOML does: bare where that is allowed."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else to_toml(key)


def to_toml(value: Any) -> str:
    """Write a plain value as TOML does, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{to_toml_key(str(key))} = {to_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    return str(value)
