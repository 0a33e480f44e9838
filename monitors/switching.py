"""Changing models without a pause: the new ones are loaded beside the old, and take over between two batches.

Models that cannot be loaded, or fail on the plainest text, never take over: those in use go on, and whoever chose the
others is told where the choice is kept.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from models.scores import Scores
from monitors.errors import BadSettings, KuulaError, RetryLater
from monitors.scorers import Scorer, ScorerApart
from monitors.settings.sections import Models

PLAIN = "Thank you"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which models are to score; ``at`` is when that was last chosen: choosing again tries again."""

    models: Models
    at: datetime | None = None


class Choices(Protocol):
    """Where it is kept which models are wanted."""

    def wanted(self) -> Wanted:
        """The models that are to score from now on; ``RetryLater`` when that cannot be read."""

    def refused(self, wanted: Wanted, reason: str) -> None:
        """Note that they cannot be loaded here."""


class SwitchingScorer:
    """The scorer of the models that are wanted; looks before each batch whether they are others now.

    When even the first ones cannot be loaded, those of ``settings`` score, unless they are the same.
    """

    def __init__(self, choices: Choices, settings: Models, make: Callable[[Models], Scorer]) -> None:
        self._choices = choices
        self._settings = settings
        self._make = make
        self._lock = threading.RLock()
        self._beside = ThreadPoolExecutor(1)
        self._in_use: Scorer | None = None
        self._tried: Wanted | None = None
        self._coming: Future[Scorer] | None = None
        self._proven = False

    @property
    def version(self) -> str:
        """The versions of the models in use."""
        with self._lock:
            return self._first().version

    def start(self) -> None:
        """Begin to load the models where they have a process of their own; who scores later does not wait for that."""
        with self._lock:
            if self._in_use is None:
                self._tried = self._choices.wanted()
                try:
                    self._in_use = self._make(self._tried.models)
                except BadSettings as error:
                    self._in_use = self._instead(error)
                if isinstance(self._in_use, ScorerApart):
                    self._in_use.start()

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch, by the models that are wanted now if they are loaded by now."""
        with self._lock:
            self._first()
            self._look()
            return self._first().score(texts, hints)

    def wait(self) -> None:
        """Wait until the models that are wanted now are in use or refused."""
        with self._lock:
            self._first()
            self._look()
            if self._coming is not None:
                self._coming.exception()
                self._look()

    def close(self) -> None:
        """Let go of the models, and of those that are being loaded."""
        with self._lock:
            self._beside.shutdown(wait=True)
            if self._coming is not None and not self._coming.exception():
                _close(self._coming.result())
            if self._in_use is not None:
                _close(self._in_use)
            self._coming = self._in_use = None

    def _first(self) -> Scorer:
        """The models in use; the first ones are loaded now, as there are none that could go on meanwhile."""
        self.start()
        assert self._in_use is not None
        try:
            self._in_use.version  # noqa: B018 - models with a process of their own say here whether they were loaded
            if not self._proven and self._tried and self._tried.models != self._settings:
                self._in_use.score([PLAIN], [None])
        except (BadSettings, RetryLater) as error:
            broken, self._in_use = self._in_use, self._instead(error)
            _close(broken)
        self._proven = True
        return self._in_use

    def _instead(self, error: KuulaError) -> Scorer:
        """The models of the settings, when those that were chosen cannot be the first."""
        assert self._tried is not None
        if self._tried.models == self._settings:
            raise error
        self._refuse(self._tried, error)
        self._proven = True
        return self._make(self._settings)

    def _look(self) -> None:
        """Take over what was loaded meanwhile, else begin to load what is wanted now."""
        if self._coming is not None and self._coming.done():
            assert self._tried is not None
            try:
                loaded = self._coming.result()
            except (BadSettings, RetryLater) as error:
                self._refuse(self._tried, error)
            else:
                old, self._in_use = self._in_use, loaded
                log.info("other models score from now on", models=loaded.version)
                if old is not None:
                    _close(old)
            self._coming = None
        if self._coming is None:
            try:
                wanted = self._choices.wanted()
            except RetryLater:
                return  # where the choice is kept cannot be reached now
            if wanted != self._tried:
                self._tried = wanted
                self._coming = self._beside.submit(self._load, wanted)

    def _load(self, wanted: Wanted) -> Scorer:
        with ExitStack() as undo:
            loaded = self._make(wanted.models)
            undo.callback(_close, loaded)
            loaded.score([PLAIN], [None])
            undo.pop_all()
        return loaded

    def _refuse(self, wanted: Wanted, error: Exception) -> None:
        log.error("the models that were chosen cannot be loaded; those in use go on", error=str(error))
        self._choices.refused(wanted, str(error))


def _close(scorer: Scorer) -> None:
    if isinstance(scorer, ScorerApart):
        scorer.close()
