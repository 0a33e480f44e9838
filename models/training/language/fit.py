"""Fits the weights: a softmax over hashed n-grams, learnt on ever new disguises of the texts."""

import io
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models import language_words
from models.training.language.disguise import disguised
from models.training.language.texts import COLUMNS, HOUSE, LATIN_RUSSIAN, NEIGHBOURS, Pool

FEATURES = 2**17
_EPOCHS = 6
_BATCH = 4096
_RATE = 0.5

_DRAWN: Mapping[str, int] = {"et": 45_000, "ru": 35_000, "fi": 42_000, "en": 42_000, LATIN_RUSSIAN: 30_000}
_DRAWN_OF_OTHERS = 8_000
_FROM_DICTIONARY: Mapping[str, float] = {"et": 0.25}
_FROM_DICTIONARY_ELSEWHERE = 0.12
_FROM_COMMON = 0.06
_MIXED = 0.12
"""The share of texts that get a few words of another language: they keep the language that they were written in."""

Array = NDArray[Any]


def fit(pools: Mapping[str, Pool], share: float = 1.0) -> tuple[Array, Array]:
    """Learn the weights (features × columns) and the bias by Adagrad, every epoch on newly disguised texts.

    ``share`` draws that much of the usual number of texts, to try something out.
    """
    rng = random.Random(1)
    weights = np.zeros((FEATURES, len(COLUMNS)), dtype=np.float32)
    bias = np.zeros(len(COLUMNS), dtype=np.float32)
    squares, bias_squares = np.full_like(weights, 1e-6), np.full_like(bias, 1e-2)
    for epoch in range(_EPOCHS):
        drawn = list(draw(pools, rng, share))
        rng.shuffle(drawn)
        rate = _RATE if epoch < _EPOCHS - 2 else 0.4 * _RATE
        for first in range(0, len(drawn), _BATCH):
            batch = drawn[first : first + _BATCH]
            matrix = features([text for text, _ in batch])
            wrong = softmax(matrix @ weights + bias)
            wrong[np.arange(len(batch)), [COLUMNS.index(column) for _, column in batch]] -= 1.0
            slope = np.asarray(matrix.T @ wrong) / len(batch)
            squares += slope**2
            weights -= rate * slope / np.sqrt(squares)
            slope = wrong.mean(axis=0)
            bias_squares += slope**2
            bias -= 0.1 * rate * slope / np.sqrt(bias_squares)
    return weights, bias


def draw(pools: Mapping[str, Pool], rng: random.Random, share: float) -> Iterator[tuple[str, str]]:
    """Draw disguised texts with their columns; long texts more often, as there is more in them."""
    for column, pool in pools.items():
        size = int(share * _DRAWN.get(column, _DRAWN_OF_OTHERS))
        words = int(size * _FROM_DICTIONARY.get(column, _FROM_DICTIONARY_ELSEWHERE)) if pool.words else 0
        common = int(size * _FROM_COMMON) if pool.common else 0
        for _ in range(words):
            yield disguised(" ".join(rng.choices(pool.words, k=rng.choice((1, 1, 2, 3)))), column, rng), column
        for _ in range(common):
            first, length = rng.randrange(len(pool.common)), rng.choice((1, 1, 2, 2, 3, 4))
            yield disguised(" ".join(pool.common[first : first + length]), column, rng), column
        lengths = [len(text) ** 0.5 for text in pool.texts]
        for text in rng.choices(pool.texts, lengths, k=size - words - common):
            shown = disguised(text, column, rng)
            yield (mixed(shown, column, pools, rng) if rng.random() < _MIXED else shown), column


def mixed(text: str, column: str, pools: Mapping[str, Pool], rng: random.Random) -> str:
    """Put words of a language of the house into a text: much English into what is not, a few words of others."""
    words = text.split()
    english = column not in {"en", *NEIGHBOURS} and rng.random() < 0.7
    most = len(words) if english else min(4, len(words) // 3)
    other = "en" if english else rng.choice(HOUSE)
    guests = disguised(rng.choice(pools[other].texts), other, rng).split()[: rng.randint(0, most)]
    place = rng.randrange(len(words) + 1)
    return " ".join(words[:place] + guests + words[place:])


def features(texts: Sequence[str]) -> csr_matrix:
    """Give one row a text: how often each n-gram stands there, over the root of their number."""
    words = language_words.split(texts)
    owners = np.repeat(np.arange(len(texts)), np.diff(words.firsts))
    rows, starts, counts = language_words.ngrams(words.forms, FEATURES)
    weights = np.asarray(words.weights)
    size = np.bincount(owners, weights * counts, len(texts))
    value = (weights / np.sqrt(np.maximum(size[owners], 1e-9))).astype(np.float32)
    of_word = np.zeros(rows.shape[1], dtype=np.int64)
    of_word[starts[1:]] = 1
    of_word = np.broadcast_to(np.cumsum(of_word), rows.shape)
    there = rows < FEATURES
    at = of_word[there]
    return csr_matrix((value[at], (owners[at], rows[there])), shape=(len(texts), FEATURES))


def softmax(scores: Array) -> Array:
    """Turn rows of scores into rows of probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def pack(weights: Array, bias: Array) -> bytes:
    """Write ``language.npz``: whole numbers of one byte with one scale a column, most of them nothing."""
    scale = np.quantile(np.abs(weights), 0.9997, axis=0) / 127.0
    stored = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    content = io.BytesIO()
    np.savez_compressed(
        content, weights=stored, scale=scale.astype(np.float32), bias=bias, columns=np.array(COLUMNS, dtype="U16")
    )
    return content.getvalue()
