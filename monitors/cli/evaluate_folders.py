"""``kuula evaluate virality FOLDER`` and ``bursts FOLDER``: figures of followed posts and of counted mentions."""

import csv
import gzip
import importlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from models.bursts import STEP_MINUTES, bursts
from models.evaluation.burst_figures import Mentions, burst_figures
from monitors.cli.task_names import FolderTask
from monitors.errors import BadSettings

_MENTIONS, _LABELS = "brand_mentions_5min.csv.gz", "brand_mentions_labels.json"

_LEAST_POSTS = 50
"""Of a set, to learn from in cross-validation and to measure at all."""


def evaluate_folder(task: FolderTask, folder: Path, folds: int | None) -> None:
    """Measure what lies in a folder, and print a JSON line for each set and age, or for each brand."""
    if not folder.is_dir():
        raise BadSettings(
            f"{folder} is no folder", remedy=f"Give the folder of the sets: kuula evaluate {task} FOLDER."
        )
    if task is FolderTask.BURSTS:
        _print(_bursts(folder))
    else:
        _print(_virality(folder, folds))


def _virality(folder: Path, folds: int | None) -> Iterable[dict[str, Any]]:
    from models.growth import GrowthModel
    from models.training.spread.measure import cross_validated, shipped
    from models.training.spread.sets import KINDS, read, remembered

    if folds is not None:
        _check_learning()
    there = {name: kind for name, kind in KINDS.items() if (folder / kind.file).is_file()}
    if not there:
        files = ", ".join(kind.file for kind in KINDS.values())
        raise BadSettings(f"{folder} holds none of the sets that are known", remedy=f"It may hold {files}.")
    for name, kind in there.items():
        with _whole(kind.file, "Give the file as it was published; the card of the models says where it is from."):
            posts = read(folder, name)
        if len(posts) < _LEAST_POSTS:
            raise BadSettings(f"{kind.file} holds {len(posts)} posts", remedy=f"Give at least {_LEAST_POSTS}.")
        if folds is None and remembered(folder, name):
            typer.echo(
                f"{kind.file}: the models learnt from this very file; --folds 5 says how good they are.", err=True
            )
        model = GrowthModel.builtin(name)
        lines = shipped(model, posts, kind) if folds is None else cross_validated(posts, kind, folds)
        for line in lines:
            learnt = model.version if folds is None else f"{folds}-fold cross-validation"
            yield {"task": FolderTask.VIRALITY, "set": name, **line, "model": learnt}


def _check_learning() -> None:
    try:
        for library in ("lightgbm", "onnx"):
            importlib.import_module(library)
    except (ImportError, OSError) as error:  # the library, or one of the system that it wants
        remedy = "Install the extra, kuula[virality]; on Debian also the package libgomp1."
        raise BadSettings(f"--folds learns by LightGBM, which cannot be used ({error})"[:300], remedy=remedy) from error


def _bursts(folder: Path) -> Iterable[dict[str, Any]]:
    for name in (_MENTIONS, _LABELS):
        if not (folder / name).is_file():
            raise BadSettings(f"{folder} does not hold {name}", remedy=f"It needs {_MENTIONS} and {_LABELS}.")
    with _whole(
        f"{_MENTIONS} or {_LABELS}", "brand, timestamp and value every 5 minutes; windows and points by brand."
    ):
        mentions = list(_mentions(folder))
    found = [(one, bursts(one.counts)) for one in mentions]
    for pair in found:
        yield {"task": FolderTask.BURSTS, "brand": pair[0].brand, **burst_figures([pair])}
    yield {"task": FolderTask.BURSTS, "brand": "all", **burst_figures(found)}


@contextmanager
def _whole(files: str, remedy: str) -> Iterator[None]:
    """Say which files are broken, whatever shape the break has."""
    try:
        yield
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        said = f"{files} is not what it should be ({type(error).__name__}: {error})"[:300]
        raise BadSettings(said, remedy=remedy) from error


def _mentions(folder: Path) -> Iterable[Mentions]:
    import numpy as np

    labels = json.loads((folder / _LABELS).read_text(encoding="utf-8"))
    rows: dict[str, list[tuple[datetime, float]]] = {}
    with gzip.open(folder / _MENTIONS, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["brand"], []).append((datetime.fromisoformat(row["timestamp"]), float(row["value"])))
    for brand, seen in sorted(rows.items()):
        begin, end = min(seen)[0], max(seen)[0]
        counts = np.full(int(_steps(begin, end)) + 1, np.nan)
        for at, value in seen:
            counts[int(_steps(begin, at))] = value
        known = labels.get(brand, {"windows": [], "points": []})
        windows, moments = (
            [[_steps(begin, datetime.fromisoformat(at)) for at in pair] for pair in known["windows"]],
            [_steps(begin, datetime.fromisoformat(at)) for at in known["points"]],
        )
        yield Mentions(brand, counts, [(start, stop) for start, stop in windows], moments)


def _steps(begin: datetime, at: datetime) -> float:
    return (at - begin).total_seconds() / 60 / STEP_MINUTES


def _print(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        typer.echo(json.dumps(line))
