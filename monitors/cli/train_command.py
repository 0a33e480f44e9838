"""``kuula models train``: a model of one's own from one's own labels."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from models.evaluation.rows import BrokenRowError, LeftOutError, Task, understand
from models.training.own import Taught
from monitors import own_models
from monitors.bootstrap import House, ModelChoices
from monitors.cli.comparing import comparison
from monitors.cli.frame import Frame, console
from monitors.cli.labelled_files import lines, parse
from monitors.cli.repeated_rows import distinct
from monitors.cli.task_names import task_of
from monitors.errors import BadSettings
from monitors.ledger import corrections
from monitors.ledger.corrections import Correction
from monitors.own_models import BUILTIN, LearntFrom, OwnModel
from monitors.scorers import TASKS
from monitors.teaching import Lesson, teach

CORRECTIONS = "corrections"

Row: TypeAlias = tuple[Any, str]
"""A line as JSON has it, and where it stands."""


def train(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSON Lines, plain or .gz.", exists=True, dir_okay=False, readable=True)
    ] = None,
    *,
    task: Annotated[
        Task | None,
        typer.Option(help="What to learn; absent: what the files label.", parser=task_of, metavar="|".join(TASKS)),
    ] = None,
    base: Annotated[
        str, typer.Option(help="`builtin`, or an encoder: a folder, a Hugging Face name, or one of your own by name.")
    ] = BUILTIN,
    name: Annotated[str | None, typer.Option(help="What to call the model.", show_default=False)] = None,
    with_corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Learn from what people corrected on the pages, too.")
    ] = False,
) -> None:
    r"""Make a model of your own from your own labels.

    Each line of a file is an object with `text`, `lang`, and `sentiment` (negative, neutral, positive) or `complaint`
    (true, false), or either as `label`. With `author` no one's texts are both learnt from and measured on.

    With the builtin as base a small layer is fitted on top of it, in seconds. With an encoder that encoder is
    fine-tuned, which needs kuula\[torch]. A fifth of the texts is held out; the model in use and the new one are
    compared on them. Nothing changes until `kuula models use`.
    """
    frame: Frame = ctx.obj
    with closing(House(frame.settings())) as house:
        rows = [(_read(file), file.name) for file in files or []]
        corrected: list[Correction] = []
        if with_corrections:
            with house.ledger.read() as tx:
                corrected = list(corrections.labelled(tx))
            rows.append((list(_as_rows(corrected)), CORRECTIONS))
        chosen = _chosen(task, [row for found, _ in rows for row in found])
        taught = distinct([(_taught(chosen, found), source) for found, source in rows])
        lesson = Lesson(
            task=chosen,
            name=name or _free_name(house.settings.home, chosen, house.now()),
            base=base,
            taught=[one for found, _ in taught for one in found],
            learnt_from=[LearntFrom(name=source, texts=len(found)) for found, source in taught],
        )
        before = ModelChoices(house.ledger, house.settings.models).wanted().models
        model = _teach(lesson, before, house)
    _tell(model)


def _teach(lesson: Lesson, before: Any, house: House) -> OwnModel:
    from rich.progress import Progress

    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal, redirect_stdout=False) as progress:
        shown = progress.add_task("Learning", total=1.0)

        def heard(doing: str, share: float) -> None:
            progress.update(shown, description=doing, completed=share)

        return teach(lesson, before, house.settings.home, house.now(), heard)


def _tell(model: OwnModel) -> None:
    assert model.held_out is not None
    held = model.held_out
    out = console()
    learnt = sum(model.labels.values()) - held.texts
    out.print(f"{model.name} has learnt from {learnt} texts. On the {held.texts} that were held out by {held.by}:")
    out.print(comparison("now", held.before, model.name, held.after))
    if held.after["all"]["macro_f1"] <= held.before["all"]["macro_f1"]:
        out.print("It is no better than what is in use. More labels, or labels of what is read wrongly, may help.")
    out.print(f"To use it: kuula models use {model.name} --for {model.task}", markup=False)


def _read(file: Path) -> list[Row]:
    found: list[Row] = []
    for number, line in enumerate(lines(file), start=1):
        if line.strip():
            place = f"{file.name} line {number}"
            try:
                found.append((parse(line), place))
            except BrokenRowError as error:
                raise _broken(place, error) from error
    return found


def _broken(place: str, error: BrokenRowError) -> BadSettings:
    return BadSettings(f"{place}: {error}", remedy="Correct the line or take it out.")


def _as_rows(corrected: Sequence[Correction]) -> Iterator[Row]:
    """The last word on each post, as a line of a file would say it."""
    last = {one.uid: one for one in sorted(corrected, key=lambda one: one.at)}
    for one in last.values():
        said = {"sentiment": one.sentiment, "complaint": one.complaint}
        known = {field: value for field, value in said.items() if value is not None}
        yield {"text": one.text, "lang": one.language, "author": one.written_by, **known}, one.uid


def _chosen(task: Task | None, rows: Sequence[Row]) -> Task:
    if task is not None and task.value not in TASKS:
        remedy = f"Say --task {' or --task '.join(TASKS)}."
        raise BadSettings(f"{task.value} cannot be learnt from labels of whole texts alone", remedy=remedy)
    if not rows:
        raise BadSettings("there is nothing to learn from", remedy="Give files of labelled texts, or correct posts.")
    if task is not None:
        return task
    there = [Task(one) for one in TASKS if any(not _lacks(Task(one), row) for row, _ in rows)]
    if len(there) == 1:
        return there[0]
    if there:
        raise BadSettings(f"the files label {' and '.join(there)}", remedy=f"Say --task {' or --task '.join(TASKS)}.")
    said = "no line has a label that can be learnt"
    example = next(
        (
            f"{place}: {_lacks(Task(one), row)}"
            for row, place in rows
            for one in TASKS
            if isinstance(row, dict) and one in row
        ),
        "",
    )
    raise BadSettings(f"{said}; {example}" if example else said, remedy=_LABELS)


_LABELS = (
    "Each line needs `sentiment` (negative, neutral, positive) or `complaint` (true, false, or complaint, other), "
    "or either as `label`."
)


def _lacks(task: Task, row: Any) -> str:
    """Why nothing can be learnt from a row; empty where something can."""
    try:
        understand(task, row, "")
    except (LeftOutError, BrokenRowError) as error:
        return str(error)
    return ""


def _taught(task: Task, rows: Sequence[Row]) -> list[Taught]:
    found: list[Taught] = []
    left_out: Counter[str] = Counter()
    for row, place in rows:
        try:
            known = understand(task, row, place)
        except LeftOutError as error:
            left_out[str(error)] += 1
        except BrokenRowError as error:
            raise _broken(place, error) from error
        else:
            author = row.get("author")
            # Ids of authors are often numbers; true and false are such numbers too, and no author.
            named = isinstance(author, str | int) and not isinstance(author, bool)
            found.append(Taught(known, (str(author) or None) if named else None))
    for reason, count in left_out.most_common():
        typer.echo(f"{count} lines are left out: {reason}", err=True)
    return found


def _free_name(home: Path, task: Task, now: datetime) -> str:
    plain = f"{task.value}-{now:%Y-%m-%d}"
    number = 1
    while own_models.folder_of(home, name := plain if number == 1 else f"{plain}-{number}").exists():
        number += 1
    return name
