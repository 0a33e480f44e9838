"""A built-in classifier with a layer on top that a team fitted on its own labels.

The layer weighs what the built-in model says and adds the character n-grams that the team's texts speak by. It is small
enough to be fitted in seconds, and where it has learnt nothing the built-in model's answer stands.
"""

from collections.abc import Sequence
from typing import Any

from models.artifact import Artifact
from models.classifier import Classifier, LinearModel, Prediction, softmax
from models.hashing import HashedTexts

_LEAST_PROBABILITY = 1e-4


class CorrectedModel:
    """A ``Classifier`` made of a built-in one and the arrays ``labels``, ``base/coef`` and ``ngrams/...``."""

    def __init__(self, base: Classifier, artifact: Artifact) -> None:
        self._base = base
        self._labels = [str(label) for label in artifact.arrays["labels"]]
        self._weights = artifact.part("base")["coef"]
        self._ngrams = LinearModel(artifact.part("ngrams"))
        self.version = f"{artifact.version}-on-{base.version}"

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the labels."""
        import numpy as np

        if not texts:
            return []
        hashed = HashedTexts.of(texts)
        said = told(self._base.predict(hashed, languages), self._labels) @ self._weights
        rows = softmax(said + self._ngrams.scores(hashed, np.arange(len(texts)))).tolist()
        return [dict(zip(self._labels, row, strict=True)) for row in rows]


def told(predictions: Sequence[Prediction], labels: Sequence[str]) -> Any:
    """Give what a model said as logarithms (texts × labels): what the layer weighs."""
    import numpy as np

    chances = np.array([[prediction.get(label, 0.0) for label in labels] for prediction in predictions])
    return np.log(np.clip(chances, _LEAST_PROBABILITY, 1.0))
