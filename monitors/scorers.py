"""The models that the settings choose, in this process or in one of their own.

A process of their own is what `kuula run` has: it scores the next batch on one core while the loop judges and stores
the one before on another. It is also the only one that holds the models, so both together are hardly larger than one.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Protocol

from models.artifact import Artifact
from models.classifier import Classifier
from models.correction import Correction
from models.scores import Scores
from monitors import own_models
from monitors.errors import BadSettings, RetryLater
from monitors.garbage import collect_seldom
from monitors.settings.sections import Models, TextModel

ENDING_SECONDS = 5.0
TASKS = ("sentiment", "complaint")
"""What another model than the built-in one can read."""

_REQUIRED = {"sentiment": ("negative", "positive"), "complaint": ("complaint",)}


class ScoringFailed(RetryLater):
    """The models failed on these texts, or took their process with them: one of the texts may be the reason."""


class Scorer(Protocol):
    """All models together, as the steps see them."""

    @property
    def version(self) -> str:
        """The versions of all models that take part."""

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score texts, each with the language that its source claims or None; ``ScoringFailed`` when that fails."""


class ScorerHere:
    """Models in this process; whatever they raise on a text is ``ScoringFailed``."""

    def __init__(self, models: Scorer) -> None:
        self._models = models
        self.version = models.version

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch."""
        try:
            return self._models.score(texts, hints)
        except Exception as error:  # a text from the internet may break a model in any way
            raise ScoringFailed(f"{type(error).__name__}: {error}") from error


def make_scorer(chosen: Models, home: Path) -> Scorer:
    """Load the models into this process; relative paths of the settings start from ``home``."""
    # The models take 300 MB with their libraries: a process that only judges or delivers should not have them.
    from models.scorer import builtin, with_models

    given: dict[str, Classifier | Correction] = {}
    for task in TASKS:
        model: TextModel = getattr(chosen, task)
        if model.kind != "builtin":
            try:
                given[task] = _classifier(task, model, home, chosen.reader)
            except BadSettings:
                raise
            except Exception as error:  # files that others made may be broken in any way
                remedy = "Correct the path, the labels or the model."
                raise BadSettings(str(error), key=f"models.{task}", remedy=remedy) from error
    return ScorerHere(with_models(**given, reader=chosen.reader) if given else builtin(chosen.reader))


def _classifier(task: str, model: TextModel, home: Path, reader: str) -> Classifier | Correction:
    from models.transformer import ModelUnavailable, TransformerClassifier, is_folder

    local = home / str(model.path)
    name = str(local if local.exists() else model.path)
    if model.kind == "own":
        own = own_models.read(local)
        if own.task != task:
            remedy = f"Choose a model for {task}: `kuula models list`."
            raise BadSettings(f"{own.name} reads {own.task}, not {task}", key=f"models.{task}", remedy=remedy)
        if own.kind == "correction":
            if own.reader != reader:
                problem = f"{own.name} corrects the {own.reader} reader, and the settings choose {reader}"
                remedy = f'Train it again, or set `reader = "{own.reader}"` below `[models]`.'
                raise BadSettings(problem, key=f"models.{task}", remedy=remedy)
            layer = Correction(Artifact(local.name, (local / own_models.LAYER).read_bytes()))
            if missing := [label for label in _REQUIRED[task] if label not in layer.labels]:
                problem = f"the layer of {local.name} does not know what {' or '.join(missing)} is"
                raise BadSettings(problem, key=f"models.{task}", remedy="Train it again, or copy it again.")
            return layer
    if is_folder(name) and not own_models.is_there(Path(name)):
        # Said before any library is asked for: installing one would not bring the folder.
        remedy = "Correct the path of the model. A classifier on Hugging Face is named owner/name."
        raise BadSettings(f"there is no folder {name}", key=f"models.{task}", remedy=remedy)
    try:
        return TransformerClassifier(name, getattr(model, "labels", {}), required=_REQUIRED[task])
    except ModelUnavailable as error:
        remedy = "Install the extra or correct the path."
        raise BadSettings(str(error), key=f"models.{task}", remedy=remedy) from error


class ScorerApart:
    """A scorer in a process of its own, which ends with ``close`` and whenever this process ends, however it ends.

    ``make`` makes the models over there; it is named by its module, which must be found from there too.
    """

    def __init__(self, chosen: Models, home: Path, make: Callable[[Models, Path], Scorer] = make_scorer) -> None:
        self._order = (make, chosen, home)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection[Any, Any] | None = None
        self._version = ""

    def start(self) -> None:
        """Begin to load the models; who scores later does not wait for that again."""
        with self._lock:
            self._started()

    @property
    def version(self) -> str:
        """The versions of the models over there."""
        with self._lock:
            self._ready()
            return self._version

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch over there. A process that died is started again; a text that was alone is tried there again.

        A batch is not: whoever halves it finds out sooner whether one of the texts is to blame.
        """
        with self._lock:
            for _ in range(2 if len(texts) == 1 else 1):
                try:
                    answer = self._ask(list(texts), list(hints))
                except (EOFError, OSError):
                    self._end()
                    continue
                if isinstance(answer, Exception):
                    raise answer
                return answer
        raise ScoringFailed("the process that scores posts ended; it may lack memory")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, texts: list[str], hints: list[str | None]) -> list[Scores] | Exception:
        line = self._ready()
        line.send((texts, hints))
        answer: list[Scores] | Exception = line.recv()
        return answer

    def _ready(self) -> "Connection[Any, Any]":
        """The line to a process that has said which models it loaded."""
        line = self._started()
        if not self._version:
            try:
                loaded: str | BadSettings = line.recv()
            except (EOFError, OSError) as error:
                self._end()
                raise RetryLater("the process that scores posts ended while it loaded the models") from error
            if isinstance(loaded, BadSettings):
                self._end()
                raise loaded
            self._version = loaded
        return line

    def _started(self) -> "Connection[Any, Any]":
        if self._line is None:
            here, there = Pipe()
            with there:
                command = [sys.executable, "-P", "-m", "monitors.scorers", str(there.fileno())]
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[there.fileno()])  # noqa: S603 - our own module
            here.send(self._order)
            self._line = here
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._line = self._process = None
        self._version = ""


def serve(line: "Connection[Any, Any]") -> None:
    """Answer until the other side is gone."""
    # Ctrl-C reaches every process of a terminal; when this one ends is for the one that started it to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    try:
        make, chosen, home = line.recv()
        try:
            scorer: Scorer = make(chosen, home)
        except BadSettings as error:
            line.send(error)
            return
        line.send(scorer.version)
        while True:
            line.send(_answer(scorer, *line.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(scorer: Scorer, texts: list[str], hints: list[str | None]) -> list[Scores] | ScoringFailed:
    try:
        return scorer.score(texts, hints)
    except ScoringFailed as error:
        return ScoringFailed(str(error))


if __name__ == "__main__":
    # Errors go over the line by the name of their module, which must be the same on both sides.
    import_module("monitors.scorers").serve(Connection(int(sys.argv[1])))
