"""Makes further drafts to learn from: a good one into which a harmful sentence of another one is put.

Writers who harm mostly harm throughout, so a network learns that a draft which says sorry blames nobody. What blames,
belittles or shows personal data does so wherever it stands, and its place is marked; so it may be moved.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.replies.finding import FindingKind, Span, possible
from models.replies.sentences import sentences
from models.training.replies.reading import Lesson

MOVED = frozenset(
    {
        FindingKind.BLAMES_CUSTOMER,
        FindingKind.DISMISSIVE,
        FindingKind.PUBLIC_ARGUMENT,
        FindingKind.EXCEPTION_TRICK,
        FindingKind.OFFICIALESE,
        FindingKind.PERSONAL_DATA,
    }
)
"""Findings that a sentence has by itself."""

SEED = 11


def mixed(found: Sequence[Lesson], count: int) -> list[Lesson]:
    """Make ``count`` drafts of ``found``; the same ones every time."""
    chance = random.Random(SEED)
    harmful = [(lesson, place) for lesson in found for place in _harmful(lesson)]
    good = [lesson for lesson in found if not lesson.findings]
    made = []
    for lesson, place in chance.sample(harmful, min(count, len(harmful))):
        like = [
            one
            for one in good
            if one.draft.language == lesson.draft.language and one.draft.public == lesson.draft.public
        ]
        if like:
            made.append(_put(lesson, place, chance.choice(like), chance))
    return made


def _harmful(lesson: Lesson) -> Iterator[Span]:
    for start, end in sentences(lesson.draft.text):
        there = {kind for kind, spans in lesson.spans.items() if any(a < end and start < b for a, b in spans)}
        if there and there <= MOVED:
            yield start, end


def _put(lesson: Lesson, place: Span, into: Lesson, chance: random.Random) -> Lesson:
    text = into.draft.text
    begins = [start for start, _ in sentences(text)][1:] or [len(text)]
    at = chance.choice(begins)
    words = lesson.draft.text[slice(*place)]
    before = text[:at] if text[:at].endswith((" ", "\n")) else f"{text[:at]} "
    joint = " " if words.endswith((".", "!", "?", "…")) else ". "
    draft = replace(into.draft, text=f"{before}{words}{joint}{text[at:]}".strip())
    shift = len(before) - place[0]
    spans = {
        kind: [(max(a, place[0]) + shift, min(b, place[1]) + shift) for a, b in found if a < place[1] and place[0] < b]
        for kind, found in lesson.spans.items()
        if kind in MOVED and possible(draft, kind)
    }
    spans = {kind: found for kind, found in spans.items() if found}
    return Lesson(draft, lesson.author, frozenset(spans), frozenset(), spans)
