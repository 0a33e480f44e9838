"""How good answers are, and which were the worst.

The answers are the ``Scores`` that posts get, so nothing is measured that no customer meets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from models.complaint import COMPLAINT, OTHER
from models.evaluation.measures import accuracy, by_label, calibration_error, macro, micro_f1
from models.evaluation.rows import LABELS, Labelled, Task
from models.language import HOUSE_LANGUAGES
from models.scores import Scores

DIGITS = 4

Figures: TypeAlias = dict[str, Any]
Claims: TypeAlias = Mapping[str, float | None]
"""The labels that were given to a text, and how sure the models claimed to be; None where they claimed nothing."""


def figures(task: Task, rows: Sequence[Labelled], answers: Sequence[Scores]) -> Figures:
    """Say how good the answers to at least one row are. Shares are 0 to 1; None is a share of nothing."""
    claims = [_claims(task, row, scores) for row, scores in zip(rows, answers, strict=True)]
    truth, said = [row.truth for row in rows], [frozenset(claimed) for claimed in claims]
    labels = by_label(truth, said, LABELS[task])
    found: Figures = {
        "n": len(rows),
        "accuracy": accuracy(truth, said),
        "macro_f1": macro(labels, "f1"),
        "macro_recall": macro(labels, "recall"),
    }
    if task is Task.SIGNALS:
        found["micro_f1"] = micro_f1(truth, said, LABELS[task])
    if task in {Task.SIGNALS, Task.COMPLAINT}:
        found |= _hard_negatives(rows, said)
    found["expected_calibration_error"] = _calibration_error(truth, claims)
    found["per_label"] = {label: asdict(measured) for label, measured in labels.items()}
    rounded: Figures = _rounded(found)
    return rounded


def worst(task: Task, rows: Sequence[Labelled], answers: Sequence[Scores], most: int) -> list[Figures]:
    """Describe the worst mistakes: those with most labels wrong first, and among them the surest."""
    found = []
    for row, scores in zip(rows, answers, strict=True):
        claims = _claims(task, row, scores)
        if wrong := row.truth ^ set(claims):
            sure = max((claims[label] or 0.0 for label in wrong if label in claims), default=0.0)
            found.append((len(wrong), sure, row, scores))
    found.sort(key=lambda mistake: mistake[:2], reverse=True)
    return [_described(task, row, scores, sure) for _, sure, row, scores in found[:most]]


def _sentiment(scores: Scores) -> Claims:
    return {scores.sentiment.value: scores.sentiment_probabilities[scores.sentiment]}


def _complaint(scores: Scores) -> Claims:
    chance = scores.complaint_probability
    return {COMPLAINT: chance} if scores.complaint else {OTHER: 1.0 - chance}


def _signals(scores: Scores) -> Claims:
    claims: dict[str, float] = {}
    for found in scores.signals:
        claims[found.signal.value] = max(found.probability, claims.get(found.signal.value, 0.0))
    return claims


def _language(scores: Scores) -> Claims:
    code = scores.language.code
    if code is None:
        return {}
    return {code if code in HOUSE_LANGUAGES else OTHER: scores.language.confidence}


_SAID: Mapping[Task, Callable[[Scores], Claims]] = {
    Task.SENTIMENT: _sentiment,
    Task.COMPLAINT: _complaint,
    Task.SIGNALS: _signals,
    Task.LANGUAGE: _language,
}


def _claims(task: Task, row: Labelled, scores: Scores) -> Claims:
    if scores.missing:
        return {}
    said = _SAID[task](scores)
    if task is Task.LANGUAGE and not said and OTHER in row.truth:
        return {OTHER: None}  # undecided is the right answer to a language that is not read
    return said


def _calibration_error(truth: Sequence[frozenset[str]], claims: Sequence[Claims]) -> float | None:
    pairs = [
        (chance, label in there)
        for there, claimed in zip(truth, claims, strict=True)
        for label, chance in claimed.items()
        if chance is not None
    ]
    return calibration_error(*zip(*pairs, strict=True)) if pairs else None


def _hard_negatives(rows: Sequence[Labelled], said: Sequence[frozenset[str]]) -> Figures:
    pairs = zip(rows, said, strict=True)
    flagged = [bool(row.hard_negative_for & given) for row, given in pairs if row.hard_negative_for]
    return {
        "hard_negatives": len(flagged),
        "hard_negatives_wrongly_flagged": sum(flagged) / len(flagged) if flagged else None,
    }


def _described(task: Task, row: Labelled, scores: Scores, sure: float) -> Figures:
    said: Figures = {"said": None if scores.missing else sorted(_SAID[task](scores))}
    if task is Task.LANGUAGE:
        said["said"] = [scores.language.code or "undecided"]
    if task is Task.SIGNALS:
        said["shown_by"] = {found.signal.value: row.text[found.start : found.end] for found in scores.signals}
    return {
        "lang": row.language,
        "place": row.place,
        "true": sorted(row.truth),
        **said,
        "probability": round(sure, DIGITS),
        "hard_negative_for": sorted(row.hard_negative_for),
        "text": row.text,
    }


def _rounded(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _rounded(value) for name, value in found.items()}
    return round(found, DIGITS) if isinstance(found, float) else found
