"""Fits how much the encoder, the linear models and the patterns count together, on texts new to all of them.

The development part of the corpus and the public texts that were held out fit the weights; the test part of the corpus
is kept for the figures of the card.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score

from models.encoder import Encoder
from models.encoder_labels import SIGNALS
from models.encoder_reader import complaint_columns, signal_columns, tone_columns
from models.hashing import HashedTexts
from models.lemmas import tokenize
from models.linear_reader import LinearReader
from models.opinion import Batch
from models.training.encoder.examples import UNKNOWN, Lesson

LANGUAGES = ("en", "et", "fi", "ru")
PRECISION = 0.7
"""The least precision of a signal on the development texts; among the thresholds that reach it, the best F1 wins."""

_THRESHOLDS = np.arange(0.2, 0.81, 0.02)
_NEVER = -20.0
"""The log-odds of a signal that no text has: nothing is known of it, so nothing is claimed."""

_SMALL_SET = 300.0
"""Texts of a set from which more of them count no more: the sets differ tenfold, the posts that matter most are few."""


def fit_combination(encoder: Encoder, fast: LinearReader, lessons: Sequence[Lesson]) -> bytes:
    """Fit all weights on ``lessons``; gives the content of the artefact."""
    columns = _columns(encoder, fast, lessons)
    weights = _weights(lessons)
    parts = dict(_by_language("sentiment", columns["sentiment"], lessons, weights, _fit_tones))
    parts |= dict(_by_language("complaint", columns["complaint"], lessons, weights, _fit_chances))
    arrays = {f"{name}/{key}": array for name, part in parts.items() for key, array in part.items()}
    arrays |= _fit_signals(columns["signals"], lessons)
    content = io.BytesIO()
    ordered: dict[str, Any] = dict(sorted(arrays.items()))
    np.savez_compressed(content, **ordered)
    return content.getvalue()


def _columns(encoder: Encoder, fast: LinearReader, lessons: Sequence[Lesson]) -> Mapping[str, Any]:
    texts = [lesson.text for lesson in lessons]
    codes = [lesson.language for lesson in lessons]
    words = [tokenize(text, code) for text, code in zip(texts, codes, strict=True)]
    reading, known = encoder.read(texts), fast.read(Batch(HashedTexts(texts), codes, words))
    return {
        "sentiment": tone_columns(reading, known),
        "complaint": complaint_columns(reading, known),
        "signals": signal_columns(reading, known),
    }


def _weights(lessons: Sequence[Lesson]) -> Any:
    sets = [(lesson.dataset, lesson.language) for lesson in lessons]
    sizes = {one: sets.count(one) for one in set(sets)}
    return np.array([min(1.0, _SMALL_SET / sizes[one]) for one in sets])


def _by_language(
    task: str, columns: Any, lessons: Sequence[Lesson], weights: Any, fit: Callable[[Any, Any, Any], dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    truth = np.array([getattr(lesson, task) for lesson in lessons])
    languages = np.array([lesson.language for lesson in lessons])
    for language in (*LANGUAGES, "any"):
        rows = (truth != UNKNOWN) & ((languages == language) | (language == "any"))
        # A language that lacks one of the labels is answered by what all languages taught.
        if len(set(truth[rows])) == len(set(truth[truth != UNKNOWN])):
            yield f"{task}/{language}", fit(columns[rows], truth[rows], weights[rows])


def _fit_tones(columns: Any, truth: Any, weights: Any) -> dict[str, Any]:
    # Half-way between the classes' shares in the data and equal shares: nobody knows the shares among brand posts.
    shares = np.bincount(truth, weights=weights, minlength=3) / weights.sum()
    fitted = LogisticRegression(C=0.3, max_iter=2000).fit(
        columns, truth, sample_weight=weights / np.sqrt(shares[truth])
    )
    return {"coef": fitted.coef_.T.astype(np.float32), "intercept": fitted.intercept_.astype(np.float32)}


def _fit_chances(columns: Any, truth: Any, weights: Any) -> dict[str, Any]:
    fitted = LogisticRegression(C=0.3, max_iter=2000).fit(columns, truth, sample_weight=weights)
    return {"coef": fitted.coef_.T.astype(np.float32), "intercept": fitted.intercept_.astype(np.float32)}


def _fit_signals(columns: Any, lessons: Sequence[Lesson]) -> dict[str, Any]:
    rows = [row for row, lesson in enumerate(lessons) if lesson.signals is not None]
    truth = np.zeros((len(rows), len(SIGNALS)), int)
    for place, row in enumerate(rows):
        truth[place, list(lessons[row].signals or ())] = 1
    coef, intercept, thresholds = [], [], []
    for column in range(len(SIGNALS)):
        if not truth[:, column].any():
            coef.append(np.zeros(columns.shape[-1]))
            intercept.append(_NEVER)
            thresholds.append(1.0)
            continue
        fitted = LogisticRegression(C=0.3, max_iter=2000).fit(columns[rows, column], truth[:, column])
        chances = fitted.predict_proba(columns[rows, column])[:, 1]
        coef.append(fitted.coef_[0])
        intercept.append(fitted.intercept_[0])
        thresholds.append(_threshold(truth[:, column], chances))
    found = {"signals/coef": coef, "signals/intercept": intercept, "thresholds": thresholds}
    return {name: np.array(values, np.float32) for name, values in found.items()}


def _threshold(truth: Any, chances: Any) -> float:
    def worth(bound: float) -> tuple[bool, float]:
        said = chances >= bound
        precise = precision_score(truth, said, zero_division=0.0) >= PRECISION
        return precise, f1_score(truth, said, zero_division=0.0)

    return float(max(_THRESHOLDS, key=worth))
