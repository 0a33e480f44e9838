"""Whether a post is a complaint.

Public complaints exist in English only. So there are two models: in English, n-grams learnt on complaints join the
evidence below; in every other language the evidence decides alone, with the weights that it earned on English texts.
The evidence means the same in every language: sentiment, the hand-written groups of ``complaint_words``, punctuation.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from models.artifact import Artifact
from models.classifier import LinearModel, Prediction
from models.complaint_words import GROUPS, groups_in
from models.hashing import HashedTexts
from models.sentiment import SentimentModel

COMPLAINT = "complaint"
OTHER = "other"

EVIDENCE = ("negative", "positive", *GROUPS, "question", "exclamation", "length")
"""Names of the columns of the evidence."""

_MOST_HITS = 3
_LEAST_PROBABILITY = 1e-3


class ComplaintModel:
    """The built-in complaint classifier; labels are ``complaint`` and ``other``.

    Without ``ngrams`` it judges English by the evidence alone, as it judges the other languages: for measuring.
    """

    def __init__(self, artifact: Artifact, sentiment: SentimentModel, *, ngrams: bool = True) -> None:
        self.version = artifact.version
        self._sentiment = sentiment
        self._ngrams = LinearModel(artifact.part("ngrams")) if ngrams else None
        self._english, self._elsewhere = artifact.part("english"), artifact.part("elsewhere")

    @classmethod
    def builtin(cls, sentiment: SentimentModel) -> "ComplaintModel":
        """Load the model that comes with the package; it asks ``sentiment`` for the tone of each text."""
        return cls(Artifact.load("complaint"), sentiment)

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the two labels."""
        import numpy as np

        hashed = HashedTexts.of(texts)
        columns = evidence(hashed, languages, self._sentiment.table(hashed, languages))
        chances = _logistic(columns, self._elsewhere)
        english = np.flatnonzero([language == "en" for language in languages])
        if self._ngrams and len(english):
            joined = np.hstack([columns[english], self._ngrams.scores(hashed, english)])
            chances[english] = _logistic(joined, self._english)
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


def _logistic(columns: Any, weights: Mapping[str, Any]) -> Any:
    import numpy as np

    return 1.0 / (1.0 + np.exp(-(columns @ weights["coef"] + weights["intercept"])))
