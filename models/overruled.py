"""A team's own models in the place of what comes with the package, or on top of it."""

from collections.abc import Sequence
from dataclasses import replace

from models.classifier import Classifier, Prediction
from models.complaint import COMPLAINT, OTHER
from models.correction import Correction
from models.hashing import HashedTexts
from models.opinion import Batch, Begun, Opinion, Reader
from models.sentiment import tone

_ROUNDING = 1e-3
"""Sums of 32-bit numbers may be that much beyond 1."""


class Overruled:
    """A reader whose tone, complaint or both a team's own model answers instead, or corrects."""

    def __init__(
        self, reader: Reader, sentiment: Classifier | Correction | None, complaint: Classifier | Correction | None
    ) -> None:
        self._reader, self._sentiment, self._complaint = reader, sentiment, complaint
        self.version = "+".join([reader.version, *(one.version for one in (sentiment, complaint) if one)])

    def begin(self, texts: HashedTexts) -> Begun:
        """Let the reader begin; the others' answers will take the place of its own."""
        reading = self._reader.begin(texts)
        return lambda batch: self._overrule(batch, reading(batch))

    def _overrule(self, batch: Batch, opinions: list[Opinion]) -> list[Opinion]:
        if self._sentiment:
            said: list[Prediction] = [{name.value: p for name, p in one.sentiment.items()} for one in opinions]
            tones = map(tone, _answers(self._sentiment, batch, said))
            opinions = [replace(one, sentiment=answer) for one, answer in zip(opinions, tones, strict=True)]
        if self._complaint:
            said = [{COMPLAINT: one.complaint, OTHER: 1.0 - one.complaint} for one in opinions]
            answers = _answers(self._complaint, batch, said)
            opinions = [
                replace(one, complaint=min(max(answer[COMPLAINT], 0.0), 1.0))
                for one, answer in zip(opinions, answers, strict=True)
            ]
        return opinions


def _answers(model: Classifier | Correction, batch: Batch, said: Sequence[Prediction]) -> Sequence[Prediction]:
    if isinstance(model, Correction):
        answers = model.correct(said, batch.texts)
    else:
        answers = model.predict(batch.texts, batch.languages)
    for chance in (chance for answer in answers for chance in answer.values()):
        # Of no number every comparison is false: the post would be no complaint, and nobody would know why.
        if not -_ROUNDING <= chance <= 1.0 + _ROUNDING:
            raise ValueError(f"{model.version} answers {chance}, which is no probability")
    return answers
