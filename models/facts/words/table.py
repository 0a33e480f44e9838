"""The shape of a language's words, and how they are written down.

Words stand in one text, separated by blanks: ``pakk*`` is whatever begins so, ``as_soon`` is two words, ``_*_`` any
word between. A table has ``name: words`` on a line, and goes on in the lines below that have no name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

NEVER = re.compile(r"(?!)")


@lru_cache(maxsize=1024)
def pattern(listed: str) -> re.Pattern[str]:
    """Compile a list of words to what finds any of them; nothing is found of an empty list."""
    return re.compile(rf"(?<!\w)(?:{alternatives(listed)})(?!\w)") if listed.strip() else NEVER


@lru_cache(maxsize=1024)
def alternatives(listed: str) -> str:
    """Write a list of words as alternatives of a regular expression, the longest first."""
    longest_first = sorted(listed.split(), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\*", r"\w{0,14}").replace("_", r"\s{1,3}") for word in longest_first)


def rows(text: str) -> dict[str, str]:
    """Read a table of words."""
    found: dict[str, str] = {}
    name = ""
    for line in text.strip().splitlines():
        before, colon, after = line.partition(": ")
        name, more = (before.strip(), after) if colon else (name, line)
        found[name] = f"{found.get(name, '')} {more}".strip()
    return found


def parts(text: str) -> dict[str, str]:
    """Read number words: their worth, and all ways to write it."""
    return {word: worth for worth, words in rows(text).items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Words:
    """What one language says for numbers, times, things, causes and admissions, in lower case.

    ``numbers`` are what number words are made of: a value, ``+`` (teens: ten more than the unit before) or ``*`` (tens:
    ten times the unit before). Those that end in ``_pattern`` are regular expressions.
    """

    numbers: Mapping[str, str]
    ordinals: Mapping[str, str]
    joined: str
    half: str
    cents: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    days: Mapping[str, str]
    day_pattern: str
    next_week: str
    this_week: str
    until_before: str
    until_after: str
    until_ending_pattern: str
    clock_pattern: str
    hour_pattern: str
    noon: str
    units: Mapping[str, str]
    things: Mapping[str, str]
    money: str
    more: str
    handles: str
    calls: str
    because: str
    causes: Mapping[str, str]
    rules: Mapping[str, str]
    promises: Mapping[str, str]
    admits: str
    missed: str
