"""The files of phrases by which the reply check knows what a draft does, and how mistakes in them are told."""

import pytest

from models.replies.patterns import LANGUAGES, SECTIONS, BadPhrase, names, patterns, plain, read

WHOLE = "\n".join(f"[{name}]\nword{name}" for name in SECTIONS)


def found(line: str, text: str) -> list[str]:
    """Give what one line finds."""
    pattern = read(WHOLE.replace("wordapology", line))["apology"]
    return [match[0] for match in pattern.finditer(plain(text))]


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("sorry", "Sorry, sorrys", ["Sorry"]),
        ("apolog*", "my apologies", ["apologies"]),
        ("my|our bad", "our bad", ["our bad"]),
        ("my bad", "my. bad", []),
        ("wish ... not", "I wish it had not been", ["wish it had not"]),
        ("in <n> days", "in 14 days", ["in 14 days"]),
        ("ещё", "Еще и ЕЩЁ", ["Еще", "ЕЩЕ"]),
    ],
)
def test_a_line_finds_what_it_says(line: str, text: str, expected: list[str]) -> None:
    """Endings, choices, gaps, numbers and both spellings of ё are read, and no phrase crosses a sentence's end."""
    assert found(line, text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sorry", "line 1: no section yet"),
        ("[sory]", "line 1: 'sory' is no section"),
        ("[apology]\nsorry|", "line 2: there is an empty word"),
        ("[apology]\n... sorry", "line 2: a phrase begins and ends with a word"),
        ("[apology]\nsorry", "there is nothing for no_apology"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, said: str) -> None:
    """Whoever edits a file is told where it is wrong and what to write."""
    with pytest.raises(BadPhrase, match=said):
        read(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_can_be_read(language: str) -> None:
    """Each language has phrases for every section."""
    assert set(patterns(language)) == set(SECTIONS)


def test_plain_keeps_places() -> None:
    """What is compared is as long as what was written, so that spans fit."""
    text = "Ещё ’tis İ"
    assert len(plain(text)) == len(text)
    assert {"Mari", "Олег"} <= names()
