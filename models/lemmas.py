"""Words of a text with their base forms and their places.

Signals point at characters of the post, stories and search compare base forms: both need the same words, so they are
cut once, here. Web addresses and @mentions are no words; the word of a #hashtag is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

LEMMATISED = ("et", "ru", "fi", "en")
"""The languages with a dictionary; in any other a word stands for itself, in lower case."""

DICTIONARIES = Path(__file__).parent / "artifacts" / "dictionaries" / version("simplemma")
"""Where the dictionaries are that were made for the installed simplemma."""

LONGEST_WORD = 40
"""Characters. Longer runs are noise: the affix search is quadratic in them, and a cache must not keep them."""

# Combining marks belong to the word: texts from some phones come decomposed ("o" + tilde for "õ").
_LETTERS = r"[^\W_][^\W_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W_]*)*"
_PIECE = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<!\w)@\w+(?:@[\w.-]+\w)?"
    rf"|(?P<word>{_LETTERS}(?:['’ʼ-]{_LETTERS})*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its base form in lower case, and its ``form``, which is ``text[start:end]``."""

    lemma: str
    form: str
    start: int
    end: int


def tokenize(text: str, language: str | None) -> list[Token]:
    """Cut ``text`` into words in reading order, with base forms in ``language`` (ISO 639-1; None is undecided)."""
    lemma = lemmatize
    return [
        Token(lemma(form, language), form, match.start(), match.end())
        for match in _PIECE.finditer(text)
        if (form := match["word"])
    ]


def cut_words(text: str) -> list[str]:
    """Give the forms of all words in reading order, three times as fast as with their places."""
    return [form for form in _PIECE.findall(text) if form]


def lemmatize(form: str, language: str | None) -> str:
    """Give the base form of one word in lower case."""
    if len(form) > LONGEST_WORD or language not in LEMMATISED:
        return form.lower()
    return _known(form.lower(), language)


@lru_cache(maxsize=131_072)
def _known(word: str, language: str) -> str:
    # Cached because words repeat and the dictionaries are slow: Finnish costs a millisecond a post without.
    word = word.replace("’", "'").replace("ʼ", "'")
    if language == "en" and word.endswith("n't"):
        return word  # the dictionary says "do" for "don't", and a lost negation turns a signal round
    if language in {"et", "fi"}:
        # Estonian and Finnish set case endings off foreign names by an apostrophe: Bolt'ile, Wolt'ista.
        word = word.split("'", 1)[0] or word
    with _one_at_a_time:
        return _lookup()(word, language).lower()


_one_at_a_time = Lock()
"""Four first searches at once read each dictionary four times, and all of them waited for all of it."""


@cache
def _lookup() -> Callable[[str, str], str]:
    # The dictionaries are read on first use: whoever imports this module for Token alone should not pay for them.
    from simplemma import Lemmatizer
    from simplemma.strategies import DefaultStrategy

    strategy = DefaultStrategy(dictionary_factory=_dictionaries())
    return Lemmatizer(cache_max_size=1, lemmatization_strategy=strategy).lemmatize


def _dictionaries() -> Any:
    """The tries that ``models.training.dictionaries`` made; where they are missing, the packed ones.

    Packed means streamed: as Python dictionaries the four languages take 700 MB, streamed 110 MB and 3 s to read.
    """
    if all((DICTIONARIES / f"{language}.dic").is_file() for language in LEMMATISED):
        from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

        return TrieDictionaryFactory(disk_cache_dir=str(DICTIONARIES))
    from simplemma.strategies import StreamDictionaryFactory

    return StreamDictionaryFactory()
