"""The words that the reply check offers for a finding: the team's own, else those that come with Kuula.

A file a language, ``et.toml``, ``ru.toml``, ``fi.toml`` or ``en.toml``, with a list of phrases for each finding::

    no_apology = ["I'm sorry that this happened.", "I apologise, {name} here."]

``{name}`` stands for who answers and ``{time}`` for a time that the agent fills in. A team's file may leave findings
out: the words of Kuula stand in.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from models.replies.finding import FindingKind
from models.replies.patterns import LANGUAGES

PLACES = frozenset({"name", "time"})
"""What may stand in braces."""

LONGEST = 300
"""Characters of a phrase at most: it is a hint, not an answer."""

MOST = 20
"""Phrases for one finding at most."""

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")

Wordings = Mapping[FindingKind, tuple[str, ...]]


class BadPhrases(ValueError):
    """A file of phrases that cannot be used: says what is wrong in it, and what to write."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases by language and finding."""

    by_language: Mapping[str, Wordings]

    def several(self, kind: FindingKind, language: str) -> tuple[str, ...]:
        """Give all phrases for a finding, the best first; none in a language without phrases."""
        return self.by_language.get(language, {}).get(kind, ())

    def wording(self, kind: FindingKind, language: str, text: str = "") -> str:
        """Give the first phrase that the draft does not have already; "" where there is none."""
        return next((phrase for phrase in self.several(kind, language) if phrase not in text), "")

    def under(self, own: "Phrases") -> "Phrases":
        """Give these phrases with a team's own in their place where it has some."""
        return Phrases(
            {
                language: {**self.by_language.get(language, {}), **own.by_language.get(language, {})}
                for language in LANGUAGES
            }
        )


def read_phrases(text: str) -> Wordings:
    """Read the phrases of one language; raises `BadPhrases`."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPhrases(f"it is not TOML: {error}") from None
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, lists in thousands of lists: the library lets Python's own errors through.
        raise BadPhrases("it holds something else than lists of phrases") from None
    return {_kind(name): _phrases(name, phrases) for name, phrases in found.items()}


@cache
def builtin_phrases() -> Phrases:
    """Give the phrases that come with Kuula."""
    folder = resources.files(__package__).joinpath("phrases")
    return Phrases({code: read_phrases(folder.joinpath(f"{code}.toml").read_text("utf-8")) for code in LANGUAGES})


def _kind(name: str) -> FindingKind:
    if name not in set(FindingKind):
        raise BadPhrases(f"{name!r} is no finding; the findings are {', '.join(FindingKind)}")
    return FindingKind(name)


def _phrases(name: str, phrases: object) -> tuple[str, ...]:
    if not isinstance(phrases, list) or not phrases:
        raise BadPhrases(f'{name}: write a list of phrases, {name} = ["…", "…"]')
    if len(phrases) > MOST:
        raise BadPhrases(f"{name}: {len(phrases)} phrases are more than {MOST}; keep the best")
    return tuple(_phrase(name, phrase) for phrase in phrases)


def _phrase(name: str, phrase: object) -> str:
    if not isinstance(phrase, str) or not phrase.strip():
        # Python writes out no number of thousands of digits, which may be inside as well.
        given = repr(phrase) if isinstance(phrase, str | float) or phrase in range(10**6) else type(phrase).__name__
        raise BadPhrases(f"{name}: {given} is no phrase; write words between quotation marks")
    if len(phrase) > LONGEST:
        raise BadPhrases(f"{name}: a phrase of {len(phrase)} characters is longer than {LONGEST}: {phrase[:40]!r}…")
    for braces in _BRACES.finditer(phrase):
        if braces[1] not in PLACES:
            allowed = ", ".join(f"{{{place}}}" for place in sorted(PLACES))
            raise BadPhrases(f"{name}: {braces[0]!r} in {phrase[:40]!r} is no place that is filled in; use {allowed}")
    return phrase.strip()
