"""JSON Lines: an object a line; a line that is cut or is something else is one bad row, not the end of the file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from monitors.tables.rows import LONGEST_ROW, AnyRow, BadRow, Place, Row
from monitors.tables.text import Line, Stream, guess_encoding, reaches, read_head, read_lines


class JsonlTable:
    """A file of JSON Lines, or a JSON array with one object a line; inner objects become columns like ``user.name``."""

    columns: tuple[str, ...] = ()

    def __init__(self, stream: Stream, *, encoding: str | None = None) -> None:
        self._stream = stream
        self._encoding = encoding or guess_encoding(stream)

    def head(self, size: int) -> bytes:
        """The first bytes of the unpacked file."""
        return read_head(self._stream, size)

    def reaches(self, offset: int) -> bool:
        """Whether the file has at least so many bytes."""
        return reaches(self._stream, offset)

    def rows(self, start: Place, wide: str | None = None) -> Iterator[AnyRow]:  # noqa: ARG002 - of the port
        """Every row from ``start``."""
        for line in read_lines(self._stream, start, self._encoding):
            text = line.text.replace("\0", "").strip()
            if text and text not in {"[", "]"}:
                yield _row(text.removesuffix(","), line)


def _row(text: str, line: Line) -> AnyRow:
    if line.cut:
        return BadRow("row_too_long", f"more than {LONGEST_ROW} bytes", line.start, line.end, line.finished)
    try:
        item = json.loads(text)
        if not isinstance(item, dict):
            return BadRow("not_an_object", text[:80], line.start, line.end, line.finished)
        values = dict(_flat(item))
    except (ValueError, RecursionError) as error:
        return BadRow("bad_json", str(error)[:200], line.start, line.end, line.finished)
    noted = (f"wrong_encoding:{line.replaced}",) if line.replaced else ()
    return Row(values, line.start, line.end, noted, None, line.finished)


def _flat(item: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value
