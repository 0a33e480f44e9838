"""Where in a draft a finding is: the personal data and facts that were seen, else the clause that the network heeds."""

from collections.abc import Iterable, Sequence
from typing import Any

from models.replies.clues import Clues
from models.replies.finding import KINDS, MISSING, FindingKind, Span
from models.replies.network import Reading
from models.replies.personal import Shown
from models.replies.sentences import clauses

_PERSONAL = frozenset({Shown.NUMBER, Shown.ADDRESS, Shown.HEALTH, Shown.FULL_NAME, Shown.PHONE})
_NEAR = 0.5
"""Share of the strongest sentence's mark from which another one is shown beside it."""

_MOST = 3


def spans_of(kind: FindingKind, text: str, clues: Clues, reading: Reading) -> tuple[Span, ...]:
    """Give the places of a finding in reading order; none of what is missing."""
    if kind in MISSING or not clues.sentences:
        return ()
    if kind is FindingKind.CONTRADICTS_EARLIER and clues.differences:
        return _apart(clues.differences)
    strengths = _strengths(KINDS.index(kind), clues.sentences, reading)
    best = max(strengths)
    shown = [place for place, strength in zip(clues.sentences, strengths, strict=True) if strength >= _NEAR * best]
    if kind is FindingKind.PERSONAL_DATA:
        found = [place.span for place in clues.shown if place.kind in _PERSONAL and _heeded(place.span, shown)]
        if found:
            return _apart(found)
    if kind in (FindingKind.OFFICIALESE, FindingKind.PUBLIC_ARGUMENT, FindingKind.BLAMES_CUSTOMER):
        return _apart(shown)
    return _apart(_strongest_clauses(KINDS.index(kind), text, place, reading) for place in shown)


def _strengths(column: int, sentences: Sequence[Span], reading: Reading) -> list[float]:
    return [_strength(column, place, reading) for place in sentences]


def _strength(column: int, place: Span, reading: Reading) -> float:
    """Give the mean of the marks of the surest pieces in a place, as probabilities; 0 where no piece was read."""
    import numpy as np

    starts, ends = reading.places.T
    inside = ((starts < place[1]) & (place[0] < ends) & (starts < ends)).nonzero()[0]
    if not inside.size:
        return 0.0
    sure: Any = 1.0 / (1.0 + np.exp(-np.sort(reading.marks[inside, column])[-_MOST:]))
    return float(sure.mean())


def _strongest_clauses(column: int, text: str, sentence: Span, reading: Reading) -> Span:
    """Give the stretch of a sentence from its first strong clause to its last."""
    parts = clauses(text, sentence)
    strengths = [_strength(column, part, reading) for part in parts]
    kept = [part for part, strength in zip(parts, strengths, strict=True) if strength >= _NEAR * max(strengths)]
    return (kept[0][0], kept[-1][1]) if kept else sentence


def _heeded(span: Span, sentences: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in sentences)


def _apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort places and keep those that overlap none before them, a few at most."""
    kept: list[Span] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept[:_MOST])
