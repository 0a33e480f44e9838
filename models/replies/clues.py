"""What can be seen of a draft without a network: phrases, names, numbers, shape, and how it stands to what it answers.

Each clue is a number, the same for all languages, so that a language learns from the three others what a clue is worth.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.replies.finding import Draft, Span
from models.replies.pair import COLUMNS as BESIDE_EARLIER
from models.replies.pair import beside_earlier, likeness
from models.replies.patterns import SECTIONS, patterns, plain
from models.replies.personal import Place, Shown, places
from models.replies.sentences import sentences

LONGEST = 4_000
"""Characters of a draft that are read: six times what the longest answers have."""

_MOST = 2.0
_MOMENT = re.compile(
    r"(?<![\d.,€£$])(?:[0-3]?\d\.[01]?\d\.(?:\d{2,4})?|[0-2]?\d[:.][0-5]\d|[0-3]?\d(?:st|nd|rd|th)\b)"
    r"(?!\d)(?!\s?(?:€|£|eur|e\b|руб|р\b|евро|%|gb|kg|km|гб|кг))",
    re.IGNORECASE,
)
"""A day or a time in digits, which all four languages write alike."""

_SIGNED = 5
"""Words of a signature at most."""

_SHAPE = (
    "signed",
    "named",
    "greeted_only",
    "direct",
    "questions",
    "sentences",
    "length",
    "about_complaint",
    "language_et",
    "language_ru",
    "language_fi",
    "language_en",
)

COLUMNS: tuple[str, ...] = (
    *SECTIONS,
    "apology_first",
    "timed_promise",
    "vague_promise",
    *(f"shown_{kind}" for kind in Shown),
    *_SHAPE,
    *(f"beside_{name}" for name in BESIDE_EARLIER),
)
"""The clues, in the order in which they are learnt."""


@dataclass(frozen=True, slots=True)
class Clues:
    """The clues of a draft as numbers, and where phrases, personal data, and other facts than were told before are."""

    values: tuple[float, ...]
    phrases: Mapping[str, Sequence[Span]]
    shown: Sequence[Place]
    sentences: Sequence[Span]
    differences: Sequence[Span]


def clues_of(draft: Draft) -> Clues:
    """Read the clues of a draft."""
    text = draft.text[:LONGEST]
    compared = plain(text)
    phrases = {
        name: [match.span() for match in pattern.finditer(compared)]
        for name, pattern in patterns(draft.language).items()
    }
    # "Unfortunately" has the stem of "sorry" in some languages, and is no apology in any.
    phrases["apology"] = [span for span in phrases["apology"] if not _meets(span, phrases["no_apology"])]
    phrases["time"] = sorted({*phrases["time"], *(match.span() for match in _MOMENT.finditer(compared))})
    shown = places(text, draft.language)
    cut = sentences(text)
    values = [min(len(phrases[name]), _MOST) for name in SECTIONS]
    values += [float(bool(phrases["apology"]) and phrases["apology"][0][0] < len(text) / 3), *_promises(phrases, cut)]
    values += [min(sum(place.kind is kind for place in shown), _MOST) for kind in Shown]
    values += _shape(draft, text, shown, cut)
    beside = beside_earlier(text, draft.earlier, draft.language)
    return Clues(tuple(map(float, [*values, *beside.values])), phrases, shown, cut, beside.differences)


def _promises(phrases: Mapping[str, Sequence[Span]], cut: Sequence[Span]) -> list[float]:
    """Tell whether a sentence promises with a time, and whether one does so with none."""
    timed = untimed = False
    for start, end in cut:
        promised, vague, time = (_within(phrases[name], start, end) for name in ("promise", "vague", "time"))
        timed |= promised and time
        untimed |= (promised and not time) or vague
    return [float(timed), float(untimed)]


def _meets(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _within(spans: Sequence[Span], start: int, end: int) -> bool:
    """Tell whether one of the spans, which are in their order, begins between two places."""
    first = bisect_left(spans, (start, start))
    return first < len(spans) and spans[first][0] < end


def _shape(draft: Draft, text: str, shown: Sequence[Place], cut: Sequence[Span]) -> list[float]:
    complaint = draft.complaint[:LONGEST]
    people = [place for place in shown if place.kind in (Shown.NAME, Shown.FULL_NAME)]
    # A name in the greeting is the customer's, and so is one that the customer signed with.
    greeting = cut[0][0] + 30 if cut else 0
    ours = [place for place in people if place.start > greeting or place.end > len(text) - 30]
    ours = [place for place in ours if text[place.start : place.end] not in complaint]
    signed = bool(cut) and _is_signature(text[slice(*cut[-1])])
    direct = any(place.kind in (Shown.PHONE, Shown.MAIL) for place in shown)
    return [
        float(signed),
        float(bool(ours)),
        float(bool(people) and not ours),
        float(direct),
        min(text.count("?"), _MOST),
        math.log1p(len(cut)),
        math.log1p(len(text)) / 5,
        likeness(text, complaint),
        *(float(draft.language == code) for code in ("et", "ru", "fi", "en")),
    ]


def _is_signature(sentence: str) -> bool:
    words = [word.strip(".,/–—-@|()") for word in sentence.rpartition("\n")[2].split()]
    words = [word for word in words if word]
    return 0 < len(words) <= _SIGNED and any(word[0].isupper() for word in words) and not sentence.endswith(("!", "?"))
