"""The pattern files: what a person on the support team reads and edits, and how it becomes patterns.

A file holds named word lists (``$money = raha eur*``, continued by a second line of that name) and one section a signal
(``[refund_demand]``). Each line of a section is a sequence of words that shows the signal:

=================  ==================================================================================
``raha``           the word, as typed or as its lemma; case, diacritics and apostrophes do not matter
``raha*``          any word that begins so
``raha|eur*``      one of these; ``$money`` stands for a named list, also inside such a choice
``tagasi?``        may be there
``(a b|c|d e)``    one of these sequences
``...`` ``...6``   up to three (six) other words of the same sentence
``>>`` ``>>20``    up to twelve (twenty) other words, also across sentences
``<number>``       a word with a digit; ``<number>-vuotia*`` goes on after it
``@name*``         a mention of an account
=================  ==================================================================================

A negation before the words or between them cancels a line, unless the line begins with ``regardless:`` or holds a
negation itself. ``except:`` names words that only look like the signal: what overlaps them is dropped. ``silent:``
silences the section when its words occur anywhere in the post; a section with ``only:`` speaks only when such words
occur somewhere, or when another section speaks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.scores import Signal
from models.signals.fold import Fold

NUMBER = "<number>"
"""How a pattern writes any word with a digit."""

_GAPS = {"...": 3, ">>": 12}
_GAP = re.compile(r"(\.\.\.|>>)(\d*)")
_CHOICE = re.compile(r"\(([^()]*)\)")
_COMMENT = re.compile(r"(?:^|\s)#(?:\s.*|$)")
_LIST = re.compile(r"\$(\w+)\s*=\s*(.+)")
_LINE = re.compile(r"(?:(regardless|except|silent|only):\s*)?(.+)")


class BadPattern(ValueError):
    """A line of a pattern file cannot be read; the message names the line and what to write instead."""


class Role(StrEnum):
    """What a line does in its section."""

    SHOW = "show"
    REGARDLESS = "regardless"
    EXCEPT = "except"
    SILENT = "silent"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Words:
    """The words that fit at one place: whole words and beginnings of words, folded."""

    whole: frozenset[str]
    beginnings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a pattern, after at most ``gap`` other words; ``far`` gaps may cross the end of a sentence."""

    words: Words
    optional: bool = False
    gap: int = 0
    far: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One readable line of a section: what it does, and one sequence of steps for each of its readings."""

    role: Role
    readings: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class PatternFile:
    """All patterns of one language, with the words that deny and the words that make a condition."""

    sections: Mapping[Signal, tuple[Line, ...]]
    negators: Words
    conditions: Words


@dataclass(slots=True)
class _Reader:
    fold: Fold
    lists: dict[str, str] = field(default_factory=dict)

    def extend(self, name: str, words: list[str]) -> None:
        known = [self.lists[name]] if name in self.lists else []
        self.lists[name] = "|".join(known + words)

    def words(self, spec: str) -> Words:
        whole: set[str] = set()
        beginnings: set[str] = set()
        for word in self._spelled_out(spec):
            (beginnings if word.endswith("*") else whole).add(self._folded(word.removesuffix("*")))
        if "" in whole | beginnings:
            raise BadPattern(f"{spec!r} holds an empty word; write words between the bars")
        return Words(frozenset(whole), frozenset(beginnings))

    def line(self, text: str) -> Line:
        match = _LINE.fullmatch(text)
        if match is None:
            raise BadPattern("write a word after the colon")
        role = Role(match[1] or Role.SHOW)
        return Line(role, tuple(tuple(self._steps(reading)) for reading in _readings(match[2])))

    def _folded(self, word: str) -> str:
        if word.startswith(NUMBER):
            return NUMBER + self.fold(word.removeprefix(NUMBER))
        return "@" + word[1:].lower() if word.startswith("@") else self.fold(word)

    def _spelled_out(self, spec: str) -> Iterator[str]:
        for word in spec.split("|"):
            if not word.startswith("$"):
                yield word
            elif word[1:] in self.lists:
                yield from self._spelled_out(self.lists[word[1:]])
            else:
                raise BadPattern(f"no list is called {word}; write '{word} = ...' above the sections")

    def _steps(self, reading: str) -> Iterator[Step]:
        gap, far = 0, False
        for part in reading.split():
            if skipped := _GAP.fullmatch(part):
                gap, far = int(skipped[2] or _GAPS[skipped[1]]), skipped[1] == ">>"
                continue
            yield Step(self.words(part.removesuffix("?")), part.endswith("?"), gap, far)
            gap, far = 0, False
        if gap or reading.split()[0].endswith("?"):
            raise BadPattern("a line begins and ends with a word that must be there, not with a gap or a question mark")


def read(text: str, fold: Fold) -> PatternFile:
    """Read a pattern file; raises `BadPattern` with the number of the line that is wrong."""
    reader = _Reader(fold)
    sections: dict[Signal, list[Line]] = {}
    section: list[Line] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", raw).strip()
        try:
            if named := _LIST.fullmatch(line):
                reader.extend(named[1], named[2].split())
            elif line.startswith("["):
                section = sections.setdefault(_signal(line.strip("[]")), [])
            elif line and section is not None:
                section.append(reader.line(line))
            elif line:
                raise BadPattern("no section yet; write [signal] above it")
        except BadPattern as error:
            raise BadPattern(f"line {number}: {error}") from None
    return PatternFile(
        {signal: tuple(lines) for signal, lines in sections.items()},
        reader.words("$negators"),
        reader.words("$conditions"),
    )


def _signal(name: str) -> Signal:
    if name not in set(Signal):
        raise BadPattern(f"{name!r} is no signal; the signals are {', '.join(Signal)}")
    return Signal(name)


def _readings(text: str) -> list[str]:
    choice = _CHOICE.search(text)
    if choice is None:
        return [text]
    options = [" ".join(option.split()) for option in choice[1].split("|")]
    nested = text.count("(", 0, choice.start()) > text.count(")", 0, choice.start())
    single = "|".join(option for option in options if " " not in option and not nested)
    sequences = [option for option in options if " " in option or nested]
    return [
        reading
        for option in ([single] if single else []) + sequences
        for reading in _readings(text[: choice.start()] + option + text[choice.end() :])
    ]
