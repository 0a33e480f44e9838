"""What a reader of posts answers, before a post's scores are put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from models.hashing import HashedTexts
from models.lemmas import Token, tokenize
from models.scores import FoundSignal, Remedy, Sentiment


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts to be read: their texts, languages (ISO 639-1, None where undecided) and words, in the same order."""

    texts: HashedTexts
    languages: Sequence[str | None]
    words: Sequence[Sequence[Token]]

    @classmethod
    def of(cls, texts: Sequence[str], languages: Sequence[str | None]) -> "Batch":
        """Cut texts whose languages are known into words."""
        words = [tokenize(text, language) for text, language in zip(texts, languages, strict=True)]
        return cls(HashedTexts.of(texts), languages, words)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a post says. ``sentiment`` sums to 1; ``complaint`` is the probability that it is one.

    ``remedy`` is what its author wishes for if it is a complaint, ``Remedy.NONE`` from a reader that cannot tell.
    """

    sentiment: Mapping[Sentiment, float]
    complaint: float
    signals: tuple[FoundSignal, ...]
    remedy: Remedy = Remedy.NONE


Begun: TypeAlias = Callable[[Batch], list[Opinion]]
"""The rest of the work on texts that a reader has begun with: call it once their languages and words are known."""


class Reader(Protocol):
    """Anything that reads posts."""

    version: str
    """Changes whenever the answers may change; stored with each score."""

    def begin(self, texts: HashedTexts) -> Begun:
        """Begin with what needs nothing but the texts; it may go on beside the caller's own work."""
        ...
