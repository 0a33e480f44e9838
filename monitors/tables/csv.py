"""CSV as people send it: rows of any width, quotes that nobody closed, and quoted fields of many lines.

A quote left open ends where the next quote shows that it cannot be a field: only the first line of such a row is given
up or read without quotes, and everything after it is read again, so one bad quote never swallows its neighbours.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from monitors.tables.rows import LONGEST_ROW, AnyRow, BadRow, Place, Row
from monitors.tables.text import SAMPLE, Line, Stream, guess_encoding, reaches, read_head, read_lines

_DELIMITERS: Final = (",", ";", "\t", "|")
_NO_DELIMITER: Final = "\x1f"
_SAMPLED_LINES: Final = 50
# Of one quoted field; beyond this its quote is held to be a mistake, and memory stays small.
_LONGEST_LINES: Final = 150_000
# Rows at the end of a file that may be parts of one that is still being written.
_LOOSE_LINES: Final = 50
# The library's own limit is 128 KB a field, and raising it is a setting of the whole process.
csv.field_size_limit(LONGEST_ROW)


class CsvTable:
    """A CSV file whose first row names its columns."""

    def __init__(self, stream: Stream, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self._stream = stream
        self._encoding = encoding or guess_encoding(stream)
        self._first = Place()
        # The head alone, so that rows of many megabytes are not all held at once to find a delimiter.
        head = io.BytesIO(read_head(stream, SAMPLE))
        sample = list(islice(read_lines(head, self._first, self._encoding), _SAMPLED_LINES))
        if sample and sample[0].text.lower().startswith("sep=") and len(sample[0].text) == 5:
            delimiter, self._first = delimiter or sample[0].text[4], sample[0].end
            del sample[0]
        self._delimiter = delimiter or _guess_delimiter([line.text for line in sample])
        self.columns: tuple[str, ...] = ()
        for fields, taken in _Records(iter(sample), self._delimiter, width=None):
            self.columns, self._first = _unique(fields or [taken[0].text]), taken[-1].end
            break

    def head(self, size: int) -> bytes:
        """The first bytes of the unpacked file."""
        return read_head(self._stream, size)

    def reaches(self, offset: int) -> bool:
        """Whether the file has at least so many bytes."""
        return reaches(self._stream, offset)

    def rows(self, start: Place, wide: str | None = None) -> Iterator[AnyRow]:
        """Every row from ``start``; in a row with too many fields, those too many belong to the column ``wide``."""
        lines = read_lines(self._stream, max(start, self._first, key=lambda place: place.offset), self._encoding)
        at = self.columns.index(wide) if wide in self.columns else None
        records = _Records(lines, self._delimiter, width=len(self.columns))
        for fields, taken in records:
            row = self._row(fields, taken, at)
            yield replace(row, finished=False) if records.open_at_end or not taken[-1].finished else row

    def _row(self, fields: Sequence[str] | None, taken: Sequence[Line], wide: int | None) -> AnyRow:
        start, end = taken[0].start, taken[-1].end
        if any(line.cut for line in taken):
            return BadRow("row_too_long", f"more than {LONGEST_ROW} bytes", start, end)
        if fields is None:
            return BadRow("open_quote", taken[0].text[:80], start, end)
        if tuple(fields) == self.columns:
            return BadRow("repeated_header", "", start, end)
        noted = []
        if replaced := sum(line.replaced for line in taken):
            noted.append(f"wrong_encoding:{replaced}")
        extra = len(fields) - len(self.columns)
        otherwise = None
        if extra < 0:
            noted.append("short_row")
        elif extra > 0 and any(fields[len(self.columns) :]):
            noted.append("extra_fields")
            if wide is not None:
                otherwise = dict(zip(self.columns, fields, strict=False))
                joined = self._delimiter.join(fields[wide : wide + extra + 1])
                fields = [*fields[:wide], joined, *fields[wide + extra + 1 :]]
        values = dict(zip(self.columns, fields, strict=False))
        return Row(values, start, end, tuple(noted), otherwise)


class _Records:
    """The fields of each record with the lines it took; fields are None where an open quote makes them unreadable.

    ``open_at_end`` says that from this record on, the end of the file came before the end of a quote: it may be a row
    that is still being written.
    """

    def __init__(self, lines: Iterator[Line], delimiter: str, *, width: int | None) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._again: deque[Line] = deque()
        self.open_at_end = False

    def __iter__(self) -> Iterator[tuple[Sequence[str] | None, Sequence[Line]]]:
        while (line := self._next()) is not None:
            text = line.text.replace("\0", "") if "\0" in line.text else line.text
            if not text.strip():
                continue
            if '"' not in text:
                yield text.split(self._delimiter), (line,)
                continue
            fields, is_open = self._parse(text)
            yield (fields, (line,)) if not is_open else self._continue(line, text)

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _parse(self, text: str) -> tuple[list[str] | None, bool]:
        """The fields of one line and False; or None and True when a quote is still open at its end."""
        fields, is_open = self._parse_strictly(text)
        if fields is None and not is_open:
            try:
                fields = next(csv.reader([text.replace("\r", " ")], delimiter=self._delimiter))
            except csv.Error:
                fields = text.split(self._delimiter)
        return fields, is_open

    def _parse_strictly(self, text: str) -> tuple[list[str] | None, bool]:
        try:
            return next(csv.reader([text.replace("\r", " ")], delimiter=self._delimiter, strict=True)), False
        except csv.Error as error:
            return None, "unexpected end of data" in str(error)

    def _continue(self, first: Line, text: str) -> tuple[Sequence[str] | None, Sequence[Line]]:
        """A record whose first line ends inside quotes: as many lines as close it, or only the first."""
        taken, parts = [first], [text]
        size = len(text)
        while size < LONGEST_ROW and len(taken) < _LONGEST_LINES and (line := self._next()) is not None:
            taken.append(line)
            parts.append(line.text.replace("\0", ""))
            size += len(parts[-1]) + 1
            end = _quote_end(parts[-1], self._delimiter)
            if end is None:
                continue
            rest, is_open = self._parse_strictly(parts[-1][end:]) if end >= 0 else (None, False)
            if is_open:
                continue
            fields = self._parse_strictly("\n".join(parts))[0] if rest is not None else None
            if fields is not None and self._is_one_record(fields, parts):
                return fields, taken
            break
        else:
            self.open_at_end = size < LONGEST_ROW and len(taken) <= _LOOSE_LINES
        self._again.extendleft(reversed(taken[1:]))
        return self._without_quotes(text), (first,)

    def _is_one_record(self, fields: Sequence[str], lines: Sequence[str]) -> bool:
        """Whether lines that form one record are one: it has the right width, or none of them would be a row alone."""
        if self._width in {None, len(fields)}:
            return True
        return all(line.count(self._delimiter) + 1 != self._width for line in lines[1:])

    def _without_quotes(self, text: str) -> Sequence[str] | None:
        fields = [field.strip('"') for field in text.split(self._delimiter)]
        return fields if self._width in {None, len(fields)} else None


def _quote_end(line: str, delimiter: str) -> int | None:
    """Where the quoted field that goes on in ``line`` ends: None if it does not, -1 if its end is no end of a field."""
    at = line.find('"')
    while at >= 0 and line.startswith('""', at):
        at = line.find('"', at + 2)
    if at < 0:
        return None
    return at + 1 if line[at + 1 : at + 2] in {"", delimiter} else -1


def _guess_delimiter(lines: Sequence[str]) -> str:
    """The delimiter by which most of the first rows have as many fields as the header has, and the most of them."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        rows = csv.reader((line.replace("\r", " ") for line in lines), delimiter=delimiter)
        widths = [len(fields) for fields in rows if fields]
        same = sum(width == widths[0] for width in widths) / len(widths) if widths else 0.0
        return bool(widths) and widths[0] > 1, round(same, 1), widths[0] if widths else 0

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[0] else _NO_DELIMITER


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks around them; an empty or repeated one gets its number."""
    seen: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        plain = name.strip()
        seen[plain if plain and plain not in seen else f"{plain}#{number}"] = None
    return tuple(seen)
