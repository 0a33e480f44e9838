"""Texts as hashed character n-grams: the one set of features that all linear models share.

Hashing needs no vocabulary file and never meets an unknown word: misspelt, inflected and stretched words keep most of
their n-grams. It is also the dearest step of scoring, so a batch is hashed once, whoever asks first.
"""

import re
from collections.abc import Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FEATURES = 2**18

_NOT_TONE = re.compile(r"(?:https?://|www\.)\S+|@\w+|[\x00-\x1f\x7f\ud800-\udfff]+")
_NUMBER = re.compile(r"\d+")
_STRETCHED = re.compile(r"(.)\1{3,}", re.DOTALL)


class HashedTexts(Sequence[str]):
    """A batch of texts that remembers its features, so that several models hash it once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    @classmethod
    def of(cls, texts: Sequence[str]) -> "HashedTexts":
        """Take a batch that is hashed already as it is."""
        return texts if isinstance(texts, cls) else cls(texts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._texts[index]

    def __len__(self) -> int:
        return len(self._texts)

    @cached_property
    def features(self) -> "csr_matrix":
        """One row a text of unit length: 1 + log(count) of each n-gram of 2 to 5 characters within a word."""
        return _damped(_vectorizer().transform([plain(text) for text in self._texts]))


def plain(text: str) -> str:
    """Level out what says nothing about tone: case, addresses, names of accounts, numbers, stretched letters."""
    text = _NOT_TONE.sub(" ", text.lower())
    return _STRETCHED.sub(r"\1\1\1", _NUMBER.sub("0", text))


def hashed_phrases(texts: Sequence[Sequence[str]]) -> "csr_matrix":
    """One row of unit length for the words of each text: 1 + log(count) of each run of one to three words."""
    return _damped(_phrases().transform([" ".join(words) for words in texts]))


def _damped(counts: Any) -> "csr_matrix":
    import numpy as np
    from sklearn.preprocessing import normalize

    counts.data = np.log(counts.data) + 1.0
    return normalize(counts, copy=False)


@cache
def _vectorizer() -> Any:
    return _hashing(analyzer="char_wb", ngram_range=(2, 5))


@cache
def _phrases() -> Any:
    return _hashing(analyzer="word", ngram_range=(1, 3), token_pattern=r"\S+")  # noqa: S106 - no password


def _hashing(**options: Any) -> Any:
    # scikit-learn takes a second to import: only who scores or trains should wait for it.
    import numpy as np
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=FEATURES, alternate_sign=False, norm=None, lowercase=False, dtype=np.float32, **options
    )
