"""Whether a post is a complaint.

The evidence means the same in every language: sentiment, the hand-written groups of ``complaint_words``, punctuation.
Its weights come from public English complaints, and where the language is undecided or another they decide alone. Each
language of the house also has n-grams and weights of its own. Those learnt from posts that are full of look-alikes, and
alone would doubt the plainest complaint: so the log-odds of both are averaged.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from models.artifact import Artifact
from models.classifier import LinearModel, Prediction, logistic
from models.complaint_words import GROUPS, groups_in
from models.hashing import HashedTexts
from models.sentiment import SentimentModel

COMPLAINT = "complaint"
OTHER = "other"

EVIDENCE = ("negative", "positive", *GROUPS, "question", "exclamation", "length")
"""Names of the columns of the evidence."""

_NGRAMS = "ngrams-"
_MOST_HITS = 3
_LEAST_PROBABILITY = 1e-3


class ComplaintModel:
    """The built-in complaint classifier; labels are ``complaint`` and ``other``."""

    def __init__(self, artifact: Artifact, sentiment: SentimentModel) -> None:
        self.version = artifact.version
        self._sentiment = sentiment
        self._elsewhere = artifact.part("elsewhere")
        languages = [name.removeprefix(_NGRAMS) for name in artifact.parts() if name.startswith(_NGRAMS)]
        self._ngrams = {code: LinearModel(artifact.part(f"{_NGRAMS}{code}")) for code in languages}
        self._joined = {code: artifact.part(f"joined-{code}") for code in languages}

    @classmethod
    def builtin(cls, sentiment: SentimentModel) -> "ComplaintModel":
        """Load the model that comes with the package; it asks ``sentiment`` for the tone of each text."""
        return cls(Artifact.load("complaint"), sentiment)

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the two labels."""
        import numpy as np

        hashed = HashedTexts.of(texts)
        columns = evidence(hashed, languages, self._sentiment.table(hashed, languages))
        odds = _log_odds(columns, self._elsewhere)
        for code, model in self._ngrams.items():
            rows = np.flatnonzero([language == code for language in languages])
            if len(rows):
                joined = _log_odds(np.hstack([columns[rows], model.scores(hashed, rows)]), self._joined[code])
                odds[rows] = (odds[rows] + joined) / 2
        chances = logistic(odds)
        return [{COMPLAINT: chance, OTHER: 1.0 - chance} for chance in chances.tolist()]


def evidence(texts: Sequence[str], languages: Sequence[str | None], sentiment: Any) -> Any:
    """Give what speaks for and against a complaint (texts × ``EVIDENCE``), from texts and their sentiment table."""
    import numpy as np

    likely = np.clip(sentiment, _LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)
    tone = np.log(likely / (1.0 - likely))[:, [0, 2]]
    words = [
        _word_columns(text.lower().replace("’", "'"), language) for text, language in zip(texts, languages, strict=True)
    ]
    return np.hstack([tone, np.array(words, dtype=np.float64).reshape(len(texts), len(EVIDENCE) - 2)])


def _word_columns(text: str, language: str | None) -> list[float]:
    hits = [float(min(count, _MOST_HITS)) for count in groups_in(text, language)]
    return [*hits, float("?" in text), float("!" in text), log(1.0 + len(text)) - 4.0]


def _log_odds(columns: Any, weights: Mapping[str, Any]) -> Any:
    return columns @ weights["coef"] + weights["intercept"]
