"""Fits how much the encoder, the linear models and the patterns count together, on texts new to all of them.

The development part of the corpus and the public texts that were held out fit the weights; the test part of the corpus
is kept for the figures of the card.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from models.encoder import Encoder
from models.encoder_reader import complaint_columns, signal_columns, tone_columns
from models.labels import SIGNALS
from models.lemmas import LEMMATISED
from models.linear_reader import LinearReader
from models.opinion import Batch
from models.training.encoder.examples import UNKNOWN, Lesson, signal_table
from models.training.fit import pack
from models.training.thresholds import threshold

_FOLDS = 5

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
    return pack(arrays)


def _columns(encoder: Encoder, fast: LinearReader, lessons: Sequence[Lesson]) -> Mapping[str, Any]:
    batch = Batch.of([lesson.text for lesson in lessons], [lesson.language for lesson in lessons])
    reading, known = encoder.read(batch.texts), fast.weigh(batch)
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
    for language in (*LEMMATISED, "any"):
        rows = (truth != UNKNOWN) & ((languages == language) | (language == "any"))
        # A language that lacks one of the labels is answered by what all languages taught.
        if len(set(truth[rows])) == len(set(truth[truth != UNKNOWN])):
            yield f"{task}/{language}", fit(columns[rows], truth[rows], weights[rows])


def _fit_tones(columns: Any, truth: Any, weights: Any) -> dict[str, Any]:
    # Half-way between the classes' shares in the data and equal shares: nobody knows the shares among brand posts.
    shares = np.bincount(truth, weights=weights, minlength=3) / weights.sum()
    return _fit_chances(columns, truth, weights / np.sqrt(shares[truth]))


def _fit_chances(columns: Any, truth: Any, weights: Any) -> dict[str, Any]:
    fitted = LogisticRegression(C=0.3, max_iter=2000).fit(columns, truth, sample_weight=weights)
    return {"coef": fitted.coef_.T.astype(np.float32), "intercept": fitted.intercept_.astype(np.float32)}


def _fit_signals(columns: Any, lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Fit one weight a column of evidence for all signals, and an intercept a signal.

    Each signal has some two hundred posts to fit on: weights of its own lost four points of micro-F1 on the others. The
    threshold is chosen for all of them together, by probabilities of posts that the weights behind those had not met.
    """
    rows = [row for row, lesson in enumerate(lessons) if lesson.signals is not None]
    truth = signal_table([lessons[row] for row in rows])
    said, kinds = columns[rows].reshape(truth.size, -1), np.tile(np.eye(len(SIGNALS)), (len(rows), 1))
    evidence = np.hstack([said, kinds])
    machine = LogisticRegression(C=0.3, max_iter=3000)
    by_post = np.repeat(np.arange(len(rows)), len(SIGNALS))
    unmet = cross_val_predict(
        machine, evidence, truth.ravel(), groups=by_post, cv=GroupKFold(_FOLDS), method="predict_proba"
    )
    fitted = machine.fit(evidence, truth.ravel())
    coef = fitted.coef_[0]
    return {
        "signals/coef": coef[: -len(SIGNALS)].astype(np.float32),
        "signals/intercept": (coef[-len(SIGNALS) :] + fitted.intercept_).astype(np.float32),
        "signals/threshold": np.float32(threshold(truth.ravel(), unmet[:, 1])),
    }
