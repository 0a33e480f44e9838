"""The models that a team trained: a folder each in ``.kuula/models/`` beside the settings, with a ``kuula.json``."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.labels import READERS
from monitors.errors import BadSettings

PLACE = ".kuula/models"
"""Beside the settings. In a checkout ``models/`` there would be our own code."""

DESCRIPTION = "kuula.json"
LAYER = "correction.npz"
BUILTIN, SETTINGS = "builtin", "settings"
"""What comes with Kuula, and what the settings say."""

VIRALITY = "virality"
"""The task of models that forecast rather than read."""

_TAKEN = {BUILTIN, SETTINGS, *READERS}

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class LearntFrom(BaseModel):
    """One file, or the corrections of the pages, and how many labelled texts it gave."""

    model_config = ConfigDict(frozen=True)

    name: str
    texts: int


class HeldOut(BaseModel):
    """The texts that the model never saw, and the figures of the model before and of this one on them."""

    model_config = ConfigDict(frozen=True)

    by: Literal["author", "text"]
    texts: int
    before: dict[str, Any]
    after: dict[str, Any]


class OfSource(BaseModel):
    """The forecasts of one source: their file and its SHA-256, how many finished posts they have learnt from.

    ``before`` and ``after`` are figures of the cold start and of these on the posts of authors held out, a line an age;
    ``reliability`` has a line an age and size, as a calibration in the ledger.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    file: str = Field(pattern=r"^growth-\d+\.npz$")
    sha256: str
    posts: int
    held: int
    learnt_until: datetime
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    reliability: list[dict[str, Any]]


class OwnModel(BaseModel):
    """What ``kuula.json`` says of a model: what it reads, what it was made from, and how good it is.

    ``reader`` is the setting ``models.reader`` that it was made and measured with.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    task: Literal["sentiment", "complaint", "virality"]
    kind: Literal["correction", "transformers", "growth"]
    base: str
    reader: str = "fast"
    trained_at: datetime
    learnt_from: list[LearntFrom] = Field(default_factory=list)
    labels: dict[str, int] = Field(default_factory=dict)
    held_out: HeldOut | None = None
    sources: list[OfSource] = Field(default_factory=list)


def folder_of(home: Path, name: str) -> Path:
    """Where an own model of that name is, or would be."""
    return home / PLACE / name


def is_there(path: Path) -> bool:
    """Whether there is anything; what people type may be too long for any path, and then there is nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_own(folder: Path) -> bool:
    """Whether a folder holds an own model."""
    return is_there(folder / DESCRIPTION) and (folder / DESCRIPTION).is_file()


def check_name(name: str) -> None:
    """Refuse names that could leave the folder, that versions have no room for, or that mean something else."""
    if not _NAME.fullmatch(name) or name in _TAKEN:
        remedy = "Use up to 32 small letters, digits, _ and -, and no word that means another model already."
        raise BadSettings(f"a model cannot be called {name!r}", remedy=remedy)


def read(folder: Path) -> OwnModel:
    """Read the description in a folder."""
    try:
        return OwnModel.model_validate_json((folder / DESCRIPTION).read_bytes())
    except OSError as error:
        remedy = "See `kuula models list`, or make one with `kuula models train`."
        raise BadSettings(f"there is no own model in {folder}", remedy=remedy) from error
    except ValidationError as error:
        raise BadSettings(f"{folder / DESCRIPTION} is damaged", remedy="Train or copy the model again.") from error


@contextmanager
def making(home: Path, name: str, *, option: str) -> Iterator[Path]:
    """Give the folder of a new model: when the block ends it is there under its name, when it fails it never was.

    ``BadSettings`` refuses a name that cannot be one, or is one already: then another has to be given by ``option``.
    """
    check_name(name)
    target = folder_of(home, name)
    if target.exists():
        raise BadSettings(f"there is a model called {name} already", remedy=f"Choose another {option}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as made:
        folder = Path(made) / name
        folder.mkdir()
        yield folder
        folder.rename(target)


def write(folder: Path, model: OwnModel) -> None:
    """Write the description into a folder."""
    said = json.dumps(model.model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(said + "\n", encoding="utf-8")


def all_of(home: Path) -> Iterator[OwnModel | BadSettings]:
    """Give every own model by name; one whose description is damaged as the error that says so."""
    for file in sorted(folder_of(home, "").glob(f"*/{DESCRIPTION}")):
        try:
            # A folder may be copied under another name, and that is what it is then called.
            yield read(file.parent).model_copy(update={"name": file.parent.name})
        except BadSettings as error:
            yield error
