"""The house itself: its brands, whether everything works, and the other systems that are told."""

from typing import Any

from fastapi import APIRouter

from dashboards.api import shapes
from dashboards.api.access import ReadingHealth, ReadingHooks, ReadingIncidents
from dashboards.api.problems import responses
from dashboards.api.shapes import Brands, Health, Hooks, SourceHealth
from dashboards.office import TheOffice
from dashboards.rendering import VERSION
from monitors.ledger import hook_deliveries, indexing, listing, outbox, sweeps

router = APIRouter(tags=["house"])


@router.get("/brands", summary="List brands", responses=responses())
def list_brands(office: TheOffice, _token: ReadingIncidents) -> Brands:
    """The watched brands, what their complaints are counted against, and their incidents by state."""
    with office.ledger.read() as tx:
        counted = listing.incidents_of_brands(tx)
    items = [
        {
            "name": name,
            "denominator": brand.denominator.model_dump() if brand.denominator else None,
            "incidents": counted.get(name, {}),
        }
        for name, brand in office.settings.brands.items()
    ]
    return Brands.model_validate({"items": items})


@router.get("/health", summary="Read the health", responses=responses())
def read_health(office: TheOffice, _token: ReadingHealth) -> Health:
    """When each source last worked, and what waits."""
    with office.ledger.read() as tx:
        return Health.model_validate(
            {
                "version": VERSION,
                "sources": [shapes.fields(row, SourceHealth.model_fields) for row in sweeps.health(tx)],
                "messages": outbox.counts(tx),
                "waiting_for_index": indexing.length(tx),
            }
        )


@router.get("/hooks", summary="List hooks", responses=responses())
def list_hooks(office: TheOffice, _token: ReadingHooks) -> Hooks:
    """The other systems that are told of events, and what waits for each."""
    with office.ledger.read() as tx:
        states, sent = hook_deliveries.states(tx), hook_deliveries.last_sent(tx)
    items: list[dict[str, Any]] = []
    for name, hook in office.settings.hooks.items():
        counted = states.get(name, {})
        numbers = {state: counted.get(state, 0) for state in ("queued", "sent", "dead")}
        told = {"recipe": hook.recipe, "stopped": bool(counted.get("stopped")), "last_sent_at": sent.get(name)}
        items.append({"name": name, **numbers, **told})
    return Hooks.model_validate({"items": items})
