"""The audit log, for admins: every change, who made it and when."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboards import changes
from dashboards.office import TheOffice
from dashboards.rendering import page
from dashboards.visitors import Managing
from monitors.ledger import audit, people

router = APIRouter()
SIZE = 100


@router.get("/audit", name="audit")
def audit_page(
    request: Request, office: TheOffice, _visitor: Managing, before: Annotated[int | None, Query(ge=1, le=2**53)] = None
) -> Response:
    """The page, newest first."""
    with office.ledger.read() as tx:
        rows = audit.newest(tx, SIZE + 1, before)
        names = {person.name: person.display for person in people.everybody(tx)}
    older = rows[SIZE - 1].id if len(rows) > SIZE else None
    return page(request, "audit.html", {"rows": rows[:SIZE], "next": older, "names": names, "changes": changes})
