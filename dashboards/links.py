"""Links from messages: a page that asks, and a button that does it."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response

from dashboards.actions import Told, display_name, promise_until, still_open
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page, sorry, speech_of
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.wording import faster
from monitors.ledger import incidents, people, promises
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Verdict
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import PromiseStatus, Settle
from monitors.ledger.refusals import OpenPromises, SomebodyElse
from monitors.links import ActionLink, LinkAction, read

router = APIRouter()
QUESTIONS = {
    LinkAction.ACKNOWLEDGE: mark("Take this in hand?"),
    LinkAction.PROMISE: mark("Record a promise to answer in %(minutes)s minutes?"),
    LinkAction.RESOLVE: mark("Resolve this as a right alert?"),
    LinkAction.NOISE: mark("Resolve this as noise?"),
}
_UNDONE = mark("The incident was reopened or given back after this link was sent. Open it to see how it stands.")
_RESOLVES = {LinkAction.RESOLVE: Verdict.RIGHT, LinkAction.NOISE: Verdict.NOISE}


@router.get("/links/{token}", name="link")
def ask(request: Request, office: TheOffice, token: str) -> Response:
    """Ask whether it is meant; scanners and previews that open the link change nothing."""
    return _answer(request, office, token, None)


class Pressed(Typed):
    """What becomes of promises that are still open when a link resolves an incident: empty asks."""

    promises: Settle | Literal[""] = ""


@router.post("/links/{token}", name="press_link")
def press(request: Request, office: TheOffice, token: str, form: Annotated[Pressed, Form()]) -> Response:
    """Do it. The token says who does it, and only somebody who has the message has the token."""
    return _answer(request, office, token, form)


def _answer(request: Request, office: Office, token: str, form: Pressed | None) -> Response:
    link = read(office.secret_key, token, office.now())
    person = _who(office, link) if link else None
    if link is None or person is None:
        return sorry(request, 403, mark("This link is too old or not complete. Sign in to handle the incident."))
    request.state.visitor = Visitor(person, f"link {token}", own_session=False)
    say = speech_of(request)
    values: dict[str, Any] = {"link": link, "token": token, "pressed": False, "waiting": [], "told": None}
    if form is not None:
        try:
            with office.ledger.write() as tx:
                incidents.lock(tx, link.incident_id)
                values["pressed"] = not _was_undone(tx, link)
                if values["pressed"]:
                    _act(tx, office, link, form, say.text("We will answer."))
        except OpenPromises:
            values["pressed"] = False
            with office.ledger.read() as tx:
                values["waiting"] = still_open(tx, link.incident_id)
        except SomebodyElse as error:
            values["pressed"] = False
            values["told"] = faster(say, error, display_name(office, error.who), office.now())
    with office.ledger.read() as tx:
        values["row"] = incidents.require(tx, link.incident_id)
        undone = not values["pressed"] and _was_undone(tx, link)
    if undone:
        values["told"] = say.text(_UNDONE)
    values |= {"question": QUESTIONS[link.action], "minutes": office.settings.promises.usual_minutes}
    return page(request, "link.html", values, 409 if undone else 200)


def _was_undone(tx: Tx, link: ActionLink) -> bool:
    """Whether what links do to the incident was taken back since this one was sent: it may not do it again."""
    taken_back = (incidents.latest(tx, link.incident_id, kind) for kind in ("reopened", "released"))
    return any(event is not None and link.sent_at < event.at for event in taken_back)


def _who(office: Office, link: ActionLink) -> Person | None:
    with office.ledger.read() as tx:
        person = people.get(tx, link.person)
    return person if person and person.role is not Role.VIEWER else None


def _act(tx: Tx, office: Office, link: ActionLink, form: Pressed, promise: str) -> None:
    now = office.now()
    if form.promises and link.action in _RESOLVES:
        promises.settle(tx, link.incident_id, link.person, form.promises, now)
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
        case LinkAction.RESOLVE | LinkAction.NOISE:
            incidents.resolve(tx, link.incident_id, link.person, _RESOLVES[link.action], now)
