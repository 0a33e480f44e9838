"""Reads the words and phrases by which the reply check knows what a draft does (``patterns/<language>.txt``).

A file has sections, ``[apology]``, and below each one phrase a line: words with blanks between them. ``word*`` is a
word with any ending, ``one|other`` a choice, ``...`` up to four words of any kind, ``<n>`` a number. ``#`` begins
a remark. Letters are compared without regard to case, and Russian ``ё`` is ``е``. A phrase is a clue, not a verdict:
what each is worth is learnt (``models.training.replies``).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

LANGUAGES = ("et", "ru", "fi", "en")
"""The languages that have phrases (ISO 639-1)."""

SECTIONS = (
    "apology",
    "no_apology",
    "empathy",
    "time",
    "promise",
    "vague",
    "solved",
    "ask",
    "elsewhere",
    "refuse",
    "belittle",
    "blame",
    "formal",
    "exception",
    "goodwill",
    "as_before",
    "corrected",
    "argued",
    "team",
)
"""The sections that every file has, in the order in which their clues are learnt."""

_GAP = r"(?:\W+\w+){0,4}?"
_NUMBER = r"\d+(?:[.,:]\d+)*"
_BETWEEN = r"[^\w.!?]{1,4}"


class BadPhrase(ValueError):
    """A line of a file of phrases that cannot be read; says where and what to write."""


def plain(text: str) -> str:
    """Give the text as phrases are compared with it: as long as before, so that places hold."""
    return text.translate(_SAME)


_SAME = str.maketrans({"ё": "е", "Ё": "Е", "’": "'", "ʼ": "'", "‘": "'"})


def read(text: str) -> Mapping[str, re.Pattern[str]]:
    """Read a file of phrases; raises `BadPhrase` with the number of the line that is wrong."""
    lines: dict[str, list[str]] = {}
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
            if section not in SECTIONS:
                raise BadPhrase(f"line {number}: {section!r} is no section; the sections are {', '.join(SECTIONS)}")
        elif line and not section:
            raise BadPhrase(f"line {number}: no section yet; write [{SECTIONS[0]}] above it")
        elif line:
            try:
                lines.setdefault(section, []).append(_expression(line))
            except BadPhrase as error:
                raise BadPhrase(f"line {number}: {error}") from None
    if lacking := [name for name in SECTIONS if name not in lines]:
        raise BadPhrase(f"there is nothing for {', '.join(lacking)}")
    return {name: re.compile(rf"(?<!\w)(?:{'|'.join(lines[name])})(?!\w)", re.IGNORECASE) for name in SECTIONS}


@cache
def patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    """Give the phrases of a language; of one that has none, the English ones."""
    name = language if language in LANGUAGES else "en"
    return read(resources.files(__package__).joinpath("patterns", f"{name}.txt").read_text("utf-8"))


@cache
def names() -> frozenset[str]:
    """Give the first names that people sign with."""
    text = resources.files(__package__).joinpath("patterns", "names.txt").read_text("utf-8")
    return frozenset(plain(line) for line in text.splitlines() if line and not line.startswith("#"))


def _expression(line: str) -> str:
    parts = list(_parts(line))
    if _GAP in (parts[0], parts[-1]):
        raise BadPhrase("a phrase begins and ends with a word, not with a gap")
    made = parts[0]
    for part in parts[1:]:
        made += part if part == _GAP else _BETWEEN + part
    return made


def _parts(line: str) -> Iterator[str]:
    for word in line.split():
        if word == "...":
            yield _GAP
        else:
            yield f"(?:{'|'.join(map(_word, word.split('|')))})"


def _word(word: str) -> str:
    if not word.strip("*"):
        raise BadPhrase("there is an empty word; write words between the bars")
    found = re.escape(plain(word.removesuffix("*"))).replace("<n>", _NUMBER)
    return found + r"\w*" if word.endswith("*") else found
