"""Files of examples with known answers: JSON Lines, plain or gzip'd."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from models.evaluation.rows import BrokenRowError
from monitors.errors import BadSettings

_LONGEST_LINE = 4_000_000
"""Bytes: a post of the longest text that is kept, in the longest notation, with room for the rest of its row."""

REASONS_SHOWN = 8

_ONE_A_LINE = "Give JSON Lines, one post a line, or take the line out."


def lines(file: Path) -> Iterator[bytes]:
    """Read a file line by line."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as found:
            number = 0
            while line := found.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    raise BadSettings(f"{file.name} line {number} is too long", remedy=_ONE_A_LINE)
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise BadSettings(f"{file.name} cannot be read: {error}", remedy="Give JSON Lines, plain or gzip'd.") from error


def parse(line: bytes) -> Any:
    """Understand one line as JSON; ``BrokenRowError`` says what is wrong with it."""
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BrokenRowError("this is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BrokenRowError(f"this is not JSON ({error})") from error


@dataclass(slots=True)
class Counted:
    """How many rows there are of each kind, with where the first of them stands."""

    rows: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, place: str) -> None:
        """Count one row."""
        self.rows[kind] += 1
        self.first.setdefault(kind, place)


def tell_left_out(left_out: Counted, kept: int) -> None:
    """Say what is not measured, by its reason: figures of half a file mislead whoever does not know."""
    if not left_out.rows:
        return
    total = left_out.rows.total()
    typer.echo(f"{total} of {kept + total} rows are left out:", err=True)
    for reason, count in left_out.rows.most_common(REASONS_SHOWN):
        typer.echo(f"    {count}: {reason} (first: {left_out.first[reason]})", err=True)
    if (more := len(left_out.rows) - REASONS_SHOWN) > 0:
        typer.echo(f"    and for {more} more reasons", err=True)
