"""A row of a table as a post: which cell is what, and what is done when it is missing, odd or far too long."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Any, Final

from models.post import Author, Kind, Metric, Post
from monitors.errors import SkipRecord
from monitors.parsing import LONGEST_TEXT
from monitors.ports import Json
from monitors.tables.cells import read_count, read_time
from monitors.tables.columns import choose_columns

_LONGEST_ID: Final = 200
_METRICS: Final = {metric.value: metric for metric in Metric}


@dataclass(frozen=True, slots=True)
class Reader:
    """How the rows of one source are understood: its column map, its time zone and the order of its dates."""

    source: str
    columns: Mapping[str, str]
    zone: tzinfo
    day_first: bool | None = None

    def parse(self, item: Json, at: datetime) -> Post:
        """The post in a row that was read at ``at``: its ``values``, its ``line``, and what was ``noted`` about it.

        What is odd about the post joins the notes, in its ``raw``.
        """
        cells = _Cells(item["values"], choose_columns(item["values"], self.columns))
        odd = list(item.get("noted", ()))
        text = _text(cells, odd)
        created = self._created(cells, at, odd)
        author = cells.text("author") or cells.text("author_id") or ""
        parent = cells.text("parent_id") or None
        return Post(
            source=self.source,
            native_id=_short_id(cells.text("id")) or short_hash(f"{item['line']}\n{created.isoformat()}\n{text}"),
            url=_web_address(cells.text("url")),
            text=text,
            created_at=created,
            observed_at=created,
            author=Author(
                _short_id(cells.text("author_id") or author),
                handle=author[:_LONGEST_ID] or None,
                followers=read_count(cells.value("followers")),
            ),
            kind=Kind.REPLY if parent else Kind.REVIEW if cells.value("rating") is not None else Kind.POST,
            thread_id=_short_id(cells.text("thread_id")) or None,
            parent_id=_short_id(parent) if parent else None,
            lang_hint=cells.text("lang").lower()[:2] or None,
            rating=_rating(cells.text("rating")) if "rating" in cells.filled else None,
            engagement={
                _METRICS[name]: count
                for name, value in cells.filled.items()
                if name in _METRICS and (count := read_count(value)) is not None
            },
            brands=(cells.text("brand"),) if cells.text("brand") else (),
            raw={"noted": odd} if odd else {},
        )

    def _created(self, cells: "_Cells", at: datetime, odd: list[str]) -> datetime:
        value = cells.value("created_at")
        if value is None and "created_at" in cells.columns:
            raise SkipRecord("no_time", f"the column {cells.columns['created_at']} is empty")
        if value is None and "short_row" in odd:
            raise SkipRecord("cut_short", "the row ends before its time")
        if value is None:
            odd.append("no_time")
            return at
        try:
            return read_time(value, zone=self.zone, day_first=self.day_first)
        except ValueError as error:
            raise SkipRecord("bad_time", str(error)) from None


class _Cells:
    """The cells of a row by what they mean, blank ones left out; ``columns`` are those that the row has."""

    def __init__(self, values: Mapping[str, Any], columns: Mapping[str, str]) -> None:
        self.columns = columns
        self.filled: dict[str, Any] = {}
        for name, column in columns.items():
            value = values[column]
            if value is not None and not (isinstance(value, str) and (not value or value.isspace())):
                self.filled[name] = value

    def value(self, name: str) -> Any:
        """The cell of a field, or None where the column is missing or the cell is blank."""
        return self.filled.get(name)

    def text(self, name: str) -> str:
        value = self.filled.get(name)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()


def _text(cells: _Cells, odd: list[str]) -> str:
    text = cells.text("text")
    if not text:
        raise SkipRecord("cut_short" if "short_row" in odd else "no_text")
    if len(text) > LONGEST_TEXT:
        odd.append("text_cut")
        text = text[:LONGEST_TEXT]
    # Exports of web services carry their escapes: a person wrote "&", not "&amp;".
    return html.unescape(text).strip() or text if "&" in text else text


def short_hash(text: str) -> str:
    """Sixteen hexadecimal digits that stand for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _short_id(text: str) -> str:
    return text if len(text) <= _LONGEST_ID else short_hash(text)


def _web_address(text: str) -> str:
    return text if text.startswith(("http://", "https://")) and len(text) < 2048 else ""


def _rating(text: str) -> float | None:
    try:
        rating = float(text.replace(",", "."))
    except ValueError:
        return None
    return rating if 0 <= rating <= 100 else None
