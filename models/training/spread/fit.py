"""Teaches a ``GrowthModel``: which sizes posts passed, asked at many sizes and ages."""

import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.evaluation.spread_peers import Example
from models.growth import RISING, GrowthModel, asked_columns, base_columns, columns_of
from models.training.spread.sets import Followed, Kind

_ASKED = 14
"""Sizes that are asked about each post and age, most near what is expected, the rest as large as others became."""

_WIDER = 0.8
"""How far the sizes near the expected one lie apart, of what the residuals do: most near the median."""

_ANYWHERE = 0.3
"""Share of sizes that others became: tails have to be learnt as well."""

_RANKED = 199
"""Shares of the posts of an age whose scores are kept, for ranks."""

_FEW = 50
"""Lessons that an age must have to be kept for ranks."""

_FLATTER = 1.5
"""The start's curve is this many standard deviations wide, flatter than any: constrained trees only make it steeper."""

_UNBOUND, _FLATTEST = 1e6, 0.2
"""Two numbers are not held back by a penalty, but odds never lose more of their size than this."""

TREES = 350
_PARAMETERS = {
    "objective": "binary", "num_leaves": 8, "learning_rate": 0.04, "min_data_in_leaf": 100, "lambda_l2": 10.0,
    "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.6, "monotone_constraints_method": "intermediate",
    "verbose": -1, "seed": 0, "deterministic": True, "num_threads": 1,
}  # fmt: skip


def example(post: Followed, kind: Kind, age: float) -> Example | None:
    """Cut a post at an age; None if it takes no part: ``kind.silent`` says whether one without engagement does."""
    polls = post.until(age)
    return (polls, post.final) if polls is not None and (kind.silent or polls.counts[-1] >= 1) else None


def examples(posts: Sequence[Followed], kind: Kind, ages: Sequence[float]) -> list[Example]:
    """Cut posts at ages, without those that take no part."""
    return [cut for age in ages for one in posts if (cut := example(one, kind, age))]


def large(posts: Sequence[Followed], kind: Kind) -> float:
    """Give the size that counts as large: the set's own, or what one post in ten reached."""
    return kind.large or float(np.quantile([one.final for one in posts], 0.9))


@dataclass(frozen=True)
class _Learnt:
    """A start, how wide its curve is, and the trees that correct it."""

    base: Any
    spread: float
    trees: Any

    def odds(self, columns: Any, size: float) -> Any:
        """Give the log odds that each post ends at a size or above, as they come out of the trees."""
        asked = asked_columns(columns, np.full(len(columns), size))
        corrected = self.trees.predict(asked.astype(np.float32), raw_score=True)
        return (base_columns(columns) @ self.base - asked[:, RISING]) / self.spread + corrected


def fit(lessons: Sequence[Example], top: float) -> bytes:
    """Fit a model and give the content of its artefact; the same lessons give the same bytes."""
    from models.training.spread.trees import as_onnx

    columns = columns_of([polls for polls, _ in lessons])
    finals = np.array([final for _, final in lessons])
    learnt = _learn(columns, finals)
    scale, shift = _scaling(columns, finals, np.array([_half(one) for one in lessons]), top)
    ages, scores = ranking(columns, scale * learnt.odds(columns, top) + shift, np.ones(len(columns)))
    content = io.BytesIO()
    np.savez_compressed(
        content,
        base=learnt.base,
        spread=np.array(learnt.spread),
        scaling=np.array([scale, shift]),
        top=np.array(top),
        trees=np.frombuffer(as_onnx(learnt.trees), np.uint8),
        ages=ages,
        scores=scores,
    )
    return content.getvalue()


def _learn(columns: Any, finals: Any) -> _Learnt:
    # An extra: who only asks models needs neither this library nor ONNX's.
    import lightgbm
    from scipy.optimize import lsq_linear

    line, reached = base_columns(columns), np.log1p(finals)
    # No more of a count, growth or followers may lower the start, as no tree may.
    told = line.any(axis=0)  # followers may be unknown throughout
    least = np.array([-np.inf, 0.0, 0.0, -np.inf, 0.0])
    base = np.zeros(len(told))
    base[told] = lsq_linear(line[:, told], reached, bounds=(least[told], np.inf)).x
    residuals = reached - line @ base
    spread = max(float(residuals.std()) * _FLATTER, 0.1)
    rows, sizes = _questions(columns, line @ base, residuals, reached)
    asked = asked_columns(columns[rows], sizes)
    rising = [1] * RISING + [-1, -1] + [0] * (asked.shape[1] - RISING - 2)
    data = lightgbm.Dataset(
        asked.astype(np.float32),  # as it will be asked
        label=(finals[rows] >= sizes).astype(int),
        init_score=(line[rows] @ base - asked[:, RISING]) / spread,
    )
    trees = lightgbm.train({**_PARAMETERS, "monotone_constraints": rising}, data, num_boost_round=TREES)
    return _Learnt(base, spread, trees)


def _scaling(columns: Any, finals: Any, halves: Any, top: float) -> tuple[float, float]:
    """Find by what log odds have to be multiplied, and what added, to come true (Platt 1999).

    Each half of the posts is asked what the other half taught. A multiplier above 0 keeps every order.
    """
    from sklearn.linear_model import LogisticRegression

    odds, truly = [], []
    for half in (0, 1):
        asked = (halves == half) & (np.expm1(columns[:, 0]) < top)
        if not asked.any() or (halves != half).sum() < _FEW:
            return 1.0, 0.0
        odds.append(_learn(columns[halves != half], finals[halves != half]).odds(columns[asked], top))
        truly.append(finals[asked] >= top)
    happened = np.concatenate(truly)
    if not 0 < happened.sum() < len(happened):
        return 1.0, 0.0
    line = LogisticRegression(C=_UNBOUND).fit(np.concatenate(odds)[:, None], happened)
    return max(float(line.coef_[0, 0]), _FLATTEST), float(line.intercept_[0])


def _half(lesson: Example) -> int:
    """Put all ages of one post into the same half: they begin with the same poll and end at the same size."""
    polls, final = lesson
    return zlib.crc32(repr((final, polls.followers, polls.hour, polls.ages[0], polls.counts[0])).encode()) % 2


def made(name: str, lessons: Sequence[Example], top: float) -> GrowthModel:
    """Fit a model and load it, by the way that shipped ones are loaded."""
    return GrowthModel(Artifact(name, fit(lessons, top)))


def _questions(columns: Any, expected: Any, residuals: Any, reached: Any) -> tuple[Any, Any]:
    """Choose which sizes to ask about: rows of posts, and a whole size above the count so far for each."""
    chance = np.random.default_rng(0)
    rows = np.repeat(np.arange(len(columns)), _ASKED)
    near = expected[rows] + _WIDER * chance.choice(residuals, size=len(rows))
    anywhere = chance.choice(reached, size=len(rows))
    wanted = np.expm1(np.where(chance.random(len(rows)) >= _ANYWHERE, near, anywhere))
    now = np.expm1(columns[rows, 0])
    return rows, np.maximum(np.floor(wanted), np.round(now)) + 1.0


def ranking(columns: Any, odds: Any, weights: Any) -> tuple[Any, Any]:
    """Keep what posts of each age scored: logarithms of ages, by doublings, and scores (ages × shares), both rising."""
    ages = columns[:, RISING]
    parts = np.round(ages / math.log(2.0))
    known = [part for part in np.unique(parts) if (parts == part).sum() >= _FEW]
    chosen = [parts == part for part in known] or [np.ones(len(parts), bool)]
    shares = (np.arange(_RANKED) + 0.5) / _RANKED
    kept = []
    for of in chosen:
        order = np.argsort(odds[of], kind="stable")
        heavy = weights[of][order].cumsum()
        kept.append(np.interp(shares, (heavy - weights[of][order] / 2) / heavy[-1], odds[of][order]))
    return np.array([np.average(ages[of], weights=weights[of]) for of in chosen]), np.array(kept, np.float32)
