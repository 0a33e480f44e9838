"""Numbers as words: sada viiskümmend, сто пятьдесят, sataviisikymmentä, a hundred and fifty; up to 999,999."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.facts.words import words_of

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[ -]{1,2}")
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number that words say, and where."""

    start: int
    end: int
    value: int


class _Sum:
    """Adds up the parts of one number; a part that does not fit says that another number begins."""

    def __init__(self) -> None:
        self.total, self.current, self.unit, self.empty = 0, 0, 0, True

    def take(self, part: str) -> bool:
        unit, self.unit = self.unit, 0
        if part == "+":
            if not unit:
                return False
            self.current += 10
        elif part == "*":
            self.current += unit * 9 if unit else 10
        elif not self._add(int(part), unit):
            return False
        self.empty = False
        return True

    def _add(self, worth: int, unit: int) -> bool:
        if worth == 1000:
            self.total, self.current = self.total + (self.current or 1) * 1000, 0
            return self.total <= 999_000
        if worth == 100:
            if (self.current % 100 and not unit) or self.current >= 100:
                return False
            self.current += unit * 99 if unit else 100
            return True
        room = 1000 if worth >= 100 else 100 if worth >= 10 else 10
        if self.current % room or (worth < 10 and self.current % 100 == 10):
            return False
        self.unit = worth if worth < 10 else 0
        self.current += worth
        return True

    @property
    def value(self) -> int:
        return self.total + self.current


@lru_cache(maxsize=8)
def _parts(language: str) -> re.Pattern[str]:
    longest_first = sorted(words_of(language).numbers, key=len, reverse=True)
    return re.compile("|".join(longest_first))


@lru_cache(maxsize=20_000)
def _cut(word: str, language: str) -> tuple[str, ...]:
    """What the parts of one word are worth; nothing where a part of it is no number."""
    known = words_of(language).numbers
    if len(word) > _LONGEST_WORD:
        return ()
    if word in known:
        return (known[word],)
    found = _parts(language).findall(word)
    return tuple(known[part] for part in found) if "".join(found) == word and language in {"et", "fi"} else ()


def spelled(low: str, language: str) -> Iterator[Spelled]:
    """Find the numbers that a text in lower case says in words."""
    joined = words_of(language).joined
    run: list[re.Match[str]] = []
    adding = _Sum()
    waiting: re.Match[str] | None = None
    for word in _WORD.finditer(low):
        parts = _cut(word.group(), language)
        if not parts and not run:
            continue
        touches = bool(run) and _BETWEEN.fullmatch(low, (waiting or run[-1]).end(), word.start()) is not None
        if word.group() == joined and touches and adding.value % 100 == 0 and language == "en":
            waiting = word
            continue
        waiting = None
        if not parts or not touches or not _fits(adding, parts):
            if run:
                yield Spelled(run[0].start(), run[-1].end(), adding.value)
            run, adding = [], _Sum()
            if not parts or not _fits(adding, parts):
                adding = _Sum()
                continue
        run.append(word)
    if run:
        yield Spelled(run[0].start(), run[-1].end(), adding.value)


def _fits(adding: _Sum, parts: Sequence[str]) -> bool:
    before = (adding.total, adding.current, adding.unit, adding.empty)
    if all(adding.take(part) for part in parts):
        return True
    adding.total, adding.current, adding.unit, adding.empty = before
    return False
