"""All models on a batch of posts: texts in, scores out. Pure: the same texts give the same scores."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from models import story
from models.artifact import Artifact
from models.classifier import Classifier
from models.correction import Correction
from models.encoder import Encoder
from models.encoder_reader import EncoderReader
from models.hashing import HashedTexts
from models.labels import READERS
from models.language import HOUSE_LANGUAGES, NEIGHBOURS, LanguageDetector
from models.linear_reader import LinearReader
from models.opinion import Batch, Opinion, Reader
from models.overruled import Overruled
from models.scores import FoundSignal, Language, LanguagePart, Remedy, Scores
from models.severity import COMPLAINT_FROM, severity
from models.visible import Visible, visible

_Place = TypeVar("_Place", FoundSignal, LanguagePart)

FAST, STANDARD, FULL = READERS

DEFAULT = STANDARD

_SURE = 0.8
"""Confidence from which a detected language stands against what the source says it is."""


class Scorer:
    """Scores posts by a language detector and a reader."""

    def __init__(self, detector: LanguageDetector, reader: Reader) -> None:
        self._detector = detector
        self._reader = reader
        self.version = f"{reader.version}+{detector.version}"

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch; ``hints`` are the sources' claims of language, believed where the text itself is unclear."""
        seen = [visible(text) for text in texts]
        cut = HashedTexts([one.text for one in seen])
        reading = self._reader.begin(cut)
        found = zip(self._detector.detect(cut), hints, strict=True)
        languages = [_settle(language, hint) for language, hint in found]
        codes = [language.code for language in languages]
        batch = Batch.of(cut, codes)
        lemmas = [tuple(token.lemma for token in tokens) for tokens in batch.words]
        signatures = story.signatures(lemmas)
        parts = zip(languages, reading(batch), lemmas, signatures, strict=True)
        found_scores = [
            self._scores(opinion, language=language, lemmas=base_forms, signature=signature)
            for language, opinion, base_forms, signature in parts
        ]
        return [_in_place(scores, one) for scores, one in zip(found_scores, seen, strict=True)]

    def _scores(self, opinion: Opinion, **stored: Any) -> Scores:
        complaint = opinion.complaint >= COMPLAINT_FROM
        return Scores(
            sentiment=max(opinion.sentiment, key=opinion.sentiment.__getitem__),
            sentiment_probabilities=opinion.sentiment,
            complaint=complaint,
            complaint_probability=opinion.complaint,
            severity=severity(opinion.sentiment, opinion.complaint, opinion.signals),
            model=self.version,
            signals=opinion.signals,
            remedy=opinion.remedy if complaint else Remedy.NONE,
            **stored,
        )


def builtin(reader: str = DEFAULT) -> Scorer:
    """Make the scorer of the models that come with the package, with one of the ``READERS``."""
    return Scorer(LanguageDetector(), builtin_reader(reader))


def builtin_reader(name: str) -> Reader:
    """Make one of the ``READERS``."""
    fast = LinearReader.builtin()
    if name == FAST:
        return fast
    return EncoderReader(Encoder.builtin(name), fast, Artifact.load(f"encoder/{name}"))


def with_models(
    sentiment: Classifier | Correction | None = None,
    complaint: Classifier | Correction | None = None,
    *,
    reader: str = DEFAULT,
) -> Scorer:
    """Make a scorer that reads sentiment, complaints or both by other models, and everything else by the built-in."""
    return Scorer(LanguageDetector(), Overruled(builtin_reader(reader), sentiment, complaint))


def _in_place(scores: Scores, seen: Visible) -> Scores:
    """Point into the text as it came, where that has characters that the models were not shown."""
    if seen.whole:
        return scores
    signals = [_moved(one, seen) for one in scores.signals]
    parts = [_moved(one, seen) for one in scores.language.parts]
    return replace(scores, signals=tuple(signals), language=replace(scores.language, parts=tuple(parts)))


def _moved(one: _Place, seen: Visible) -> _Place:
    start, end = seen.span(one.start, one.end)
    return replace(one, start=start, end=end)


def _settle(found: Language, hint: str | None) -> Language:
    claimed = hint.lower()[:2] if hint else None
    if found.confidence >= _SURE or claimed not in HOUSE_LANGUAGES + NEIGHBOURS:
        return found
    return replace(found, code=claimed)
