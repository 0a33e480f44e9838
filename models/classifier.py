"""What every text classifier is, and the linear one that is built in."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from models.hashing import HashedTexts

if TYPE_CHECKING:
    from numpy.typing import NDArray

Prediction: TypeAlias = Mapping[str, float]
"""A probability for each label; they sum to 1."""


class Classifier(Protocol):
    """Anything that gives labels with probabilities to texts: a linear model here, a transformer elsewhere."""

    version: str
    """Changes whenever the answers may change; stored with each score."""

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Label each text; ``languages`` are ISO 639-1, None where undecided."""
        ...


class LinearModel:
    """One weight a hashed feature and column; ``arrays`` hold ``coef`` (features × columns) and ``intercept``.

    Where they hold a ``step`` a column too, ``coef`` counts in steps: eight bits are enough for a weight.
    """

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        import numpy as np

        self._coef = np.asarray(arrays["coef"], dtype=np.float32)
        if "step" in arrays:
            self._coef *= arrays["step"]
        self._intercept = np.asarray(arrays["intercept"], dtype=np.float64)

    def scores(self, texts: HashedTexts, rows: "NDArray[Any]") -> "NDArray[Any]":
        """Give the raw scores (rows × columns) of the texts at ``rows``: larger is likelier, no probabilities yet."""
        return self.weigh(texts.features[rows])

    def weigh(self, features: Any) -> "NDArray[Any]":
        """Give the same of features (rows × features) that are counted already."""
        import numpy as np

        return np.asarray(features @ self._coef + self._intercept)


def logistic(logits: Any) -> Any:
    """Turn log-odds into probabilities."""
    import numpy as np

    return 1.0 / (1.0 + np.exp(-logits))


def softmax(scores: "NDArray[Any]") -> "NDArray[Any]":
    """Turn rows of scores into rows of probabilities."""
    import numpy as np

    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
