"""Cuts a draft into sentences and clauses, with their places."""

import re
from collections.abc import Iterator

from models.replies.finding import Span

_END = re.compile(r"(?<=[.!?…])[\"”»)]*\s+(?=[\"“„«(]?[^\W\d_a-zа-яõäöüšž])|\n+|(?<=[\U0001f300-\U0001faff])\s+")
_CLAUSE = re.compile(r"[,;:]\s+|\s[–—-]\s")
_FEWEST = 3


def sentences(text: str) -> list[Span]:
    """Give the places of the sentences, without the blanks around them."""
    return list(_trimmed(text, _cut(text, 0, len(text), _END)))


def clauses(text: str, sentence: Span) -> list[Span]:
    """Give the places of the clauses of a sentence that have words enough to say something by themselves."""
    found: list[Span] = []
    for start, end in _trimmed(text, _cut(text, *sentence, _CLAUSE)):
        if found and len(text[start:end].split()) < _FEWEST:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _cut(text: str, start: int, end: int, at: re.Pattern[str]) -> Iterator[Span]:
    begun = start
    for match in at.finditer(text, start, end):
        yield begun, match.start()
        begun = match.end()
    yield begun, end


def _trimmed(text: str, places: Iterator[Span]) -> Iterator[Span]:
    for start, end in places:
        words = text[start:end]
        kept = words.strip()
        if kept:
            first = start + words.index(kept[0])
            yield first, first + len(kept)
