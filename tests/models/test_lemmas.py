import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec, module_from_spec
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.lemmas import LEMMATISED, cut_words, tokenize

_PIECES = st.sampled_from(
    [
        "Wolt'ista ",
        "tüli ",
        "@firma ",
        "http://a.ee/b?c=1 ",
        "#Katki ",
        "🙂",
        "\x00",
        "не-а ",
        "o\u0303",
        "don't",
        "\n",
        "a@b.ee ",
    ]
)


def _lemmas(text: str, language: str | None) -> list[str]:
    return [token.lemma for token in tokenize(text, language)]


@settings(deadline=None)  # the first word of a language reads its dictionary
@given(text=st.one_of(st.text(), st.lists(_PIECES).map("".join)), language=st.sampled_from(["en", None, "xx"]))
def test_offsets_match_text(text: str, language: str | None) -> None:
    """Whatever the text holds, a token's form is exactly the characters it points at, in reading order."""
    tokens = tokenize(text, language)
    assert all(text[token.start : token.end] == token.form for token in tokens)
    assert all(left.end <= right.start for left, right in pairwise(tokens))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("et", "Tellisin Bolt'ist toitu", ["tellima", "bolt", "toit"]),
        ("ru", "верните мои деньги", ["вернуть", "мой", "деньги"]),
        ("fi", "rahoja ei palautettu", ["raha", "ei", "palauttaa"]),
        ("en", "They promised refunds", ["they", "promise", "refund"]),
        ("sv", "Pengarna TILLBAKA", ["pengarna", "tillbaka"]),
        (None, "Pengarna tillbaka", ["pengarna", "tillbaka"]),
    ],
)
def test_base_forms(language: str | None, text: str, expected: list[str]) -> None:
    """Inflected words become base forms in the four languages, and stay as they are, in lower case, in any other."""
    assert _lemmas(text, language) == expected


def test_addresses_and_mentions_are_no_words() -> None:
    """Web addresses, mail addresses and @mentions (with a server too) are left out; the word of a hashtag stays."""
    text = "See https://x.ee/a?b=c www.x.ee a.b@c.ee @firma @firma@mastodon.social #katki!"
    assert _lemmas(text, None) == ["see", "katki"]


def test_english_negation_survives() -> None:
    """A negated auxiliary keeps its negation, with a straight and with a typographic apostrophe."""
    assert _lemmas("don't can’t", "en") == ["don't", "can't"]


@pytest.mark.parametrize("text", ["ʼ", "ʼn roll", "’", "'"])
def test_a_word_may_begin_with_an_apostrophe(text: str) -> None:
    """What is before the apostrophe is nothing there, and nothing has no base form."""
    for language in LEMMATISED:
        assert all(token.lemma for token in tokenize(text, language))


def test_decomposed_letters_stay_in_one_word() -> None:
    """A word whose diacritics come as separate characters is one token with the lemma of the composed word."""
    assert _lemmas(unicodedata.normalize("NFD", "lõhkusid"), "et") == _lemmas("lõhkusid", "et") != ["lo", "hkusid"]


def test_endless_word_is_left_alone() -> None:
    """A run of a million letters is one token, its own lemma, and is not searched for affixes."""
    assert _lemmas("A" * 1_000_000, "fi") == ["a" * 1_000_000]


def test_words_are_those_of_the_tokens() -> None:
    """Cutting without places gives the same words in the same order."""
    text = "See https://x.ee/a?b=c @firma #katki! don't e-post õhk 24/7"
    assert cut_words(text) == [token.form for token in tokenize(text, None)]


class Watched:
    """The dictionaries, with how many were asked for at the same moment."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._inside = 0
        self.most = 0

    def get_dictionary(self, language: str) -> Any:
        """One of them, after a while in which others could ask too."""
        self._inside += 1
        self.most = max(self.most, self._inside)
        time.sleep(0.01)
        self._inside -= 1
        return self._real.get_dictionary(language)


def test_first_searches_at_once_read_the_dictionaries_one_by_one() -> None:
    """Threads that all need the dictionaries at the same moment wait for one of them to read, and then agree."""
    spec = find_spec("models.lemmas")
    assert spec is not None
    assert spec.loader is not None
    cold = module_from_spec(spec)
    spec.loader.exec_module(cold)
    watched = Watched(cold._dictionaries())
    cold._dictionaries = lambda: watched
    together = Barrier(4)

    def look() -> str:
        together.wait()
        return str(cold.lemmatize("pakkide", "et"))

    with ThreadPoolExecutor(4) as pool:
        assert {asked.result() for asked in [pool.submit(look) for _ in range(4)]} == {"pakk"}
    assert watched.most == 1
