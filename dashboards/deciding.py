"""Deciding about a demand: the figures with what somebody typed in their place, and the decision with its reason."""

import math
import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from dashboards.actions import Act, Acting, Back
from dashboards.case import conceding
from dashboards.case.conceding import Asked
from dashboards.case.context import Case
from dashboards.incident import MOST_POSTS, Number
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page, path
from dashboards.visitors import Handling, may
from models.conceding import MOST, Choice
from models.scores import Remedy
from monitors.ledger import concessions, incidents, people
from monitors.ledger.concessions import Decided
from monitors.ledger.engine import Tx
from monitors.ledger.people import Role

router = APIRouter()
MOST_HOURS = 1000
_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,6})?")


class DecisionForm(Back):
    """What is decided, about which remedy at which cost, and why."""

    choice: Choice
    remedy: Remedy
    cost: str = Field("", max_length=20)
    hours: str = Field("", max_length=20)
    reason: str = Field("", max_length=concessions.LONGEST_REASON)


@router.get("/incidents/{incident_id}/conceding", name="conceding")
def conceding_page(
    request: Request,
    office: TheOffice,
    visitor: Handling,
    incident_id: Number,
    remedy: Remedy | Literal[""] = "",
    cost: str = "",
    hours: str = "",
) -> Response:
    """Both sides of a demand with figures that somebody types."""
    asked = Asked(remedy or None, amount(cost), amount(hours, MOST_HOURS))
    return page(request, "conceding.html", _values(office, visitor, incident_id, asked))


@router.post("/incidents/{incident_id}/concession", name="decide")
def decide(act: Acting, incident_id: Number, form: Annotated[DecisionForm, Form()]) -> Response:
    """Record what a manager decides, or what support proposes."""
    cost = amount(form.cost)
    asked = Asked(None if form.remedy is Remedy.NONE else form.remedy, cost, amount(form.hours, MOST_HOURS))
    if form.cost.strip() and cost is None:
        return _again(act, incident_id, asked, form, act.say.text("The cost is no amount. Write it like 40 or 39,50."))
    if not form.reason.strip():
        return _again(
            act, incident_id, asked, form, act.say.text("Write a reason, so that others understand it later.")
        )
    proposed = not may(act.visitor, Role.MANAGER)

    def change(tx: Tx) -> None:
        found = conceding.weighed(_case(tx, act.office, act.visitor, incident_id), asked)
        decided = Decided(
            incident_id,
            act.who,
            form.choice,
            found.remedy if found else form.remedy,
            found.cost if found else cost,
            form.reason.strip(),
            proposed,
            conceding.figures(found),
            found.named_in if found else None,
        )
        concessions.record(tx, decided, act.now)

    done = act.say.text("Your proposal is on the card.") if proposed else act.say.text("The decision is on the card.")
    return act.do(form.back, incident_id, change, done)


def amount(typed: str, most: float = MOST) -> float | None:
    """An amount as people type it, ``1 200,50`` or ``40``; None where it is none."""
    plain = re.sub(r"[\s\u00a0\u202f'€]", "", typed[:40]).replace(",", ".")
    value = float(plain) if _AMOUNT.fullmatch(plain) else None
    return value if value is not None and math.isfinite(value) and value <= most else None


def _again(act: Act, incident_id: int, asked: Asked, form: DecisionForm, said: str) -> Response:
    values = _values(act.office, act.visitor, incident_id, asked)
    address = path(act.request, "conceding", incident_id=incident_id)
    told = {"told": said, "typed_decision": form, "here": address, "address": address}
    return page(act.request, "conceding.html", {**values, **told}, 400)


def _values(office: Office, visitor: Visitor, incident_id: int, asked: Asked) -> dict[str, Any]:
    with office.ledger.read() as tx:
        case = _case(tx, office, visitor, incident_id)
        names = {person.name: person.display for person in people.everybody(tx)}
        return {**conceding.shown(case, asked), "row": case.row, "names": names}


def _case(tx: Tx, office: Office, visitor: Visitor, incident_id: int) -> Case:
    row = incidents.require(tx, incident_id)
    story = incidents.story_posts(tx, row.brand, row.story_id, limit=MOST_POSTS)
    return Case(tx, office, visitor, row, story, (), (), office.now())
