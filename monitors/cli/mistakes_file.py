"""The file of ``kuula evaluate --mistakes``: what the models got wrong, as JSON Lines."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import typer

from monitors.errors import BadSettings

Write: TypeAlias = Callable[[Iterable[Mapping[str, Any]]], None]


@contextmanager
def opened(file: Path | None, examples: Sequence[Path]) -> Iterator[Write]:
    """Give what writes mistakes to a file, and writes nothing where none is wanted.

    The file is opened before anything is measured: nobody should wait for long to hear that it cannot be written. What
    an earlier run found stays in it until this one has something to put in its place.
    """
    if file is None:
        yield lambda _rows: None
        return
    if any(example.resolve() == file.resolve() for example in examples):
        raise typer.BadParameter("--mistakes would write over the examples; name another file")
    try:
        out = file.open("a", encoding="utf-8")
    except OSError as error:
        remedy = "Name a file for --mistakes that you may write to."
        raise BadSettings(f"{file} cannot be written: {error.strerror}", remedy=remedy) from error

    def write(found: Iterable[Mapping[str, Any]]) -> None:
        rows = list(found)
        if file.is_file():  # a pipe or a device has no earlier content
            out.truncate(0)
        if not rows:
            typer.echo(f"There were no mistakes: {file} is empty.", err=True)
        for row in rows:
            # Half characters, which no encoding can hold, are written the way JSON escapes them.
            line = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")
            out.write(line.decode("utf-8") + "\n")

    with out:
        yield write
