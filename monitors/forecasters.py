"""The forecaster of the models that were chosen: the team's own for each source that has one, the cold start else.

It is looked at before each batch whether other models were chosen since. Models that cannot be loaded never take over:
those in use go on, and whoever chose the others is told where the choice is kept.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import cast
from zipfile import BadZipFile

import structlog

from models.artifact import Artifact
from models.forecaster import Forecaster, Own, Ranking
from models.growth import GrowthModel
from monitors import own_models
from monitors.errors import BadSettings, RetryLater
from monitors.ledger import model_choices
from monitors.ledger.engine import Ledger, worker_name
from monitors.own_models import BUILTIN, VIRALITY

POOLED = "pooled"

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
    for source in described.sources:
        try:
            content = (folder / source.file).read_bytes()
            if hashlib.sha256(content).hexdigest() != source.sha256:
                raise ValueError("it is not what was written")
            loaded[source.name] = Own(GrowthModel(Artifact(name, content)), source.posts, source.learnt_until)
        except (OSError, ValueError, KeyError, BadZipFile, RuntimeError) as error:
            remedy = "Fit it again with `kuula models fit virality`, or copy it again."
            raise BadSettings(f"{source.file} of {name} is damaged ({error})"[:300], remedy=remedy) from error
    return loaded


def _pooled() -> Ranking | None:
    """The model that ranks posts of any network; None where none came with the package."""
    there = files("models").joinpath("artifacts", "spread", f"{POOLED}.npz").is_file()
    return cast("Ranking", GrowthModel.builtin(POOLED)) if there else None
