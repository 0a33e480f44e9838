"""Reading a table from where it was left: what is new, what repeats, and what may still be written to."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final

from models.post import Post
from monitors.parsing import understand
from monitors.ports import Json, Skipped
from monitors.tables.columns import choose_columns
from monitors.tables.posts import Reader, short_hash
from monitors.tables.rows import AnyRow, BadRow, Place, Row, Table
from monitors.tables.text import DAMAGED

REMEMBERED_IDS: Final = 100_000
_HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read, and by what it is known again.

    After ``place`` come ``loose`` rows that were read although more of them may still be written; ``digest`` stands for
    what they said, and they are read again when they say something else.
    """

    head: str
    head_size: int
    place: Place = field(default_factory=Place)
    loose: int = 0
    digest: str = ""

    @classmethod
    def of(cls, table: Table, stored: Json | None) -> "Mark":
        """Where to go on in the table: the stored mark, or the beginning when the file is another one."""
        if stored is not None and short_hash(table.head(stored["head_size"]).hex()) == stored["head"]:
            mark = cls(**{**stored, "place": Place(*stored["place"])})
            if table.reaches(mark.place.offset):
                return mark
        head = table.head(_HEAD_BYTES)
        return cls(short_hash(head.hex()), len(head))

    def stored(self) -> Json:
        """The mark as JSON."""
        return {
            "head": self.head, "head_size": self.head_size, "place": [self.place.offset, self.place.line],
            "loose": self.loose, "digest": self.digest,
        }  # fmt: skip

    def after(self, row: AnyRow) -> "Mark":
        """The mark once ``row`` was read too."""
        if row.finished:
            return Mark(self.head, self.head_size, row.end)
        place = self.place if self.loose else row.start
        return replace(self, place=place, loose=self.loose + 1, digest=_digest([row], self.digest))


def _digest(rows: Iterable[AnyRow], before: str = "") -> str:
    for row in rows:
        said = f"{row.reason} {row.detail}" if isinstance(row, BadRow) else repr(row.values)
        before = short_hash(before + said)
    return before


@dataclass(frozen=True, slots=True)
class Item:
    """What one row became, and the mark that may be stored once it is kept."""

    mark: Mark
    found: Post | None = None
    skipped: Skipped | None = None
    noted: tuple[Skipped, ...] = ()


@dataclass(slots=True)
class Seen:
    """The ids of the latest posts with a hash of their text each, from the rows before the offset ``until``."""

    until: int = 0
    # Not a dict: finding the oldest entry of one takes longer with each that was deleted before it.
    texts: OrderedDict[int, int] = field(default_factory=OrderedDict)

    def add(self, post: Post) -> None:
        """Remember a post, and forget the one that was remembered first when there are too many."""
        self.texts[hash(post.native_id)] = hash(post.text)
        if len(self.texts) > REMEMBERED_IDS:
            self.texts.popitem(last=False)

    def text_of(self, native_id: str) -> int | None:
        """The hash of the text that was seen with an id."""
        return self.texts.get(hash(native_id))


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over the table of one file; ``name`` is the file's in messages, ``at`` the time of reading."""

    table: Table
    reader: Reader
    name: str
    at: datetime

    def items(self, mark: Mark, seen: Seen) -> Iterator[Item]:
        """An item for every row after ``mark``; ``seen`` is brought up to the mark first, and along with the rows."""
        rows = self._rows_after(mark)
        loose = list(islice(rows, mark.loose))
        known = mark.loose if _digest(loose) == mark.digest else 0
        if next(rows, None) is None and known == len(loose) and not any(row.finished for row in loose):
            return
        if seen.until != mark.place.offset:
            self._remember(mark, seen)
        mark = replace(mark, loose=0, digest="")
        for number, row in enumerate(self._rows_after(mark)):
            mark = mark.after(row)
            item = self._item(row, mark, seen)
            # Loose rows may come back in another form: what they left here would make them duplicates of themselves.
            seen.until = mark.place.offset if not mark.loose else -1
            yield item if number >= known else Item(mark)

    def _rows_after(self, mark: Mark) -> Iterator[AnyRow]:
        wide = choose_columns(self.table.columns, self.reader.columns).get("text")
        here = mark.place
        try:
            for row in self.table.rows(mark.place, wide):
                here = row.end
                yield row
        except DAMAGED as error:
            yield BadRow("damaged_file", str(error), here, here, finished=False)

    def _remember(self, mark: Mark, seen: Seen) -> None:
        seen.texts.clear()
        for row in self._rows_after(replace(mark, place=Place())):
            if row.start.offset >= mark.place.offset:
                break
            self._item(row, mark, seen)

    def _item(self, row: AnyRow, mark: Mark, seen: Seen) -> Item:
        where = f"{self.name} line {row.start.line}"
        if isinstance(row, BadRow):
            return Item(mark, skipped=Skipped(row.reason, where, row.detail))
        post, skipped = self._understand(row, where)
        if post is None:
            return Item(mark, skipped=skipped)
        noted = list(post.raw.get("noted", ()))
        if seen.text_of(post.native_id) not in {None, hash(post.text)}:
            noted.append("conflicting_id")
            post = replace(post, native_id=f"{post.native_id}~{short_hash(post.text)}", raw={"noted": noted})
        if seen.text_of(post.native_id) is not None:
            return Item(mark, skipped=Skipped("duplicate", where, f"id {post.native_id} with the same text"))
        seen.add(post)
        return Item(mark, found=post, noted=tuple(_note(odd, where) for odd in noted))

    def _understand(self, row: Row, where: str) -> tuple[Post | None, Skipped | None]:
        skipped: list[Skipped] = []
        for values in (row.values, row.otherwise):
            if values is not None:
                item = {"values": values, "line": row.start.line, "noted": row.noted}
                found, wrong = understand([(where, item)], self.reader.parse, self.at)
                if found:
                    return found[0], None
                skipped += wrong
        return None, skipped[0]


def _note(odd: str, where: str) -> Skipped:
    reason, _, detail = odd.partition(":")
    return Skipped(reason, where, detail)
