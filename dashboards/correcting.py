"""One post with the reasons why it was read as it was, and what staff say is wrong about that.

Each correction is one tap, stored for the models to learn from, and shown beside what the models said.
"""

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from dashboards import incident, passages, wording
from dashboards.actions import Act, Acting, Back
from dashboards.incident import Number
from dashboards.office import Office, TheOffice
from dashboards.rendering import back, local, page, path, tell
from dashboards.visitors import Looking
from models.scores import Remedy, Signal
from monitors.ledger import corrections, desk, judging, people, posts
from monitors.ledger.corrections import REMEDY, YES, Word
from monitors.ledger.incidents import NotPossible

router = APIRouter()
LONGEST_WORDS = 500
_INCIDENT = re.compile(r"/incidents/(\d{1,15})(?:[?#]|$)")


class CorrectForm(Back):
    """A button's ``said`` (``field=value``, or ``field=`` to take it back), else a signal with its words, or a remedy.

    ``version`` is that of the text on the page.
    """

    version: int = Field(ge=1, le=2**31)
    said: str = Field("", max_length=80, pattern=r"^([a-z_]+=[a-z0-4_]*)?$")
    signal: Signal | Literal[""] = ""
    words: str = Field("", max_length=LONGEST_WORDS)
    remedy: Remedy | Literal[""] = ""


@router.get("/posts/{seq}", name="post")
def post_page(request: Request, office: TheOffice, _visitor: Looking, seq: Number) -> Response:
    """The page of one post."""
    return page(request, "post.html", values_of(office, seq))


def values_of(office: Office, seq: int) -> dict[str, Any]:
    """What the page of one post shows."""
    with office.ledger.read() as tx:
        row = desk.post(tx, seq)
        counts = posts.snapshots_of(tx, [seq])[seq]
        said = corrections.of_post(tx, seq)
        names = {person.name: person.display for person in people.everybody(tx)}
        decided = judging.decisions_on(tx, row.uid)
    return {"post": passages.shown(row, counts, said), "names": names, "decided": decided, "typed": None}


@router.post("/posts/{seq}/correct", name="correct")
def correct(act: Acting, seq: Number, form: Annotated[CorrectForm, Form()]) -> Response:
    """Keep what somebody says is right, or take it back."""
    field, _, value = form.said.partition("=")
    if field and not value:
        return _undo(act, seq, form, field)
    span = None
    if not field:
        field, value = (form.signal, YES) if form.signal else (REMEDY, form.remedy)
        if not value:
            return _again(act, seq, form, act.say.text("Choose what is missing first."))
        span = _span_of(act.office, seq, form)
        if form.words.strip() and form.signal and span is None:
            said = act.say.text("These words are not in the post. Copy them from it, or leave them out.")
            return _again(act, seq, form, said)
    if value not in corrections.VALUES.get(field, ()):
        return _again(act, seq, form, act.say.text("That was not understood. Check what you typed and try again."))
    with act.office.ledger.write() as tx:
        corrections.add(tx, Word(seq, form.version, act.who, field, value, span), act.now)
    return _done(act, seq, form, act.say.text("Noted: %(what)s.", what=wording.label(act.say, field, value)))


def _undo(act: Act, seq: int, form: CorrectForm, field: str) -> Response:
    with act.office.ledger.write() as tx:
        corrections.undo(tx, seq, field, act.who, act.now)
    return _done(act, seq, form, act.say.text("Your correction is taken back."))


def _done(act: Act, seq: int, form: CorrectForm, said: str) -> Response:
    answer = back(act.request, form.back, path(act.request, "post", seq=seq))
    tell(act.request, answer, said)
    return answer


def _again(act: Act, seq: int, form: CorrectForm, said: str) -> Response:
    """The page that the form was on once more, with the reason why nothing was kept and with what was typed."""
    template, address, values = _page_of(act, seq, form) or (
        "post.html",
        path(act.request, "post", seq=seq),
        {**values_of(act.office, seq), "typed": form},
    )
    return page(act.request, template, {**values, "told": said, "here": address, "address": address}, 400)


def _page_of(act: Act, seq: int, form: CorrectForm) -> tuple[str, str, dict[str, Any]] | None:
    """The page of the incident that the form was on: its template, address and values, or None."""
    found = _INCIDENT.search(local(act.request, form.back) or "")
    if found is None:
        return None
    incident_id = int(found[1])
    try:
        values = incident.values_of(act.office, act.visitor, incident_id)
    except NotPossible:
        return None
    if all(post.row.seq != seq for post in values["posts"]):
        return None
    corrected = {"seq": seq, "form": form}
    return "incident.html", path(act.request, "incident", incident_id=incident_id), {**values, "corrected": corrected}


def _span_of(office: Office, seq: int, form: CorrectForm) -> tuple[int, int] | None:
    """Where the text has the words that somebody picked, however they are spaced or capitalised."""
    words = form.words.split()
    if not words:
        return None
    with office.ledger.read() as tx:
        row = desk.post(tx, seq)
    if row.version != form.version:
        raise NotPossible(f"the text of {row.uid} is not the one that was read")
    found = re.search(r"\s+".join(map(re.escape, words)), row.text, re.IGNORECASE)
    return found.span() if found else None
