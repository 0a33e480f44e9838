"""Claims on the answer: begin to write, go on, stop, or go on in somebody else's place."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from dashboards.actions import Acting, Back, display_name
from dashboards.incident import Number
from dashboards.office import TheOffice
from dashboards.visitors import SendingSupport
from monitors.ledger import claims

router = APIRouter()


class TakeOverForm(Back):
    """What was agreed with who writes the answer now."""

    note: str = Field("", max_length=2000)


class PageForm(BaseModel):
    """Which of the person's open pages gives the sign."""

    page: str = Field(max_length=60)


@router.post("/incidents/{incident_id}/claim", name="claim")
def claim(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Begin to write the answer."""
    lease = act.office.settings.answers.lease
    done = act.say.text("You are writing the answer; nobody else can send one.")
    return act.do(form.back, incident_id, lambda tx: claims.take(tx, incident_id, act.who, act.now, lease), done)


@router.post("/incidents/{incident_id}/claim/free", name="free_claim")
def free(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Stop writing it."""
    done = act.say.text("Others may write the answer now.")
    return act.do(form.back, incident_id, lambda tx: claims.free(tx, incident_id, act.who, act.now), done)


@router.post("/incidents/{incident_id}/claim/over", name="take_over_claim")
def take_over(act: Acting, incident_id: Number, form: Annotated[TakeOverForm, Form()]) -> Response:
    """Go on in the place of who writes it now."""
    if not form.note.strip():
        return act.again(incident_id, act.say.text("Write what you agreed on, then take over."))
    lease = act.office.settings.answers.lease
    done = act.say.text("You have taken the answer over.")
    return act.do(
        form.back,
        incident_id,
        lambda tx: claims.take_over(tx, incident_id, act.who, form.note, act.now, lease),
        done,
    )


@router.post("/incidents/{incident_id}/claim/renew", name="renew_claim")
def renew(
    office: TheOffice, visitor: SendingSupport, incident_id: Number, form: Annotated[PageForm, Form()]
) -> Response:
    """A sign that the page is still open; says whose claim it is by now."""
    now = office.now()
    with office.ledger.write() as tx:
        until = now + office.settings.answers.lease
        is_mine = claims.renew(tx, incident_id, visitor.person.name, form.page, until)
        holder = None if is_mine else claims.holder(tx, incident_id, now)
    who = display_name(office, holder.person) if holder else ""
    return JSONResponse({"mine": is_mine, "who": who}, 200 if is_mine else 409)


@router.post("/incidents/{incident_id}/claim/leave", name="leave_claim")
def leave(
    office: TheOffice, visitor: SendingSupport, incident_id: Number, form: Annotated[PageForm, Form()]
) -> Response:
    """The page was closed."""
    with office.ledger.write() as tx:
        claims.leave(tx, incident_id, visitor.person.name, form.page, office.now())
    return Response(status_code=204)
