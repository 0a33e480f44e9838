"""What learned models answer, in the order of their columns: training writes it, the models that run read it."""

from collections.abc import Mapping

from models.scores import Remedy, Sentiment, Signal

TONES = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
SIGNALS = tuple(Signal)
REMEDIES = tuple(Remedy)
READERS = ("fast", "standard", "full")
"""Who can read posts: linear models and patterns; joined by a small network; joined by the full encoder."""

SEVERITIES = 5
"""0 (nothing) to 4 (harm)."""

HEADS: Mapping[str, int] = {
    "sentiment": len(TONES),
    "complaint": 1,
    "severity": SEVERITIES,
    "remedy": len(REMEDIES),
}
"""How many columns each head of the encoder has that reads the whole text.

Severity only teaches the body what makes a complaint grave: the severity of a post is a rule that people can read."""
