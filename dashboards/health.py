"""The health of sources: when each last worked, what went wrong with the remedy, what was skipped and spent."""

from typing import Any

from fastapi import APIRouter, Request, Response

from dashboards.office import Office, TheOffice
from dashboards.rendering import page
from dashboards.visitors import Looking
from monitors.ledger import desk, indexing, looks, outbox, spending, sweeps

router = APIRouter()


@router.get("/sources", name="health")
def health_page(request: Request, office: TheOffice, _visitor: Looking) -> Response:
    """The page."""
    with office.ledger.read() as tx:
        hour, day = spending.hour(office.now()), spending.day(office.now())
        health = sweeps.health(tx)
        values: dict[str, Any] = {
            "sweeps": health,
            "skips": sweeps.skipped(tx),
            "spent": {(row.source, row.period): row for row in desk.spent(tx, [hour, day])},
            "behind": looks.behind(tx, {row.source for row in health}),
            "letters": outbox.counts(tx),
            "unindexed": indexing.length(tx),
            "hour": hour,
            "day": day,
        }
    return page(request, "health.html", {**values, "sources": _configured(office)})


def _configured(office: Office) -> dict[str, Any]:
    return {name: source for name, source in office.settings.sources.items() if source.enabled}
