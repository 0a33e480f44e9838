"""What the encoder's heads answer, in the order of their columns: training writes it, the running encoder reads it."""

from collections.abc import Mapping

from models.scores import Remedy, Sentiment, Signal

TONES = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
SIGNALS = tuple(Signal)
REMEDIES = tuple(Remedy)
SEVERITIES = 5
"""0 (nothing) to 4 (harm)."""

HEADS: Mapping[str, int] = {
    "sentiment": len(TONES),
    "complaint": 1,
    "severity": SEVERITIES,
    "remedy": len(REMEDIES),
}
"""How many columns each head has that reads the whole text."""
