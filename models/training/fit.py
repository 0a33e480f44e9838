"""Fits the linear models and their calibrations, and packs them into artefacts."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from models.complaint import COMPLAINT, evidence
from models.hashing import FEATURES, HashedTexts
from models.sentiment import LABELS, SentimentModel
from models.training.data import CORPUS, Example

SEED = 20
FOLDS = 5

_STRENGTH = {"et": 1.0, "ru": 1.0, "fi": 0.3, "en": 0.3}
"""The C of each language's support vector machine, picked on held-out texts."""

_COMPLAINT_STRENGTH = 0.5

Array = NDArray[Any]


def fit_sentiment(examples: Mapping[str, Sequence[Example]]) -> bytes:
    """Train one sentiment model a language; give the artefact's content."""
    arrays: dict[str, Array] = {}
    for language, found in examples.items():
        learnt = [example for example in found if not example.held_out]
        fitted = _fit_language(learnt, _STRENGTH.get(language, 1.0))
        arrays |= {f"{language}/{key}": array for key, array in fitted.items()}
    return pack(arrays)


def fit_complaint(examples: Mapping[str, Sequence[Example]], sentiment: SentimentModel) -> bytes:
    """Train each language's n-grams, then what they and the evidence weigh; give the artefact's content."""
    parts: dict[str, dict[str, Array]] = {}
    for language, found in examples.items():
        learnt = [example for example in found if not example.held_out]
        texts = HashedTexts([example.text for example in learnt])
        languages = [language] * len(learnt)
        classes = np.array([int(example.label == COMPLAINT) for example in learnt])
        given = np.array([example.weight for example in learnt])
        weights = given * np.sqrt(_balance(classes, given))
        machine = _machine(_COMPLAINT_STRENGTH)
        unseen = _unseen_scores(machine, texts.features, classes, weights)
        machine.fit(texts.features, classes, sample_weight=weights)
        told = evidence(texts, languages, sentiment.table(texts, languages))
        parts[f"ngrams-{language}"] = _linear(machine)
        parts[f"joined-{language}"] = _weigh(np.hstack([told, unseen]), classes, weights)
        if language == "en":
            public = np.array([example.source != CORPUS.path for example in learnt])
            parts["elsewhere"] = _weigh(told[public], classes[public], weights[public])
    return pack({f"{part}/{key}": array for part, arrays in parts.items() for key, array in arrays.items()})


def _fit_language(examples: Sequence[Example], strength: float) -> dict[str, Array]:
    features = HashedTexts([example.text for example in examples]).features
    classes = np.array([LABELS.index(example.label) for example in examples])
    given = np.array([example.weight for example in examples])
    weights = given * _balance(classes, given)
    spread = rarity(features)
    machine = _machine(strength)
    unseen = _unseen_scores(machine, features @ spread, classes, weights)
    machine.fit(features @ spread, classes, sample_weight=weights)
    posts = np.array([example.weight >= 0.5 for example in examples])
    calibration = LogisticRegression(C=10.0, max_iter=1000)
    # Half-way between the classes' shares in the data and equal shares: nobody knows the shares among brand posts.
    calibration.fit(unseen[posts], classes[posts], sample_weight=np.sqrt(weights[posts]))
    return _linear(machine, spread) | {"scale": calibration.coef_.T, "shift": calibration.intercept_}


def _balance(classes: Array, weights: Array) -> Array:
    """Give each text what makes the classes weigh the same together, beside the weights that texts have."""
    shares = np.bincount(classes, weights=weights)
    balanced: Array = weights.sum() / (np.count_nonzero(shares) * np.where(shares > 0, shares, 1.0))
    return balanced[classes]


def _machine(strength: float) -> Any:
    return LinearSVC(C=strength, random_state=SEED)


def rarity(features: Any) -> Any:
    """Give the inverse document frequencies as a diagonal matrix; they are multiplied into the weights afterwards."""
    from scipy.sparse import diags

    documents = np.bincount(features.indices, minlength=FEATURES)
    rarity = np.log((1.0 + features.shape[0]) / (1.0 + documents)) + 1.0
    return diags((rarity / rarity[documents > 0].mean()).astype(np.float32))


def _unseen_scores(machine: Any, features: Any, classes: Array, weights: Array) -> Array:
    """Score each text by a model that has not seen it: what calibration must learn from."""
    from sklearn.base import clone

    columns = 1 if len(set(classes.tolist())) == 2 else len(set(classes.tolist()))
    scores = np.zeros((len(classes), columns))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for seen, kept in folds.split(np.zeros(len(classes)), classes):
        fitted = clone(machine).fit(features[seen], classes[seen], sample_weight=weights[seen])
        scores[kept] = fitted.decision_function(features[kept]).reshape(len(kept), columns)
    return scores


def _weigh(columns: Array, classes: Array, weights: Array) -> dict[str, Array]:
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(columns, classes, sample_weight=weights)
    return {"coef": fitted.coef_[0].astype(np.float32), "intercept": fitted.intercept_.astype(np.float32)}


def _linear(machine: Any, spread: Any = None) -> dict[str, Array]:
    coef = machine.coef_.T if spread is None else spread @ machine.coef_.T
    return {"coef": coef.astype(np.float16), "intercept": machine.intercept_.astype(np.float32)}


def pack(arrays: Mapping[str, Array]) -> bytes:
    """Give the content of an artefact; the same arrays give the same bytes."""
    content = io.BytesIO()
    ordered: dict[str, Any] = dict(sorted(arrays.items()))
    np.savez_compressed(content, **ordered)
    return content.getvalue()
