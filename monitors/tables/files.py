"""Opening a table: its format is told by its name, or else by its first bytes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

from monitors.tables.csv import CsvTable
from monitors.tables.jsonl import JsonlTable
from monitors.tables.parquet import ParquetTable
from monitors.tables.rows import Place, Table
from monitors.tables.text import open_bytes, read_head

Format: TypeAlias = Literal["csv", "jsonl", "parquet"]

_BY_SUFFIX: Final[dict[str, Format]] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip


@contextmanager
def open_table(
    path: Path, *, kind: Format | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[Table]:
    """The table in a file, closed at the end; ``ValueError`` or ``OSError`` when it cannot be read at all."""
    with open_bytes(path) as stream:
        head = read_head(stream, 64)
        kind = kind or _kind(path, head)
        if kind == "csv":
            yield CsvTable(stream, encoding=encoding, delimiter=delimiter)
        elif kind == "jsonl":
            yield JsonlTable(stream, encoding=encoding)
        else:
            with ParquetTable(path) as table:
                yield table


def lacks_rows(path: Path, kind: Format | None, encoding: str | None, delimiter: str | None) -> bool:
    """Whether a file is a table that has no row yet; what cannot be read at all is for whoever reads it to tell."""
    try:
        with open_table(path, kind=kind, encoding=encoding, delimiter=delimiter) as table:
            return next(table.rows(Place()), None) is None
    except (ValueError, OSError):
        return False


def _kind(path: Path, head: bytes) -> Format:
    if head.startswith(b"PAR1"):
        return "parquet"
    name = path.name.lower().removesuffix(".gz")
    if known := _BY_SUFFIX.get(Path(name).suffix):
        return known
    return "jsonl" if head.lstrip(b"\xef\xbb\xbf \r\n[").startswith(b"{") else "csv"


def is_pattern(path: str) -> bool:
    """Whether a path may mean many files, or none."""
    return any(character in path for character in "*?[")


def files_at(path: str) -> list[Path]:
    """The files that a path or pattern leads to, by name; what we may not look into counts as absent."""
    start = Path(path).expanduser()
    if is_pattern(path):
        pattern = start.relative_to(start.anchor)
        return sorted(found for found in Path(start.anchor).glob(str(pattern)) if found.is_file())
    with suppress(PermissionError):
        return [start] if start.is_file() else []
    return []
