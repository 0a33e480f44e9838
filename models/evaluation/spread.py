"""How good forecasts of engagement are: errors of sizes, order, chances, and what a budget of alerts would find."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation.measures import calibration_error

FIRST = 5
"""Interactions from which doubling means something: from one to two is chance."""

BUDGET = 0.1
"""Share of posts that may be alerted, and the share that counts as large where a set names no size."""

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What was forecast of posts at one age, and what became of them; arrays of one length.

    ``large`` are chances, or any score that ranks posts, of ending at ``size`` or above; ``doubled`` those of twice
    the count of ``now``. ``earlier`` is the highest ``large`` so far, at this age or before. ``calibrated`` says
    whether these are probabilities. ``seconds`` is how long all of it took.
    """

    now: Any
    finals: Any
    medians: Any
    large: Any
    doubled: Any
    earlier: Any
    size: Any
    seconds: float
    calibrated: bool = True


def spread_figures(forecasts: Forecasts) -> dict[str, float | int | None]:
    """Give the figures of one set at one age; None is a figure of nothing, such as a rank of one post."""
    finals, medians = forecasts.finals, np.clip(forecasts.medians, 0.0, None)
    truly = finals >= forecasts.size
    grown = forecasts.now >= FIRST
    found = {
        "n": len(finals),
        "share_large": float(truly.mean()),
        "median_ape": float(np.median(np.abs(medians - finals) / np.maximum(finals, 1.0))),
        "log_rmse": float(np.sqrt(np.mean((np.log1p(medians) - np.log1p(finals)) ** 2))),
        "spearman": _rank(medians, finals),
        "auc_top": _area(truly, forecasts.large),
        "auc_doubling": _area((finals >= 2 * forecasts.now)[grown], forecasts.doubled[grown]),
        "recall_at_budget": _recall(truly, forecasts.earlier),
        "precision_at_1_percent": float(truly[_highest(forecasts.large, 0.01)].mean()),
        "expected_calibration_error": calibration_error(forecasts.large, truly) if forecasts.calibrated else None,
        "milliseconds_a_post": forecasts.seconds / len(finals) * 1e3,
    }
    return {name: round(value, _DIGITS) if isinstance(value, float) else value for name, value in found.items()}


def _rank(medians: Any, finals: Any) -> float | None:
    from scipy.stats import spearmanr

    if len(set(medians.tolist())) < 2 or len(set(finals.tolist())) < 2:
        return None
    return float(spearmanr(medians, finals).statistic)


def _area(truly: Any, scores: Any) -> float | None:
    """Give the area under the ROC curve; None where all posts are alike."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truly, scores)) if 0 < truly.sum() < len(truly) else None


def _highest(scores: Any, share: float) -> Any:
    return np.argsort(-scores, kind="stable")[: max(1, round(share * len(scores)))]


def _recall(truly: Any, scores: Any) -> float | None:
    return float(truly[_highest(scores, BUDGET)].sum() / truly.sum()) if truly.any() else None
