"""Links from messages: a page that asks, and a button that does it."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from dashboards.actions import Told, promise_until
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page, sorry, speech_of
from dashboards.speech import mark
from monitors.ledger import incidents, people, promises
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Verdict
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import PromiseStatus
from monitors.links import ActionLink, LinkAction, read

router = APIRouter()
QUESTIONS = {
    LinkAction.ACKNOWLEDGE: mark("Take this in hand?"),
    LinkAction.PROMISE: mark("Record a promise to answer in %(minutes)s minutes?"),
    LinkAction.RESOLVE: mark("Resolve this as a right alert?"),
    LinkAction.NOISE: mark("Resolve this as noise?"),
}


@router.get("/links/{token}", name="link")
def ask(request: Request, office: TheOffice, token: str) -> Response:
    """Ask whether it is meant; scanners and previews that open the link change nothing."""
    return _answer(request, office, token, pressed=False)


@router.post("/links/{token}", name="press_link")
def press(request: Request, office: TheOffice, token: str) -> Response:
    """Do it. The token says who does it, and only somebody who has the message has the token."""
    return _answer(request, office, token, pressed=True)


def _answer(request: Request, office: Office, token: str, *, pressed: bool) -> Response:
    link = read(office.secret_key, token, office.now())
    person = _who(office, link) if link else None
    if link is None or person is None:
        return sorry(request, 403, mark("This link is too old or not complete. Sign in to handle the incident."))
    request.state.visitor = Visitor(person, f"link {token}", own_session=False)
    if pressed:
        with office.ledger.write() as tx:
            _act(tx, office, link, speech_of(request).text("We will answer."))
    with office.ledger.read() as tx:
        row = incidents.require(tx, link.incident_id)
    values: dict[str, Any] = {"link": link, "row": row, "pressed": pressed, "token": token}
    minutes = office.settings.promises.usual_minutes
    return page(request, "link.html", {**values, "question": QUESTIONS[link.action], "minutes": minutes})


def _who(office: Office, link: ActionLink) -> Person | None:
    with office.ledger.read() as tx:
        person = people.get(tx, link.person)
    return person if person and person.role is not Role.VIEWER else None


def _act(tx: Tx, office: Office, link: ActionLink, promise: str) -> None:
    now = office.now()
    match link.action:
        case LinkAction.ACKNOWLEDGE:
            incidents.acknowledge(tx, link.incident_id, link.person, now)
        case LinkAction.PROMISE:
            # Pressing twice is one promise, not two clocks.
            mine = [row for row in promises.of_incident(tx, link.incident_id) if row.owner == link.person]
            if any(row.status == PromiseStatus.OPEN for row in mine):
                return
            due = now + timedelta(minutes=office.settings.promises.usual_minutes)
            promise_until(tx, office, link.incident_id, Told(link.person, promise, due))
        case LinkAction.RESOLVE:
            incidents.resolve(tx, link.incident_id, link.person, Verdict.RIGHT, now)
        case LinkAction.NOISE:
            incidents.resolve(tx, link.incident_id, link.person, Verdict.NOISE, now)
