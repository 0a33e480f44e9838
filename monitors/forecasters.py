"""The forecaster of the models that were chosen: the team's own for each source that has one, the cold start else.

It is looked at before each batch whether other models were chosen since. Models that cannot be loaded never take over:
those in use go on, and whoever chose the others is told where the choice is kept.
"""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import cast
from zipfile import BadZipFile, ZipFile

import structlog

from models.artifact import Artifact
from models.forecaster import Forecaster, Own, Ranking
from models.growth import TRAITS, GrowthModel, Polls, columns_of
from monitors import own_models
from monitors.errors import BadSettings, RetryLater
from monitors.ledger import model_choices
from monitors.ledger.engine import Ledger, worker_name
from monitors.own_models import BUILTIN, VIRALITY

POOLED = "pooled"

LARGEST = 64_000_000
"""Bytes that the forecasts of one source may have when they are unpacked; those that were fitted have a thousandth."""

_DAMAGE: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    EOFError,
    BadZipFile,
    zlib.error,
)

log = structlog.get_logger()


class ForecasterInUse:
    """Gives the forecaster of the models that are wanted now; ``home`` is where the settings are."""

    def __init__(self, ledger: Ledger, home: Path) -> None:
        self._ledger = ledger
        self._home = home
        self._in_use: Forecaster | None = None
        self._tried: datetime | None = None
        self._lock = Lock()

    def __call__(self) -> Forecaster:
        """The forecaster; models that were chosen since the last time are loaded first."""
        with self._lock:
            return self._wanted()

    def _wanted(self) -> Forecaster:
        try:
            with self._ledger.read() as tx:
                choice = model_choices.standing(tx).get(VIRALITY)
        except RetryLater:
            return self._in_use or Forecaster()  # where the choice is kept cannot be reached now
        wanted = choice.at if choice else None
        if self._in_use is None or wanted != self._tried:
            own: Mapping[str, Own] = self._in_use.own if self._in_use else {}
            try:
                own = load(self._home, choice.name) if choice and choice.name != BUILTIN else {}
            except BadSettings as error:
                assert choice is not None
                log.error("the forecasts that were chosen cannot be loaded; those in use go on", error=str(error))
                with self._ledger.write() as tx:
                    model_choices.refuse(tx, choice.at, f"{worker_name().partition(':')[0]}: {error}")
            self._in_use, self._tried = Forecaster(own, _pooled()), wanted
        return self._in_use


def load(home: Path, name: str) -> dict[str, Own]:
    """Load a team's own forecasts by source; ``BadSettings`` when they are not there, damaged, or no forecasts."""
    folder = own_models.folder_of(home, name)
    described = own_models.read(folder)
    if described.task != VIRALITY:
        remedy = "Choose a model for virality: `kuula models list`."
        raise BadSettings(f"{name} reads {described.task}, it forecasts nothing", remedy=remedy)
    loaded = {}
    damage: tuple[type[Exception], ...] = (*_DAMAGE, *_of_the_runtime())
    for source in described.sources:
        try:
            content = (folder / source.file).read_bytes()
            if hashlib.sha256(content).hexdigest() != source.sha256:
                raise ValueError("it is not what was written")
            _check_size(content)
            model = GrowthModel(Artifact(name, content))
            _try_out(model)
            loaded[source.name] = Own(model, source.posts, source.learnt_until)
        except damage as error:
            remedy = "Fit it again with `kuula models fit virality`, or copy it again."
            raise BadSettings(f"{source.file} of {name} is damaged ({error})"[:300], remedy=remedy) from error
    return loaded


def _check_size(content: bytes) -> None:
    with ZipFile(BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > LARGEST:
            raise ValueError("it is far larger than any forecasts that were fitted")


def _try_out(model: GrowthModel) -> None:
    """Ask once as judging does: what loads may still not answer, or with no numbers, and would stop all judging."""
    import numpy as np

    known = Polls.of([(5.0, 3.0), (30.0, 40.0)], 1000.0, 12.0, 5.0, (0.5,) * len(TRAITS))
    columns = columns_of([Polls.of([(2.0, 0.0)]), known])
    sizes, chances = model.sizes(columns), model.chances(columns, [10, 1000])
    if np.shape(sizes) != (2, 3) or np.shape(chances) != (2,) or not np.isfinite([*sizes.flat, *chances.flat]).all():
        raise ValueError("it does not forecast")


def _of_the_runtime() -> tuple[type[Exception], ...]:
    """What the runtime of the trees raises at graphs of others; none of it has a class in common but ``Exception``."""
    from onnxruntime.capi import onnxruntime_pybind11_state as runtime

    named = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented")
    return tuple(getattr(runtime, name) for name in (*named, "RuntimeException"))


def _pooled() -> Ranking | None:
    """The model that ranks posts of any network; None where none came with the package."""
    there = files("models").joinpath("artifacts", "spread", f"{POOLED}.npz").is_file()
    return cast("Ranking", GrowthModel.builtin(POOLED)) if there else None
