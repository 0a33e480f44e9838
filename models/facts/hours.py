"""Times of day: kell 15, kella 16-ks, 18.40, с 10 до 14, klo 8–12, by noon, half past six."""

import re
from dataclasses import dataclass
from functools import lru_cache

from models.facts.fact import FactKind
from models.facts.reading import Reading
from models.facts.words import words_of
from models.facts.words.table import pattern

_MINUTES = re.compile(r"(?<![\d.:,])([01]?\d|2[0-4])[:.]([0-5]\d)(?:\s?([ap])\.?m(?!\w))?(?![\d%€]|[.,:]\d)")
_SPAN = re.compile(r"(?<![\w.,:/-])([01]?\d|2[0-4])\s?-\s?([01]?\d|2[0-4])(?![\w:/%€£]|[.,]\d)")
_THING_FOLLOWS = re.compile(r"\s?[^\W\d_]")
_HOUR_FOLLOWS = re.compile(r"\s(?:до|и|to|and|till|until)\s\d")
_WORD_ENDS = re.compile(r"\s?(?:[.,!?)-]|$|до|и)")
_JOINS = re.compile(r"\s?(?:-|kuni|до|and|to|ja|и)\s?(?:kella?|klo)?\s?")
_HALF_PAST = "half past "


@dataclass(frozen=True, slots=True)
class _Patterns:
    """How a language says an hour: after a word for it, before one, and what ends with that word."""

    after: re.Pattern[str]
    before: re.Pattern[str]
    ends: re.Pattern[str]
    only_hours: bool


@lru_cache(maxsize=8)
def _patterns(language: str) -> _Patterns:
    words = words_of(language)
    clock, day = words.clock_pattern, words.day_pattern
    return _Patterns(
        re.compile(rf"(?<!\w)(?:{clock})(\d{{1,2}})(?![\w:,%€£]|\.\d|\s?[€£%])(?!\s?(?:{day}))"),
        re.compile(rf"(?<![\w.,:/-])(\d{{1,2}})(?:{words.hour_pattern})"),
        re.compile(rf"(?<!\w)(?:{clock})$"),
        # Kell and klo are for hours only; at and в are not.
        only_hours=clock.startswith(("kell", "(?:klo")),
    )


@lru_cache(maxsize=8)
def after_a_clock(language: str) -> re.Pattern[str]:
    """What stands before figures that are hours rather than a day."""
    return re.compile(rf"(?:{words_of(language).clock_pattern}|-)$")


class _Hours(dict[int, tuple[int, str]]):
    """Times by where they begin: where they end, and their normal form."""

    def say(self, start: int, end: int, hour: int, minutes: str = "00") -> None:
        if hour <= 24:
            self.setdefault(start, (end, f"{hour % 24:02}:{minutes}"))


def read_hours(reading: Reading) -> None:
    """Note the times of day, and spans of hours as one."""
    low, found, patterns = reading.low, _Hours(), _patterns(reading.language)
    for said in _MINUTES.finditer(low):
        found.say(said.start(), said.end(), _of_half(int(said.group(1)), said.group(3) or ""), said.group(2))
    for said in _SPAN.finditer(low):
        if int(said.group(1)) < int(said.group(2)):
            found[said.start()] = (said.end(), f"{int(said.group(1)):02}:00-{int(said.group(2)) % 24:02}:00")
    for said in patterns.before.finditer(low):
        half = said.group()[len(said.group(1)) :].strip()[:1]
        found.say(said.start(), said.end(), _of_half(int(said.group(1)), half))
    for said in patterns.after.finditer(low):
        thing = _THING_FOLLOWS.match(low, said.end()) and not _HOUR_FOLLOWS.match(low, said.end())
        if patterns.only_hours or not thing:
            found.say(said.start(1), said.end(), int(said.group(1)))
    _spelled_hours(reading, found)
    for said in pattern(reading.words.noon).finditer(low):
        found.say(said.start(), said.end(), 12)
    _note(reading, found)


def _of_half(hour: int, half: str) -> int:
    """Four p.m. is sixteen o'clock."""
    return hour % 12 + (12 if half == "p" else 0) if half in {"a", "p"} and hour <= 12 else hour


def _spelled_hours(reading: Reading, found: _Hours) -> None:
    """Kell kolm, до шести, half past six, seven o'clock."""
    low, ends = reading.low, _patterns(reading.language).ends
    for said in reading.numbers:
        if not 1 <= said.value <= 24 or not reading.free(said.start, said.end):
            continue
        before = low[max(0, said.start - 12) : said.start]
        if before.endswith(_HALF_PAST):
            found.say(said.start - len(_HALF_PAST), said.end, said.value, "30")
        elif low.startswith(" o'clock", said.end):
            found.say(said.start, said.end + len(" o'clock"), said.value)
        elif ends.search(before) and _WORD_ENDS.match(low[said.end : said.end + 4]):
            found.say(said.start, said.end, said.value)


def _note(reading: Reading, found: _Hours) -> None:
    pending: tuple[int, int, str] | None = None
    for start, (end, value) in sorted(found.items()):
        if not reading.free(start, end) or (pending and start < pending[1]):
            continue
        if pending and "-" not in pending[2] + value and _JOINS.fullmatch(reading.low, pending[1], start):
            pending = (pending[0], end, f"{pending[2]}-{value}")
            continue
        _note_one(reading, pending)
        pending = (start, end, value)
    _note_one(reading, pending)


def _note_one(reading: Reading, said: tuple[int, int, str] | None) -> None:
    if said is not None:
        start, end, value = said
        reading.add(FactKind.TIME, value, (start, end), until=reading.until(start, end))
