"""Figures that say how good labels and probabilities are, each a plain function of what is true and what was said.

A text has a set of true labels and a set of said ones: one each for most tasks, any number for signals.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

BINS = 10
"""Of probabilities, for the expected calibration error (Guo et al. 2017, ICML, section 2)."""

LabelSets: TypeAlias = Sequence[Collection[str]]


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well one label was given; ``n`` is how many texts truly have it. A share of nothing is 0."""

    n: int
    precision: float
    recall: float
    f1: float


def by_label(truth: LabelSets, said: LabelSets, labels: Sequence[str]) -> dict[str, LabelFigures]:
    """Measure each of at least two labels."""
    # scikit-learn takes half a second: who asks for the help, or misspells a file, should not wait for it.
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(
        _matrix(truth, labels), _matrix(said, labels), average=None, zero_division=0.0
    )
    return {
        label: LabelFigures(int(n), float(precision), float(recall), float(f1))
        for label, precision, recall, f1, n in zip(labels, *columns, strict=True)
    }


def micro_f1(truth: LabelSets, said: LabelSets, labels: Sequence[str]) -> float:
    """Give the F1 of all labels of all texts counted together."""
    from sklearn.metrics import f1_score

    return float(f1_score(_matrix(truth, labels), _matrix(said, labels), average="micro", zero_division=0.0))


def accuracy(truth: LabelSets, said: LabelSets) -> float:
    """Give the share of texts whose labels are all right and complete."""
    return sum(a == b for a, b in zip(truth, said, strict=True)) / len(truth)


def macro(found: Mapping[str, LabelFigures], figure: str) -> float:
    """Give the mean of a figure (``f1``, ``recall``, ``precision``) over the labels that some text truly has."""
    there = [getattr(label, figure) for label in found.values() if label.n]
    return sum(there) / len(there) if there else 0.0


def calibration_error(claimed: ArrayLike, right: ArrayLike) -> float:
    """Give the mean gap between what was claimed and what came true, over ten bins of at least one claim in all."""
    claims, came_true = np.asarray(claimed, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((claims * BINS).astype(int), BINS - 1)
    gaps = (abs((claims - came_true)[places == place].sum()) for place in np.unique(places))
    return float(sum(gaps) / len(claims))


def _matrix(sets: LabelSets, labels: Sequence[str]) -> Any:
    return np.array([[label in some for label in labels] for some in sets])
