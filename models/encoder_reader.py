"""The careful reader: the fine-tuned encoder, joined by what the fast reader knows.

N-grams and word lists remember words that the encoder has rarely met, patterns are precise where they speak at all, and
the encoder understands the rest. How much each counts was fitted on texts that none of them had learnt from, so that
the probabilities are calibrated (stacking: Wolpert 1992, Neural Networks 5:2; calibration: Platt 1999).
"""

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from models.artifact import Artifact
from models.classifier import logistic, softmax
from models.encoder import Encoder, Reading
from models.hashing import HashedTexts
from models.labels import REMEDIES, TONES
from models.linear_reader import Evidence, LinearReader
from models.opinion import Batch, Begun, Opinion
from models.scores import FoundSignal
from models.signal_model import in_their_places

_LEAST = 1e-4
_MARKED = 0.3
"""Share of the surest piece's probability from which a neighbouring piece belongs to the same span."""

_WIDEST = 12
"""Pieces that a span reaches at most on either side of the surest: where none is sure, all are nearly as sure."""

_WORD = re.compile(r"[\w\u0300-\u036f]+(?:['’ʼ-][\w\u0300-\u036f]+)*")
"""A word as people see it, with its accents, apostrophes and hyphens: half of one is no reason to show."""

_DIGITS = 3
"""Of a logit. Sums are added in another order in a batch of another shape: so rounded, hardly any score shows it."""


class EncoderReader:
    """Reads posts by the encoder, the linear models and the patterns together.

    ``weights`` holds by key the arrays that ``models.training.encoder`` fits: ``sentiment/<language>/…``,
    ``complaint/<language>/…`` and ``signals/…``, each a ``coef`` and an ``intercept``; ``signals/threshold`` is the
    probability from which a signal is shown.
    """

    def __init__(self, encoder: Encoder, fast: LinearReader, weights: Artifact) -> None:
        self._encoder, self._fast, self._weights = encoder, fast, weights.arrays
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="reader")
        joined = hashlib.sha256(f"{encoder.version} {weights.version}".encode()).hexdigest()[:8]
        self.version = f"{encoder.name}-{joined}+{fast.version}"

    def begin(self, texts: HashedTexts) -> Begun:
        """Let the network read: it leaves Python alone, so that everything else goes on meanwhile."""
        if not texts:
            return lambda _: []
        awaited = self._beside.submit(self._encoder.read, texts)
        return lambda batch: self._join(batch, self._fast.weigh(batch), awaited.result())

    def _join(self, batch: Batch, known: Evidence, reading: Reading) -> list[Opinion]:
        tones = self._by_language("sentiment", tone_columns(reading, known), batch.languages)
        chances = self._by_language("complaint", complaint_columns(reading, known), batch.languages)
        columns = signal_columns(reading, known)
        logits = columns @ self._weights["signals/coef"] + self._weights["signals/intercept"]
        sure = logistic(logits.round(_DIGITS))
        remedies = reading.heads["remedy"].argmax(axis=1)
        return [
            Opinion(
                dict(zip(TONES, softmax(tones[row : row + 1])[0].tolist(), strict=True)),
                float(logistic(chances[row, 0])),
                self._shown(sure[row], _Pieces(text, reading.places[row], reading.marks[row]), known.found[row]),
                REMEDIES[remedies[row]],
            )
            for row, text in enumerate(batch.texts)
        ]

    def _by_language(self, task: str, columns: Any, languages: Sequence[str | None]) -> Any:
        import numpy as np

        found = [code if code and f"{task}/{code}/coef" in self._weights else "any" for code in languages]
        coef = np.stack([self._weights[f"{task}/{code}/coef"] for code in found])
        intercept = np.stack([self._weights[f"{task}/{code}/intercept"] for code in found])
        return (np.einsum("nd,ndk->nk", columns, coef) + intercept).round(_DIGITS)

    def _shown(self, sure: Any, pieces: "_Pieces", matched: Sequence[FoundSignal]) -> tuple[FoundSignal, ...]:
        shown = (sure >= self._weights["signals/threshold"]).nonzero()[0].tolist()
        return in_their_places(shown, sure, matched, pieces.surest)


def tone_columns(reading: Reading, known: Evidence) -> Any:
    """What speaks about tone (texts × 7): the encoder's logits of tone and complaint, the linear models' logits."""
    import numpy as np

    tones = reading.heads["sentiment"]
    linear = np.log(np.clip([[found[tone] for tone in TONES] for found in known.tones], _LEAST, 1.0))
    centred = [part - part.mean(axis=1, keepdims=True) for part in (tones, linear)]
    return np.hstack([centred[0], reading.heads["complaint"], centred[1]])


def complaint_columns(reading: Reading, known: Evidence) -> Any:
    """What speaks for a complaint (texts × 5): the encoder's logit, its tone, its surest signal, the linear models'."""
    import numpy as np

    tones = reading.heads["sentiment"]
    chances = np.clip(known.chances, _LEAST, 1.0 - _LEAST)
    surest = reading.signals.max(axis=1)
    linear = np.log(chances / (1.0 - chances))
    spoken = known.odds.max(axis=1)
    return np.stack([reading.heads["complaint"][:, 0], tones[:, 0] - tones[:, 2], surest, linear, spoken], axis=1)


def signal_columns(reading: Reading, known: Evidence) -> Any:
    """What speaks for each signal (texts × signals × 5): logit, surest piece, words, a pattern, a complaint."""
    import numpy as np

    complaint = np.broadcast_to(reading.heads["complaint"], reading.signals.shape)
    surest = np.stack([marks.max(axis=0) for marks in reading.marks])
    return np.stack([reading.signals, surest, known.odds, known.matched, complaint], axis=-1)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The pieces of one text: the characters of each, and its logits (pieces × signals)."""

    text: str
    places: Sequence[tuple[int, int]]
    marks: Any

    def surest(self, column: int) -> tuple[int, int]:
        return marked_span(self.text, self.places, self.marks[:, column])


def marked_span(text: str, places: Sequence[tuple[int, int]], logits: Any) -> tuple[int, int]:
    """Give the characters around the surest piece whose neighbours are nearly as sure; (0, 0) of a blank text."""
    sure = logistic(logits)
    real = {piece for piece, (start, end) in enumerate(places) if text[start:end].strip()}
    if not real:
        return 0, 0
    best = max(sorted(real), key=lambda piece: float(sure[piece]))
    bound = _MARKED * float(sure[best])
    first = last = best
    while first - 1 in real and sure[first - 1] >= bound and best - first < _WIDEST:
        first -= 1
    while last + 1 in real and sure[last + 1] >= bound and last - best < _WIDEST:
        last += 1
    return _whole_words(text, places[first][0], places[last][1])


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a passage to the words that it touches; what holds none, such as an emoji, only loses its blanks."""
    touched = [found.span() for found in _WORD.finditer(text) if found.start() < end and start < found.end()]
    if touched:
        return touched[0][0], touched[-1][1]
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())
