"""What people call models at the command line: ``builtin``, ``settings``, their own by name, any other by its place."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from models.labels import READERS
from models.transformer import is_folder
from monitors import own_models
from monitors.bootstrap import House, ModelChoices
from monitors.errors import BadSettings
from monitors.ledger.model_choices import Choice
from monitors.own_models import BUILTIN, SETTINGS, OwnModel
from monitors.scorers import TASKS
from monitors.settings import Settings
from monitors.settings.mistakes import did_you_mean
from monitors.settings.sections import Models, TextModel


def in_use(settings: Settings) -> Models:
    """The models that are to score now: what was chosen, else what the settings say."""
    with closing(House(settings)) as house:
        return ModelChoices(house.ledger, settings.models).wanted().models


def named(task: str, name: str, settings: Models, home: Path) -> Models:
    """Let the model of that name read the task, and the built-in ones everything else."""
    if name == BUILTIN:
        return Models(reader=settings.reader)
    if name in READERS:
        return Models.model_validate({"reader": name})
    if task not in TASKS:
        remedy = f"Use `builtin`; another one can read {' or '.join(TASKS)}."
        raise BadSettings(f"{task} is only read by the built-in models", remedy=remedy)
    folders = (own_models.folder_of(home, name), Path(name).absolute())
    own = next((folder for folder in folders if own_models.is_own(folder)), None)
    known: TextModel = getattr(settings, task)
    if own is not None:
        chosen: dict[str, Any] = {"kind": "own", "path": str(own)}
    elif name in {SETTINGS, known.path}:
        chosen = known.model_dump()  # with what its labels mean
    else:
        check_there(name, [*READERS, BUILTIN, SETTINGS, *own_names(home)])
        chosen = {
            "kind": "transformers",
            "path": str(Path(name).absolute()) if own_models.is_there(Path(name)) else name,
        }
    return Models.model_validate({"reader": settings.reader, task: chosen})


def check_there(name: str, known: Sequence[str]) -> None:
    """Refuse what is neither a folder here nor may be a name on the hub; ``known`` are the names that would do."""
    if own_models.is_there(Path(name)) or not is_folder(name):
        return
    # Only a path has these; the names that people give their models have neither.
    if "/" in name or "." in name:
        remedy = "Correct the path. A classifier on Hugging Face is named owner/name."
        raise BadSettings(f"there is no folder {name}", remedy=remedy)
    raise unknown(name, known)


def own_names(home: Path) -> list[str]:
    """The names of the team's own models, but for those whose description is damaged."""
    return [model.name for model in own_models.all_of(home) if isinstance(model, OwnModel)]


def unknown(name: str, known: Sequence[str]) -> BadSettings:
    """Say that there is no such model, which was probably meant, and which there are."""
    there = f"There are: {', '.join(known)}." if known else "There is none yet: `kuula models train` makes one."
    return BadSettings(f"there is no model called {name}", remedy=f"{did_you_mean(name, known)} {there}".lstrip())


def told(choice: Choice) -> str:
    """Say what was chosen, by whom and when, and whether a machine could not load it."""
    said = f"{choice.task}: {choice.name} (chosen by {choice.chosen_by}, {choice.at:%Y-%m-%d %H:%M} UTC)"
    return (
        said if choice.refused is None else f"{said}; the one before goes on, as it cannot be loaded: {choice.refused}"
    )
