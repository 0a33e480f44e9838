"""All models on a batch of posts: texts in, scores out. Pure: the same texts give the same scores."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from models import signals, story
from models.classifier import Classifier, Prediction
from models.complaint import COMPLAINT, ComplaintModel
from models.hashing import HashedTexts
from models.language import HOUSE_LANGUAGES, NEIGHBOURS, LanguageDetector
from models.lemmas import tokenize
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal
from models.sentiment import SentimentModel
from models.severity import COMPLAINT_FROM, severity

LONGEST_SCORED = 5_000
"""Characters of a post that are looked at. A complaint is told by then; a post of 10 MB costs what a long one does."""

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
_TONES = tuple(Sentiment)  # iterating an enumeration costs as much as hashing a short post
_SURE = 0.8
"""Confidence from which a detected language stands against what the source says it is."""


@dataclass(frozen=True, slots=True)
class _Post:
    text: str
    language: Language
    sentiment: Mapping[Sentiment, float]
    complaint: float


class Scorer:
    """Scores posts by one language detector and two classifiers, the built-in ones or others."""

    def __init__(self, detector: LanguageDetector, sentiment: Classifier, complaint: Classifier) -> None:
        self._detector = detector
        self._sentiment = sentiment
        self._complaint = complaint
        self.version = f"{sentiment.version}+{complaint.version}+{_rules_version()}"

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score a batch; ``hints`` are the sources' claims of language, believed where the text itself is unclear."""
        cut = HashedTexts([text[:LONGEST_SCORED] for text in texts])
        found = zip(self._detector.detect(cut), hints, strict=True)
        languages = [_settle(language, hint) for language, hint in found]
        codes = [language.code for language in languages]
        tones = map(_tone, self._sentiment.predict(cut, codes))
        chances = (prediction[COMPLAINT] for prediction in self._complaint.predict(cut, codes))
        posts = [_Post(*parts) for parts in zip(cut, languages, tones, chances, strict=True)]
        words = [tokenize(text, code) for text, code in zip(cut, codes, strict=True)]
        said = [signals.find(text, tokens, code) for text, tokens, code in zip(cut, words, codes, strict=True)]
        lemmas = [tuple(token.lemma for token in tokens) for tokens in words]
        return [
            self._scores(post, lemmas=base_forms, signature=signature, said=shown)
            for post, base_forms, signature, shown in zip(posts, lemmas, story.signatures(lemmas), said, strict=True)
        ]

    def _scores(self, post: _Post, *, said: tuple[FoundSignal, ...], **stored: Any) -> Scores:
        chance = complaint_chance(post.complaint, post.sentiment, said)
        return Scores(
            language=post.language,
            sentiment=max(post.sentiment, key=post.sentiment.__getitem__),
            sentiment_probabilities=post.sentiment,
            complaint=chance >= COMPLAINT_FROM,
            complaint_probability=chance,
            severity=severity(post.sentiment, chance, said),
            model=self.version,
            signals=said,
            **stored,
        )


def builtin() -> Scorer:
    """Make the scorer of the models that come with the package."""
    sentiment = SentimentModel.builtin()
    return Scorer(LanguageDetector(), sentiment, ComplaintModel.builtin(sentiment))


def builtin_classifier(task: str) -> Classifier:
    """Make the built-in classifier of ``sentiment`` or ``complaint``, which a team's own model may build on."""
    sentiment = SentimentModel.builtin()
    return sentiment if task == "sentiment" else ComplaintModel.builtin(sentiment)


def with_models(sentiment: Classifier | None = None, complaint: Classifier | None = None) -> Scorer:
    """Make a scorer that reads sentiment, complaints or both by other models, and everything else by the built-in."""
    own = SentimentModel.builtin()
    return Scorer(LanguageDetector(), sentiment or own, complaint or ComplaintModel.builtin(own))


def complaint_chance(chance: float, sentiment: Mapping[Sentiment, float], said: Sequence[FoundSignal]) -> float:
    """Let signals speak for a complaint, as far as the tone agrees: the one place where the two meet."""
    if not said:
        return chance
    evidence = min(sum(SIGNAL_EVIDENCE[kind] for kind in {found.signal for found in said}), _MOST_EVIDENCE)
    agreeing = 1.0 - sentiment[Sentiment.POSITIVE]
    kept = min(max(chance, 1e-6), 1.0 - 1e-6)
    return 1.0 / (1.0 + math.exp(-(math.log(kept / (1.0 - kept)) + agreeing * evidence)))


def _settle(found: Language, hint: str | None) -> Language:
    claimed = hint.lower()[:2] if hint else None
    if found.confidence >= _SURE or claimed not in HOUSE_LANGUAGES + NEIGHBOURS:
        return found
    return Language(code=claimed, confidence=found.confidence)


def _tone(prediction: Prediction) -> dict[Sentiment, float]:
    total = sum(prediction.get(label, 0.0) for label in _TONES)
    return {label: prediction.get(label, 0.0) / total for label in _TONES}


def _rules_version() -> str:
    patterns = sorted(files("models").joinpath("signals", "patterns").iterdir(), key=lambda file: file.name)
    content = b"".join(file.read_bytes() for file in patterns if file.is_file())
    return f"rules-{hashlib.sha256(content).hexdigest()[:8]}"
