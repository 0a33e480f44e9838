"""A text on its way to facts: in lower case sign by sign, cut into sentences, with the things that it speaks of."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from models.facts.fact import Fact, FactKind
from models.facts.numbers import Spelled, spelled
from models.facts.words import Words, words_of
from models.facts.words.table import alternatives, pattern
from models.stopwords import STOP_WORDS

LONGEST = 10_000
"""Signs of a text that are read: an answer has a thousand, and whoever pastes a book must not wait."""

MOST_FACTS = 100
PAID = frozenset({"voucher", "discount", "refund", "price"})
"""Things that sums are for."""

MORE = "more"
"""What a sum is about that comes on top of another, or is made of others."""

_NEAR = 24
_AROUND = 60
_BEGINNING = 5
_WORD = re.compile(r"(?<!\w)[^\W\d_]{5,30}(?!\w)")
_COMMON_WORDS = """
teile teie palun vaban kahju täna homme kindl nagu ainul alles pärast eurot päeva jooks hilje öeldu kõige kuni извин
прост пожал сегод завтр ваших можно также евро рубле течен поздн после tänää huome teidä teill olemm pahoi antee
vielä euroa päivä viime viimei kello mutta sorry today tomor pleas you're we'll still about after before until
within pounds euros hours
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Beginnings of words that answers have whatever they are about."""

# Only so many signs of an end at once: of a long row of dots without one each would be looked at to the row's end.
_END = re.compile(
    r"(?<!\d)[.!?…]{1,9}(?=\s)|(?<=\d)[.!?…]{1,9}(?=\s{1,9}[A-ZÕÄÖÜŠŽА-ЯЁ])|[!?…]+|\n|;|[\U0001f300-\U0001faff]"
)


def lowered(text: str) -> str:
    """Lower case with one sign for each sign of the text, with plain apostrophes and blanks; ё is е."""
    return "".join(_lower(sign) for sign in text)


@lru_cache(maxsize=4096)
def _lower(sign: str) -> str:
    if sign in "\u00a0\u202f\u2009\t":
        return " "
    small = {"ё": "е", "Ё": "е", "’": "'", "`": "'", "–": "-", "—": "-", "−": "-"}.get(sign, sign.lower())
    return small if len(small) == 1 else sign


@lru_cache(maxsize=8)
def _things(words: str) -> re.Pattern[str]:
    tables = words_of(words).things
    named = "|".join(f"(?P<{name}>{alternatives(listed)})" for name, listed in tables.items())
    return re.compile(rf"(?<!\w)(?:{named})(?!\w)")


@dataclass(slots=True)
class Reading:
    """One text while it is read; what was taken for a fact is not taken for another.

    ``numbers`` are those that it says in words.
    """

    text: str
    language: str
    at: date | None
    low: str = ""
    words: Words = field(default_factory=lambda: words_of(None))
    numbers: Sequence[Spelled] = ()
    starts: list[int] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    _taken: bytearray = field(default_factory=bytearray)
    _has: dict[tuple[str, int, int], bool] = field(default_factory=dict)
    _found: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.text[:LONGEST]
        self.low = lowered(self.text)
        self.words = words_of(self.language)
        self.numbers = tuple(spelled(self.low, self.language))
        self.starts = [0, *(end.end() for end in _END.finditer(self.text))]
        self._taken = bytearray(len(self.text))
        things = _things((self.language or "en")[:2].lower()).finditer(self.low)
        self._found = [(found.start(), found.end(), found.lastgroup or "") for found in things]

    def free(self, start: int, end: int) -> bool:
        """Say whether nothing was found there yet."""
        return not any(self._taken[start:end])

    def add(self, kind: FactKind, value: str, place: tuple[int, int], *, until: bool = False) -> None:
        """Note a fact, and that its place is taken."""
        start, end = place
        about = self._paid_for(start, end) if kind in {FactKind.SUM, FactKind.SHARE} else self.about(start, end)
        if len(self.facts) < MOST_FACTS:
            self._taken[start:end] = b"\x01" * (end - start)
            beside = self._beside(start, end)
            self.facts.append(Fact(kind, value, self.text[start:end], start, end, about, until, beside))

    def note(self, kind: FactKind, value: str, place: tuple[int, int]) -> None:
        """Note a fact in words, which other facts may overlap."""
        if len(self.facts) < MOST_FACTS:
            self.facts.append(Fact(kind, value, self.text[place[0] : place[1]], *place, self.about(*place)))

    def sentence(self, at: int) -> tuple[int, int]:
        """Where the sentence begins and ends that has this place."""
        number = bisect_right(self.starts, at)
        return self.starts[number - 1], self.starts[number] if number < len(self.starts) else len(self.text)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """All sentences by their beginning and end."""
        yield from zip(self.starts, [*self.starts[1:], len(self.text)], strict=True)

    def about(self, start: int, end: int) -> str:
        """What is spoken of nearest to a place, in the same sentence."""
        return self._nearest(start, end, self._inside(start, *self.sentence(start)))

    def _inside(self, start: int, first: int, last: int) -> list[tuple[int, int, str]]:
        number = bisect_right(self._found, (start,))
        return [thing for thing in self._found[max(0, number - 4) : number + 4] if first <= thing[0] < last]

    @staticmethod
    def _nearest(start: int, end: int, things: list[tuple[int, int, str]]) -> str:
        return min(things, key=lambda thing: max(thing[0] - end, start - thing[1]), default=(0, 0, ""))[2]

    def _beside(self, start: int, end: int) -> str:
        first, last = self.sentence(start)
        around = ((max(first, start - _AROUND), start), (end, min(last, end + _AROUND)))
        found = (word for place in around for word in _WORD.finditer(self.text, *place))
        begins = {
            self.low[word.start() : word.start() + _BEGINNING]
            for word in found
            if (word.group()[0].islower() or word.start() == first)
            and self.low[word.start() : word.end()] not in STOP_WORDS
        }
        return " ".join(sorted(begins - _COMMON))

    def _paid_for(self, start: int, end: int) -> str:
        """What a sum is for: rather what money is paid for than what lies nearer; ``more`` comes on top of others."""
        first, last = self.sentence(start)
        if self.has(self.words.more, max(first, start - _NEAR), start) or self.has(self.words.more, end, end + _NEAR):
            return MORE
        return self._nearest(
            start, end, [one for one in self._inside(start, first, last) if one[2] in PAID]
        ) or self.about(start, end)

    def has(self, listed: str, start: int, end: int) -> bool:
        """Say whether any word of a list stands between two places."""
        asked = (listed, start, end)
        if asked not in self._has:
            self._has[asked] = pattern(listed).search(self.low, start, end) is not None
        return self._has[asked]

    def until(self, start: int, end: int) -> bool:
        """Say whether what stands there is a limit: by Friday, reedeks, до пятницы, perjantaihin mennessä."""
        before, after = self.low[max(0, start - 14) : start].rstrip(), self.low[end : end + 12].lstrip()
        last = re.split(r"[^\w']", before)
        known = pattern(self.words.until_before)
        if any(known.fullmatch(" ".join(last[-many:]).strip()) for many in (1, 2)):
            return True
        if re.search(self.words.until_ending_pattern, self.low[start:end]):
            return True
        return pattern(self.words.until_after).match(after) is not None
