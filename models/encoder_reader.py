"""The careful reader: the fine-tuned encoder, joined by what the fast reader knows.

N-grams and word lists remember words that the encoder has rarely met, patterns are precise where they speak at all, and
the encoder understands the rest. How much each counts was fitted on texts that none of them had learnt from, so that
the probabilities are calibrated (stacking: Wolpert 1992, Neural Networks 5:2; calibration: Platt 1999).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from models.artifact import Artifact
from models.classifier import softmax
from models.encoder import Encoder, Reading
from models.encoder_labels import REMEDIES, SIGNALS, TONES
from models.linear_reader import LinearReader
from models.opinion import Batch, Opinion
from models.scores import FoundSignal, Remedy

_LEAST = 1e-4
_MARKED = 0.3
"""Share of the surest piece's probability from which a neighbouring piece belongs to the same span."""

_COLUMNS = {signal: column for column, signal in enumerate(SIGNALS)}


class EncoderReader:
    """Reads posts by the encoder, the linear models and the patterns together.

    ``weights`` holds by key the arrays that ``models.training.encoder`` fits: ``sentiment/<language>/…``,
    ``complaint/<language>/…`` and ``signals/…``, each a ``coef`` and an ``intercept``; ``thresholds`` is the
    probability from which each signal is shown.
    """

    def __init__(self, encoder: Encoder, fast: LinearReader, weights: Artifact) -> None:
        self._encoder, self._fast, self._weights = encoder, fast, weights.arrays
        self.version = f"{encoder.version}+{weights.version}+{fast.version}"

    def read(self, batch: Batch) -> list[Opinion]:
        """Read each post."""
        if not batch.texts:
            return []
        reading, known = self._encoder.read(batch.texts), self._fast.read(batch)
        tones = self._by_language("sentiment", tone_columns(reading, known), batch.languages)
        chances = self._by_language("complaint", complaint_columns(reading, known), batch.languages)
        columns = signal_columns(reading, known)
        logits = (columns * self._weights["signals/coef"]).sum(-1) + self._weights["signals/intercept"]
        sure = _logistic(logits)
        severities = softmax(reading.heads["severity"])[:, 1:].argmax(axis=1) + 1
        remedies = reading.heads["remedy"].argmax(axis=1)
        return [
            Opinion(
                dict(zip(TONES, softmax(tones[row : row + 1])[0].tolist(), strict=True)),
                chance := float(_logistic(chances[row, 0])),
                tuple(self._shown(row, sure[row], reading, known[row].signals)),
                int(severities[row]),
                REMEDIES[remedies[row]] if chance >= 0.5 else Remedy.NONE,
            )
            for row in range(len(batch.texts))
        ]

    def _by_language(self, task: str, columns: Any, languages: Sequence[str | None]) -> Any:
        import numpy as np

        found = [code if code and f"{task}/{code}/coef" in self._weights else "any" for code in languages]
        coef = np.stack([self._weights[f"{task}/{code}/coef"] for code in found])
        intercept = np.stack([self._weights[f"{task}/{code}/intercept"] for code in found])
        return np.einsum("nd,ndk->nk", columns, coef) + intercept

    def _shown(self, row: int, sure: Any, reading: Reading, matched: Sequence[FoundSignal]) -> Iterator[FoundSignal]:
        for column in (sure >= self._weights["thresholds"]).nonzero()[0].tolist():
            signal, probability = SIGNALS[column], float(sure[column])
            spans = [(found.start, found.end) for found in matched if found.signal is signal]
            for start, end in spans or [marked_span(reading.marks[row][:, column], reading.places[row])]:
                if end > start:
                    yield FoundSignal(signal, start, end, probability)


def tone_columns(reading: Reading, known: Sequence[Opinion]) -> Any:
    """What speaks about tone (texts × 7): the encoder's logits of tone and complaint, the linear models' logits."""
    import numpy as np

    tones = reading.heads["sentiment"]
    linear = np.log(np.clip([[opinion.sentiment[tone] for tone in TONES] for opinion in known], _LEAST, 1.0))
    centred = [part - part.mean(axis=1, keepdims=True) for part in (tones, linear)]
    return np.hstack([centred[0], reading.heads["complaint"], centred[1]])


def complaint_columns(reading: Reading, known: Sequence[Opinion]) -> Any:
    """What speaks for a complaint (texts × 4): the encoder's logit, its tone, its surest signal, the linear logit."""
    import numpy as np

    tones = reading.heads["sentiment"]
    chances = np.clip([opinion.complaint for opinion in known], _LEAST, 1.0 - _LEAST)
    surest = reading.signals.max(axis=1)
    linear = np.log(chances / (1.0 - chances))
    return np.stack([reading.heads["complaint"][:, 0], tones[:, 0] - tones[:, 2], surest, linear], axis=1)


def signal_columns(reading: Reading, known: Sequence[Opinion]) -> Any:
    """What speaks for each signal (texts × signals × 4): the logit, the surest piece, a pattern, a complaint."""
    import numpy as np

    matched = np.zeros_like(reading.signals)
    for row, opinion in enumerate(known):
        matched[row, [_COLUMNS[found.signal] for found in opinion.signals]] = 1.0
    complaint = np.broadcast_to(reading.heads["complaint"], reading.signals.shape)
    surest = np.stack([marks.max(axis=0) for marks in reading.marks])
    return np.stack([reading.signals, surest, matched, complaint], axis=-1)


def marked_span(logits: Any, places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Give the characters around the surest piece whose neighbours are nearly as sure; (0, 0) of no text at all."""
    sure = _logistic(logits)
    real = [piece for piece, (start, end) in enumerate(places) if end > start]
    if not real:
        return 0, 0
    best = max(real, key=lambda piece: float(sure[piece]))
    bound = _MARKED * float(sure[best])
    first = last = best
    while first - 1 in real and sure[first - 1] >= bound:
        first -= 1
    while last + 1 in real and sure[last + 1] >= bound:
        last += 1
    return places[first][0], places[last][1]


def _logistic(values: Any) -> Any:
    import numpy as np

    return 1.0 / (1.0 + np.exp(-values))
