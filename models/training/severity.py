"""Fits the points of ``models.severity`` to the plain posts of the corpus; prints them, and how often they are right.

An ordered logistic model with one slope (proportional odds: McCullagh 1980, JRSS B 42:2): each signal and the tone add
points, and each level has a bound. The points are scaled so that a level of the middle is one point wide.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from models.classifier import logistic
from models.scores import Sentiment, Signal
from models.severity import TONE, severity
from models.training.corpus.reading import LabelledPost, Split, posts

LEVELS = 4
_SHRINK = 1e-4


def fit(complaints: Sequence[LabelledPost]) -> tuple[dict[str, float], list[float]]:
    """Give the points of each signal and of the tone, and the points from which a complaint has each higher level."""
    table, levels = _table(complaints), np.array([post.severity for post in complaints])
    size = table.shape[1]

    def loss(parameters: Any) -> float:
        sums = table @ parameters[:size]
        above = logistic(sums[:, None] - _bounds(parameters[size:]))
        ends = np.hstack([np.ones((len(sums), 1)), above, np.zeros((len(sums), 1))])
        chances = (ends[:, :-1] - ends[:, 1:])[np.arange(len(sums)), levels - 1]
        return float(-np.log(chances + 1e-9).mean() + _SHRINK * (parameters[:size] ** 2).sum())

    start = np.concatenate([np.ones(size), np.arange(1.0, LEVELS)])
    limits = [(0.0, None)] * size + [(None, None)] * (LEVELS - 1)
    found = minimize(loss, start, method="L-BFGS-B", bounds=limits).x
    bounds = _bounds(found[size:])
    scale = 1.0 / (bounds[1] - bounds[0])
    named = zip([*(signal.value for signal in Signal), TONE], found[:size] * scale, strict=True)
    return {name: round(float(points), 2) for name, points in named}, (1.0 + bounds * scale).round(2).tolist()


def right(complaints: Sequence[LabelledPost]) -> float:
    """Give the share of complaints whose severity the rule tells from their true signals and tone."""
    told = [severity({post.sentiment: 1.0}, 1.0, post.signals) for post in complaints]
    return round(float(np.mean([post.severity == one for post, one in zip(complaints, told, strict=True)])), 3)


def _table(complaints: Sequence[LabelledPost]) -> Any:
    kinds = [{found.signal for found in post.signals} for post in complaints]
    rows = [
        [*(signal in kind for signal in Signal), post.sentiment is Sentiment.NEGATIVE]
        for kind, post in zip(kinds, complaints, strict=True)
    ]
    return np.array(rows, float)


def _bounds(steps: Any) -> Any:
    return np.cumsum([steps[0], *np.abs(steps[1:])])


def main() -> None:
    """Print what is fitted, and what the rule that is in use gets right."""
    points, bounds = fit([post for post in posts(Split.TRAIN) if post.complaint and post.author.plain])
    print(json.dumps({"points": points, "levels": bounds}))
    for plain, name in ((True, "plain posts"), (False, "the others")):
        held = [post for post in posts(Split.TEST) if post.complaint and post.author.plain is plain]
        print(json.dumps({"posts": name, "n": len(held), "severity_right": right(held)}))


if __name__ == "__main__":
    main()
