"""Who answers, and by when: the clock, the claim, how a case changes hands, and which customers wait besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.case.context import Case
from dashboards.speech import Speech, mark, speech
from dashboards.visitors import may
from monitors.ledger import claims, clocks, handing, people, posts
from monitors.ledger.people import Person, Role
from monitors.ledger.waiting import WAITING_PROMISES
from monitors.settings import Settings

# By who has the case: the reader, somebody else, nobody.
IN_TIME = (
    mark("You answer by %(when)s."),
    mark("%(who)s answers by %(when)s."),
    mark("Nobody has it yet: the customer must have an answer by %(when)s."),
)
TOO_LATE = (
    mark("You should have answered by %(when)s."),
    mark("%(who)s should have answered by %(when)s."),
    mark("Nobody has it, and the customer should have had an answer by %(when)s."),
)
ANSWERED = mark("The customer was answered %(when)s and waits for nothing from us.")


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it."""
    me, row = case.visitor.person, case.row
    say = speech(me.language, me.timezone, case.now)
    everybody = people.everybody(case.tx)
    clock = clocks.of(case.tx, [row.id]).get(row.id)
    claim = claims.holder(case.tx, row.id, case.now)
    heads = [one for one in everybody if one.role in {Role.MANAGER, Role.ADMIN} and one.name != me.name]
    return {
        "clock": clock,
        "crowd": case.crowd,
        "due": due(clock, case.promises),
        "answers": _sentence(say, clock, case, claim.person if claim else row.assignee, everybody),
        "claim": claim,
        "claim_is_mine": claim is not None and claim.person == me.name,
        "others": following(case.office.settings, me.name, everybody),
        "heads": heads,
        "questions": handing.asked_in(case.events),
        "decides": may(case.visitor, Role.MANAGER),
        "handed": handing.handed_over(case.tx, row.id, me.name) if row.assignee else None,
        "mine": me.name in {row.assignee, row.acknowledged_by},
        "wrote_again": _wrote_again(case, clock),
        "left_note": _left_note(case),
    }


def _wrote_again(case: Case, clock: Any) -> Any:
    """The post in which the customer wrote again and waits since; it may be in no story of ours."""
    if clock is None or clock.answer_by is None or case.row.resolved_at is not None:
        return None
    last = next((event for event in reversed(case.events) if event.kind == "waits_again"), None)
    return posts.get(case.tx, last.data["post"]) if last is not None and last.data.get("post") else None


def _left_note(case: Case) -> Any:
    """The event in which a case was handed, with a note, to whoever has it now."""
    last = next((event for event in reversed(case.events) if event.kind in {"handed_over", "handed_back"}), None)
    if last is None or last.kind != "handed_over" or case.row.resolved_at is not None:
        return None
    return last if last.data.get("text") and last.data.get("to") == case.row.assignee else None


@dataclass(frozen=True, slots=True)
class Due:
    """When the customer must hear from us next, and whether that was promised to them."""

    at: datetime
    promised: bool


def due(clock: Any, promises: Sequence[Any]) -> Due | None:
    """The answer or a promise of one incident, whichever is due sooner; None where nobody waits."""
    times = [Due(row.due_at, promised=True) for row in promises if row.status in WAITING_PROMISES]
    times += [Due(clock.answer_by, promised=False)] if clock is not None and clock.answer_by else []
    return min(times, key=lambda one: one.at, default=None)


def following(settings: Settings, name: str, everybody: list[Person]) -> list[Person]:
    """Whom somebody may hand a case to: the next on the roster first, then the others who handle incidents."""
    order = [one for one in settings.escalation_order if one != name]
    if name in settings.escalation_order:
        at = settings.escalation_order.index(name)
        order = [*settings.escalation_order[at + 1 :], *settings.escalation_order[:at]]
    places = {one: place for place, one in enumerate(order)}
    able = [one for one in everybody if one.role is not Role.VIEWER and one.name != name]
    return sorted(able, key=lambda one: (places.get(one.name, len(places)), one.name))


def _sentence(say: Speech, clock: Any, case: Case, who: str | None, everybody: Sequence[Person]) -> str:
    """In one sentence, who answers by when: who writes the answer, else who has the case."""
    if clock is None or case.row.resolved_at is not None:
        return ""
    if clock.answer_by is None:
        return say.text(ANSWERED, when=say.ago(clock.last_answer_at, case.now)) if clock.last_answer_at else ""
    place = 2 if who is None else 0 if who == case.visitor.person.name else 1
    sentence = (TOO_LATE if clock.answer_by <= case.now else IN_TIME)[place]
    called = next((one.display for one in everybody if one.name == who), who)
    return say.text(sentence, who=called, when=say.moment(clock.answer_by))
