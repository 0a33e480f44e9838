"""What the customer was told before, as one list of facts, and where answers contradict each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.case import fact_words
from dashboards.case.context import Case
from dashboards.speech import Speech, speech
from models.facts import Difference, Fact, FactKind, differing_from
from monitors.ledger import answers, people


@dataclass(frozen=True, slots=True)
class Chip:
    """One fact as it is shown: its kind and its words."""

    kind: str
    called: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as it is shown, with the sentences that say what it contradicts.

    ``to`` is who was told, where that is another customer than the one who called people.
    """

    row: Any
    chips: Sequence[Chip]
    contradicts: Sequence[str]
    to: str = ""


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it, oldest first."""
    return {"told_before": _shown(case)}


def _shown(case: Case) -> list[Told]:
    say = _say(case)
    rows = answers.told(case.tx, case.row.id)
    known = [answers.facts(row) for row in rows]
    shown = []
    for number, row in enumerate(rows):
        found = differing_from(known[number], known[:number])
        against = [_against(case, one, rows[before]) for one, before in found]
        shown.append(Told(row, _chips(say, known[number]), against, _other(case, row)))
    return shown


def _other(case: Case, row: Any) -> str:
    post = next((post for post in case.posts if row.reply_to and post.uid == row.reply_to), None)
    if post is None or case.crowd.first in {None, (post.source, post.author_id)}:
        return ""
    return str(post.author_handle or post.author_name or "")


def _chips(say: Speech, facts: Sequence[Fact]) -> list[Chip]:
    """Each fact once: a promise that says its day says it for both, and a name that signs is that of who answers."""
    chips = {
        Chip(fact.kind.value, say.text(fact_words.KINDS[fact.kind]), fact_words.label(say, fact)): None
        for fact in facts
        if fact.kind in fact_words.SHOWN
    }
    return list(chips)


def _against(case: Case, difference: Difference, row: Any) -> str:
    say = _say(case)
    now, before = fact_words.label(say, difference.new), fact_words.label(say, difference.told)
    who = _name(case, row, difference.told)
    when = say.day(row.at)
    return say.text(
        "Earlier: %(before)s (%(who)s, %(when)s). Now: %(now)s.", before=before, who=who, when=when, now=now
    )


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
