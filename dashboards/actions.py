"""What people do with incidents and promises. Each act is one form, one transaction, and leads back to its page.

Whoever acts reads there what was done; who is a moment too late reads who was faster.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import Field

from dashboards.incident import Number, values_of
from dashboards.office import Office, TheOffice
from dashboards.rendering import back, page, path, speech_of, tell
from dashboards.speech import Speech
from dashboards.typed import Typed, says_something
from dashboards.visitors import SendingSupport
from dashboards.wording import faster
from models.moments import in_zone
from monitors.ledger import handing, incidents, people, promises
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import NotPossible, Verdict
from monitors.ledger.people import Role
from monitors.ledger.promises import Settle
from monitors.ledger.refusals import OpenPromises, SomebodyElse

router = APIRouter()
LONGEST_PROMISE = timedelta(days=90)


class Back(Typed):
    """A form that comes back to the page it was on."""

    back: str = Field("", max_length=2000)


class AssignForm(Back):
    """To whom an incident goes, and who had it when the giver looked."""

    assignee: str = Field(max_length=80)
    was: str = Field(incidents.UNSEEN, max_length=80)


class ResolveForm(Back):
    """What was behind an incident, and what becomes of promises that are still open: empty asks."""

    verdict: Verdict
    promises: Settle | Literal[""] = ""
    note: str = Field("", max_length=2000)


class NoteForm(Back):
    """Something to remember about an incident."""

    text: str = Field("", max_length=5000)


class PromiseForm(Back):
    """What was promised, and in how many minutes, ``tomorrow`` or ``typed`` in ``at`` (the reader's own time)."""

    due: str = Field(pattern=r"^(\d{1,5}|tomorrow|typed)$")
    at: str = Field("", max_length=30)
    what: str = Field("", max_length=2000)


class Act:
    """One act of one person on one incident or promise."""

    def __init__(self, request: Request, office: TheOffice, visitor: SendingSupport) -> None:
        self.request = request
        self.office = office
        self.visitor = visitor
        self.who = visitor.person.name
        self.now = office.now()
        self.say = speech_of(request)

    @property
    def today(self) -> date:
        """The day that it is where the reader lives: what their "tomorrow" goes by."""
        return in_zone(self.now, self.say.zone).date()

    def do(self, to: str, incident_id: int, change: Callable[[Tx], object], done: str) -> Response:
        """Change the ledger and go back with a word: what was ``done``, or that somebody else was faster."""
        answer = back(self.request, to, path(self.request, "incident", incident_id=incident_id))
        try:
            with self.office.ledger.write() as tx:
                change(tx)
            tell(self.request, answer, done)
        except SomebodyElse as error:
            tell(self.request, answer, self.faster(error))
        return answer

    def faster(self, error: SomebodyElse) -> str:
        """Who was faster, in the reader's words."""
        return faster(self.say, error, display_name(self.office, error.who), self.now)

    def of_promise(
        self, to: str, promise_id: int, change: Callable[[Tx, int, str, datetime], object], done: str
    ) -> Response:
        """The same for a promise."""
        with self.office.ledger.read() as tx:
            incident_id = promises.require(tx, promise_id).incident_id
        return self.do(to, incident_id, lambda tx: change(tx, promise_id, self.who, self.now), done)

    def again(self, incident_id: int, said: str, typed: PromiseForm | None = None) -> Response:
        """The incident once more, with the reason why nothing was done and with what was typed."""
        address = path(self.request, "incident", incident_id=incident_id)
        values = values_of(self.office, self.visitor, incident_id)
        told = {"told": said, "typed": typed, "here": address, "address": address}
        return page(self.request, "incident.html", {**values, **told}, 400)


Acting = Annotated[Act, Depends(Act)]


@router.post("/incidents/{incident_id}/acknowledge", name="acknowledge")
def acknowledge(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Take it in hand."""
    done = act.say.text("You have it in hand.")
    return act.do(form.back, incident_id, lambda tx: incidents.acknowledge(tx, incident_id, act.who, act.now), done)


@router.post("/incidents/{incident_id}/release", name="release")
def release(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Give back what one took in hand."""
    done = act.say.text("You gave it back.")
    return act.do(form.back, incident_id, lambda tx: incidents.release(tx, incident_id, act.who, act.now), done)


@router.post("/incidents/{incident_id}/assign", name="assign")
def assign(act: Acting, incident_id: Number, form: Annotated[AssignForm, Form()]) -> Response:
    """Give it to somebody who handles incidents."""

    def give(tx: Tx) -> None:
        person = people.get(tx, form.assignee)
        if person is None or person.role is Role.VIEWER:
            raise NotPossible("nobody of that name handles incidents")
        handing.give(tx, incident_id, act.who, person.name, act.now, form.was)

    done = act.say.text("It was given to %(who)s.", who=display_name(act.office, form.assignee))
    return act.do(form.back, incident_id, give, done)


@router.post("/incidents/{incident_id}/resolve", name="resolve")
def resolve(act: Acting, incident_id: Number, form: Annotated[ResolveForm, Form()]) -> Response:
    """Close it with a verdict; a customer who still waits for something is asked about first."""

    def close(tx: Tx) -> None:
        if form.promises:
            promises.settle(tx, incident_id, act.who, form.promises, act.now)
        incidents.resolve(tx, incident_id, act.who, form.verdict, act.now, form.note.strip())

    try:
        return act.do(form.back, incident_id, close, act.say.text("It is resolved."))
    except OpenPromises:
        return _ask(act, incident_id, form)


def _ask(act: Act, incident_id: int, form: ResolveForm) -> Response:
    with act.office.ledger.read() as tx:
        row = incidents.require(tx, incident_id)
        waiting = still_open(tx, incident_id)
    return page(act.request, "settle.html", {"row": row, "waiting": waiting, "form": form}, 409)


@router.post("/incidents/{incident_id}/reopen", name="reopen")
def reopen(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Take a resolution back."""
    done = act.say.text("It is open again.")
    return act.do(form.back, incident_id, lambda tx: incidents.reopen(tx, incident_id, act.who, act.now), done)


@router.post("/incidents/{incident_id}/note", name="note")
def note(act: Acting, incident_id: Number, form: Annotated[NoteForm, Form()]) -> Response:
    """Write something down."""
    if not says_something(form.text, "LNPS"):
        return act.again(incident_id, act.say.text("The note is empty: write a few words, then save it."))
    done = act.say.text("The note is saved.")
    return act.do(form.back, incident_id, lambda tx: incidents.note(tx, incident_id, act.who, form.text, act.now), done)


@router.post("/incidents/{incident_id}/promise", name="promise")
def promise(act: Acting, incident_id: Number, form: Annotated[PromiseForm, Form()]) -> Response:
    """Record what the customer was told, and by when."""
    due = due_at(form, act.now, act.say)
    if due is None or not act.now < due <= act.now + LONGEST_PROMISE:
        said = act.say.text("A promise needs a time that is still to come, at most 90 days from now.")
        return act.again(incident_id, said, form)
    what = form.what.strip() or act.say.text("We will answer.")
    told = Told(act.who, what, due)
    done = act.say.text("Promised until %(when)s.", when=act.say.moment(due))
    return act.do(form.back, incident_id, lambda tx: promise_until(tx, act.office, incident_id, told), done)


@router.post("/promises/{promise_id}/keep", name="keep")
def keep(act: Acting, promise_id: Number, form: Annotated[Back, Form()]) -> Response:
    """The promise was kept."""
    return act.of_promise(form.back, promise_id, promises.keep, act.say.text("The promise is marked as kept."))


@router.post("/promises/{promise_id}/unkeep", name="unkeep")
def unkeep(act: Acting, promise_id: Number, form: Annotated[Back, Form()]) -> Response:
    """It was not kept after all: its clock runs on."""
    return act.of_promise(form.back, promise_id, promises.unkeep, act.say.text("Not kept yet: its clock runs on."))


@router.post("/promises/{promise_id}/withdraw", name="withdraw")
def withdraw(act: Acting, promise_id: Number, form: Annotated[Back, Form()]) -> Response:
    """The customer does not wait for it any more."""
    return act.of_promise(form.back, promise_id, promises.withdraw, act.say.text("The promise is withdrawn."))


def still_open(tx: Tx, incident_id: int) -> list[Any]:
    """The promises of an incident that the customer still waits for."""
    return [row for row in promises.of_incident(tx, incident_id) if row.status in incidents.WAITING_PROMISES]


def display_name(office: Office, name: str) -> str:
    """What somebody is called on pages."""
    with office.ledger.read() as tx:
        person = people.get(tx, name)
    return person.display if person else name


@dataclass(frozen=True, slots=True)
class Told:
    """Who told the customer what, to happen by when."""

    who: str
    what: str
    due: datetime


def promise_until(tx: Tx, office: Office, incident_id: int, told: Told) -> None:
    """Make a promise; whoever promises something has the incident in hand."""
    now = office.now()
    if incidents.lock(tx, incident_id).status == incidents.Status.OPEN:
        incidents.acknowledge(tx, incident_id, told.who, now)
    remind_at = told.due - office.settings.promises.remind_before
    promises.make(tx, promises.NewPromise(incident_id, told.who, told.what, told.due, remind_at), now)


def due_at(form: PromiseForm, now: datetime, say: Speech) -> datetime | None:
    """The time that a promise form means; tomorrow is ten in the morning where the reader lives."""
    if form.due == "typed":
        return say.from_typed(form.at)
    if form.due == "tomorrow":
        day = now.astimezone(say.zone).date() + timedelta(days=1)
        return datetime.combine(day, time(10), say.zone).astimezone(UTC)
    return now + timedelta(minutes=int(form.due))
