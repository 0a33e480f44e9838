"""One model of several sets, for ranks on a source that has no posts of its own yet, and how much that loses."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import lsq_linear

from models.artifact import Artifact
from models.evaluation.spread_peers import Example
from models.growth import GrowthModel, base_columns, columns_of
from models.training.spread.fit import examples, large, ranking
from models.training.spread.sets import KINDS, Followed

POOLED = ("twitter1516", "twitter_url2010", "news_feedback")
"""Those whose licence allows it, and whose ends are ends: #auspol is not for commercial use, Weibo is cut at 1,000."""

FOLLOWING = 0.15
"""How much of a logarithm of engagement one of followers is worth: ten times the followers, 1.4 times the engagement.
No pooled set tells followers, so this is assumed, not learnt."""

Sets: TypeAlias = Mapping[str, Sequence[Followed]]


def pooled(sets: Sets, names: Sequence[str] = POOLED) -> bytes:
    """Fit one model of the sets, each as heavy as every other, and give the content of its artefact.

    It is a line without trees: these learn to tell the sets apart, which can rank posts of a new source worse than
    counts do. The line learns from how posts of one set and age differ, for levels are the sets' own.
    """
    lines, gaps, reached, heavy, rows = [], [], [], [], []
    for name in names:
        cut = [_lessons(sets[name], name, age) for age in KINDS[name].lessons]
        for some in filter(None, cut):
            columns, ends = columns_of([polls for polls, _ in some]), np.log1p([final for _, final in some])
            line = base_columns(columns)
            rows.append(columns)
            lines.append(line)
            gaps.append(line - line.mean(axis=0))
            reached.append(ends)
            heavy.append(np.full(len(some), 1.0 / sum(map(len, cut))))
    weights = np.concatenate(heavy)
    roots = np.sqrt(weights)
    ends, apart = np.concatenate(reached), np.concatenate([one - one.mean() for one in reached])
    base = np.zeros(lines[0].shape[1])
    learnt = [1, 2]  # count and growth: within a set all posts of an age share the rest
    base[learnt] = lsq_linear(np.vstack(gaps)[:, learnt] * roots[:, None], apart * roots, bounds=(0.0, np.inf)).x
    base[-1] = FOLLOWING
    left = ends - np.vstack(lines) @ base
    base[0] = np.average(left, weights=weights)
    spread = float(np.sqrt(np.average((left - base[0]) ** 2, weights=weights)))
    top = float(np.exp(np.mean([np.log(large(sets[name], KINDS[name])) for name in names])))
    odds = (np.vstack(lines) @ base - np.log(top + 0.5)) / spread
    ages, scores = ranking(np.vstack(rows), odds, weights)
    content = io.BytesIO()
    np.savez_compressed(content, base=base, spread=np.array(spread), top=np.array(top), ages=ages, scores=scores)
    return content.getvalue()


def transferred(sets: Sets, own: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rank each set by a model of the others, beside the set's own figures (lines of ``cross_validated``)."""
    for name, posts in sets.items():
        others = [one for one in POOLED if one != name]
        model = GrowthModel(Artifact(name, pooled(sets, others)))
        for line in own:
            if line["set"] == name and line["method"] == "kuula":
                cut = examples(posts, KINDS[name], [line["age_minutes"]])
                truly = np.array([final for _, final in cut]) >= large(posts, KINDS[name])
                yield {
                    "set": name,
                    "age_minutes": line["age_minutes"],
                    "learnt_from": ", ".join(others),
                    "auc_top_own": line["auc_top"],
                    "auc_top_others": _area(truly, model.ranks(columns_of([polls for polls, _ in cut]))),
                    "auc_top_count": _area(truly, np.array([polls.counts[-1] for polls, _ in cut])),
                }


def _lessons(posts: Sequence[Followed], name: str, age: float) -> list[Example]:
    """Cut posts at an age, with those that nobody has answered yet: a new source has them."""
    return examples(posts, replace(KINDS[name], silent=True), [age])


def _area(truly: Any, scores: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(truly, scores)), 4)
