"""The inbox: incidents that wait for people, late or nearly due promises and answers first, then the riskiest."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards.case.answering import due
from dashboards.office import Office, TheOffice, Visitor
from dashboards.rendering import page, path
from dashboards.typed import Typed
from dashboards.visitors import Looking
from monitors.ledger import clocks, desk, digest, incidents, people
from monitors.ledger.incidents import Listing, Status, Verdict

router = APIRouter()
SIZE = 25
STATES = {
    "": None,
    "open": Status.OPEN,
    "acknowledged": Status.ACKNOWLEDGED,
    "resolved": Status.RESOLVED,
    "digest": Status.OPEN,
}


class Filter(Typed):
    """What the inbox is narrowed to."""

    state: Literal["", "open", "acknowledged", "resolved", "digest"] = ""
    brand: str = Field("", max_length=80)
    mine: bool = False
    page: int = Field(1, ge=1, le=10_000)


@router.get("/", name="home")
def home(request: Request, _visitor: Looking) -> Response:
    """Everybody starts at the inbox."""
    return RedirectResponse(path(request, "inbox"), 303)


@router.get("/inbox", name="inbox")
def inbox(request: Request, office: TheOffice, visitor: Looking, wanted: Annotated[Filter, Query()]) -> Response:
    """The list with its filters."""
    return page(request, "inbox.html", _values(office, visitor, wanted))


def _values(office: Office, visitor: Visitor, wanted: Filter) -> dict[str, Any]:
    assignee = visitor.person.name if wanted.mine else None
    listing = Listing(
        STATES[wanted.state],
        wanted.brand or None,
        assignee,
        held=wanted.state == "digest",
        size=SIZE + 1,
        offset=(wanted.page - 1) * SIZE,
        promised_by=office.now() + office.settings.promises.remind_before,
    )
    with office.ledger.read() as tx:
        rows: Sequence[Any] = incidents.find(tx, listing)
        counts = desk.status_counts(tx, wanted.brand or None, assignee)
        held = digest.count(tx, wanted.brand or None, desk.MOST_COUNTED)
        promised = desk.next_promises(tx, [row.id for row in rows])
        running = clocks.of(tx, [row.id for row in rows])
        everybody = people.everybody(tx)
    return {
        "rows": rows[:SIZE],
        "more": len(rows) > SIZE,
        "wanted": wanted,
        "counts": counts,
        "held": held,
        "most_counted": desk.MOST_COUNTED,
        "unresolved": counts[Status.OPEN] + counts[Status.ACKNOWLEDGED],
        "promised": promised,
        "dues": {
            row.id: due(running.get(row.id), [promised[row.id]] if row.id in promised else []) for row in rows[:SIZE]
        },
        "names": {person.name: person.display for person in everybody},
        "team": [person for person in everybody if person.role != "viewer"],
        "brands": office.brands,
        "verdicts": list(Verdict),
        "usual": office.settings.promises.usual_minutes,
    }
