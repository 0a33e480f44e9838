"""Links from messages: a page that asks, and a button that does it, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import Field

from dashboards.actions import Told, display_name, promise_until, still_open
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page, sorry, speech_of
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.wording import faster
from monitors import links
from monitors.ledger import incidents, link_uses, people, promises
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Verdict
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import PromiseStatus, Settle
from monitors.ledger.refusals import OpenPromises, SomebodyElse
from monitors.links import ActionLink, LinkAction

router = APIRouter()
QUESTIONS = {
    LinkAction.ACKNOWLEDGE: mark("Take this in hand?"),
    LinkAction.PROMISE: mark("Record a promise to answer in %(minutes)s minutes?"),
    LinkAction.RESOLVE: mark("Resolve this as a right alert?"),
    LinkAction.NOISE: mark("Resolve this as noise?"),
    LinkAction.HANDLED: mark("Resolve this as already handled?"),
}
DONE = {
    LinkAction.ACKNOWLEDGE: mark("%(who)s took it in hand with this link (%(when)s)."),
    LinkAction.PROMISE: mark("%(who)s recorded a promise with this link (%(when)s)."),
    LinkAction.RESOLVE: mark("%(who)s resolved it as a right alert with this link (%(when)s)."),
    LinkAction.NOISE: mark("%(who)s resolved it as noise with this link (%(when)s)."),
    LinkAction.HANDLED: mark("%(who)s resolved it as already handled with this link (%(when)s)."),
}
_UNDONE = mark("The incident was reopened or given back after this link was sent. Open it to see how it stands.")
_BROKEN = mark("This link is too old or not complete. Sign in to handle the incident.")
_TOO_OLD = mark("This link was sent more than two days ago and does nothing any more. Sign in to handle the incident.")
_NOT_YOURS = mark("This link was sent to somebody else. Open the incident in your inbox to act in your own name.")
_NO_MORE = mark("Your role does not allow this. An admin can change it.")
_PRESS = mark("Nothing was changed yet: please press the button on this page.")
_RESOLVES = {
    LinkAction.RESOLVE: Verdict.RIGHT,
    LinkAction.NOISE: Verdict.NOISE,
    LinkAction.HANDLED: Verdict.ALREADY_HANDLED,
}


class Pressed(Typed):
    """What the page sends: its own value, and what becomes of promises that are still open (empty asks)."""

    page: str = Field("", max_length=500)
    promises: Settle | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """A link in somebody's hand, which works for them."""

    request: Request
    office: Office
    token: str
    link: ActionLink


async def _signed_in(request: Request, office: TheOffice) -> Visitor | None:
    return await office.identify(request)


Whoever = Annotated[Visitor | None, Depends(_signed_in)]


@router.get("/links/{token}", name="link")
def ask(request: Request, office: TheOffice, token: str, whoever: Whoever) -> Response:
    """Ask whether it is meant; scanners and previews that open the link change nothing."""
    held = _taken(request, office, token, whoever)
    return _show(held) if isinstance(held, _Held) else held


@router.post("/links/{token}", name="press_link")
def press(
    request: Request, office: TheOffice, token: str, whoever: Whoever, form: Annotated[Pressed, Form()]
) -> Response:
    """Do it. The token says who does it, and only somebody who has the message has the token."""
    held = _taken(request, office, token, whoever)
    if not isinstance(held, _Held):
        return held
    if not links.was_on_page(office.secret_key, token, form.page, office.now()):
        return _show(held, {"told": speech_of(request).text(_PRESS)}, 400)
    return _press(held, form)


def _taken(request: Request, office: Office, token: str, whoever: Visitor | None) -> _Held | Response:
    """The link, or why it does nothing, in the words of whoever reads it."""
    link = links.opened(office.secret_key, token)
    if link is None:
        return sorry(request, 403, _BROKEN)
    if whoever is not None and whoever.person.name != link.person:
        request.state.visitor = whoever
        return sorry(request, 403, _NOT_YOURS)
    with office.ledger.read() as tx:
        person = people.get(tx, link.person)
    if person is None:
        return sorry(request, 403, _BROKEN)
    request.state.visitor = Visitor(person, f"link {token}", own_session=False)
    if office.now() > link.until:
        return sorry(request, 403, _TOO_OLD)
    return sorry(request, 403, _NO_MORE) if not _handles(person) else _Held(request, office, token, link)


def _handles(person: Person) -> bool:
    return person.role is not Role.VIEWER


def _press(held: _Held, form: Pressed) -> Response:
    office, link, say = held.office, held.link, speech_of(held.request)
    try:
        with office.ledger.write() as tx:
            incidents.lock(tx, link.incident_id)
            works = not _was_undone(tx, link)
            works = works and link_uses.use(tx, held.token, link.incident_id, link.person, office.now())
            if works:
                _act(tx, office, link, form, say.text("We will answer."))
    except OpenPromises:
        with office.ledger.read() as tx:
            return _show(held, {"waiting": still_open(tx, link.incident_id)})
    except SomebodyElse as error:
        return _show(held, {"told": faster(say, error, display_name(office, error.who), office.now()), "asks": False})
    return _show(held, {"pressed": True} if works else {})


def _show(held: _Held, said: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    office, link, say = held.office, held.link, speech_of(held.request)
    with office.ledger.read() as tx:
        row = incidents.require(tx, link.incident_id)
        undone, used = _was_undone(tx, link), link_uses.used(tx, held.token)
    values: dict[str, Any] = {
        "link": link,
        "token": held.token,
        "row": row,
        "pressed": False,
        "waiting": [],
        "told": None,
        "asks": True,
        "question": QUESTIONS[link.action],
        "minutes": office.settings.promises.usual_minutes,
        "page_key": links.page_key(office.secret_key, held.token, office.now()),
        **(said or {}),
    }
    if undone and not values["pressed"]:
        values |= {"told": say.text(_UNDONE), "asks": False}
        status = 409
    elif used is not None and not values["pressed"]:
        values |= {"told": _what_came_of_it(office, link, used.at, say), "asks": False, "waiting": []}
        status = 200
    return page(held.request, "link.html", values, status)


def _what_came_of_it(office: Office, link: ActionLink, at: datetime, say: Any) -> str:
    return str(say.text(DONE[link.action], who=display_name(office, link.person), when=say.moment(at)))


def _was_undone(tx: Tx, link: ActionLink) -> bool:
    """Whether what links do to the incident was taken back since this one was sent: it may not do it again."""
    taken_back = (incidents.latest(tx, link.incident_id, kind) for kind in ("reopened", "released"))
    return any(event is not None and link.sent_at < event.at for event in taken_back)


def _act(tx: Tx, office: Office, link: ActionLink, form: Pressed, promise: str) -> None:
    now = office.now()
    if link.action in _RESOLVES:
        if form.promises:
            promises.settle(tx, link.incident_id, link.person, form.promises, now)
        incidents.resolve(tx, link.incident_id, link.person, _RESOLVES[link.action], now)
    elif link.action is LinkAction.ACKNOWLEDGE:
        incidents.acknowledge(tx, link.incident_id, link.person, now)
    elif link.action is LinkAction.PROMISE:
        # Two messages have a link each: pressing both is one promise, not two clocks.
        mine = [row for row in promises.of_incident(tx, link.incident_id) if row.owner == link.person]
        if not any(row.status == PromiseStatus.OPEN for row in mine):
            due = now + timedelta(minutes=office.settings.promises.usual_minutes)
            promise_until(tx, office, link.incident_id, Told(link.person, promise, due))
