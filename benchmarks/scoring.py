"""The built-in models beside VADER and TextBlob on the same posts, and where their time goes. Times are of one core."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks import material
from benchmarks.table import Row, cpu_seconds
from models import signals, story
from models.complaint import ComplaintModel
from models.hashing import HashedTexts
from models.language import LanguageDetector
from models.lemmas import lemmatize, tokenize
from models.scorer import Scorer, builtin
from models.sentiment import SentimentModel

BATCH = 500
_ONE_WORD = {"en": "delays", "et": "lendude", "fi": "lentojen", "ru": "рейсов"}


def measure() -> Iterator[Row]:
    """All models together, the two peers, and each step by itself."""
    texts = material.texts()
    loading = cpu_seconds(lambda: builtin().score(texts[:1], [None]))
    dictionaries = cpu_seconds(lambda: [lemmatize(word, code) for code, word in _ONE_WORD.items()])
    scorer = builtin()
    ours = len(texts) / cpu_seconds(lambda: _score(scorer, texts))
    for name, peer in (("VADER", _vader), ("TextBlob", _textblob)):
        analyze = peer()
        rate = len(texts) / cpu_seconds(lambda analyze=analyze: [analyze(text) for text in texts])  # type: ignore[misc]
        yield Row(
            f"scoring, {len(texts):,} {material.source()}", f"{ours:,.0f} posts/s", f"{name}: {rate:,.0f}", ours / rate
        )
    yield Row("scoring, models loaded", f"{loading:.1f} s")
    yield Row("scoring, dictionaries of four languages", f"{dictionaries:.1f} s")
    spent = _steps(texts)
    whole = sum(spent.values())
    for name, taken in spent.items():
        each = taken / len(texts) * 1e6
        yield Row(f"scoring, of that: {name}", f"{each:.0f} µs a post", "all steps", taken / whole)


def _score(scorer: Scorer, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        scorer.score(batch, [None] * len(batch))


def _steps(texts: Sequence[str]) -> dict[str, float]:
    detector, sentiment = LanguageDetector(), SentimentModel.builtin()
    complaint = ComplaintModel.builtin(sentiment)
    spent: dict[str, float] = defaultdict(float)

    def timed(name: str, work: Callable[[], Any]) -> Any:
        kept: list[Any] = []
        spent[name] += cpu_seconds(lambda: kept.append(work()))
        return kept[0]

    for start in range(0, len(texts), BATCH):
        cut = HashedTexts(texts[start : start + BATCH])
        codes = [found.code for found in timed("language", lambda cut=cut: detector.detect(cut))]
        timed("hashing", lambda cut=cut: cut.features)
        timed("sentiment", lambda cut=cut, codes=codes: sentiment.predict(cut, codes))
        timed("complaint", lambda cut=cut, codes=codes: complaint.predict(cut, codes))
        words = timed("lemmas", lambda cut=cut, codes=codes: list(map(tokenize, cut, codes)))
        timed("signals", lambda cut=cut, codes=codes, words=words: list(map(signals.find, cut, words, codes)))
        lemmas = [[token.lemma for token in tokens] for tokens in words]
        timed("signature", lambda lemmas=lemmas: story.signatures(lemmas))
    return spent


def _vader() -> Callable[[str], Any]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyze: Callable[[str], Any] = SentimentIntensityAnalyzer().polarity_scores
    return analyze


def _textblob() -> Callable[[str], Any]:
    from textblob import TextBlob

    return lambda text: TextBlob(text).sentiment
