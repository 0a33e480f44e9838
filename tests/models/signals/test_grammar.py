"""The pattern files: what their lines mean, and how mistakes in them are told."""

import pytest

from models.lemmas import tokenize
from models.scores import Signal
from models.signals import LANGUAGES, patterns
from models.signals.fold import fold_latin, fold_russian
from models.signals.grammar import BadPattern, read
from models.signals.match import Matcher, read_post

HEAD = "$negators = not\n$conditions = if\n[fraud_accusation]\n"


def found(lines: str, text: str) -> list[str]:
    """Give the stretches of an English text that one section's lines find."""
    matcher = Matcher(read(HEAD + lines, fold_latin), fold_latin)
    return [text[one.start : one.end] for one in matcher.find(read_post(text, tokenize(text, "en")))]


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("big lie", "a Big Lie here", ["Big Lie"]),
        ("li*|scam", "scam and liars", ["scam", "liars"]),
        ("big ...1 lie", "big fat lie", ["big fat lie"]),
        ("big ...1 lie", "big fat ugly lie", []),
        ("big ... lie", "big. lie", []),
        ("big >> lie", "big. lie", ["big. lie"]),
        ("big ugly? lie", "big lie", ["big lie"]),
        ("(big lie|scam|con job)", "con job", ["con job"]),
        ("(very (big|bad)|huge) lie", "very bad lie", ["very bad lie"]),
        ("<number> lies", "100 lies", ["100 lies"]),
        ("<number>-year*", "a 3-year-old lie", ["3-year-old"]),
        ("lie", "not a lie", []),
        ("lie", "if not fixed, a lie", ["lie"]),
        ("regardless: lie", "not a lie", ["lie"]),
        ("lie\nexcept: white lie", "white lie, lie", ["lie"]),
        ("lie\nsilent: joke", "lie. joke", []),
        ("lie\nonly: paid", "lie", []),
        ("lie\nonly: paid", "paid, lie", ["lie"]),
        ("@liar*", "ask @LiarNews", ["@LiarNews"]),
    ],
)
def test_each_construct_means_what_the_docstring_says(line: str, text: str, expected: list[str]) -> None:
    """Every construct of the notation finds and spares what the notation's own text promises."""
    assert found(line, text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lie", "line 1: no section yet"),
        ("[lies]", "line 1: 'lies' is no signal"),
        (HEAD + "$nobody lie", "line 4: no list is called \\$nobody"),
        (HEAD + "lie ...", "line 4: a line begins and ends with a word"),
        (HEAD + "very? lie", "line 4: a line begins and ends with a word"),
        (HEAD + "lie||scam", "line 4: .* holds an empty word"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str) -> None:
    """Whoever edits a file learns which line is wrong and what to write."""
    with pytest.raises(BadPattern, match=told):
        read(text, fold_latin)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_signal(language: str) -> None:
    """No language lacks patterns for any signal."""
    assert set(patterns(language).sections) == set(Signal)


def test_folding_joins_spellings() -> None:
    """Diacritics, apostrophes, stretched letters and transliteration lead to one spelling."""
    assert fold_latin("Õudne") == fold_latin("6udne") == fold_latin("oudne")
    assert fold_latin("don’t") == fold_latin("dont")
    assert fold_latin("nooooo") == fold_latin("no")
    assert fold_russian("деньги") == fold_russian("dengi")
    assert fold_russian("ещё") == fold_russian("еще") == fold_russian("eshche")
