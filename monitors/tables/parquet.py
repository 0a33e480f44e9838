"""Parquet, a batch of rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from monitors.tables.rows import AnyRow, BadRow, Place, Row

_BATCH_ROWS: Final = 500


class ParquetTable:
    """A Parquet file. Raises ``ValueError`` or ``OSError`` when it is not one, or is cut."""

    def __init__(self, path: Path) -> None:
        # pyarrow takes a quarter of a second and 40 MB to import, for files that most installations never read.
        import pyarrow.parquet

        self._path = path
        self._file = pyarrow.parquet.ParquetFile(path)
        self.columns: tuple[str, ...] = tuple(self._file.schema_arrow.names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def head(self, size: int) -> bytes:
        """The last bytes: a Parquet file cannot grow, and its end holds the statistics of every column."""
        with self._path.open("rb") as stream:
            stream.seek(max(0, self._path.stat().st_size - size))
            return stream.read(size)

    def reaches(self, offset: int) -> bool:
        """Whether the file has at least so many rows."""
        return bool(self._file.metadata.num_rows >= offset)

    def rows(self, start: Place, wide: str | None = None) -> Iterator[AnyRow]:  # noqa: ARG002 - of the port
        """Every row from ``start``; row groups before it are not read."""
        at = 0
        groups: list[int] = []
        for number in range(self._file.num_row_groups):
            size = self._file.metadata.row_group(number).num_rows
            if at + size <= start.offset and not groups:
                at += size
            else:
                groups.append(number)
        if not groups:
            return
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups):
                for values in _values(batch):
                    if at >= start.offset:
                        yield Row(values, Place(at, at + 1), Place(at + 1, at + 2))
                    at += 1
        except (ValueError, OSError) as error:
            here = Place(at, at + 1)
            yield BadRow("damaged_file", str(error)[:200], here, here, finished=False)


def _values(batch: Any) -> list[dict[str, Any]]:
    """The rows of a batch; nanoseconds are given up, because Python's own times do not have them."""
    import pyarrow

    fields = [
        field.with_type(pyarrow.timestamp("us", field.type.tz)) if pyarrow.types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    table = pyarrow.Table.from_batches([batch]).cast(pyarrow.schema(fields), safe=False)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
