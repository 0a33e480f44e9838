"""The author's attitude to the brand: one linear model a language.

Measured on the public data, one model for all languages was worse than one for each: they share too few n-grams. So the
language chooses the model, and where there is none for it the nearest ones answer together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.artifact import Artifact
from models.classifier import LinearModel, Prediction, softmax
from models.hashing import HashedTexts
from models.scores import Sentiment

LABELS = tuple(label.value for label in (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE))
"""The classes of the trained files, in the order of their columns."""

_TONES = tuple(Sentiment)  # iterating an enumeration costs as much as hashing a short post
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_RUSSIAN_KIN = frozenset({"uk", "be", "bg"})


class SentimentModel:
    """The built-in sentiment classifier; labels are the values of ``Sentiment``."""

    def __init__(self, artifact: Artifact) -> None:
        self.version = artifact.version
        self._models = {language: _LanguageModel(artifact.part(language)) for language in artifact.parts()}

    @classmethod
    def builtin(cls) -> "SentimentModel":
        """Load the model that comes with the package."""
        return cls(Artifact.load("sentiment"))

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the three labels."""
        table = self.table(HashedTexts.of(texts), languages)
        return [dict(zip(LABELS, row, strict=True)) for row in table.tolist()]

    def table(self, texts: HashedTexts, languages: Sequence[str | None]) -> Any:
        """Give the same as an array (texts × labels), for models that build on it."""
        import numpy as np

        answers = np.zeros((len(texts), len(LABELS)))
        for model, rows in _rows_by_model(texts, languages, self._models).items():
            weights = np.fromiter(rows.values(), dtype=np.float64)[:, None]
            index = np.fromiter(rows, dtype=np.int64)
            answers[index] += weights * self._models[model].probabilities(texts, index)
        return answers


class _LanguageModel:
    """One language's scores, and the logistic calibration fitted on texts that its training had kept aside."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._linear = LinearModel(arrays)
        self._scale, self._shift = arrays["scale"], arrays["shift"]

    def probabilities(self, texts: HashedTexts, rows: Any) -> Any:
        return softmax(self._linear.scores(texts, rows) @ self._scale + self._shift)


def tone(prediction: Prediction) -> dict[Sentiment, float]:
    """Give the probabilities of the three tones, which sum to 1, from a classifier that may know other labels too."""
    total = sum(prediction.get(label, 0.0) for label in _TONES)
    return {label: prediction.get(label, 0.0) / total for label in _TONES}


def _rows_by_model(
    texts: Sequence[str], languages: Sequence[str | None], models: Iterable[str]
) -> Mapping[str, dict[int, float]]:
    known = frozenset(models)
    rows: dict[str, dict[int, float]] = {}
    for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
        answering = _answering(text, language, known)
        for name in answering:
            rows.setdefault(name, {})[row] = 1.0 / len(answering)
    return rows


def _answering(text: str, language: str | None, known: frozenset[str]) -> Sequence[str]:
    """Choose the models: a language's own, its kin's, or by script those that may understand some of it."""
    if language in known:
        return (language,)
    if "ru" in known and (language in _RUSSIAN_KIN or _CYRILLIC.search(text)):
        return ("ru",)
    return sorted(known - {"ru"}) or sorted(known)
