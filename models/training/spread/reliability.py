"""How well chances come true on public sets: pages show it to a team that has no finished posts of its own yet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.calibration import Reliability
from models.training.spread.measure import OURS, Parts

FILE = "reliability.json"


def reliability(parts: Parts, size: float) -> Iterator[dict[str, Any]]:
    """Give age, size that counts as large, posts, error and bins of what our models forecast, one mapping an age."""
    for (name, age), folds in parts.items():
        if name != OURS:
            continue
        found = Reliability()
        for fold in folds:
            for chance, final, wanted in zip(fold.large, fold.finals, fold.size, strict=True):
                found.add(float(chance), bool(final >= wanted))
        yield {
            "age_minutes": age,
            "size": round(size),
            "posts": found.posts,
            "error": round(found.error, 4),
            "bins": found.bins,
        }


def as_json(curves: Sequence[Mapping[str, Any]]) -> str:
    """Write a line a set and age, so that a change of one shows as one."""
    return "[\n" + ",\n".join(json.dumps(one) for one in curves) + "\n]\n"
