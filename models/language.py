"""Which language a post is written in, and where it switches: trained n-gram weights of the words of the post.

Russian in Latin letters, texts without diacritics and a few foreign words are learnt from texts that were disguised so;
``python -m models.training.language --data FOLDER`` makes the weights. Languages that people here rarely meet share
columns and have no code: a post in one of them is undecided, as is a post of one short word, of addresses or of emoji.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import language_parts, language_words
from models.artifact import Artifact
from models.language_parts import Stretch
from models.language_words import Words, WordWeights
from models.scores import Language, LanguagePart

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOUSE_LANGUAGES = ("et", "ru", "fi", "en")
NEIGHBOURS = ("lv", "lt", "sv", "uk", "be", "bg", "de", "pl", "es", "fr", "it")
_KNOWN = HOUSE_LANGUAGES + NEIGHBOURS
_LATIN_RUSSIAN = "ru-latin"

_PRIOR = 3.0
"""How much likelier than another a language of the house is, as posts about the watched brands are mostly in these."""

_DECIDED = 0.4
_FEWEST_LETTERS = 4
_LONGEST_LOOK = 1_000
"""Characters: enough to be sure, and a pasted article costs no more than a long post."""

_AT_ONCE = 256
"""Texts: their n-grams fit into the processor's cache."""

_WORD_SCALE = 7.0
"""The root of how many n-grams a few words have: what turns a word's evidence into log-odds."""

_WORTH_A_LOOK = 2.5
"""By how much (log-odds) three words must speak more for another language than for the post's, to look for parts."""

_SHORTEST_PART = 10
"""Letters."""

_FOREIGN = re.compile(r"[\u0370-\u03ff\u0530-\u1dff\u3040-\ud7ff\uf900-\ufdff]")
"""Letters of scripts that no known language is written in."""

UNDECIDED = Language(code=None, confidence=0.0)


class LanguageDetector:
    """Tells the languages of many texts at once; the weights are read when the detector is made (0.1 s)."""

    def __init__(self, artifact: Artifact | None = None) -> None:
        import numpy as np

        loaded = artifact or Artifact.load("language")
        self.version = loaded.version
        self._weights = WordWeights(loaded.arrays)
        columns = self._weights.columns
        self._known = [columns.index(code) for code in _KNOWN]
        self._latin_russian = columns.index(_LATIN_RUSSIAN)
        self._others = [at for at, name in enumerate(columns) if name not in (*_KNOWN, _LATIN_RUSSIAN)]
        likelier = [np.log(_PRIOR) if name in (*HOUSE_LANGUAGES, _LATIN_RUSSIAN) else 0.0 for name in columns]
        self._start = self._weights.bias + np.array(likelier, dtype=np.float32)

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """Give the language of each text; without a code where it is too short, mixed or none of the known ones."""
        found: list[Language] = []
        for first in range(0, len(texts), _AT_ONCE):
            found += self._detect([text[:_LONGEST_LOOK] for text in texts[first : first + _AT_ONCE]])
        return found

    def _detect(self, texts: Sequence[str]) -> list[Language]:
        import numpy as np

        words = language_words.split(texts)
        if not words.forms:
            return [UNDECIDED] * len(texts)
        evidence, sizes = self._weights.evidence(words)
        read = _Read(texts, words, evidence, sizes, self._by_language(evidence))
        chances = self._chances(_sums(evidence, words), _sums(sizes, words))
        best = chances.argmax(axis=1)
        rivals = _rivals(read.by_language, best, words)
        letters = _sums(np.fromiter(map(len, words.forms), dtype=np.int64), words)
        found = []
        for at, (text, language) in enumerate(zip(texts, best.tolist(), strict=True)):
            confidence = float(chances[at, language])
            if letters[at] < _FEWEST_LETTERS or _is_foreign(text):
                found.append(UNDECIDED)
            elif confidence < _DECIDED:
                found.append(Language(None, confidence))
            else:
                parts = self._parts(read, at, [language, *rivals[at]]) if at in rivals else ()
                found.append(Language(_KNOWN[language], confidence, parts))
        return found

    def _parts(self, read: "_Read", at: int, languages: Sequence[int]) -> tuple[LanguagePart, ...]:
        own = slice(read.words.firsts[at], read.words.firsts[at + 1])
        evidence, sizes, places, text = read.evidence[own], read.sizes[own], read.words.spans[own], read.texts[at]

        def chance(stretch: Stretch) -> float:
            some = slice(stretch.first, stretch.end)
            if sum(end - start for start, end in places[some]) < _SHORTEST_PART:
                return 0.0
            chances = self._chances(evidence[some].sum(axis=0)[None], sizes[some].sum()[None])
            return float(chances[0, languages[stretch.choice]])

        ends = [0, *(end for _, end in places[:-1])]
        breaks = [language_parts.has_break(text[before:start]) for before, (start, _) in zip(ends, places, strict=True)]
        stretches = language_parts.divide(read.by_language[own][:, [*languages, len(_KNOWN)]], breaks, chance)
        if len(stretches) == 1:
            return ()
        spans = language_parts.spans(text, places, stretches)
        return tuple(
            LanguagePart(_KNOWN[languages[stretch.choice]], start, end)
            for stretch, (start, end) in zip(stretches, spans, strict=True)
        )

    def _chances(self, evidence: "NDArray[Any]", sizes: "NDArray[Any]") -> "NDArray[Any]":
        """Give how likely each known language is (texts × languages); the rest to 1 is for the others."""
        import numpy as np

        scores = evidence / np.sqrt(np.maximum(sizes, 1.0))[:, None] + self._start
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        raised /= raised.sum(axis=1, keepdims=True)
        chances = raised[:, self._known]
        chances[:, _KNOWN.index("ru")] += raised[:, self._latin_russian]
        return np.asarray(chances)

    def _by_language(self, evidence: "NDArray[Any]") -> "NDArray[Any]":
        """Give each word's log-odds (words × languages, and at the end the best of all others)."""
        import numpy as np

        russian = _KNOWN.index("ru")
        by_language = np.empty((len(evidence), len(_KNOWN) + 1), dtype=np.float32)
        by_language[:, :-1] = evidence[:, self._known]
        np.maximum(by_language[:, russian], evidence[:, self._latin_russian], out=by_language[:, russian])
        by_language[:, -1] = evidence[:, self._others].max(axis=1)
        return by_language / np.float32(_WORD_SCALE)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read from a batch of texts: evidence (words × columns and words × languages) and sizes of its words."""

    texts: Sequence[str]
    words: Words
    evidence: "NDArray[Any]"
    sizes: "NDArray[Any]"
    by_language: "NDArray[Any]"


def _sums(values: "NDArray[Any]", words: Words) -> "NDArray[Any]":
    """Add up what belongs to the words of each text."""
    import numpy as np

    firsts = np.asarray(words.firsts)
    filled = np.flatnonzero(np.diff(firsts))
    sums = np.zeros((len(firsts) - 1, *values.shape[1:]), dtype=values.dtype)
    sums[filled] = np.add.reduceat(values, firsts[filled], axis=0)
    return sums


def _rivals(by_language: "NDArray[Any]", best: "NDArray[Any]", words: Words) -> dict[int, list[int]]:
    """Name the languages beside the best that some neighbouring words of a text speak for, where there are any."""
    import numpy as np

    owners = np.repeat(np.arange(len(best)), np.diff(words.firsts))
    lead = by_language[:, :-1] - by_language[np.arange(len(owners)), best[owners]][:, None]
    near = lead[:-2] + lead[1:-1] + lead[2:]
    near[owners[:-2] != owners[2:]] = 0.0
    at, languages = np.nonzero(near > _WORTH_A_LOOK)
    found: dict[int, list[int]] = {}
    for text, language in sorted(set(zip(owners[at].tolist(), languages.tolist(), strict=True))):
        found.setdefault(text, []).append(language)
    return found


def _is_foreign(text: str) -> bool:
    return not text.isascii() and 2 * len(_FOREIGN.findall(text)) > sum(map(str.isalpha, text))
