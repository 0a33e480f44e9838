"""What the customer was told before, as one list of facts, and where answers contradict each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.case import fact_words
from dashboards.case.context import Case
from dashboards.speech import Speech, speech
from models.facts import Difference, Fact, FactKind, differing_from, facts_of
from models.moments import in_zone
from monitors.ledger import answers, people


@dataclass(frozen=True, slots=True)
class Chip:
    """One fact as it is shown: its kind and its words."""

    kind: str
    called: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as it is shown, with the sentences that say what it contradicts."""

    row: Any
    chips: Sequence[Chip]
    contradicts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer that is not recorded yet; ``marks`` is true where it differs from what was told."""

    text: str
    marks: bool


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it, oldest first; ``telling`` is a form that came back."""
    return {"told_before": _shown(case), "telling": None}


def differences(case: Case, text: str, language: str | None) -> list[dict[str, Any]]:
    """Where an answer that is not given yet differs from what was told, in the order of the text.

    Each has ``start`` and ``end`` in the text, the ``kind``, ``now`` and ``before`` in the reader's words, ``who`` told
    the other ``at`` (ISO) in which ``answer``, and the whole ``sentence``.
    """
    rows = answers.told(case.tx, case.row.id)
    new = facts_of(text, language, _today(case))
    found = differing_from(new, [answers.facts(row) for row in rows])
    return [_difference(case, difference, rows[number]) for difference, number in found]


def pieces(text: str, found: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """Cut a text at the places that differ."""
    cut: list[Piece] = []
    at = 0
    for one in found:
        start, end = max(at, one["start"]), max(at, one["end"])
        cut += [Piece(text[at:start], marks=False), Piece(text[start:end], marks=True)]
        at = end
    return [piece for piece in [*cut, Piece(text[at:], marks=False)] if piece.text]


def _shown(case: Case) -> list[Told]:
    say = _say(case)
    rows = answers.told(case.tx, case.row.id)
    known = [answers.facts(row) for row in rows]
    shown = []
    for number, row in enumerate(rows):
        found = differing_from(known[number], known[:number])
        against = [_difference(case, one, rows[before])["sentence"] for one, before in found]
        shown.append(Told(row, _chips(say, known[number]), against))
    return shown


def _chips(say: Speech, facts: Sequence[Fact]) -> list[Chip]:
    """Each fact once: a promise that says its day says it for both, and a name that signs is that of who answers."""
    chips = {
        Chip(fact.kind.value, say.text(fact_words.KINDS[fact.kind]), fact_words.label(say, fact)): None
        for fact in facts
        if fact.kind in fact_words.SHOWN
    }
    return list(chips)


def _difference(case: Case, difference: Difference, row: Any) -> dict[str, Any]:
    say = _say(case)
    now, before = fact_words.label(say, difference.new), fact_words.label(say, difference.told)
    who = _name(case, row, difference.told)
    when = say.day(row.at)
    sentence = say.text(
        "Earlier: %(before)s (%(who)s, %(when)s). Now: %(now)s.", before=before, who=who, when=when, now=now
    )
    return {
        "start": difference.new.start,
        "end": difference.new.end,
        "kind": difference.new.kind.value,
        "now": now,
        "before": before,
        "who": who,
        "at": row.at.isoformat(),
        "answer": row.id,
        "sentence": sentence,
    }


def _name(case: Case, row: Any, told: Fact) -> str:
    """Who told it: the name under the answer, or else whose account it was."""
    signed = [fact.value for fact in answers.facts(row) if fact.kind is FactKind.NAME and fact.about == "signed"]
    if signed and told.kind is not FactKind.NAME:
        return signed[0]
    person = people.get(case.tx, row.actor)
    return person.display if person else str(row.actor)


def _say(case: Case) -> Speech:
    person = case.visitor.person
    return speech(person.language, person.timezone, case.now)


def _today(case: Case) -> date:
    return in_zone(case.now, _say(case).zone).date()
