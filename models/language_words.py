"""The words of a text, and how much each speaks for each language: hashed character n-grams with one weight a language.

An n-gram's weights do not depend on where it stands, so the evidence of words adds up: the sum over a post tells the
post's language, the same sums over some of its words tell the language of a part, and both cost one look at the text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_NGRAM = 5
_NAME_WEIGHT = 0.3
"""What a word that looks like a name counts: brands, places and people are called the same in every language."""

_LETTERS = "A-Za-zªµºÀ-ÖØ-öø-\u02af\u0300-\u036f\u0370-\u0373\u0400-\u052f\u1e00-\u1eff"
_PIECE = re.compile(
    r"(?:https?://|www\.)\S*|@[\w.@-]*"
    rf"|(?P<tag>#*)(?P<word>[0-9]*[{_LETTERS}][{_LETTERS}0-9]*(?:['’ʼ`´][{_LETTERS}0-9]+)*)"
    r"(?P<address>(?:[.+_-]\w{1,64}){0,4}@[\w.@-]*|\.(?:com|net|org|eu|ee|fi|ru|lv|lt|se|de|uk|io)\b(?:/\S*)?)?"
)
_SENTENCE_END = re.compile(r"[.!?…\n]")
_STRETCHED = re.compile(r"([^ ])\1{2,}")
_LONGEST_WORD = 40
_MIX, _SPREAD, _WORD_MIX = 0x9E3779B1, 0x85EBCA6B, 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts, text after text."""

    spans: list[tuple[int, int]]
    """Where each word stands in its text, in characters."""
    forms: list[str]
    """Each word in small letters, shortened where it was stretched."""
    weights: list[float]
    """1 for a word, less for what looks like a name."""
    firsts: list[int]
    """Where the words of each text begin in the lists above, and at the end their number."""


def split(texts: Sequence[str]) -> Words:
    """Find the words of Latin and Cyrillic letters; addresses, accounts and numbers are none."""
    spans, written, weights, firsts = [], [], [], [0]
    for text in texts:
        before = 0
        for piece in _PIECE.finditer(text):
            tagged, word, address = piece.groups()
            if word is None or address is not None:
                continue
            span = piece.span()
            is_name = tagged or (not word.islower() and _is_name(word, text[before : span[0]]))
            spans.append(span)
            written.append(word)
            weights.append(_NAME_WEIGHT if is_name else 1.0)
            before = span[1]
        firsts.append(len(spans))
    return Words(spans, _forms(written), weights, firsts)


def _is_name(word: str, gap: str) -> bool:
    return word[0].isupper() and word[1:].islower() and bool(gap) and not _SENTENCE_END.search(gap)


def _forms(written: Sequence[str]) -> list[str]:
    if not written:
        return []
    level = _STRETCHED.sub(r"\1\1", normalize("NFC", " ".join(written).lower()))
    return [form[:_LONGEST_WORD] for form in level.split(" ")]


def ngrams(forms: Sequence[str], features: int) -> "tuple[NDArray[Any], NDArray[Any], NDArray[Any]]":
    """Hash the n-grams of words: (rows × characters) of feature numbers, where words begin, how many each has.

    There is a row for each length of n-gram and one for the whole word; ``features`` (a power of two) itself stands
    where no n-gram is. Columns are the characters of all words, each with a space before it; ``forms`` is not empty.
    """
    import numpy as np

    chars = np.frombuffer(f" {' '.join(forms)} ".encode("utf-32-le"), dtype=np.uint32)
    space = chars == 32
    starts = np.flatnonzero(space)[:-1]
    size = len(chars) - 1
    shift = np.uint32(33 - features.bit_length())
    rows = np.full((LONGEST_NGRAM + 1, size), features, dtype=np.int32)
    hashed = chars[:-1].copy()
    whole = ~space[:-1]
    rows[0][whole] = _feature(hashed[whole], 1, shift)
    valid = np.ones(size, dtype=bool)  # no space inside the window, its first and last place apart
    for length in range(2, LONGEST_NGRAM + 1):
        last = chars[length - 1 :][:size]
        if length > 2:
            valid = valid[: len(last)] & ~space[length - 2 :][: len(last)]
        hashed = hashed[: len(last)] * np.uint32(_MIX) + last
        valid = valid[: len(last)]
        at = np.flatnonzero(valid)
        rows[length - 1][at] = _feature(hashed[at], length, shift)
    rows[LONGEST_NGRAM][starts] = _feature(_whole(chars[:-1], starts), LONGEST_NGRAM + 1, shift)
    counts = np.add.reduceat((rows < features).sum(axis=0), starts)
    return rows, starts, counts


def _feature(hashed: "NDArray[Any]", kind: int, shift: Any) -> "NDArray[Any]":
    import numpy as np

    mixed = (hashed ^ (hashed >> np.uint32(15)) ^ np.uint32(kind * 0x51ED27)) * np.uint32(_SPREAD)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(_MIX)
    return np.asarray((mixed >> shift).astype(np.int32))


def _whole(chars: "NDArray[Any]", starts: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    lengths = np.diff(starts, append=len(chars))
    place = np.arange(len(chars)) - np.repeat(starts, lengths)
    powers = np.multiply.accumulate(np.full(_LONGEST_WORD + 2, _WORD_MIX, dtype=np.uint64))
    sums = np.add.reduceat(chars.astype(np.uint64) * powers[np.minimum(place, _LONGEST_WORD + 1)], starts)
    return np.asarray((sums >> np.uint64(32)).astype(np.uint32) ^ sums.astype(np.uint32))


class WordWeights:
    """The trained weights: how much each word of a text speaks for each column (a language in one of its scripts)."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        import numpy as np

        self.columns = tuple(str(name) for name in arrays["columns"])
        self.bias = np.asarray(arrays["bias"], dtype=np.float32)
        self._scale = np.asarray(arrays["scale"], dtype=np.float32)
        self.features = len(arrays["weights"])
        # Whole numbers of two bytes: half as much memory to walk through as real ones, and the sum of a few fits.
        self._weights = np.zeros((self.features + 1, len(self.columns)), dtype=np.int16)
        self._weights[:-1] = arrays["weights"]

    def evidence(self, words: Words) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Give each word's evidence (words × columns) and on how many n-grams it stands, both by the word's weight."""
        import numpy as np

        rows, starts, counts = ngrams(words.forms, self.features)
        total = self._weights[rows[0]]
        for row in rows[1:]:
            total += self._weights[row]
        weights = np.asarray(words.weights, dtype=np.float32)
        evidence = np.add.reduceat(total, starts, axis=0, dtype=np.int32) * self._scale
        return evidence * weights[:, None], weights * counts
