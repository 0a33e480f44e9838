"""``kuula evaluate``: how good the models are on examples with known answers, by the code that scores posts."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from models.evaluation.figures import figures, worst
from models.evaluation.rows import BrokenRowError, Labelled, LeftOutError, Task, shown, understand
from models.replies import KINDS
from models.scores import Scores, missing_scores
from monitors.cli.evaluate_folders import evaluate_folder
from monitors.cli.evaluate_replies import evaluate_replies
from monitors.cli.frame import Frame, console
from monitors.cli.labelled_files import REASONS_SHOWN, Counted, lines, parse, tell_left_out
from monitors.cli.mistakes_file import opened
from monitors.cli.model_names import in_use, named
from monitors.cli.task_names import TASK_NAMES, DraftTask, FolderTask, measured_task_of
from monitors.errors import BadSettings
from monitors.garbage import collect_seldom
from monitors.pipeline.score import outcomes
from monitors.scorers import Scorer, ScoringFailed, make_scorer
from monitors.settings.sections import Models

app = typer.Typer()
BATCH = 500
EVERYTHING = "all"

_WARM_UP = 8
"""Texts of each language that are scored before the clock starts: its dictionary is read with the first of them."""


@dataclass(slots=True)
class Examples:
    """What the files hold: rows by language, and why others are not measured, with where that was first."""

    rows: dict[str, list[Labelled]] = field(default_factory=dict)
    left_out: Counted = field(default_factory=Counted)
    ignored: Counted = field(default_factory=Counted)

    def take(self, row: Labelled) -> None:
        """Keep a row that is measured."""
        self.rows.setdefault(row.language, []).append(row)
        for name in row.ignored:
            self.ignored.add(name, row.place)


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows, their answers in the same order, and how many seconds those took."""

    rows: list[Labelled]
    answers: list[Scores]
    seconds: float


_FINDINGS = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"
_HELP = f"""\
Measure the models on examples with known answers.

Prints one JSON line for each language and one for all together. Each line of a file is an object with `text`,
`lang` (et, ru, fi, en; others are measured too) and what is true of it:

- sentiment: `sentiment` or `label`, one of negative, neutral, positive
- complaint: `complaint` true or false, or `label` complaint or other
- signals: `signals` or `label`, a list of names, empty where there is none
- language: `lang` itself; any answer that is none of the four is right where `lang` is none of them

A list `hard_negative_for` names what the text may be mistaken for and is not. Rows without an answer, or with one
that the models never give, are left out and counted on the error stream, of signals only the unknown one; a line
that is no JSON object stops.

`kuula evaluate replies` measures the reply check on drafts of answers: `text`, `lang`, `public`, `earlier` (a
list), `complaint` (what the customer wrote), `findings` (a list of what is wrong, empty where nothing is) and
`hard_negative_for`. Findings are {_FINDINGS}.
Rows that cannot be read, and empty drafts, are left out and counted, too.

`kuula evaluate virality FOLDER` measures forecasts of engagement on the sets of followed posts in a folder, a line
for each set and age; with --folds by cross-validation, beside three published methods. `kuula evaluate bursts
FOLDER` measures how sudden rises of mentions are found, a line for each brand.
"""


@app.command(help=_HELP)
def evaluate(
    ctx: typer.Context,
    task: Annotated[
        StrEnum,  # Typer takes one type; the parser gives one of three
        typer.Argument(
            help="What to measure.", parser=measured_task_of, metavar="|".join([TASK_NAMES, *DraftTask, *FolderTask])
        ),
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            help="JSON Lines, plain or .gz; for virality and bursts a folder.",
            metavar="FILE",
            exists=True,
            readable=True,
        ),
    ],
    *,
    model: Annotated[
        str | None,
        typer.Option(
            help="`fast`, `standard`, `full`, `builtin` (that of the settings), one of your own by name, or a Hugging "
            "Face classifier by name or folder; absent: the one in use.",
            show_default=False,
        ),
    ] = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="Tell the models the language, as sources do that know it.")
    ] = False,
    mistakes: Annotated[
        Path | None,
        typer.Option(help="Write the worst mistakes to this file, as JSON Lines.", metavar="FILE", dir_okay=False),
    ] = None,
    most: Annotated[
        int, typer.Option("--worst", min=1, help="How many mistakes of a language --mistakes writes.")
    ] = 20,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=20,
            show_default=False,
            help="virality: learn from all but one part of the folder's posts and measure on that one, in turn; "
            "absent: measure what comes with Kuula.",
        ),
    ] = None,
) -> None:
    """Measure the models on examples with known answers."""
    if isinstance(task, FolderTask):
        if len(files) > 1 or model or hints or mistakes:
            raise typer.BadParameter(f"{task} takes one folder, and --folds at most")
        evaluate_folder(task, files[0], folds)
        return
    if isinstance(task, DraftTask):
        if model or hints or folds:
            raise typer.BadParameter(f"{task} takes files, --mistakes and --worst, and nothing else")
        evaluate_replies(files, mistakes, most)
        return
    texts = Task(task)
    if folds is not None:
        raise typer.BadParameter("--folds is for virality: the models of texts learn by `kuula models train`")
    if folder := next((file for file in files if file.is_dir()), None):
        raise typer.BadParameter(f"{folder} is a folder; {task} takes files")
    if hints and texts is Task.LANGUAGE:
        raise typer.BadParameter("the hint would be the answer; measure the language without --hints")
    collect_seldom()
    examples = _read(files, texts)
    with ExitStack() as stack:
        write = stack.enter_context(opened(mistakes, files))
        scorer = _scorer(ctx.obj, texts, model)
        answered = _answered(scorer, examples.rows, hints=hints)
        for language, found in sorted(answered.items()):
            _tell(texts, language, found, scorer)
        _tell(texts, EVERYTHING, _together(list(answered.values())), scorer)
        write(row for _, found in sorted(answered.items()) for row in worst(texts, found.rows, found.answers, most))


def _tell(task: Task, language: str, found: Answered, scorer: Scorer) -> None:
    measured = figures(task, found.rows, found.answers)
    labels = measured.pop("per_label")
    speed = round(len(found.rows) / found.seconds, 1)
    line = {"task": task.value, "lang": language, **measured, "posts_per_second": speed, "model": scorer.version}
    typer.echo(json.dumps({**line, "per_label": labels}))


def _together(parts: Sequence[Answered]) -> Answered:
    return Answered(
        [row for part in parts for row in part.rows],
        [scores for part in parts for scores in part.answers],
        sum(part.seconds for part in parts),
    )


def _answered(scorer: Scorer, rows: dict[str, list[Labelled]], *, hints: bool) -> dict[str, Answered]:
    from rich.progress import Progress

    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal, redirect_stdout=False) as progress:
        shown = progress.add_task("Scoring", total=sum(map(len, rows.values())))
        return {
            language: _score(scorer, found, lambda done: progress.advance(shown, done), hints=hints)
            for language, found in rows.items()
        }


def _score(scorer: Scorer, rows: list[Labelled], done: Callable[[int], None], *, hints: bool) -> Answered:
    texts, told = [row.text for row in rows], [row.language if hints else None for row in rows]
    outcomes(scorer, texts[:_WARM_UP], told[:_WARM_UP])
    answers: list[Scores] = []
    began = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        stop = min(start + BATCH, len(rows))
        for row, outcome in zip(rows[start:stop], outcomes(scorer, texts[start:stop], told[start:stop]), strict=True):
            if isinstance(outcome, ScoringFailed):
                _say(f"{row.place}: the models fail on this text, so nothing is said of it")
                answers.append(missing_scores())
            else:
                answers.append(replace(outcome, lemmas=(), signature=()))  # 5 kB a post, and nobody asks for them
        done(stop - start)
    return Answered(rows, answers, time.perf_counter() - began)


def _read(files: Sequence[Path], task: Task) -> Examples:
    examples = Examples()
    for file in files:
        for number, line in enumerate(lines(file), start=1):
            if line.strip():
                place = f"{file.name} line {number}"
                try:
                    examples.take(understand(task, parse(line), place))
                except LeftOutError as error:
                    examples.left_out.add(str(error), place)
                except BrokenRowError as error:
                    raise BadSettings(f"{place}: {error}", remedy="Correct the line or take it out.") from error
    _account(examples)
    if not examples.rows:
        raise BadSettings("there is nothing to measure in these files", remedy=f"Give examples for {task.value}.")
    return examples


def _account(examples: Examples) -> None:
    tell_left_out(examples.left_out, sum(map(len, examples.rows.values())))
    for name, count in examples.ignored.rows.most_common(REASONS_SHOWN):
        said = f"{count} rows have a signal {shown(name)}, which is none of Kuula's: it is ignored"
        _say(f"{said} ({examples.ignored.first[name]})")


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _scorer(frame: Frame, task: Task, model: str | None) -> Scorer:
    settings = frame.settings_if_any()
    home = settings.home if settings else Path.cwd()
    if model is not None:
        return make_scorer(named(task, model, settings.models if settings else Models(), home), home)
    return make_scorer(in_use(settings) if settings else Models(), home)
