"""Promises: what is due now, what became of the others by person and together, and telling that it takes longer."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field

from dashboards.actions import LONGEST_PROMISE, Acting, PromiseForm, due_at
from dashboards.incident import Number
from dashboards.office import Office, TheOffice
from dashboards.rendering import page
from dashboards.speech import Speech
from dashboards.typed import Typed
from dashboards.visitors import Looking
from models.denominator import Rate, rate
from monitors.ledger import answers, claims, desk, extending, incidents, people, promise_report, promises
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.engine import Tx
from monitors.ledger.extending import Longer, NotTheirs, TooLate
from monitors.ledger.promise_report import Kept

router = APIRouter()
MOST_DUE = 50
FEW = 20
"""Promises below which a rate says little without its interval."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExtendForm(PromiseForm):
    """The new time, as in a promise; ``what`` is what the customer was told, ``place`` where."""

    place: Literal["phone", "mail", "direct", "public"] = "phone"


class Asked(Typed):
    """Whose promises, of how many days, and as a page or as a table for other programs."""

    brand: str = Field("", max_length=80)
    days: Literal["1", "7", "30", "90"] = "30"


@dataclass(frozen=True, slots=True)
class Line:
    """One person's promises, or everybody's, with the rate that was kept in time."""

    name: str
    kept: Kept
    rate: Rate | None

    @property
    def few(self) -> bool:
        """Whether the interval says more than the rate."""
        return self.kept.total < FEW


@router.get("/promises", name="promises")
def promises_page(request: Request, office: TheOffice, _visitor: Looking, asked: Annotated[Asked, Query()]) -> Response:
    """The page."""
    return page(request, "promises.html", {"asked": asked, "brands": office.brands, **_lines(office, asked)})


@router.get("/promises.csv", name="promises_table")
def table(office: TheOffice, _visitor: Looking, asked: Annotated[Asked, Query()]) -> Response:
    """The same as a table for other programs; no cell of it is a formula to them."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["person", "kept", "late", "broken", "extended", "rate", "low", "high"])
    found = _lines(office, asked)
    for line in [*found["lines"], found["team"]]:
        kept, part = line.kept, line.rate
        shares = [f"{share:.4f}" for share in (part.value, part.low, part.high)] if part else ["", "", ""]
        rows.writerow([_plain(line.name), kept.kept, kept.late, kept.broken, kept.extended, *shares])
    headers = {"content-disposition": 'attachment; filename="promises.csv"'}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _lines(office: Office, asked: Asked) -> Mapping[str, Any]:
    now, brand = office.now(), asked.brand or None
    with office.ledger.read() as tx:
        found = promise_report.by_owner(tx, now - timedelta(days=int(asked.days)), now, brand)
        waiting = desk.waiting_promises(tx, brand, MOST_DUE)
        names = {person.name: person.display for person in people.everybody(tx)}
    lines = [_line(names.get(name, name), kept) for name, kept in found.items()]
    team = Kept()
    for kept in found.values():
        team = team.plus(kept)
    return {"lines": lines, "team": _line("", team), "waiting": waiting, "names": names}


def _line(name: str, kept: Kept) -> Line:
    return Line(name, kept, rate(kept.kept, kept.total))


@router.post("/promises/{promise_id}/extend", name="extend")
def extend(act: Acting, promise_id: Number, form: Annotated[ExtendForm, Form()]) -> Response:
    """It takes longer, and the customer knows: in time, and in the words that they were told."""
    with act.office.ledger.read() as tx:
        row = promises.require(tx, promise_id)
        language = incidents.require(tx, row.incident_id).language or "en"
    due = due_at(form, act.now, act.say)
    wrong = _wrong(act.say, form, due is not None and row.due_at < due <= act.now + LONGEST_PROMISE)
    if wrong or due is None:
        return act.again(row.incident_id, wrong)
    words = NewAnswer(row.incident_id, act.who, Place(form.place), form.what.strip(), language, act.today)
    longer = Longer(act.who, words.text, due, due - act.office.settings.promises.remind_before)

    def put_off(tx: Tx) -> None:
        claims.require(tx, row.incident_id, act.who, act.now)
        extending.extend(tx, promise_id, longer, act.now)
        answers.record(tx, words, act.now)

    done = act.say.text("The customer was told: now promised until %(when)s.", when=act.say.moment(due))
    try:
        return act.do(form.back, row.incident_id, put_off, done)
    except TooLate:
        return act.again(row.incident_id, act.say.text("Its time is over: call the customer, and promise anew."))
    except NotTheirs:
        return act.again(row.incident_id, act.say.text("Only who made the promise or has the case can take longer."))


def _wrong(say: Speech, form: ExtendForm, is_later: bool) -> str:  # noqa: FBT001 - private, and named by its meaning
    if not form.what.strip():
        return say.text("Tell the customer first, and write here what you told them.")
    return (
        "" if is_later else say.text("Taking longer needs a time after that of the promise, at most 90 days from now.")
    )
