"""What a post is about, in facets that are the same in every language: trouble, thing, place, names, numbers, times.

"Tartus on nett maas" and "нет интернета в Тарту" share no word, and three facets. Each facet is a number that hides its
word: the kind in the upper four bits, a checksum of the word below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from functools import cache, lru_cache
from zlib import crc32

from models import matter_words
from models.lemmas import LONGEST_WORD, cut_words
from models.name_stems import fold, name_stem
from models.stopwords import STOP_WORDS


class Facet(IntEnum):
    """The kinds of facets; the order is that of their worth."""

    NUMBER = 1
    SHARED_TROUBLE = 2
    NAME = 3
    SUM = 4
    PLACE = 5
    OWN_TROUBLE = 6
    THING = 7
    CLOCK = 8
    DAY = 9


MOST_FACETS = 24
"""Facets that are kept of one post, so that nobody files a story under everything."""

_KIND_BITS = 28
_LONGEST_READ = 5_000
_SHORTEST_NAME, _SHORTEST_PART, _SHORTEST_TAIL, _SHORTEST_PLACE = 3, 3, 5, 5
_YESTERDAY = 7
_FIRST_YEAR = 1970
"""Empty dates come as the year 1, which has no day before."""

_NEGATION, _WORKING, _ARRIVING, _UTILITY = range(4)
_REACH = 3
"""Words that a negation reaches ahead: "ei ole jõudnud", "not yet been delivered"."""

_INITIAL = re.compile(r"(?:^|[.!?…:\n\"«“„(])[^\w\n]*(\w+)")
_FIGURE = re.compile(
    r"(?P<sum>[€$£]\s?\d[\d., ]{0,16}\d|[€$£]\s?\d"
    r"|\d(?:[\d., ]{0,16}\d)?\s?(?:[€$£%]|(?i:eur|евро|руб|процент|protsen|prosent|percent|senti\b))"
    r"|\d+,\d\d(?!\d)|\d{1,3}[ ,]000)"
    r"|(?<![\d.:])(?P<clock>(?:[01]?\d|2[0-3])[:.][0-5]\d)(?![\d.:])"
    r"|(?<!\w)(?P<code>[A-ZА-Я][A-Za-zА-я]{0,6}-?\d{1,6}[A-Za-z]?|[A-Z]{1,3} \d{2,5})(?!\w)"
    r"|(?<![\w.,])(?P<number>\d{4,}|\d+\.\d+\.\d+)(?!\w)"
)
_NO_AMOUNT = re.compile(r"[^\d., ]|[., ]+$|^ +|[., ]+(?=[^\d., ])")
_GROUPS = re.compile(r"[ .,](?=\d{3}(?!\d))|[.,]00$| ")
_DIGIT = re.compile(r"\d").search


def facets_of(text: str, lemmas: Sequence[str], at: datetime, brand: str = "") -> tuple[int, ...]:
    """Give the facets of a post that was written ``at``, the weightiest first; the brand's own name is none."""
    text = text[:_LONGEST_READ]
    forms: Sequence[str] = cut_words(text)
    if len(forms) != len(lemmas):
        forms = lemmas
    ours = [stem for word in brand.split() if (stem := name_stem(word))]
    senses = [
        None if sense and _own(ours, lemma) else sense
        for lemma, sense in zip(lemmas, map(_sense, forms, lemmas), strict=True)
    ]
    found = dict.fromkeys(_about(senses))
    found.update(dict.fromkeys(_carried(forms, senses)))
    found.update(dict.fromkeys(_names(text, forms, lemmas, senses, ours)))
    if _DIGIT(text):
        found.update(dict.fromkeys(_figures(text)))
    found.update(dict.fromkeys(_days(senses, at)))
    return tuple(sorted(found, key=kind_of)[:MOST_FACETS])


def kind_of(facet: int) -> Facet:
    """The kind of a facet."""
    return _KINDS[facet >> _KIND_BITS]


_KINDS: tuple[Facet, ...] = (Facet.NUMBER, *Facet)


def _facet(kind: Facet, value: str) -> int:
    return kind << _KIND_BITS | crc32(value.encode()) >> (32 - _KIND_BITS)


class _Carrier(Enum):
    """What has a number: "bus 5" and "the 67 bus", but "40 flights" are only many."""

    LINE = "line"
    JOURNEY = "journey"


_CARRIERS = {
    "bus": _Carrier.LINE,
    "tram": _Carrier.LINE,
    "train": _Carrier.LINE,
    "flight": _Carrier.JOURNEY,
    "ferry": _Carrier.JOURNEY,
}
_NUMBER_WORDS = frozenset({"nr", "no", "number", "numero", "номер"})
_MEASURES = ("min", "мин", "hour", "tun", "час", "day", "päev", "päiv", "дн", "ден", "km", "км", "met", "eur")
_PLURALS = ("s", "es", "id", "it", "t", "ы", "и", "ов", "ей")
_LINE = re.compile(r"\d{1,4}[A-Za-z]?$").match


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a word may mean here: facets, and roles in a phrase."""

    facets: tuple[int, ...] = ()
    roles: frozenset[int] = frozenset()
    day: int | None = None
    carrier: _Carrier | None = None


def _about(senses: Sequence[_Sense | None]) -> Iterator[int]:
    """What went wrong and with what; also "does not work" and "has not come", which are two words."""
    negated_until = -1
    for place, sense in enumerate(senses):
        if sense is None:
            continue
        yield from sense.facets
        if not sense.roles:
            continue
        if place <= negated_until:
            if _WORKING in sense.roles or _UTILITY in sense.roles:
                yield _DOWN
            if _ARRIVING in sense.roles:
                yield _LATE
        if _NEGATION in sense.roles:
            negated_until = place + _REACH


def _carried(forms: Sequence[str], senses: Sequence[_Sense | None]) -> Iterator[int]:
    """The number of a bus, tram, train or flight: after the word, or before one that is not counted by it."""
    for place, sense in enumerate(senses):
        if sense is None or sense.carrier is None:
            continue
        after = place + 2 if "".join(forms[place + 1 : place + 2]).lower() in _NUMBER_WORDS else place + 1
        counted = sense.carrier is not _Carrier.LINE or forms[place].lower().endswith(_PLURALS)
        for near in (after,) if counted else (after, place - 1):
            if 0 <= near < len(forms) and _LINE(forms[near]) and not _is_measure(forms[near + 1 : near + 2]):
                yield _facet(Facet.NUMBER, forms[near].upper())
                break


def _is_measure(word: Sequence[str]) -> bool:
    """Whether a number before this word says how long or how far: "flight 3 hours late" has no number."""
    return bool(word) and word[0].lower().startswith(_MEASURES)


def _names(
    text: str, forms: Sequence[str], lemmas: Sequence[str], senses: Sequence[_Sense | None], ours: Sequence[str]
) -> Iterator[int]:
    """Words with a capital inside a sentence; nothing where everything has one, as in headlines and shouting."""
    capital = [place for place, form in enumerate(forms) if form[0].isupper()]
    if not capital or (len(capital) * 2 > len(forms) and len(forms) > 3):
        return
    initial = set(_INITIAL.findall(text))
    for place in capital:
        if senses[place] is not None or forms[place] in initial:
            continue
        stem = _name(lemmas[place])
        if stem and not _own(ours, lemmas[place]):
            yield _facet(Facet.NAME, stem)


def _own(ours: Sequence[str], lemma: str) -> bool:
    """Whether a word is of the brand's name in some case form: "Nordvool" says nothing of "vool", electricity."""
    stem = name_stem(lemma)
    return any(
        len(stem) - len(name) <= _SHORTEST_PART
        if stem.startswith(name)
        else len(stem) > _SHORTEST_PART and name.startswith(stem)
        for name in ours
    )


def _figures(text: str) -> Iterator[int]:
    """Sums, times of day, and numbers that name one thing: an order, a flight, a model, a version."""
    for match in _FIGURE.finditer(text):
        said, kind = match.group(), match.lastgroup
        digits = "".join(sign for sign in said if sign.isdigit())
        if kind == "sum":
            amount = _GROUPS.sub("", _NO_AMOUNT.sub("", said)).replace(",", ".")
            yield _facet(Facet.SUM, amount)
        elif kind == "clock":
            yield _facet(Facet.CLOCK, digits.zfill(4))
        elif not (len(digits) == 4 and digits == said and digits[:2] in {"19", "20"}):
            yield _facet(Facet.NUMBER, digits if len(digits) > 2 else re.sub(r"\W", "", said).upper())


def _days(senses: Sequence[_Sense | None], at: datetime) -> Iterator[int]:
    """Yesterday and the latest of the weekdays that are named, as days of the calendar."""
    if at.year < _FIRST_YEAR:
        return
    for sense in senses:
        if sense is not None and sense.day is not None:
            back = 1 if sense.day == _YESTERDAY else (at.weekday() - sense.day) % 7
            yield _facet(Facet.DAY, str((at - timedelta(days=back)).date()))


@lru_cache(maxsize=131_072)
def _sense(form: str, lemma: str) -> _Sense | None:
    """What a word may mean; None for nearly all words, and for runs of letters that are none."""
    if len(form) > LONGEST_WORD or len(lemma) > LONGEST_WORD:
        return None
    for word in dict.fromkeys((fold(lemma), fold(form))):
        # Estonian and Finnish write compounds as one word: "leivariiulil", "koduinternet".
        starts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART)
        inner = (found for start in starts if (found := _entry(word[start:], _SHORTEST_TAIL)))
        head, tail = _entry(word, 1), next(inner, None)
        if head or tail:
            return _both(head or _Sense(), tail or _Sense())
    stems = [name_stem(word) for word in (lemma, form)]
    if form[0].islower():
        # "Lahti" is a town, "lahti" is "open"; short stems are mostly words.
        stems = [stem for stem in stems if len(stem) >= _SHORTEST_PLACE or stem in _safe()]
    return next((_places()[stem] for stem in stems if stem in _places()), None)


def _entry(word: str, shortest: int) -> _Sense | None:
    exact, beginnings = _lexicon()
    if word in exact and len(word) >= shortest:
        return exact[word]
    ends = range(len(word), max(2, shortest - 1), -1)
    return next((beginnings[word[:end]] for end in ends if word[:end] in beginnings), None)


def _both(a: _Sense, b: _Sense) -> _Sense:
    day = b.day if a.day is None else a.day
    return _Sense(a.facets + b.facets, a.roles | b.roles, day, a.carrier or b.carrier)


@lru_cache(maxsize=65_536)
def _name(lemma: str) -> str:
    if len(lemma) < _SHORTEST_NAME or lemma in STOP_WORDS or lemma[0].isdigit():
        return ""
    stem = name_stem(lemma)
    return stem if len(stem) >= _SHORTEST_NAME else ""


@cache
def _safe() -> frozenset[str]:
    return frozenset(map(name_stem, matter_words.SAFE_PLACES))


@cache
def _places() -> dict[str, _Sense]:
    return {
        name_stem(name): _Sense((_facet(kind, name_stem(place)),))
        for title, kind in (("places", Facet.PLACE), ("countries", Facet.NAME))
        for place, names in matter_words.section(title).items()
        for name in names
    }


@cache
def _lexicon() -> tuple[dict[str, _Sense], dict[str, _Sense]]:
    """What words mean in full, and what they mean by their beginning."""
    exact: dict[str, _Sense] = {}
    beginnings: dict[str, _Sense] = {}
    for sense, entries in _entries():
        for entry in entries:
            table = beginnings if entry.endswith("*") else exact
            word = fold(entry.rstrip("*"))
            table[word] = _both(table.get(word, _Sense()), sense)
    return exact, beginnings


def _entries() -> Iterator[tuple[_Sense, Sequence[str]]]:
    for title, kind in (("shared troubles", Facet.SHARED_TROUBLE), ("own troubles", Facet.OWN_TROUBLE)):
        for name, words in matter_words.section(title).items():
            yield _Sense((_facet(kind, name),)), words
    for name, words in matter_words.section("things").items():
        roles = frozenset({_UTILITY}) if name in matter_words.UTILITIES else frozenset()
        yield _Sense((_facet(Facet.THING, name),), roles, None, _CARRIERS.get(name)), words
    for role, words in enumerate(matter_words.section("phrases").values()):
        yield _Sense(roles=frozenset({role})), words
    for day, words in enumerate(matter_words.section("weekdays").values()):
        yield _Sense(day=day), words


_DOWN = _facet(Facet.SHARED_TROUBLE, "down")
_LATE = _facet(Facet.OWN_TROUBLE, "late")
