"""A layer on top of what the built-in models say, which a team fitted on its own labels.

It weighs their answer and adds the character n-grams that the team's texts speak by. It is small enough to be fitted in
seconds, and where it has learnt nothing the built-in answer stands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models.artifact import Artifact
from models.classifier import LinearModel, Prediction, softmax
from models.hashing import FEATURES, HashedTexts

_LEAST_PROBABILITY = 1e-4


class Correction:
    """The layer, from the arrays ``labels``, ``base/coef`` and ``ngrams/...``."""

    def __init__(self, artifact: Artifact) -> None:
        _check(artifact.arrays)
        self.labels = [str(label) for label in artifact.arrays["labels"]]
        self._weights = artifact.part("base")["coef"]
        self._ngrams = LinearModel(artifact.part("ngrams"))
        self.version = artifact.version

    def correct(self, predictions: Sequence[Prediction], texts: Sequence[str]) -> list[Prediction]:
        """Give the probabilities of the labels for each text, from those that the built-in models gave it."""
        import numpy as np

        if not texts:
            return []
        said = told(predictions, self.labels) @ self._weights
        rows = softmax(said + self._ngrams.scores(HashedTexts.of(texts), np.arange(len(texts)))).tolist()
        return [dict(zip(self.labels, row, strict=True)) for row in rows]


def _check(arrays: Mapping[str, Any]) -> None:
    """Refuse a file that is no such layer: one weight that is no number makes nothing of every post that it meets."""
    import numpy as np

    labels = len(arrays["labels"]) if "labels" in arrays else 0
    shapes = {"base/coef": (labels, labels), "ngrams/coef": (FEATURES, labels), "ngrams/intercept": (labels,)}
    if missing := sorted({"labels", *shapes} - arrays.keys()):
        raise ValueError(f"the layer is damaged: it has no {' and no '.join(missing)}")
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"the layer is damaged: {name} has not the size that its labels need")
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"the layer is damaged: not every weight of {name} is a number")


def told(predictions: Sequence[Prediction], labels: Sequence[str]) -> Any:
    """Give what models said as logarithms (texts × labels): what the layer weighs."""
    import numpy as np

    chances = np.array([[prediction.get(label, 0.0) for label in labels] for prediction in predictions])
    return np.log(np.clip(chances, _LEAST_PROBABILITY, 1.0))
