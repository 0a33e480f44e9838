"""The fast reader: linear models over n-grams and phrases, and patterns for signals."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from models import signals
from models.classifier import Classifier
from models.complaint import COMPLAINT, ComplaintModel
from models.hashing import HashedTexts
from models.opinion import Batch, Begun, Opinion
from models.scores import FoundSignal, Sentiment, Signal
from models.sentiment import SentimentModel, tone
from models.signal_model import SignalModel, matches

SIGNAL_EVIDENCE: Mapping[Signal, float] = {
    Signal.REFUND_DEMAND: 2.0,
    Signal.NO_ANSWER: 2.0,
    Signal.BROKEN_PROMISE: 2.0,
    Signal.CONTRADICTORY_ANSWERS: 2.0,
    Signal.RUDE_STAFF: 2.0,
    Signal.REPEAT_COMPLAINT: 2.0,
    Signal.FRAUD_ACCUSATION: 1.5,
    Signal.SAFETY_ISSUE: 1.5,
    Signal.LEGAL_THREAT: 1.0,
    Signal.REGULATOR_THREAT: 1.0,
    Signal.MEDIA_THREAT: 1.0,
    Signal.VULNERABLE_PERSON: 1.0,
    Signal.CHURN_THREAT: 1.0,
    Signal.CALL_TO_SHARE: 0.5,
}
"""What each signal adds to the log-odds that a post without any praise is a complaint: a refused refund is one, a
court case or a boycott may be news."""

_MOST_EVIDENCE = 4.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the fast models know of a batch: tones and chances of a complaint, patterns that matched, odds of signals.

    ``matched`` and ``odds`` are arrays (texts × signals).
    """

    tones: Sequence[Mapping[Sentiment, float]]
    chances: Sequence[float]
    found: Sequence[tuple[FoundSignal, ...]]
    matched: Any
    odds: Any


class LinearReader:
    """Reads posts by two classifiers, the model of signals and the patterns."""

    def __init__(self, sentiment: Classifier, complaint: Classifier, signal_model: SignalModel) -> None:
        self._sentiment, self._complaint, self._signals = sentiment, complaint, signal_model
        self.version = f"{sentiment.version}+{complaint.version}+{signal_model.version}+{_rules_version()}"

    @classmethod
    def builtin(cls) -> "LinearReader":
        """Load the models that come with the package."""
        sentiment = SentimentModel.builtin()
        return cls(sentiment, ComplaintModel.builtin(sentiment), SignalModel.builtin())

    def begin(self, texts: HashedTexts) -> Begun:  # noqa: ARG002  # nothing here can do without languages and words
        """Read nothing yet."""
        return self.read

    def read(self, batch: Batch) -> list[Opinion]:
        """Read each post."""
        if not batch.texts:
            return []
        known = self.weigh(batch)
        sure = self._signals.probabilities(known.odds, known.matched)
        return [
            Opinion(
                known.tones[row], known.chances[row], self._signals.shown(batch.words[row], sure[row], known.found[row])
            )
            for row in range(len(batch.texts))
        ]

    def weigh(self, batch: Batch) -> Evidence:
        """Gather what speaks for what; the patterns speak for a complaint, as far as the tone agrees."""
        texts, codes = batch.texts, batch.languages
        tones = list(map(tone, self._sentiment.predict(texts, codes)))
        said = [signals.find(*post) for post in zip(texts, batch.words, codes, strict=True)]
        chances = [
            complaint_chance(prediction[COMPLAINT], sentiment, shown)
            for prediction, sentiment, shown in zip(self._complaint.predict(texts, codes), tones, said, strict=True)
        ]
        return Evidence(tones, chances, said, matches(said), self._signals.odds(batch))


def complaint_chance(chance: float, sentiment: Mapping[Sentiment, float], said: Sequence[FoundSignal]) -> float:
    """Let signals speak for a complaint, as far as the tone agrees: the one place where the two meet."""
    if not said:
        return chance
    evidence = min(sum(SIGNAL_EVIDENCE[kind] for kind in {found.signal for found in said}), _MOST_EVIDENCE)
    agreeing = 1.0 - sentiment[Sentiment.POSITIVE]
    kept = min(max(chance, 1e-6), 1.0 - 1e-6)
    return 1.0 / (1.0 + math.exp(-(math.log(kept / (1.0 - kept)) + agreeing * evidence)))


def _rules_version() -> str:
    patterns = sorted(files("models").joinpath("signals", "patterns").iterdir(), key=lambda file: file.name)
    content = b"".join(file.read_bytes() for file in patterns if file.is_file())
    return f"rules-{hashlib.sha256(content).hexdigest()[:8]}"
