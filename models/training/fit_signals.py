"""Fits the linear model of signals on the labelled posts of the corpus, and how it counts beside the patterns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from models import signals
from models.hashing import FEATURES, HashedTexts, hashed_phrases
from models.lemmas import Token, tokenize
from models.signal_model import matches
from models.training.corpus.reading import LabelledPost
from models.training.fit import SEED, pack, rarity
from models.training.thresholds import threshold

Array = NDArray[Any]

FOLDS = 5
STRENGTH, SHOWN_WEIGHS = 0.5, 3.0
"""The C of the support vector machines, and how much more a post counts that shows the signal: nearly all do not.
Both picked on the development part."""

_STEPS = 127
"""Steps of a weight on either side of zero: eight bits."""


def fit_signals(posts: Sequence[LabelledPost]) -> bytes:
    """Train one column a signal on ``posts``; give the artefact's content.

    What probabilities and thresholds are fitted on are scores of posts whose authors the scoring model had not met.
    """
    words = [tokenize(post.text, post.author.language) for post in posts]
    features, spread = _features(posts, words)
    truth = matches([post.signals for post in posts]).astype(int)
    authors = [post.author.id for post in posts]
    unseen = np.zeros(truth.shape)
    for seen, kept in GroupKFold(FOLDS).split(truth, groups=authors):
        coef, intercept = _machines(features[seen], truth[seen])
        unseen[kept] = features[kept] @ coef + intercept
    coef, intercept = _machines(features, truth)
    matched = matches(
        [signals.find(post.text, tokens, post.author.language) for post, tokens in zip(posts, words, strict=True)]
    )
    arrays = _joined(unseen, matched, truth)
    coef = spread @ coef
    for name, part, shift in (
        ("characters", coef[:FEATURES], intercept),
        ("phrases", coef[FEATURES:], 0.0 * intercept),
    ):
        step = np.abs(part).max(axis=0) / _STEPS + 1e-9
        arrays |= {
            f"{name}/coef": np.rint(part / step).astype(np.int8),
            f"{name}/step": step.astype(np.float32),
            f"{name}/intercept": shift.astype(np.float32),
        }
    return pack(arrays)


def _features(posts: Sequence[LabelledPost], words: Sequence[Sequence[Token]]) -> tuple[Any, Any]:
    """Give the features of all posts, rare ones weighing more, and the weights that made them so."""
    from scipy.sparse import block_diag, hstack

    characters = HashedTexts([post.text for post in posts]).features
    phrases = hashed_phrases([[token.lemma for token in tokens] for tokens in words])
    spread = block_diag([rarity(characters), rarity(phrases)]).tocsr()
    return (hstack([characters, phrases]).tocsr() @ spread).tocsr(), spread


def _machines(features: Any, truth: Array) -> tuple[Array, Array]:
    fitted = [
        LinearSVC(C=STRENGTH, class_weight={0: 1.0, 1: SHOWN_WEIGHS}, random_state=SEED).fit(features, column)
        for column in truth.T
    ]
    return np.hstack([one.coef_.T for one in fitted]), np.concatenate([one.intercept_ for one in fitted])


def _joined(odds: Array, matched: Array, truth: Array) -> dict[str, Array]:
    fitted, thresholds = [], []
    for column in range(truth.shape[1]):
        columns = np.stack([odds[:, column], matched[:, column]], axis=1)
        join = LogisticRegression(C=1.0, max_iter=1000).fit(columns, truth[:, column])
        fitted.append([*join.coef_[0], join.intercept_[0]])
        thresholds.append(threshold(truth[:, column], join.predict_proba(columns)[:, 1]))
    names = ("joined/odds", "joined/matched", "joined/intercept")
    arrays = {name: values.astype(np.float32) for name, values in zip(names, np.array(fitted).T, strict=True)}
    return arrays | {"thresholds": np.array(thresholds, np.float32)}
