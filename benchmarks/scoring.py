"""The readers beside VADER, TextBlob and an uncut encoder on the same posts, and where the time goes.

Rates of whole readers are by the clock, on all cores, as people see them; single steps are in times of one core.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks import material
from benchmarks.table import Row, cpu_seconds, seconds
from models import signals, story
from models.complaint import ComplaintModel
from models.encoder import BATCH as AT_ONCE
from models.encoder import FILES, PAD, Encoder
from models.hashing import HashedTexts
from models.language import LanguageDetector
from models.lemmas import lemmatize, tokenize
from models.scorer import DEFAULT, FAST, FULL, READERS, Scorer, builtin
from models.sentiment import SentimentModel

BATCH = 500
GOALS = {DEFAULT: 1_000, FULL: 400}
"""Posts a second that each reader is to reach on two cores."""

_UNCUT = 1_000
"""Posts that the uncut encoder reads: it is slow, and every post costs it the same."""

_ONE_WORD = {"en": "delays", "et": "lendude", "fi": "lentojen", "ru": "рейсов"}


def measure() -> Iterator[Row]:
    """All readers, the peers, and each step by itself."""
    texts = material.texts()
    loading = cpu_seconds(lambda: builtin().score(texts[:1], [None]))
    dictionaries = cpu_seconds(lambda: [lemmatize(word, code) for code, word in _ONE_WORD.items()])
    yield Row("scoring, models loaded", f"{loading:.1f} s")
    yield Row("scoring, dictionaries of four languages", f"{dictionaries:.1f} s")
    peers = {
        "VADER": _rate(_vader(), texts),
        "TextBlob": _rate(_textblob(), texts),
        "uncut encoder, torch": _uncut(texts),
    }
    _score(builtin(FAST), texts)  # base forms are kept once looked up: no reader is to find more of them than another
    for name in READERS:
        scorer = builtin(name)
        ours = len(texts) / seconds(lambda scorer=scorer: _score(scorer, texts))  # type: ignore[misc]
        goal = GOALS.get(name)
        for peer, rate in peers.items():
            yield Row(
                f"scoring, reader {name}, {len(texts):,} {material.source()}",
                f"{ours:,.0f} posts/s",
                f"{peer}: {rate:,.0f}",
                ours / rate,
            )
        if goal:
            yield Row(f"scoring, reader {name}", f"{ours:,.0f} posts/s", "", None, f"{goal:,} posts/s", ours >= goal)
    spent = _steps(texts)
    whole = sum(spent.values())
    for name, taken in spent.items():
        each = taken / len(texts) * 1e6
        yield Row(f"scoring, of that: {name}", f"{each:.0f} µs a post", "all steps", taken / whole)


def _score(scorer: Scorer, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        scorer.score(batch, [None] * len(batch))


def _rate(analyze: Callable[[str], Any], texts: Sequence[str]) -> float:
    return len(texts) / seconds(lambda: [analyze(text) for text in texts])


def _uncut(texts: Sequence[str]) -> float:
    """The encoder as it was pretrained, through plain transformers; the weights are random, which costs the same."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=250_037, hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536
    )
    network = BertModel(config).eval()
    tokenizer = Tokenizer.from_file(str(FILES / "tokenizer.json"))
    tokenizer.enable_padding(pad_id=PAD)
    some = sorted(texts[:: max(1, len(texts) // _UNCUT)], key=len)

    def read() -> None:
        for start in range(0, len(some), AT_ONCE):
            encoded = tokenizer.encode_batch(some[start : start + AT_ONCE])
            ids, mask = ([getattr(one, name) for one in encoded] for name in ("ids", "attention_mask"))
            network(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask))

    with torch.inference_mode():
        return len(some) / seconds(read)


def _steps(texts: Sequence[str]) -> dict[str, float]:
    detector, sentiment = LanguageDetector(), SentimentModel.builtin()
    complaint, encoder = ComplaintModel.builtin(sentiment), Encoder.builtin(DEFAULT)
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
        timed(f"encoder, {DEFAULT}", lambda cut=cut: encoder.read(cut))
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
