"""Bytes into lines of text: gzip, any encoding, lines of any length, and where each line lies."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from charset_normalizer import from_bytes

from monitors.tables.rows import LONGEST_ROW, Place

Stream: TypeAlias = io.BufferedReader | io.BytesIO | gzip.GzipFile

SAMPLE: Final = 64 * 1024
DAMAGED: Final = (EOFError, zlib.error, gzip.BadGzipFile)

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_WORDS: Final = re.compile(rb"[\xa8\xb8\xc0-\xff]{4,}")
# š and ž in the Baltic code page are ð and þ in the western one, which no language of ours writes.
_BALTIC: Final = re.compile(rb"(?<=[a-zA-Z\x80-\xff])[\xf0\xfe]|[\xd0\xde\xf0\xfe](?=[a-zA-Z\x80-\xff])")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its end, and where it lies. ``cut`` is how many bytes were too many to keep."""

    text: str
    start: Place
    end: Place
    replaced: int = 0
    cut: int = 0
    finished: bool = True


def open_bytes(path: Path) -> Stream:
    """The unpacked bytes of a file; gzip is known by its first bytes, whatever the file is called."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    stream: Stream = gzip.GzipFile(path) if packed else io.BufferedReader(io.FileIO(path))
    head = read_head(stream, SAMPLE)
    if b"\r" in head and b"\n" not in head and b"\0" not in head:
        return io.BufferedReader(_ReturnEnded(stream))
    return stream


class _ReturnEnded(io.RawIOBase):
    """A file whose lines end as they did on the first Macintosh, byte for byte with ends that we know."""

    def __init__(self, inner: Stream) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._inner.read1(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(read)] = read
        return len(read)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def close(self) -> None:
        self._inner.close()
        super().close()


def read_head(stream: Stream, size: int) -> bytes:
    """The first ``size`` bytes, or as many as there are before the file ends or its packing is damaged."""
    head = bytearray()
    try:
        stream.seek(0)
        while len(head) < size and (piece := stream.read1(size - len(head))):
            head += piece
    except DAMAGED:
        pass  # whoever reads the rows meets the same damage, and reports it there
    return bytes(head)


def reaches(stream: Stream, offset: int) -> bool:
    """Whether the unpacked file has at least ``offset`` bytes."""
    try:
        return offset == 0 or (stream.seek(offset - 1) == offset - 1 and bool(stream.read1(1)))
    except DAMAGED:
        return False


def guess_encoding(stream: Stream) -> str:
    """The encoding of a file, by its mark, by being UTF-8, or by the letters around the first that is not ASCII."""
    sample = read_head(stream, SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if wide := _wide(sample):
        return wide
    while sample.isascii():
        try:
            sample = stream.read1(SAMPLE)
        except DAMAGED:
            return "utf-8"
        if not sample:
            return "utf-8"
    return "utf-8" if _is_utf8(sample) else _guess_one_byte(sample)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without its mark: Latin text has a zero in every second byte."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 16 and odd > 8 * even:
        return "utf-16-le"
    if even > len(sample) // 16 and even > 8 * odd:
        return "utf-16-be"
    return None


def _is_utf8(sample: bytes) -> bool:
    """UTF-8, perhaps damaged in places: characters that are well-formed outnumber those that are not."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    broken = text.count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    return sum(character > "\x7f" for character in text) - broken >= broken


def _guess_one_byte(sample: bytes) -> str:
    """Cyrillic comes in whole words; in Latin script the letters with accents stand alone or in pairs."""
    words = sum(map(len, _WORDS.findall(sample)))
    if words * 2 > len(_HIGH.findall(sample)):
        best = from_bytes(sample, cp_isolation=["cp1251", "koi8_r"]).best()
        return best.encoding if best else "cp1251"
    return "cp1257" if _BALTIC.search(sample) else "cp1252"


def read_lines(stream: Stream, start: Place, encoding: str) -> Iterator[Line]:
    """The lines from ``start`` to the end of the file; damage in the packing raises one of ``DAMAGED``."""
    stream.seek(start.offset)
    newline = "\n".encode(encoding)
    place = start
    for raw, size in _read_raw(stream, newline):
        end = Place(place.offset + size, place.line + 1)
        finished = raw.endswith(newline) or size > len(raw)
        text, replaced = _decode(raw, encoding)
        if place.offset == 0:
            text = text.removeprefix("\ufeff")
        yield Line(text.rstrip("\r\n"), place, end, replaced, size - len(raw), finished)
        place = end


def _read_raw(stream: Stream, newline: bytes) -> Iterator[tuple[bytes, int]]:
    """Each line with its size in the file, which is more than its length where the line is longer than we keep."""
    while raw := _read_line(stream, newline):
        size = len(raw)
        while size >= LONGEST_ROW and not raw.endswith(newline) and (rest := _read_line(stream, newline)):
            size += len(rest)
            if rest.endswith(newline):
                break
        yield raw, size


def _read_line(stream: Stream, newline: bytes) -> bytes:
    if len(newline) == 1:
        return stream.readline(LONGEST_ROW)
    # A line end of two bytes: what readline stops at may be half of another character, or the half before the zero.
    raw = bytearray()
    while piece := stream.readline(LONGEST_ROW - len(raw)):
        raw += piece
        if newline[0] == 0x0A and len(raw) % 2:
            raw += stream.read(1)
        if (raw.endswith(newline) and len(raw) % 2 == 0) or len(raw) >= LONGEST_ROW:
            break
    return bytes(raw)


def _decode(raw: bytes, encoding: str) -> tuple[str, int]:
    try:
        return raw.decode(encoding), 0
    except UnicodeDecodeError:
        text = raw.decode(encoding, "replace")
        return text, max(1, text.count("\ufffd") - raw.decode(encoding, "ignore").count("\ufffd"))
