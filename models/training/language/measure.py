"""How often the detector is right on texts that it did not learn from."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from models.language import LanguageDetector
from models.scores import Language
from models.training.corpus.reading import Split, posts
from models.training.language.texts import HOUSE, held_out

Row: TypeAlias = dict[str, str | int | float]

_MOST = 3_000
_MOST_OF_OTHERS = 6_000
_SHORT = 12
"""Letters up to which a text is a word or two, which people cannot always tell either."""

_OTHER = "other"


def measure(detector: LanguageDetector, data: Path) -> list[Row]:
    """Measure on the held-out public texts and on the part of the corpus that tunes, whole and by how it is written."""
    public = _public(data)
    tuning = list(posts(Split.DEV))
    sets: dict[str, list[tuple[str, str]]] = {
        "public texts": public,
        f"public texts of more than {_SHORT} letters": [
            (language, text) for language, text in public if sum(map(str.isalpha, text)) > _SHORT
        ],
        "corpus": [(post.author.language, post.text) for post in tuning],
    }
    for flag in ("nodia", "mixed", "typos"):
        sets[f"corpus, {flag}"] = [(post.author.language, post.text) for post in tuning if flag in post.flags]
    return [row for name, texts in sets.items() for row in _rows(name, texts, detector)]


def _public(data: Path) -> list[tuple[str, str]]:
    by_language = defaultdict(list)
    for language, text in held_out(data):
        by_language[language if language in HOUSE else _OTHER].append((language, text))
    rng = random.Random(7)
    picked = []
    for language, texts in sorted(by_language.items()):
        most = _MOST_OF_OTHERS if language == _OTHER else _MOST
        picked += rng.sample(texts, min(most, len(texts)))
    return picked


def _rows(name: str, texts: Sequence[tuple[str, str]], detector: LanguageDetector) -> Iterator[Row]:
    found = detector.detect([text for _, text in texts])
    pairs = [(language, answer) for (language, _), answer in zip(texts, found, strict=True)]
    for language in HOUSE:
        own = [answer.code for truth, answer in pairs if truth == language]
        taken = [truth for truth, answer in pairs if answer.code == language]
        if own:
            yield {
                "texts": name,
                "language": language,
                "n": len(own),
                "recall": _share(own.count(language), len(own)),
                "undecided": _share(own.count(None), len(own)),
                "precision": _share(taken.count(language), len(taken)),
                "confidence error": _calibration([pair for pair in pairs if pair[1].code == language]),
            }


def _calibration(pairs: Sequence[tuple[str, Language]]) -> float:
    """Give the expected calibration error in percent, in ten bins of confidence."""
    bins: dict[int, list[float]] = defaultdict(list)
    for truth, answer in pairs:
        bins[min(9, int(10 * answer.confidence))].append((truth == answer.code) - answer.confidence)
    return _share(sum(abs(sum(differences)) for differences in bins.values()), len(pairs))


def _share(part: float, whole: int) -> float:
    return round(100.0 * part / whole, 1) if whole else 0.0
