"""What every reader of tables yields, and where in its file a row lies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

# No row of a table is longer; a text of 10 MB still fits, a disk image that somebody named .csv does not.
LONGEST_ROW = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A place between rows: ``offset`` in bytes of the unpacked file (Parquet: in rows), ``line`` from 1 for people."""

    offset: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its values by column, ``start`` and ``end`` in the file, and what was odd about it in ``noted``.

    ``otherwise`` is a second reading of a row with too many fields. ``finished`` is False for a last row without its
    line end: more of it may still be written.
    """

    values: Mapping[str, Any]
    start: Place
    end: Place
    noted: tuple[str, ...] = ()
    otherwise: Mapping[str, Any] | None = None
    finished: bool = True


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: ``reason`` is a short fixed word to count by."""

    reason: str
    detail: str
    start: Place
    end: Place
    finished: bool = True


AnyRow: TypeAlias = Row | BadRow


class Table(Protocol):
    """An open file of rows. ``columns`` is empty where each row names its own, as in JSON Lines."""

    columns: tuple[str, ...]

    def rows(self, start: Place, wide: str | None = None) -> Iterator[AnyRow]:
        """The rows from ``start``; the column ``wide`` is the one that may hold unquoted delimiters."""

    def reaches(self, offset: int) -> bool:
        """Whether the file still goes as far as a place in it that was reached before."""

    def head(self, size: int) -> bytes:
        """The first bytes by which the file is recognised when it has grown or was replaced."""
