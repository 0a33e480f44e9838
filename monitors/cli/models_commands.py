"""``kuula models``: which there are, which is in use, which is better, and how to carry one elsewhere."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from importlib.resources import files as resources
from pathlib import Path
from typing import Annotated, Any

import typer

from models.evaluation.rows import BrokenRowError, Labelled, LeftOutError, Task, shown, understand
from models.labels import READERS
from models.training.export import export_onnx
from models.transformer import ModelUnavailable
from monitors import own_models
from monitors.bootstrap import House
from monitors.cli.comparing import comparison
from monitors.cli.frame import Frame, console
from monitors.cli.labelled_files import lines, parse
from monitors.cli.model_names import check_there, named, own_names, told, unknown
from monitors.cli.people_commands import ACTOR
from monitors.cli.task_names import TASK_NAMES, FolderTask, measured_task_of, task_of
from monitors.cli.train_command import train
from monitors.cli.virality_commands import check, described, fit, use_forecasts
from monitors.errors import BadSettings
from monitors.ledger import model_choices
from monitors.ledger.model_choices import Choice
from monitors.own_models import BUILTIN, DESCRIPTION, LAYER, SETTINGS, VIRALITY, OwnModel
from monitors.scorers import TASKS, Scorer, ScoringFailed, make_scorer
from monitors.settings import Settings
from monitors.settings.file import printable
from monitors.settings.sections import Models, TextModel
from monitors.switching import PLAIN
from monitors.teaching import EVERYTHING, measure

app = typer.Typer()
commands = typer.Typer(help="List the models, train one of your own, compare them, choose one.", no_args_is_help=True)
app.add_typer(commands, name="models")
commands.command(name="train")(train)
commands.command(name="fit")(fit)
commands.command(name="check")(check)

Files = Annotated[
    list[Path], typer.Argument(help="JSON Lines, plain or .gz.", exists=True, dir_okay=False, readable=True)
]


@commands.command(name="list")
def list_models(ctx: typer.Context) -> None:
    """List which models are in use, those of your own, and those that came with Kuula."""
    out = console()
    settings = ctx.obj.settings_if_any()
    for line in (*_in_use(settings), *_own(settings), *_builtin()):
        out.print(printable(line), markup=False)  # files of others may steer a terminal


@commands.command()
def use(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="One of your own, `builtin`, or `settings` for what they say.")],
    *,
    task: Annotated[
        StrEnum,
        typer.Option(
            "--for",
            help="What it is to read or forecast.",
            parser=measured_task_of,
            metavar="|".join((*TASKS, VIRALITY)),
        ),
    ],
) -> None:
    """Let another model read or forecast posts from the next batch on, on every machine, without a pause.

    It is loaded here first, and what cannot be loaded is not chosen. A machine that lacks the model goes on with the
    one it has; `kuula models list` says so.
    """
    frame: Frame = ctx.obj
    settings = frame.settings()
    _check_task(task)
    if task is FolderTask.VIRALITY:
        if name not in {BUILTIN, SETTINGS}:
            _own_folder(name, settings.home)
        typer.echo(use_forecasts(settings, name))
        return
    if name not in {BUILTIN, SETTINGS}:
        folder = _own_folder(name, settings.home)
        chosen = Models.model_validate(
            {**settings.models.model_dump(), task.value: {"kind": "own", "path": str(folder)}}
        )
        _try_out(name, make_scorer(chosen, settings.home))
    with closing(House(settings)) as house, house.ledger.write() as tx:
        if name == SETTINGS:
            model_choices.give_back(tx, task.value, ACTOR, house.now())
        else:
            model_choices.choose(tx, Choice(task.value, name, ACTOR, house.now()))
    said = f"what the settings say: {_said_by(settings.models, task.value)}" if name == SETTINGS else name
    reader = f" (the {settings.models.reader} reader)" if said.endswith(BUILTIN) else ""
    typer.echo(f"From the next batch on, {task.value} is read by {said}{reader}.")
    typer.echo("Posts keep the scores that they have; `kuula rescore` reads all again and alerts nobody twice.")


@commands.command()
def compare(
    ctx: typer.Context,
    one: Annotated[
        str,
        typer.Argument(
            help="`fast`, `standard`, `full`, `builtin` (that of the settings), `settings`, one of your own, or a "
            "classifier by folder or name."
        ),
    ],
    other: Annotated[str, typer.Argument(help="The same.")],
    files: Files,
    *,
    task: Annotated[
        Task | None,
        typer.Option(help="What to measure; absent: what the files label.", parser=task_of, metavar=TASK_NAMES),
    ] = None,
) -> None:
    """Measure two models on the same labelled posts, by the code that scores posts.

    The files are as for `kuula evaluate`, which measures one model in more detail.
    """
    settings = ctx.obj.settings_if_any()
    home, known = (settings.home, settings.models) if settings else (Path.cwd(), Models())
    chosen, rows = _labelled(task, files)
    measured = [
        measure(chosen, rows, make_scorer(named(chosen.value, name, known, home), home)) for name in (one, other)
    ]
    out = console()
    out.print(f"{chosen.value}, {len(rows)} posts")
    out.print(comparison(one, measured[0], other, measured[1]))
    for name in (one, other):
        for seen in sorted({file.name for file in files} & _learnt_from(home, name)):
            out.print(f"{name} has learnt from a {seen}: if it is this one, its figures are too kind.", markup=False)


@commands.command()
def export(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="One of your own, or a Hugging Face classifier by folder or name.")],
    *,
    out: Annotated[Path, typer.Option(help="A new folder.", file_okay=False, show_default=False)],
) -> None:
    """Write a model as a folder for another machine, where no torch is needed to run it.

    Put into `.kuula/models/` beside the settings there, it is one of their own. Any program that runs ONNX can use it.
    """
    settings = ctx.obj.settings_if_any()
    home = settings.home if settings else Path.cwd()
    if name == BUILTIN:
        raise BadSettings("the builtin models come with Kuula on every machine", remedy="Name one of your own.")
    try:
        said = _written(name, home, out)
    except OSError as error:
        problem = f"{shown(name)} cannot be exported: {error.strerror or type(error).__name__}"
        where = f" ({shown(str(error.filename))})" if error.filename else ""
        raise BadSettings(
            problem + where, remedy="Name a new folder that can be written, and a whole model."
        ) from error
    typer.echo(said)


def _written(name: str, home: Path, out: Path) -> str:
    own = own_models.folder_of(home, name)
    if out.exists() and any(out.iterdir()):
        raise BadSettings(f"{out} is not empty", remedy="Name a new folder.")
    model = own_models.read(own) if own_models.is_own(own) else None
    if model is None:
        check_there(name, own_names(home))
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    # What fails half-way, or is stopped, leaves no folder behind that looks like a model.
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".exporting-") as beside:
        made = Path(beside) / out.name
        if model is not None and model.kind != "transformers":
            made.mkdir()
            files = [LAYER] if model.kind == "correction" else [one.file for one in model.sources]
            for file in (DESCRIPTION, *files):  # what else lies there, or is linked to, is no part of it
                shutil.copyfile(own / file, made / file)
            what = "a layer on the builtin model" if model.kind == "correction" else "a forecast from Kuula's snapshots"
            said = f"{out} holds {name}. It is {what}, so it only runs within Kuula."
        else:
            _export(str(own) if model else name, made)
            if model is not None:
                own_models.write(made, model)
            said = f"{out} holds {name} for ONNX Runtime."
        made.replace(out)
    return said


def _export(name: str, folder: Path) -> None:
    try:
        export_onnx(name, folder)
    except ModelUnavailable as error:
        raise BadSettings(str(error), remedy="See `kuula models list`, or install the extra.") from error


def _said_by(models: Models, task: str) -> str:
    """Which model the settings have for a task."""
    model: TextModel = getattr(models, task)
    return model.kind if model.path is None else f"{model.kind}, {model.path}"


def _in_use(settings: Settings | None) -> Iterator[str]:
    yield "In use"
    choices: dict[str, Choice] = {}
    newest = None
    if settings is not None:
        with closing(House(settings)) as house, house.ledger.read() as tx:
            choices, newest = model_choices.standing(tx), model_choices.last_used(tx)
    known = settings.models if settings else Models()
    yield f"    the {known.reader} reader, for all that no other model reads"
    for task in TASKS:
        if choice := choices.get(task):
            yield f"    {told(choice)}"
        else:
            origin = "settings" if settings else "no settings that could say otherwise"
            yield f"    {task}: {_said_by(known, task)} ({origin})"
    forecasts = choices.get(VIRALITY)
    yield f"    {told(forecasts) if forecasts else f'{VIRALITY}: the cold start, for all sources'}"
    if newest is not None:
        yield f"    the newest post with scores was read by {newest}"


def _own(settings: Settings | None) -> Iterator[str]:
    found = list(own_models.all_of(settings.home)) if settings is not None else []
    yield "Your own" if found else "Your own: none yet; `kuula models train` makes one"
    for model in found:
        if isinstance(model, BadSettings):
            yield f"    {model}. {model.remedy}"
        else:
            yield from _described(model)


def _described(model: OwnModel) -> Iterator[str]:
    if model.kind == "growth":
        yield f"    {model.name}: forecasts {model.task}; fitted {model.trained_at:%Y-%m-%d %H:%M} UTC"
        yield from (f"        {line}" for one in model.sources for line in described(one))
        return
    layer = f"a layer on the builtin ({model.reader} reader)"
    made = layer if model.kind == "correction" else f"transformers, fine-tuned from {model.base}"
    yield f"    {model.name}: reads {model.task}; {made}; trained {model.trained_at:%Y-%m-%d %H:%M} UTC"
    yield "        learnt from " + ", ".join(f"{one.name} ({one.texts} texts)" for one in model.learnt_from)
    if held := model.held_out:
        before, after = _macro_f1(held.before), _macro_f1(held.after)
        yield f"        on {held.texts} texts held out by {held.by}: macro-F1 {before} before, {after} with it"


def _macro_f1(figures: dict[str, Any]) -> str:
    of_all = figures.get(EVERYTHING)
    found = of_all.get("macro_f1") if isinstance(of_all, dict) else None
    # Whoever writes a description by hand may write anything.
    return f"{found:.3f}" if isinstance(found, int | float) and 0 <= found <= 1 else "unknown"


def _builtin() -> Iterator[str]:
    yield "Built in"
    yield f"    readers: {', '.join(READERS)}; `reader` below `[models]` chooses one"
    artifacts = resources("models").joinpath("artifacts")
    told = set()
    for folder in (artifacts, artifacts.joinpath("encoder")):
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if not file.name.endswith((".npz", ".json", ".onnx")) or file.name == "tokenizer.json":
                continue
            content = file.read_bytes()
            yield f"    {file.name}: {len(content) / 1000:,.0f} kB, version {hashlib.sha256(content).hexdigest()[:8]}"
            cards = (folder.joinpath(f"{file.name.rsplit('.', 1)[0]}-card.md"), folder.joinpath("CARD.md"))
            card = next((card for card in cards if card.is_file()), None)
            if card is not None and str(card) not in told:
                told.add(str(card))
                yield "        " + _first_paragraph(card.read_text(encoding="utf-8"))


def _first_paragraph(card: str) -> str:
    """What the model is: what comes after the heading and the line on who writes the card."""
    paragraphs = (" ".join(part.split()) for part in card.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith(("#", "Written by"))), "")


def _check_task(task: StrEnum) -> None:
    if task.value not in {*TASKS, VIRALITY}:
        remedy = f"Say --for {' or --for '.join((*TASKS, VIRALITY))}."
        raise BadSettings(f"{task.value} is only read by the built-in models", remedy=remedy)


def _try_out(name: str, scorer: Scorer) -> None:
    try:
        scorer.score([PLAIN], [None])
    except ScoringFailed as error:
        remedy = "It stays as it was. Train the model again, or copy it again from where it works."
        raise BadSettings(f"{name} fails on the plainest text ({error})", remedy=remedy) from error


def _own_folder(name: str, home: Path) -> Path:
    known = own_names(home)
    if name in READERS:
        remedy = f'Set `reader = "{name}"` below `[models]` in the settings.'
        raise BadSettings(f"{name} reads everything in a post, not one task", remedy=remedy)
    if name not in known:
        raise unknown(name, [*known, BUILTIN, SETTINGS])
    own_models.check_name(name)
    return own_models.folder_of(home, name)


def _learnt_from(home: Path, name: str) -> set[str]:
    folder = own_models.folder_of(home, name)
    return {one.name for one in own_models.read(folder).learnt_from} if own_models.is_own(folder) else set()


def _labelled(task: Task | None, files: list[Path]) -> tuple[Task, list[Labelled]]:
    rows: dict[Task, list[Labelled]] = {}
    wanted = [task] if task else [Task(one) for one in TASKS]
    for file in files:
        for number, line in enumerate(lines(file), start=1):
            for one in wanted if line.strip() else []:
                _take(rows, one, line, f"{file.name} line {number}")
    if len(rows) != 1:
        said = f"the files label {' and '.join(rows)}" if rows else "there is nothing to measure in these files"
        raise BadSettings(said, remedy="Say --task, and give files that label it.")
    return next(iter(rows.items()))


def _take(rows: dict[Task, list[Labelled]], task: Task, line: bytes, place: str) -> None:
    try:
        known: Any = understand(task, parse(line), place)
    except LeftOutError:
        return
    except BrokenRowError as error:
        raise BadSettings(f"{place}: {error}", remedy="Correct the line or take it out.") from error
    rows.setdefault(task, []).append(known)
