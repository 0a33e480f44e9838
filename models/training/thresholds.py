"""From which probability a signal is shown: chosen on texts that the model had not learnt from."""

from typing import Any

import numpy as np
from sklearn.metrics import f1_score, precision_score

PRECISION = 0.7
"""The least precision on those texts; among the thresholds that reach it, the best F1 wins."""

_TRIED = np.arange(0.2, 0.81, 0.02)


def threshold(truth: Any, chances: Any) -> float:
    """Choose a threshold from what is true of the texts and the probabilities that they were given.

    Both may be of one signal, or of all signals one after the other.
    """

    def worth(bound: float) -> tuple[bool, float]:
        said = chances >= bound
        precise = precision_score(truth, said, zero_division=0.0) >= PRECISION
        return precise, f1_score(truth, said, zero_division=0.0)

    return float(max(_TRIED, key=worth))
