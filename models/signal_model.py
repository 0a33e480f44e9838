"""What n-grams and phrases say of each signal, beside the patterns: linear, one set of weights for all languages.

Patterns are precise where they speak at all. These weights were learnt from labelled posts, and speak of all the ways
of saying it that nobody wrote a pattern for.
"""

from collections.abc import Callable, Sequence
from typing import Any

from models.artifact import Artifact
from models.classifier import LinearModel, logistic
from models.hashing import HashedTexts, hashed_phrases
from models.labels import SIGNALS
from models.lemmas import Token
from models.opinion import Batch
from models.scores import FoundSignal

_COLUMNS = {signal: column for column, signal in enumerate(SIGNALS)}

_WIDTH = 3
"""Words among which the one that speaks most for a signal is shown."""


class SignalModel:
    """The built-in model of signals.

    ``characters`` and ``phrases`` hold the weights of the features; ``joined`` says how much the log-odds that they
    give and a pattern count together, and ``thresholds`` from which probability a signal is shown.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.version = artifact.version
        self._characters = LinearModel(artifact.part("characters"))
        self._phrases = LinearModel(artifact.part("phrases"))
        self._joined = artifact.part("joined")
        self._thresholds = artifact.arrays["thresholds"]

    @classmethod
    def builtin(cls) -> "SignalModel":
        """Load the model that comes with the package."""
        return cls(Artifact.load("signals"))

    def odds(self, batch: Batch) -> Any:
        """Give how much the words of each post speak for each signal (texts × signals), before any pattern."""
        import numpy as np

        rows = np.arange(len(batch.texts))
        phrases = hashed_phrases([[token.lemma for token in tokens] for tokens in batch.words])
        return self._characters.scores(batch.texts, rows) + self._phrases.weigh(phrases)

    def probabilities(self, odds: Any, matched: Any) -> Any:
        """Join the odds with the patterns' matches (both texts × signals) to calibrated probabilities."""
        return logistic(odds * self._joined["odds"] + matched * self._joined["matched"] + self._joined["intercept"])

    def shown(self, tokens: Sequence[Token], sure: Any, matched: Sequence[FoundSignal]) -> tuple[FoundSignal, ...]:
        """Give the signals of a post from its probabilities: where a pattern matched, else where the words speak."""
        shown = (sure >= self._thresholds).nonzero()[0].tolist()
        return in_their_places(shown, sure, matched, lambda column: self._span(tokens, column))

    def _span(self, tokens: Sequence[Token], column: int) -> tuple[int, int]:
        import numpy as np

        if not tokens:
            return 0, 0
        forms = HashedTexts([token.form for token in tokens])
        spoken = self._characters.scores(forms, np.arange(len(tokens)))[:, column]
        spoken = spoken + self._phrases.weigh(hashed_phrases([[token.lemma] for token in tokens]))[:, column]
        width = min(_WIDTH, len(tokens))
        first = int(np.convolve(spoken, np.ones(width), "valid").argmax())
        return tokens[first].start, tokens[first + width - 1].end


def in_their_places(
    shown: Sequence[int], sure: Any, matched: Sequence[FoundSignal], place: Callable[[int], tuple[int, int]]
) -> tuple[FoundSignal, ...]:
    """Give the signals of the columns ``shown``, in reading order, each with its probability.

    A signal stands where a pattern matched, else at its ``place``; one that stands nowhere cannot be shown to anybody.
    """
    found = []
    for column in shown:
        spans = [(one.start, one.end) for one in matched if one.signal is SIGNALS[column]] or [place(column)]
        found += [FoundSignal(SIGNALS[column], *span, float(sure[column])) for span in spans if span[0] < span[1]]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.signal)))


def matches(found: Sequence[Sequence[FoundSignal]]) -> Any:
    """Give which signals the patterns found, as ones (texts × signals)."""
    import numpy as np

    table = np.zeros((len(found), len(SIGNALS)))
    for row, signals in enumerate(found):
        table[row, [_COLUMNS[one.signal] for one in signals]] = 1.0
    return table
