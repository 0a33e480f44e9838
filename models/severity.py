"""How bad a complaint is for the person who makes it: a rule that a support team can read and argue with.

0 nothing · 1 discontent · 2 serious: a failure that the brand made worse · 3 grave: threats, an accusation of fraud, or
a vulnerable person let down · 4 harm: people are or may be hurt. How far the post may spread plays no part; that is
virality.
"""

from collections.abc import Mapping, Sequence

from models.scores import FoundSignal, Sentiment, Signal

WEIGHTS: Mapping[Signal, float] = {
    Signal.SAFETY_ISSUE: 4.5,  # harm by itself, however calmly it is told
    Signal.VULNERABLE_PERSON: 1.4,
    Signal.FRAUD_ACCUSATION: 1.4,
    Signal.LEGAL_THREAT: 1.4,
    Signal.REGULATOR_THREAT: 1.4,
    Signal.MEDIA_THREAT: 1.4,
    Signal.BROKEN_PROMISE: 0.5,
    Signal.CONTRADICTORY_ANSWERS: 0.5,
    Signal.NO_ANSWER: 0.5,
    Signal.RUDE_STAFF: 0.5,
    Signal.CALL_TO_SHARE: 0.4,
    Signal.REPEAT_COMPLAINT: 0.4,
    Signal.REFUND_DEMAND: 0.3,
    Signal.CHURN_THREAT: 0.1,
}
"""Points that each signal adds to a complaint; a signal counts once, however often it is said.

They are near what ``python -m models.training.severity`` fits to labelled posts, evened out: what is grave by
definition reaches that level by itself in an angry post, and danger the highest.
"""

COMPLAINT_FROM = 0.5
"""Probability from which a post is treated as a complaint: below it, signals are news, jokes or questions."""

TONE = "tone"
"""What stands for the tone among the reasons of a severity."""

_TONE = 0.2
"""Points for a wholly negative tone."""

START = 1.0
"""Points of any complaint, before its signals and its tone."""

LEVELS = (1.5, 2.5, 5.5)
"""Points from which a complaint is serious, grave, and harm."""


def severity(
    sentiment_probabilities: Mapping[Sentiment, float], complaint_probability: float, signals: Sequence[FoundSignal]
) -> int:
    """Rate one post from 0 to 4."""
    if complaint_probability < COMPLAINT_FROM:
        return 0
    return level(START + sum(weight for _, weight in moved_by(sentiment_probabilities, complaint_probability, signals)))


def level(points: float) -> int:
    """Give the severity of a complaint of so many points, 1 to 4."""
    return 1 + sum(points >= bound for bound in LEVELS)


def moved_by(
    sentiment_probabilities: Mapping[Sentiment, float], complaint_probability: float, signals: Sequence[FoundSignal]
) -> list[tuple[Signal | str, float]]:
    """Give the points that each signal, and the tone as ``TONE``, add to a complaint, the most first."""
    if complaint_probability < COMPLAINT_FROM:
        return []
    points: dict[Signal | str, float] = {kind: WEIGHTS[kind] for kind in sorted({found.signal for found in signals})}
    points[TONE] = _TONE * sentiment_probabilities.get(Sentiment.NEGATIVE, 0.0)
    return sorted(points.items(), key=lambda found: -found[1])
