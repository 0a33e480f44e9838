"""What the models say about one post, before anybody decides anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Sentiment(StrEnum):
    """The author's attitude to the brand."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Signal(StrEnum):
    """What a complaint says. The meaning of each is in ``models/signals/``, one entry a signal."""

    REFUND_DEMAND = "refund_demand"
    LEGAL_THREAT = "legal_threat"
    REGULATOR_THREAT = "regulator_threat"
    MEDIA_THREAT = "media_threat"
    CALL_TO_SHARE = "call_to_share"
    VULNERABLE_PERSON = "vulnerable_person"
    SAFETY_ISSUE = "safety_issue"
    NO_ANSWER = "no_answer"
    BROKEN_PROMISE = "broken_promise"
    CONTRADICTORY_ANSWERS = "contradictory_answers"
    RUDE_STAFF = "rude_staff"
    REPEAT_COMPLAINT = "repeat_complaint"
    CHURN_THREAT = "churn_threat"
    FRAUD_ACCUSATION = "fraud_accusation"


GRAVEST_FIRST = (
    Signal.SAFETY_ISSUE,
    Signal.VULNERABLE_PERSON,
    Signal.LEGAL_THREAT,
    Signal.REGULATOR_THREAT,
    Signal.MEDIA_THREAT,
    Signal.CALL_TO_SHARE,
    Signal.FRAUD_ACCUSATION,
    Signal.BROKEN_PROMISE,
    Signal.CONTRADICTORY_ANSWERS,
    Signal.NO_ANSWER,
    Signal.RUDE_STAFF,
    Signal.REFUND_DEMAND,
    Signal.REPEAT_COMPLAINT,
    Signal.CHURN_THREAT,
)
"""Which signal decides what to do next, where a post has several."""


class Remedy(StrEnum):
    """What the author of a complaint wishes for."""

    NONE = "none"
    MONEY_BACK = "money_back"
    COMPENSATION = "compensation"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    DELIVERY = "delivery"
    ANSWER = "answer"
    APOLOGY = "apology"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"
    INFORMATION = "information"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FoundSignal:
    """A signal and the place that shows it: ``text[start:end]``, in characters of the post's text.

    ``probability`` is 0 to 1: how sure the models are that the post says this at all.
    """

    signal: Signal
    start: int
    end: int
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """A stretch of a code-switched post, ``text[start:end]``, and its language (ISO 639-1)."""

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Language:
    """The language of a post. ``code`` is ISO 639-1, or None when it is undecided; ``confidence`` is 0 to 1.

    ``parts`` are there where a post switches between languages, in reading order; ``code`` then is its main language.
    """

    code: str | None
    confidence: float
    parts: tuple[LanguagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything the models say about the text of one post.

    ``sentiment_probabilities`` sum to 1; ``complaint_probability`` is 0 to 1; ``severity`` is 0 (nothing) to 4 (harm);
    ``lemmas`` are base forms in reading order, for search and stories; ``signature`` is the MinHash of the lemmas, by
    which posts on the same grievance are found; ``model`` names the versions of all models that took part.
    """

    language: Language
    sentiment: Sentiment
    sentiment_probabilities: Mapping[Sentiment, float]
    complaint: bool
    complaint_probability: float
    severity: int
    lemmas: Sequence[str]
    signature: Sequence[int]
    model: str
    signals: Sequence[FoundSignal] = field(default_factory=tuple)
    remedy: Remedy = Remedy.NONE

    @property
    def missing(self) -> bool:
        """Whether no model could read the post, so that everything here only keeps its place."""
        return self.model == NO_MODEL


NO_MODEL = "none"


def missing_scores() -> Scores:
    """What stands for the scores of a post that no model could read: nothing is claimed about it."""
    return Scores(
        language=Language(None, 0.0),
        sentiment=Sentiment.NEUTRAL,
        sentiment_probabilities={Sentiment.NEUTRAL: 1.0},
        complaint=False,
        complaint_probability=0.0,
        severity=0,
        lemmas=(),
        signature=(),
        model=NO_MODEL,
    )
