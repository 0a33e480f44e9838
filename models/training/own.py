"""A team's own labels: holding some out for measuring, and fitting a layer on top of a built-in model."""

import hashlib
import io
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from models.classifier import Prediction
from models.correction import told
from models.evaluation.rows import Labelled
from models.hashing import FEATURES, HashedTexts, plain
from models.visible import visible

FEWEST = 8
"""Texts that each label needs to be learnt, and as many again must be held out in all."""

HELD_OUT = 0.2
"""The share of texts that a model never sees; by author, so that it is not measured on hands that it knows."""

_MOST_HELD_OUT = 0.4
_FEWEST_AUTHORS = 5
_SEED = 20
_FOLDS = 5
_STRENGTHS = (0.01, 0.1, 1.0, 10.0)
_BASE_SCALE = 5.0
"""What the built-in model says is hardly held back by regularisation: the layer starts from it, not from nothing."""

By: TypeAlias = Literal["author", "text"]


class TooLittle(ValueError):
    """There are not enough labelled texts to learn from or to measure on: says of what."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A labelled text; ``author`` is whoever wrote it, by any name, as far as that is known."""

    row: Labelled
    author: str | None = None

    @property
    def label(self) -> str:
        """The one label that is true."""
        (label,) = self.row.truth
        return label


@dataclass(frozen=True, slots=True)
class Parts:
    """What is learnt from and what is held out, and whether all texts of an author are in one of the two."""

    kept: Sequence[Taught]
    held: Sequence[Taught]
    by: By


def hold_out(taught: Sequence[Taught], labels: Sequence[str]) -> Parts:
    """Split texts by author, by the text itself where there are hardly any authors; the same texts split the same way.

    A text that is held out teaches nothing, whoever else wrote the same.
    """
    authors = {one.author for one in taught if one.author}
    by: By = "author" if len(authors) >= _FEWEST_AUTHORS else "text"
    groups: dict[str, list[Taught]] = {}
    for one in taught:
        key = f"author {one.author}" if by == "author" and one.author else plain(one.row.text)
        groups.setdefault(key, []).append(one)
    held: list[Taught] = []
    for key in sorted(groups, key=lambda key: hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()):
        if len(held) < HELD_OUT * len(taught) and len(held) + len(groups[key]) <= _MOST_HELD_OUT * len(taught):
            held += groups.pop(key)
    seen = {plain(one.row.text) for one in held}
    kept = [one for group in groups.values() for one in group if plain(one.row.text) not in seen]
    _check(kept, held, labels)
    return Parts(kept, held, by)


def _check(kept: Sequence[Taught], held: Sequence[Taught], labels: Sequence[str]) -> None:
    counts = Counter(one.label for one in kept)
    if short := [f"{label} has {counts[label]}" for label in labels if counts[label] < FEWEST]:
        raise TooLittle(f"each label needs at least {FEWEST} texts besides those that are held out: {', '.join(short)}")
    if len(held) < FEWEST:
        raise TooLittle(f"only {len(held)} texts could be held out to measure on, at least {FEWEST} are needed")


def fit_correction(
    taught: Sequence[Taught],
    predictions: Sequence[Prediction],
    labels: Sequence[str],
    progress: Callable[[float], None] = lambda _: None,
) -> bytes:
    """Fit a layer on top of what the built-in models said; gives the content that ``Correction`` reads.

    How far the layer may leave the built-in model is chosen by what it says of authors that it has not seen.
    ``progress`` hears the share that is done.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, hstack

    # What posts are read by, and no more: all n-grams of one book would be a column each.
    texts = HashedTexts([visible(one.row.text).text for one in taught])
    said = told(predictions, labels)
    used = np.flatnonzero(np.bincount(texts.features.indices, minlength=FEATURES))
    columns = hstack([csr_matrix(said * _BASE_SCALE), texts.features[:, used]]).tocsr()
    classes = np.array([labels.index(one.label) for one in taught])
    # By number: an array of texts gives each of them the room of the longest.
    numbers: dict[str, int] = {}
    groups = np.array([numbers.setdefault(one.author or plain(one.row.text), len(numbers)) for one in taught])
    losses = []
    for number, strength in enumerate(_STRENGTHS):
        losses.append(_loss(strength, columns, classes, groups))
        progress((number + 1) / (len(_STRENGTHS) + 1))
    fitted = _fit(_STRENGTHS[int(np.argmin(losses))], columns, classes)
    progress(1.0)
    coef = _columns(fitted.coef_)
    ngrams = np.zeros((FEATURES, len(labels)), dtype=np.float16)
    ngrams[used] = coef.T[len(labels) :]
    return _pack(
        {
            "labels": np.array(labels),
            "base/coef": (coef.T[: len(labels)] * _BASE_SCALE).astype(np.float32),
            "ngrams/coef": ngrams,
            "ngrams/intercept": _columns(fitted.intercept_[:, None])[:, 0].astype(np.float32),
        }
    )


def _fit(strength: float, columns: Any, classes: Any) -> Any:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    # Half-way between the classes' shares in the team's texts and equal shares: posts have their own.
    counts = np.bincount(classes)
    weights = np.sqrt(len(classes) / (len(counts) * counts))[classes]
    return LogisticRegression(C=strength, max_iter=2000).fit(columns, classes, sample_weight=weights)


def _loss(strength: float, columns: Any, classes: Any, groups: Any) -> float:
    """The mean surprise at texts whose authors were left out."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(_FOLDS, len(set(groups.tolist())), int(np.bincount(classes).min()))
    if folds < 2:
        return math.inf
    losses: list[float] = []
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=_SEED)
    for seen, kept in splitter.split(columns, classes, groups):
        if len(set(classes[seen].tolist())) == len(set(classes.tolist())):
            chances = _fit(strength, columns[seen], classes[seen]).predict_proba(columns[kept])
            losses += (-np.log(np.clip(chances[np.arange(len(kept)), classes[kept]], 1e-6, 1.0))).tolist()
    return sum(losses) / len(losses) if losses else math.inf


def _columns(array: Any) -> Any:
    """One row a class: of two classes only the second has one."""
    import numpy as np

    return np.vstack([np.zeros_like(array), array]) if len(array) == 1 else array


def _pack(arrays: dict[str, Any]) -> bytes:
    import numpy as np

    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()
