"""Posts from files that somebody exported: CSV, JSON Lines, Parquet, or gzip of the first two; read once or replayed.

Of rows with the same id and the same text the first is kept. Rows with the same id and different texts are all kept,
the later ones under an id of their own: spreadsheets round long ids until strangers share one, and losing a complaint
is worse than showing an edited post twice. Ids are compared within the last 100,000 rows, so that memory does not grow
with the file. A file that grew is read on; one that was replaced is read from its beginning.
"""

import codecs
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from models.post import Post
from monitors.errors import RetryLater, StopSource
from monitors.http import Http
from monitors.ports import Can, Json, Page, Query, Skipped, Window
from monitors.settings.local import TimeZone
from monitors.source_settings import HOME, SourceSettings
from monitors.tables.columns import KNOWN, choose_columns
from monitors.tables.files import Format, files_at, is_pattern, lacks_rows, open_table
from monitors.tables.posts import Reader
from monitors.tables.reading import Item, Mark, Reading, Seen

# In a replay, a post that is not due yet is out of order if one of so many after it is due: then it is not waited for.
_LOOK_AHEAD: Final = 50


class FileSettings(SourceSettings):
    """Where the files are and how to read them; what is left out is guessed from the file."""

    path: str = Field(
        min_length=1,
        description="A file, or a pattern such as exports/*.csv.gz; posts are judged at their own time.",
    )
    format: Format | None = Field(None, description="csv, jsonl or parquet, where the file's name does not say it.")
    encoding: str | None = Field(None, description="For example utf-8 or cp1257.")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="Between the fields of a CSV file.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Which column holds what.",
        examples=[{"text": "message", "shares": "reposts"}],
    )
    day_first: bool | None = Field(None, description="Whether 3/4/2024 is the third of April.")
    timezone: TimeZone = Field("UTC", description="Of times that are written without a zone.")
    speed: Literal["any"] | Annotated[float, Field(gt=0, le=1_000_000)] = Field(
        "any", description="1 replays in real time, 60 an hour in a minute."
    )
    page_size: int = Field(500, gt=0, le=10_000, description="Rows that are stored at once.")

    @field_validator("path")
    @classmethod
    def _from_home(cls, path: str, info: ValidationInfo) -> str:
        # Schedulers run in folders of their own; a path in the settings starts where the settings are.
        home = (info.context or {}).get(HOME)
        return str((home / Path(path).expanduser()).absolute()) if home else path

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns) - set(KNOWN)):
            raise ValueError(f"there is no field {', '.join(unknown)}; the fields are {', '.join(KNOWN)}")
        return columns

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            raise ValueError("there is no such encoding; try utf-8, cp1252, cp1257 or cp1251") from None
        # utf-16 means "see the mark at the beginning", which is what guessing does first.
        if encoding is None or codecs.lookup(encoding).name == "utf-16":
            return None
        if codecs.lookup(encoding).name == "utf-8-sig":
            return "utf-8"
        if len("\n".encode(encoding)) > 2:
            raise ValueError("this encoding cannot be read line by line; save the file as utf-8")
        return encoding

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """No file is where it should be, or none has posts: they may come later, or the path is wrong."""
        found = files_at(self.path)
        if not found:
            yield "path", f"leads to no file now: {self.path}", "Put the file there, or correct the path."
        elif all(lacks_rows(path, self.format, self.encoding, self.delimiter) for path in found):
            said = "a file without rows" if any(path.stat().st_size for path in found) else "an empty file"
            yield "path", f"leads to {said} now: {self.path}", "Put posts there, or correct the path."


@dataclass(slots=True)
class _Cursor:
    """What is known between two steps: how far each file was read, and when the replay and its first post began."""

    files: dict[str, Json] = field(default_factory=dict)
    began: str | None = None
    first: str | None = None


class Source:
    """Files that match a path, in the order of their names."""

    kind: ClassVar[str] = "file"
    can: ClassVar[frozenset[Can]] = frozenset({Can.WATCH})
    overlap: ClassVar[timedelta] = timedelta(0)
    Settings: ClassVar[type[FileSettings]] = FileSettings

    def __init__(self, name: str, settings: FileSettings, http: Http) -> None:  # noqa: ARG002 - of the port; files need no client
        self.name = name
        self._settings = settings
        self._reader = Reader(name, settings.columns, ZoneInfo(settings.timezone), settings.day_first)
        self._seen: dict[tuple[str, str], Seen] = {}

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:  # noqa: ARG002 - brings all
        """The rows that are new since ``state`` and, in a replay, due by the end of ``window``."""
        cursor = _Cursor(**(state or {}))
        cursor.files = dict(cursor.files)
        for path in self._paths():
            try:
                yield from self._file(path, cursor, window.until)
            except PermissionError:
                raise StopSource(
                    f"{path} cannot be read", remedy="Give the program the right to read the file."
                ) from None
            except OSError as error:
                raise RetryLater(f"{path}: {error.strerror or type(error).__name__}") from error

    def refresh(self, ids: Sequence[str]) -> Page:  # noqa: ARG002 - of the port
        """Nothing: what a file says about a post does not change."""
        return Page()

    def parse(self, item: Json, at: datetime) -> Post:
        """The post in one row: ``{"values": by column, "line": number, "noted": what was odd}``."""
        return self._reader.parse(item, at)

    def _paths(self) -> list[Path]:
        path = self._settings.path
        if not (found := files_at(path)) and not is_pattern(path):
            remedy = "Put the file there, or correct the path in the settings."
            raise StopSource(f"there is no file {Path(path).expanduser()}", remedy=remedy)
        return found

    def _file(self, path: Path, cursor: _Cursor, until: datetime) -> Iterator[Page]:
        wanted = self._settings
        with ExitStack() as stack:
            try:
                opened = open_table(path, kind=wanted.format, encoding=wanted.encoding, delimiter=wanted.delimiter)
                table = stack.enter_context(opened)
            except ValueError as error:
                yield Page(skipped=(Skipped("unreadable_file", path.name, str(error)[:200]),), state=asdict(cursor))
                return
            if table.columns and "text" not in choose_columns(table.columns, wanted.columns):
                there = f'its columns are {", ".join(table.columns)[:200]}; write columns = {{text = "NAME"}}'
                yield Page(skipped=(Skipped("no_text_column", path.name, there),), state=asdict(cursor))
                return
            mark = Mark.of(table, cursor.files.get(str(path)))
            seen = self._seen.setdefault((str(path), mark.head), Seen())
            items = Reading(table, self._reader, path.name, until).items(mark, seen)
            for page in self._pages(self._due(items, cursor, until)):
                cursor.files[str(path)] = page[-1].mark.stored()
                yield Page(
                    found=[item.found for item in page if item.found],
                    skipped=[item.skipped for item in page if item.skipped],
                    noted=[note for item in page for note in item.noted],
                    state=asdict(cursor),
                )

    def _pages(self, items: Iterator[Item]) -> Iterator[list[Item]]:
        while page := list(islice(items, self._settings.page_size)):
            yield page

    def _due(self, items: Iterator[Item], cursor: _Cursor, until: datetime) -> Iterator[Item]:
        """The items whose time has come; a row that is not due is not waited for when one soon after it is."""
        if self._settings.speed == "any":
            yield from items
            return
        waiting: list[Item] = []
        for item in items:
            waiting.append(item)
            if item.found and self._is_due(item.found.created_at, cursor, until):
                yield from waiting
                waiting.clear()
            elif len(waiting) > _LOOK_AHEAD and any(item.found for item in waiting):
                return
        if not any(item.found for item in waiting):
            yield from waiting

    def _is_due(self, created_at: datetime, cursor: _Cursor, until: datetime) -> bool:
        cursor.began = cursor.began or until.isoformat()
        cursor.first = cursor.first or created_at.isoformat()
        elapsed = (until - datetime.fromisoformat(cursor.began)) * float(self._settings.speed)
        return bool(created_at - datetime.fromisoformat(cursor.first) <= elapsed)
