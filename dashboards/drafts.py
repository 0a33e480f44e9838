"""Reading a draft of an answer for whoever writes it, or for a program: what would hurt, where, and better words.

Nothing here keeps, sends or forbids anything.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from dashboards.finding_words import FINDINGS, Advice
from dashboards.office import Office
from dashboards.speech import LANGUAGES, Speech
from models.facts import Fact, differing_from, facts_of
from models.replies import Draft, Finding, FindingKind
from monitors.ledger import answers
from monitors.ledger.engine import Tx

LONGEST = 5000
MOST_EARLIER = 20
_TIME_PLACES = {"et": "[kellaaeg]", "ru": "[время]", "fi": "[aika]", "en": "[time]"}
"""What stands where the writer of a draft says a time, in the draft's language. As in static/reply.js."""
_PLACE = re.compile("|".join([r"\{(?:name|time)\}", *map(re.escape, _TIME_PLACES.values())]))


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier answer: its words, its facts, who gave it and when, where that is known."""

    text: str
    facts: Sequence[Fact]
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a draft between two marks; ``kinds`` are the findings about it."""

    text: str
    kinds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding for people: its kind and advice, its words in the draft, and better words in the draft's language."""

    kind: str
    advice: Advice
    probability: float
    spans: Sequence[tuple[int, int]]
    quotes: Sequence[str]
    wording: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A fact that a draft gives otherwise than an earlier answer did."""

    new: str
    told: str
    span: tuple[int, int]
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a draft found; ``pieces`` are its text with the marks, the whole of it."""

    draft: Draft
    remarks: Sequence[Remark]
    otherwise: Sequence[Otherwise]
    pieces: Sequence[Piece]

    @property
    def kinds(self) -> list[str]:
        """The findings' names."""
        return [remark.kind for remark in self.remarks]

    @property
    def gap(self) -> str:
        """The first place in the draft where its writer has still to say something; empty where there is none."""
        found = _PLACE.search(self.draft.text)
        return found[0] if found else ""

    @property
    def digest(self) -> str:
        """The words that were looked at: what somebody has seen of them does not hold for others."""
        return hashlib.sha256(f"{self.draft.language}\n{self.draft.text}".encode(errors="replace")).hexdigest()


def guess(office: Office, language: str, text: str) -> str:
    """The language of a draft: the one that was chosen, else the one it is written in."""
    if language in LANGUAGES:
        return language
    found = office.replies.checker.language(text)
    return found if found in LANGUAGES else "en"


def look(office: Office, draft: Draft, day: date, earlier: Sequence[Earlier] = (), name: str = "") -> Looked:
    """Read a draft that somebody of this name writes on a ``day``, which is what its "tomorrow" goes by.

    ``earlier`` are the answers of ``draft.earlier`` with what else is known of them, oldest first. In a wording the
    name is filled in; a time that only its writer knows stays a place, in words of the draft's language for somebody
    of a name, in braces for a program.
    """
    if not draft.text.strip():
        return Looked(draft, (), (), ())
    otherwise = _otherwise(draft, day, earlier)
    remarks = [_remark(finding, draft, name) for finding in office.replies.checker.check(draft)]
    if otherwise and FindingKind.CONTRADICTS_EARLIER not in [remark.kind for remark in remarks]:
        spans = tuple(dict.fromkeys(one.span for one in otherwise))
        remarks.append(_remark(Finding(FindingKind.CONTRADICTS_EARLIER, 1.0, spans), draft))
    return Looked(draft, remarks, otherwise, pieces(draft.text, remarks))


def _remark(finding: Finding, draft: Draft, name: str = "") -> Remark:
    kind, text, wording = finding.kind.value, draft.text, finding.wording
    spans = [(start, end) for start, end in finding.spans if 0 <= start < end <= len(text)]
    if name:
        wording = wording.replace("{time}", _TIME_PLACES.get(draft.language, "[time]")).replace("{name}", name)
    return Remark(kind, FINDINGS[kind], finding.probability, spans, [text[a:b] for a, b in spans], wording)


def _otherwise(draft: Draft, day: date, earlier: Sequence[Earlier]) -> list[Otherwise]:
    new = facts_of(draft.text, draft.language, day)
    return [
        Otherwise(one.new.text, one.told.text, (one.new.start, one.new.end), earlier[number].who, earlier[number].at)
        for one, number in differing_from(new, [one.facts for one in earlier])
    ]


def pieces(text: str, remarks: Sequence[Remark]) -> list[Piece]:
    """Cut a text where marks begin and end."""
    spans = [(start, end, remark.kind) for remark in remarks for start, end in remark.spans]
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    return [
        Piece(text[left:right], [kind for start, end, kind in spans if start <= left and right <= end])
        for left, right in pairwise(edges)
    ]


def told_before(tx: Tx, incident_id: int, names: Mapping[str, str]) -> list[Earlier]:
    """The latest earlier answers of an incident, oldest first."""
    rows = [row for row in answers.told(tx, incident_id) if row.text][-MOST_EARLIER:]
    return [Earlier(row.text, answers.facts(row), names.get(row.actor, row.actor), row.at) for row in rows]


def pasted(texts: Sequence[str], language: str, day: date) -> list[Earlier]:
    """Earlier answers that somebody gives with a draft."""
    return [Earlier(text, facts_of(text, language, day)) for text in texts[-MOST_EARLIER:] if text.strip()]


def as_document(looked: Looked, say: Speech) -> dict[str, Any]:
    """The same for a program, in the language of whoever asks."""
    return {
        "language": looked.draft.language,
        "findings": [
            {
                "finding": remark.kind,
                "name": say.text(remark.advice.name),
                "why": say.text(remark.advice.why),
                "instead": say.text(remark.advice.instead),
                "probability": round(remark.probability, 3),
                "spans": [list(span) for span in remark.spans],
                "wording": remark.wording,
            }
            for remark in looked.remarks
        ],
        "differs": [{"now": one.new, "before": one.told, "span": list(one.span)} for one in looked.otherwise],
    }
