"""Finds the patterns of one language in the words of a post.

Each distinct word is looked up once and remembered as the set of places of all patterns that it fits, so a post costs
one lookup a word; a pattern is tried only where its rarest place occurs and all its other places occur too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from models.lemmas import Token
from models.scores import FoundSignal, Signal
from models.signals.fold import Fold
from models.signals.grammar import NUMBER, Line, PatternFile, Role, Step, Words

OWN_WORDS = frozenset({Signal.REFUND_DEMAND, Signal.LEGAL_THREAT, Signal.CALL_TO_SHARE, Signal.CHURN_THREAT})
"""Signals that are an act of the author: in somebody else's quoted words they do not count."""

_NEGATION_REACH = 3
"""Words before a pattern in which a negation still concerns it."""

_SENTENCE_END = re.compile(r"\.|[!?…;\n]")
_ORDINAL_DOT = re.compile(r"\. ?$")
_MENTION = re.compile(r"(?<![\w@.])@\w+")
_LEADING_NUMBER = re.compile(r"^\d+")
_CLAUSE_END = re.compile(r"[,:()]|\s[-–—]\s")
_QUOTED = re.compile('"[^"\n]{9,400}?"|«[^»]{9,400}»|[„”][^“”\n]{9,400}[“”]|“[^”\n]{9,400}”')
_WORDS_CACHED = 65_536
_WORDS_READ = 2_000
"""A post says what it has to say in these; the effort for a pasted book must not grow with the book."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    signal: Signal
    role: Role
    steps: tuple[tuple[int, Step], ...]
    required: frozenset[int]
    deniable: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of one post as all languages see them: where sentences and clauses end, what is quoted."""

    tokens: Sequence[Token]
    sentences: Sequence[int]
    clauses: Sequence[int]
    quoted: frozenset[int]


def read_post(text: str, tokens: Sequence[Token]) -> Reading:
    """Find the sentences, clauses and quotations of a post, and put the mentions among its words."""
    tokens = tokens[:_WORDS_READ]
    words = _with_mentions(text, tokens)[:_WORDS_READ] if "@" in text else tokens
    sentences, clauses = [], []
    sentence = clause = last = 0
    for word in words:
        between = text[last : word.start]
        if between != " " and last:
            ordinal = _ORDINAL_DOT.match(between) and text[last - 1].isdigit()
            sentence += not ordinal and _SENTENCE_END.search(between) is not None
            clause += _CLAUSE_END.search(between) is not None
        sentences.append(sentence)
        clauses.append(sentence + clause)
        last = word.end
    return Reading(words, sentences, clauses, _quoted(text, words))


class Matcher:
    """All patterns of one language, ready to be tried on posts."""

    def __init__(self, patterns: PatternFile, fold: Fold) -> None:
        self._fold = fold
        self._places: dict[Words, int] = {}
        self._negators = self._place(patterns.negators)
        self._conditions = self._place(patterns.conditions)
        self._by_anchor: dict[int, list[_Pattern]] = defaultdict(list)
        self._limited: set[Signal] = set()
        for signal, lines in patterns.sections.items():
            for line in lines:
                self._add(signal, line, patterns.negators)
        self._whole: dict[str, set[int]] = defaultdict(set)
        self._beginnings: dict[str, set[int]] = defaultdict(set)
        for words, place in self._places.items():
            for word in words.whole:
                self._whole[word].add(place)
            for beginning in words.beginnings:
                self._beginnings[beginning].add(place)
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})
        self._fits = lru_cache(_WORDS_CACHED)(self._look_up)

    def find(self, post: Reading) -> Iterator[FoundSignal]:
        """Give the stretches that show a signal; those of one signal do not overlap."""
        fits = [self._fits(word.form, word.lemma) for word in post.tokens]
        found: dict[tuple[Signal, Role], list[tuple[int, int]]] = defaultdict(list)
        present = frozenset().union(*fits)
        for place in present & self._by_anchor.keys():
            for pattern in self._by_anchor[place]:
                if pattern.required <= present:
                    found[pattern.signal, pattern.role].extend(self._occurrences(pattern, post, fits))
        silent = {signal for (signal, role), places in found.items() if role is Role.SILENT and places}
        shown = {
            signal: _longest(found[signal, Role.SHOW], found[signal, Role.EXCEPT])
            for signal in dict.fromkeys(signal for signal, _ in found)
            if signal not in silent
        }
        speaking = {signal for signal, places in shown.items() if places}
        unprompted = {signal for signal in speaking if signal not in self._limited or found[signal, Role.ONLY]}
        for signal in speaking if unprompted else ():
            for start, end in shown[signal]:
                yield FoundSignal(signal, post.tokens[start].start, post.tokens[end].end)

    def _add(self, signal: Signal, line: Line, negators: Words) -> None:
        if line.role is Role.ONLY:
            self._limited.add(signal)
        for reading in line.readings:
            steps = tuple((self._place(step.words), step) for step in reading)
            required = {place: step for place, step in steps if not step.optional}
            anchor = max(required, key=lambda place: _rarity(required[place].words))
            denies = any(step.words.whole & negators.whole for step in reading)
            deniable = line.role is Role.SHOW and not denies
            role = Role.SHOW if line.role is Role.REGARDLESS else line.role
            self._by_anchor[anchor].append(_Pattern(signal, role, steps, frozenset(required), deniable))

    def _occurrences(
        self, pattern: _Pattern, post: Reading, fits: Sequence[frozenset[int]]
    ) -> Iterator[tuple[int, int]]:
        first = pattern.steps[0][0]
        own = pattern.signal in OWN_WORDS
        for start, places in enumerate(fits):
            if first not in places or (own and start in post.quoted and pattern.role is Role.SHOW):
                continue
            if pattern.deniable and self._denied(start, post, fits):
                continue
            end = self._follow(pattern, (1, start + 1), post.sentences, fits)
            if end is not None:
                yield start, end

    def _follow(
        self, pattern: _Pattern, at: tuple[int, int], sentences: Sequence[int], fits: Sequence[frozenset[int]]
    ) -> int | None:
        """Give the last word of the pattern when its steps from ``at`` (step, word) on can be met, else None."""
        number, word = at
        if number == len(pattern.steps):
            return word - 1
        place, step = pattern.steps[number]
        for candidate in range(word, min(word + step.gap + 1, len(fits))):
            if not step.far and sentences[candidate] != sentences[word - 1]:
                break
            if place in fits[candidate]:
                end = self._follow(pattern, (number + 1, candidate + 1), sentences, fits)
                if end is not None:
                    return end
            if pattern.deniable and self._negators in fits[candidate] and not step.far:
                break
        return self._follow(pattern, (number + 1, word), sentences, fits) if step.optional else None

    def _denied(self, start: int, post: Reading, fits: Sequence[frozenset[int]]) -> bool:
        for word in range(start - 1, max(start - 1 - _NEGATION_REACH, -1), -1):
            if post.clauses[word] != post.clauses[start]:
                return False
            if self._negators in fits[word]:
                return not self._conditional(word, post, fits)
        return False

    def _conditional(self, negation: int, post: Reading, fits: Sequence[frozenset[int]]) -> bool:
        """Tell whether a condition opens the sentence before the negation: "if it isn't fixed I sue" is a threat."""
        before = takewhile(lambda word: post.sentences[word] == post.sentences[negation], range(negation, -1, -1))
        return any(self._conditions in fits[word] for word in before)

    def _place(self, words: Words) -> int:
        return self._places.setdefault(words, len(self._places))

    def _look_up(self, form: str, lemma: str) -> frozenset[int]:
        if form.startswith("@"):
            return self._places_of(form.lower())
        words = {form, lemma, *form.split("-")} if "-" in form else {form, lemma}
        places = frozenset().union(*(self._places_of(self._fold(word)) for word in words if word))
        if any(map(str.isdigit, form)):
            return places | self._whole[NUMBER] | self._places_of(NUMBER + self._fold(_LEADING_NUMBER.sub("", form)))
        return places

    def _places_of(self, word: str) -> frozenset[int]:
        places = set(self._whole.get(word, ()))
        for length in self._lengths:
            places |= self._beginnings.get(word[:length], frozenset())
        return frozenset(places)


def _rarity(words: Words) -> tuple[int, int]:
    """Rank a place: few and long words are the rarest, so few posts are tried in vain."""
    every = words.whole | words.beginnings
    return min(len(word) for word in every), -len(every)


def _longest(places: Sequence[tuple[int, int]], except_for: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the longest of the places that overlap, without those that overlap an exception."""
    kept: list[tuple[int, int]] = []
    for place in sorted(places, key=lambda place: (place[0] - place[1], place[0])):
        if not any(_overlap(place, other) for other in [*except_for, *kept]):
            kept.append(place)
    return sorted(kept)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _with_mentions(text: str, tokens: Sequence[Token]) -> Sequence[Token]:
    mentions = [Token(m[0].lower(), m[0], m.start(), m.end()) for m in _MENTION.finditer(text)]
    return sorted([*tokens, *mentions], key=lambda token: token.start) if mentions else tokens


def _quoted(text: str, words: Sequence[Token]) -> frozenset[int]:
    """Give the words inside quotation marks; a post that is one quotation as a whole is its author's own."""
    spans = [(m.start(), m.end()) for m in _QUOTED.finditer(text)]
    if not spans:
        return frozenset()
    inside = frozenset(
        number for number, word in enumerate(words) if any(start <= word.start < end for start, end in spans)
    )
    return inside if len(inside) < len(words) else frozenset()
