"""A team's own model: learnt from its labels, measured on what was held out, kept beside the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from models.classifier import Prediction
from models.complaint import COMPLAINT, OTHER
from models.evaluation.figures import figures
from models.evaluation.rows import LABELS, Labelled, Task
from models.scores import Scores, missing_scores
from models.training.finetune import fine_tune
from models.training.own import Parts, Taught, TooLittle, fit_correction, hold_out
from models.transformer import ModelUnavailable
from monitors import own_models
from monitors.errors import BadSettings
from monitors.own_models import BUILTIN, HeldOut, LearntFrom, OwnModel
from monitors.pipeline.score import outcomes
from monitors.scorers import Scorer, ScoringFailed, make_scorer
from monitors.settings.sections import Models

EVERYTHING = "all"
_BATCH = 200

_SAID: Mapping[Task, Callable[[Scores], Prediction]] = {
    Task.SENTIMENT: lambda scores: {name.value: chance for name, chance in scores.sentiment_probabilities.items()},
    Task.COMPLAINT: lambda scores: {COMPLAINT: scores.complaint_probability, OTHER: 1.0 - scores.complaint_probability},
}

Progress: TypeAlias = Callable[[str, float], None]
"""Hears what is being done and which share of it is, 0 to 1."""

Measured: TypeAlias = dict[str, Any]
"""Figures by language, and of all together by ``EVERYTHING``."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learnt, from what, and what the model is called.

    ``base`` is ``builtin``, an own transformers model by name, or a Hugging Face encoder by folder or name.
    """

    task: Task
    name: str
    base: str
    taught: Sequence[Taught]
    learnt_from: Sequence[LearntFrom]


def teach(lesson: Lesson, before: Models, home: Path, now: datetime, progress: Progress) -> OwnModel:
    """Train a model, compare it with the models ``before`` on held-out texts, and keep it in ``home``.

    ``BadSettings`` says what is missing. Whatever stops it, no half model is left behind.
    """
    with own_models.making(home, lesson.name, option="--name") as folder:
        try:
            parts = hold_out(lesson.taught, _labels(lesson.task))
        except TooLittle as error:
            raise BadSettings(str(error), remedy="Label more texts, or give more files.") from error
        model = _described(lesson, before.reader, now)
        if lesson.base == BUILTIN:
            (folder / own_models.LAYER).write_bytes(_layer(lesson.task, parts, before.reader, home, progress))
        else:
            _tune(lesson, parts, folder, home, progress)
        own_models.write(folder, model)
        mine = Models.model_validate({"reader": before.reader, lesson.task.value: {"kind": "own", "path": str(folder)}})
        rows = [one.row for one in parts.held]
        old = measure(lesson.task, rows, make_scorer(before, home), lambda share: progress("Measuring before", share))
        new = measure(lesson.task, rows, make_scorer(mine, home), lambda share: progress("Measuring after", share))
        held = HeldOut(by=parts.by, texts=len(rows), before=old, after=new)
        model = model.model_copy(update={"held_out": held})
        own_models.write(folder, model)
    return model


def measure(
    task: Task, rows: Sequence[Labelled], scorer: Scorer, progress: Callable[[float], None] = lambda _: None
) -> Measured:
    """Give the figures of a scorer on labelled texts, by language and of all."""
    answers = _scored(rows, scorer, progress)
    measured: Measured = {"model": scorer.version, EVERYTHING: figures(task, rows, answers)}
    for language in sorted({row.language for row in rows}):
        of = [place for place, row in enumerate(rows) if row.language == language]
        measured[language] = figures(task, [rows[place] for place in of], [answers[place] for place in of])
    return measured


def _scored(rows: Sequence[Labelled], scorer: Scorer, progress: Callable[[float], None]) -> list[Scores]:
    answers: list[Scores] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        found = outcomes(scorer, [row.text for row in batch], [None] * len(batch))
        answers += [missing_scores() if isinstance(one, ScoringFailed) else one for one in found]
        progress(len(answers) / len(rows))
    return answers


def _described(lesson: Lesson, reader: str, now: datetime) -> OwnModel:
    counts = dict.fromkeys(_labels(lesson.task), 0)
    for one in lesson.taught:
        counts[one.label] += 1
    return OwnModel.model_validate(
        {
            "name": lesson.name,
            "task": lesson.task.value,
            "kind": "correction" if lesson.base == BUILTIN else "transformers",
            "base": lesson.base,
            "reader": reader,
            "trained_at": now,
            "learnt_from": lesson.learnt_from,
            "labels": counts,
        }
    )


def _layer(task: Task, parts: Parts, reader: str, home: Path, progress: Progress) -> bytes:
    builtin = make_scorer(Models.model_validate({"reader": reader}), home)
    said = _scored([one.row for one in parts.kept], builtin, lambda share: progress("Reading", share))
    return fit_correction(
        parts.kept, [_SAID[task](one) for one in said], _labels(task), lambda share: progress("Learning", share)
    )


def _tune(lesson: Lesson, parts: Parts, folder: Path, home: Path, progress: Progress) -> None:
    base = _encoder(lesson.base, home)
    try:
        fine_tune(parts.kept, base, folder, _labels(lesson.task), lambda share: progress("Learning", share))
    except ModelUnavailable as error:
        remedy = "Correct --base, install the extra, or leave --base out: that needs neither."
        raise BadSettings(str(error), remedy=remedy) from error


def _labels(task: Task) -> list[str]:
    return [str(label) for label in LABELS[task]]


def _encoder(base: str, home: Path) -> str:
    own = own_models.folder_of(home, base)
    if own_models.is_own(own):
        if own_models.read(own).kind != "transformers":
            remedy = "Leave --base out to fit the builtin once more, or name a transformers model."
            raise BadSettings(f"{base} is a layer on the builtin, no encoder", remedy=remedy)
        return str(own)
    return str(Path(base).absolute()) if own_models.is_there(Path(base)) else base
