"""Recording an answer that was given elsewhere: by phone, by mail, in a direct message or in public.

An answer that differs from what was told before is shown once more with the places that differ, and nothing typed is
lost; whoever is sure records it all the same.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Response
from pydantic import Field

from dashboards.actions import Act, Acting, Back
from dashboards.case import told
from dashboards.case.context import Case
from dashboards.incident import Number, values_of
from dashboards.rendering import page, path
from models.moments import in_zone
from monitors.ledger import answers, incidents
from monitors.ledger.answers import NewAnswer, Place

router = APIRouter()
LONGEST = 5000
# Unicode calls it a letter, and it shows nothing.
_FILLER = "\u3164"


class TellingForm(Back):
    """Where the customer was told what, in which language; ``sure`` names the words that were checked already."""

    place: Place
    text: str = Field("", max_length=LONGEST)
    language: Literal["et", "ru", "fi", "en"] = "en"
    sure: str = Field("", max_length=64)


@dataclass(frozen=True, slots=True)
class Telling:
    """A form that came back: what was typed, and where it differs from what was told."""

    form: TellingForm
    differs: list[dict[str, Any]]
    pieces: list[told.Piece]
    checked: str


@router.post("/incidents/{incident_id}/told", name="tell")
def tell_answer(act: Acting, incident_id: Number, form: Annotated[TellingForm, Form()]) -> Response:
    """Record it, unless it differs from what was told before and nobody said that it is meant."""
    if not any(unicodedata.category(sign)[0] in "LN" for sign in form.text.replace(_FILLER, "")):
        return _again(act, incident_id, form, act.say.text("The answer is empty: write what the customer was told."))
    if form.sure != _digest(form) and (found := _differences(act, incident_id, form)):
        said = act.say.text("This differs from what the customer was told before. Look at it once more.")
        return _again(act, incident_id, form, said, found)
    new = NewAnswer(
        incident_id, act.who, form.place, form.text.strip(), form.language, in_zone(act.now, act.say.zone).date()
    )
    done = act.say.text("The answer is recorded.")
    return act.do(form.back, incident_id, lambda tx: answers.record(tx, new, act.now), done)


def _differences(act: Act, incident_id: int, form: TellingForm) -> list[dict[str, Any]]:
    with act.office.ledger.read() as tx:
        row = incidents.require(tx, incident_id)
        case = Case(tx, act.office, act.visitor, row, (), (), (), act.now)
        return told.differences(case, form.text, form.language)


def _again(
    act: Act, incident_id: int, form: TellingForm, said: str, found: list[dict[str, Any]] | None = None
) -> Response:
    """The incident once more, with what was typed."""
    address = path(act.request, "incident", incident_id=incident_id)
    values = values_of(act.office, act.visitor, incident_id)
    telling = Telling(form, found or [], told.pieces(form.text, found or []), _digest(form))
    shown = {"told": said, "telling": telling, "here": address, "address": address}
    return page(act.request, "incident.html", {**values, **shown}, 400)


def _digest(form: TellingForm) -> str:
    """What was checked: whoever changes a word afterwards is asked again."""
    return hashlib.sha256(f"{form.language}\n{form.text}".encode(errors="replace")).hexdigest()
