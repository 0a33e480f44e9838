"""Incidents: listed by their last change, one with all that belongs to it, and what can be done with it."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from dashboards.api import shapes
from dashboards.api.access import ReadingIncidents, WritingIncidents
from dashboards.api.doing import ADoing, Doing, shaped
from dashboards.api.problems import responses
from dashboards.api.shapes import Assign, IncidentPage, IncidentState, Moment, Note, Resolve, WholeIncident
from dashboards.office import TheOffice
from monitors.ledger import crowd, handing, incidents, listing, people, promises
from monitors.ledger.api_tokens import Token
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.listing import Place, Wanted
from monitors.ledger.people import Role
from monitors.ledger.refusals import NotPossible

router = APIRouter(prefix="/incidents", tags=["incidents"])
MOST_POSTS = 60

Number = Annotated[int, Path(ge=1, le=2**53, description="The incident's number.", examples=[12])]
Cursor = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{1,17}-[0-9]{1,15}$",
        description="`next` of the page before; keep the other parameters as they were.",
    ),
]
Size = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
NameQuery = Annotated[str | None, Query(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
ACTED = {200: {"model": IncidentState, "description": "How the incident stands now."}, **responses(404, 409)}


@router.get("", summary="List incidents", responses=responses())
def list_incidents(
    office: TheOffice,
    _token: ReadingIncidents,
    status: Annotated[Status | None, Query(description="Only in this state; absent: all.")] = None,
    brand: NameQuery = None,
    assignee: NameQuery = None,
    changed_since: Annotated[Moment | None, Query(description="Only what changed at or after this time.")] = None,
    order: Annotated[
        Literal["newest", "oldest"],
        Query(description="By the last change. To keep a copy, go on from `oldest` with the last `changed_at`."),
    ] = "newest",
    cursor: Cursor = None,
    limit: Size = 50,
) -> IncidentPage:
    """By their last change. Read on with `next` until it is null."""
    after = Place.read(cursor) if cursor else None
    wanted = Wanted(status, brand, assignee, changed_since, order == "oldest", after, limit + 1)
    with office.ledger.read() as tx:
        rows = listing.incidents_by_change(tx, wanted)
    more = str(Place(rows[limit - 1].changed_at, rows[limit - 1].id)) if len(rows) > limit else None
    items = [shapes.incident(row, office.settings.pages.address) for row in rows[:limit]]
    return IncidentPage.model_validate({"items": items, "next": more})


@router.get("/{incident_id}", summary="Read an incident", responses=responses(404))
def read_incident(office: TheOffice, _token: ReadingIncidents, incident_id: Number) -> WholeIncident:
    """With its story's posts, its events and its promises."""
    with office.ledger.read() as tx:
        return WholeIncident.model_validate(whole(tx, incident_id, office.settings.pages.address))


def whole(tx: Tx, incident_id: int, pages: str) -> dict[str, Any]:
    """An incident with all that belongs to it."""
    row = incidents.require(tx, incident_id)
    about = {"brand": row.brand, "story_id": row.story_id, "incident_id": row.id}
    story = incidents.story_posts(tx, row.brand, row.story_id, limit=MOST_POSTS)
    decided = ("action", "reason", "risk")
    customers = crowd.of_incident(tx, row)
    return {
        **shapes.incident(row, pages),
        "customers": {"all": customers.size, "answered": customers.answered, "waiting": customers.waiting},
        "story": [shapes.post(post, [{**about, **shapes.fields(post, decided)}]) for post in story],
        "events": [shapes.fields(event, shapes.Event.model_fields) for event in incidents.events(tx, incident_id)],
        "promises": [shapes.fields(one, shapes.Promise.model_fields) for one in promises.of_incident(tx, incident_id)],
    }


def _act(
    doing: Doing, token: Token, incident_id: int, sent: shapes.Sent | None, change: Callable[[Tx], object]
) -> JSONResponse:
    def act(tx: Tx) -> int:
        change(tx)
        return incident_id

    def told(tx: Tx, number: int) -> JSONResponse:
        return JSONResponse(shaped(IncidentState, shapes.state(incidents.require(tx, number), doing.pages)))

    return doing.do(token, sent, act, told)


@router.post("/{incident_id}/acknowledge", summary="Take an incident in hand", responses=ACTED)
def acknowledge(doing: ADoing, token: WritingIncidents, incident_id: Number) -> JSONResponse:
    """Escalation stops. It is the token's, unless somebody has it already; assign it to give it to a person."""
    return _act(
        doing, token, incident_id, None, lambda tx: incidents.acknowledge(tx, incident_id, token.actor, doing.now)
    )


@router.post("/{incident_id}/release", summary="Give an incident back", responses=ACTED)
def release(doing: ADoing, token: WritingIncidents, incident_id: Number) -> JSONResponse:
    """By the token that took it: the next person's clock runs as before."""
    return _act(doing, token, incident_id, None, lambda tx: incidents.release(tx, incident_id, token.actor, doing.now))


@router.post("/{incident_id}/assign", summary="Give an incident to a person", responses=ACTED)
def assign(doing: ADoing, token: WritingIncidents, incident_id: Number, sent: Assign) -> JSONResponse:
    """To somebody who handles incidents; promises that still run go with it."""

    def give(tx: Tx) -> None:
        was = incidents.UNSEEN if sent.was is None else sent.was
        handing.give(tx, incident_id, token.actor, handler(tx, sent.assignee), doing.now, was)

    return _act(doing, token, incident_id, sent, give)


@router.post("/{incident_id}/resolve", summary="Resolve an incident", responses=ACTED)
def resolve(doing: ADoing, token: WritingIncidents, incident_id: Number, sent: Resolve) -> JSONResponse:
    """With a verdict. Open promises are a problem (`open-promises`) unless `promises` says what becomes of them."""

    def close(tx: Tx) -> None:
        if sent.promises is not None:
            promises.settle(tx, incident_id, token.actor, sent.promises, doing.now)
        incidents.resolve(tx, incident_id, token.actor, sent.verdict, doing.now, sent.note.strip())

    return _act(doing, token, incident_id, sent, close)


@router.post("/{incident_id}/reopen", summary="Open an incident again", responses=ACTED)
def reopen(doing: ADoing, token: WritingIncidents, incident_id: Number) -> JSONResponse:
    """Take its resolution back."""
    return _act(doing, token, incident_id, None, lambda tx: incidents.reopen(tx, incident_id, token.actor, doing.now))


@router.post("/{incident_id}/notes", summary="Note something", responses=ACTED)
def add_note(doing: ADoing, token: WritingIncidents, incident_id: Number, sent: Note) -> JSONResponse:
    """Add a word to the incident."""
    return _act(
        doing, token, incident_id, sent, lambda tx: incidents.note(tx, incident_id, token.actor, sent.text, doing.now)
    )


def handler(tx: Tx, name: str) -> str:
    """The name of somebody who handles incidents, or ``NotPossible``."""
    person = people.get(tx, name)
    if person is None or person.role is Role.VIEWER:
        raise NotPossible("nobody of that name handles incidents")
    return person.name
