"""Which language a post is written in: lingua in its low-accuracy mode, with a prior for the languages of the house.

The low-accuracy mode takes 35 MB for these languages, the full models 520 MB, more than a whole process may. The prior
wins back most of the difference: posts about the watched brands are written in the four languages far more often than
in the neighbours, which are there to be told apart, not to be read.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.scores import Language

if TYPE_CHECKING:
    from lingua import ConfidenceValue

HOUSE_LANGUAGES = ("et", "ru", "fi", "en")
NEIGHBOURS = ("lv", "lt", "sv", "uk", "be", "bg", "de", "pl", "es", "fr", "it")

_PRIOR = 20.0
"""How much likelier than a neighbour a language of the house is: picked on posts of the public
language data, of 1, 5, 20 and 100."""

_DECIDED = 0.6
_NEGLIGIBLE = 1e-4
_FEWEST_LETTERS = 4
_LONGEST_LOOK = 400
"""Characters: enough to be sure, and a pasted article costs no more than a long post."""

_NOT_LANGUAGE = re.compile(r"(?:https?://|www\.)\S*|[\w.+-]*@[\w.@-]+|#|[\ud800-\udfff]")
_LETTER = re.compile(r"[^\W\d_]")

UNDECIDED = Language(code=None, confidence=0.0)


class LanguageDetector:
    """Tells the languages of many texts at once; the models are read when the detector is made (0.1 s)."""

    def __init__(self) -> None:
        # lingua is a compiled library of 90 MB: only who detects languages should load it.
        from lingua import IsoCode639_1, LanguageDetectorBuilder

        codes = [getattr(IsoCode639_1, code.upper()) for code in HOUSE_LANGUAGES + NEIGHBOURS]
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
        self._lingua = builder.with_low_accuracy_mode().with_preloaded_language_models().build()

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """Give the language of each text; without a code where it is too short, mixed or none of the known ones."""
        looked = [_language_only(text) for text in texts]
        found = self._lingua.compute_language_confidence_values_in_parallel(looked)
        return [
            _decide(values) if len(_LETTER.findall(text)) >= _FEWEST_LETTERS else UNDECIDED
            for text, values in zip(looked, found, strict=True)
        ]


def _language_only(text: str) -> str:
    return _NOT_LANGUAGE.sub(" ", text[: 2 * _LONGEST_LOOK])[:_LONGEST_LOOK]


def _decide(values: "list[ConfidenceValue]") -> Language:
    weights: dict[str, float] = {}
    for value in values:  # likeliest first
        if value.value < _NEGLIGIBLE:
            break
        code = value.language.iso_code_639_1.name.lower()
        weights[code] = value.value * (_PRIOR if code in HOUSE_LANGUAGES else 1.0)
    if not weights:
        return UNDECIDED
    best = max(weights, key=weights.__getitem__)
    confidence = weights[best] / sum(weights.values())
    return Language(code=best if confidence >= _DECIDED else None, confidence=confidence)
