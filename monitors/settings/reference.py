"""Every setting with its default and its meaning, read from the types: for the README and for new settings files."""

import typing
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitors.settings.explaining import to_toml
from monitors.settings.policy import POLICY
from monitors.settings.root import Settings
from monitors.settings.sections import TextModel


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: where it is in the file, its default and an example as TOML (empty: none), and what it is for."""

    table: str
    key: str
    default: str
    example: str
    description: str
    required: bool = False


def rows(model: type[BaseModel] = Settings, table: str = "") -> Iterator[Row]:
    """Give all settings in the order of the file; tables that people name are written ``[brands.NAME]``.

    Of tables that can come several times, such as ``[[brands.NAME.campaigns]]``, ``table`` has the inner brackets.
    """
    nested = []
    for name, field in model.model_fields.items():
        kind, named = _table_type(field.annotation)
        if name == "options":
            continue
        if kind is None or _example(field) or issubclass(kind, TextModel):
            required = field.is_required() and (table, name) != ("sources.NAME", "kind")
            yield Row(table, field.alias or name, _default(field), _example(field), field.description or "", required)
        if kind is not None:
            path = f"{table}.{name}".lstrip(".") + ".NAME" * named
            nested.append((f"[{path}]" if typing.get_origin(field.annotation) is list else path, kind))
    for path, kind in nested:
        if issubclass(kind, BaseModel):
            yield from rows(kind, path)
        else:
            for item in fields(kind):
                yield Row(path, item.name, _written(item.default), "", POLICY[item.name].description)


def reference() -> str:
    """Write the settings as Markdown tables, one for each table of the file."""
    parts: list[str] = []
    table = None
    for row in rows():
        if row.table != table:
            table = row.table
            title = f"`[{table}]`" if table else "At the top of the file"
            parts += ["", f"#### {title}", "", "| setting | default | what it is for |", "|---|---|---|"]
        default = f"`{row.default}`" if row.default else "must be given" if row.required else ""
        parts.append(f"| `{row.key}` | {default} | {row.description} |".replace("  |", " |"))
    return "\n".join(parts).strip() + "\n"


def _table_type(annotation: Any) -> tuple[type[Any] | None, bool]:
    """Give the table type in an annotation, and whether people name its tables."""
    for option in (annotation, *typing.get_args(annotation)):
        if isinstance(option, type) and (issubclass(option, BaseModel) or is_dataclass(option)):
            return option, typing.get_origin(annotation) is dict
    return None, False


def _default(field: FieldInfo) -> str:
    return "" if field.is_required() else _written(field.get_default(call_default_factory=True, validated_data={}))


def _written(value: Any) -> str:
    if value is None or value is MISSING:
        return ""
    if isinstance(value, SecretStr):
        return to_toml(value.get_secret_value())
    if isinstance(value, BaseModel):
        return to_toml("builtin")
    if isinstance(value, tuple):
        return to_toml([item.value if isinstance(item, Enum) else item for item in value])
    return to_toml(value)


def _example(field: FieldInfo) -> str:
    return to_toml(field.examples[0]) if field.examples else ""
