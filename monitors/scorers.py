"""The models that the settings choose, in this process or in one of their own.

A process of their own is what `kuula run` has: it scores the next batch on one core while the loop judges and stores
the one before on another. It is also the only one that holds the models, so both together are hardly larger than one.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Protocol

from models.scores import Scores
from monitors.errors import BadSettings, RetryLater
from monitors.settings.sections import SentimentModel

ENDING_SECONDS = 5.0


class Scorer(Protocol):
    """All models together, as the steps see them."""

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score texts, each with the language that its source claims or None."""


def make_scorer(chosen: SentimentModel, home: Path) -> Scorer:
    """Load the models into this process; relative paths of the settings start from ``home``."""
    # The models take 300 MB with their libraries: a process that only judges or delivers should not have them.
    from models.scorer import builtin, with_sentiment
    from models.transformer import ModelUnavailable, TransformerClassifier

    if chosen.kind == "builtin":
        return builtin()
    try:
        local = home / str(chosen.path)
        return with_sentiment(TransformerClassifier(str(local if local.exists() else chosen.path), chosen.labels))
    except ModelUnavailable as error:
        raise BadSettings(
            str(error), key="models.sentiment", remedy="Install the extra or correct the path."
        ) from error


class ScorerApart:
    """A scorer in a process of its own, which ends with ``close`` and whenever this process ends, however it ends."""

    def __init__(self, chosen: SentimentModel, home: Path) -> None:
        self._order = (chosen, home)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection[Any, Any] | None = None

    def start(self) -> None:
        """Begin to load the models; who scores later does not wait for that again."""
        with self._lock:
            self._started()

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch over there; a process that died is started again, once."""
        with self._lock:
            for _ in range(2):
                try:
                    answer = self._ask(list(texts), list(hints))
                except (EOFError, OSError):
                    self._end()
                    continue
                if isinstance(answer, Exception):
                    self._end()
                    raise answer
                return answer
        raise RetryLater("the process that scores posts ended twice on the same batch; it may lack memory")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, texts: list[str], hints: list[str | None]) -> list[Scores] | Exception:
        line = self._started()
        line.send((texts, hints))
        answer: list[Scores] | Exception = line.recv()
        return answer

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


def _serve(line: "Connection[Any, Any]") -> None:
    """Answer until the other side is gone."""
    # Ctrl-C reaches every process of a terminal; when this one ends is for the one that started it to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            scorer = make_scorer(*line.recv())
        except BadSettings as error:
            line.recv()
            line.send(error)
            return
        while True:
            line.send(scorer.score(*line.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
