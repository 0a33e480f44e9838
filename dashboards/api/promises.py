"""Promises to customers: made, kept, withdrawn, and those that are due."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from dashboards.api import shapes
from dashboards.api.access import ReadingIncidents, WritingPromises
from dashboards.api.doing import ADoing, Doing, shaped
from dashboards.api.incidents import Cursor, Number, Size, handler
from dashboards.api.problems import responses
from dashboards.api.shapes import Moment, NewPromise, Promise, PromisePage, PromiseState
from dashboards.office import TheOffice
from monitors.ledger import incidents, listing, people, promises
from monitors.ledger.api_tokens import Token
from monitors.ledger.engine import Tx
from monitors.ledger.listing import Place
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.refusals import NotPossible

router = APIRouter(tags=["promises"])
LONGEST = timedelta(days=90)

PromiseNumber = Annotated[int, Path(ge=1, le=2**53, description="The promise's number.", examples=[3])]
KEPT = {200: {"model": PromiseState, "description": "How the promise stands now."}, **responses(404, 409)}
_HERE = {"promise_id": "$response.body#/id"}
_LINKS = {
    name: {"operationId": name, "parameters": _HERE} for name in ("read_promise", "keep_promise", "withdraw_promise")
}
MADE = {
    201: {
        "model": PromiseState,
        "description": "How the promise stands.",
        "links": _LINKS,
        "headers": {"Location": {"description": "Its address.", "schema": {"type": "string"}}},
    },
    **responses(404, 409),
}


@router.get("/promises", summary="List promises", responses=responses())
def list_promises(
    office: TheOffice,
    _token: ReadingIncidents,
    status: Annotated[PromiseStatus | None, Query(description="Only in this state; absent: all.")] = None,
    due_before: Annotated[Moment | None, Query(description="Only what is due before this time.")] = None,
    cursor: Cursor = None,
    limit: Size = 50,
) -> PromisePage:
    """The next due first."""
    after = Place.read(cursor) if cursor else None
    with office.ledger.read() as tx:
        rows = listing.promises_by_due(tx, status, due_before, after, limit + 1)
    more = str(Place(rows[limit - 1].due_at, rows[limit - 1].id)) if len(rows) > limit else None
    return PromisePage.model_validate({"items": [_promise(row) for row in rows[:limit]], "next": more})


@router.get("/promises/{promise_id}", summary="Read a promise", responses=responses(404))
def read_promise(office: TheOffice, _token: ReadingIncidents, promise_id: PromiseNumber) -> Promise:
    """One promise."""
    with office.ledger.read() as tx:
        return Promise.model_validate(_promise(promises.require(tx, promise_id)))


@router.post("/incidents/{incident_id}/promises", summary="Make a promise", status_code=201, responses=MADE)
def make_promise(doing: ADoing, token: WritingPromises, incident_id: Number, sent: NewPromise) -> JSONResponse:
    """Record what the customer was told: its owner is reminded, and at its minute the next person is called."""

    def make(tx: Tx) -> int:
        row = incidents.require(tx, incident_id)
        due_at = _due(doing, sent)
        if due_at - doing.now > LONGEST:
            raise NotPossible("a promise is kept within 90 days")
        # Of a time that is over the ledger says so; the first day of all has none before it.
        remind_at = max(due_at, doing.now) - doing.office.settings.promises.remind_before
        owner = handler(tx, sent.owner) if sent.owner else _owner(tx, row, token)
        new = promises.NewPromise(incident_id, owner, sent.what, due_at, remind_at, by=token.actor)
        return promises.make(tx, new, doing.now)

    def told(tx: Tx, promise_id: int) -> JSONResponse:
        headers = {"location": f"{doing.root}/promises/{promise_id}"}
        return JSONResponse(_state(tx, promise_id), 201, headers)

    return doing.do(token, sent, make, told)


@router.post("/promises/{promise_id}/keep", summary="Say that a promise was kept", responses=KEPT)
def keep_promise(doing: ADoing, token: WritingPromises, promise_id: PromiseNumber) -> JSONResponse:
    """In time or late. Doing it twice changes nothing."""
    return _change(doing, token, promise_id, promises.keep)


@router.post("/promises/{promise_id}/withdraw", summary="Withdraw a promise", responses=KEPT)
def withdraw_promise(doing: ADoing, token: WritingPromises, promise_id: PromiseNumber) -> JSONResponse:
    """Nobody waits for it any more. Doing it twice changes nothing."""
    return _change(doing, token, promise_id, promises.withdraw)


def _change(
    doing: Doing, token: Token, promise_id: int, change: Callable[[Tx, int, str, datetime], object]
) -> JSONResponse:
    def act(tx: Tx) -> int:
        change(tx, promise_id, token.actor, doing.now)
        return promise_id

    def told(tx: Tx, number: int) -> JSONResponse:
        return JSONResponse(_state(tx, number))

    return doing.do(token, None, act, told)


def _due(doing: Doing, sent: NewPromise) -> datetime:
    if sent.due_at is not None:
        return sent.due_at
    usual = doing.office.settings.promises.usual
    return doing.now + (usual if sent.in_minutes is None else timedelta(minutes=sent.in_minutes))


def _owner(tx: Tx, row: Any, token: Token) -> str:
    person = people.get(tx, row.assignee) if row.assignee else None
    return person.name if person else token.actor


def _state(tx: Tx, promise_id: int) -> dict[str, Any]:
    return shaped(PromiseState, shapes.fields(promises.require(tx, promise_id), PromiseState.model_fields))


def _promise(row: Any) -> dict[str, Any]:
    return shapes.fields(row, Promise.model_fields)
