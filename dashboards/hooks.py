"""Other systems that are told of events, on the page of sources: what waits, what is wrong, and sending again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from dashboards.office import Office, TheOffice
from dashboards.rendering import back, path, speech_of, tell
from dashboards.visitors import SendingAdmin
from monitors.ledger import hook_deliveries
from monitors.ledger.engine import Tx
from monitors.ledger.hook_deliveries import DEAD, QUEUED, STOPPED

router = APIRouter()
Name = Annotated[str, Path(max_length=80)]


@dataclass(frozen=True, slots=True)
class System:
    """One of them: how many events wait or were given up, and the latest trouble (a delivery's row)."""

    name: str
    recipe: str | None
    last_sent_at: datetime | None
    queued: int
    dead: int
    stopped: bool
    trouble: Any | None


@router.post("/hooks/{name}/resend", name="resend_hook")
def resend(request: Request, office: TheOffice, visitor: SendingAdmin, name: Name) -> Response:
    """Send again what a system refused or did not take in time."""
    with office.ledger.write() as tx:
        number = hook_deliveries.resend(tx, name, visitor.person.name, office.now())
    answer = back(request, f"{path(request, 'health')}#hooks", path(request, "health"))
    said = speech_of(request).plural("%(n)s event will be sent again.", "%(n)s events will be sent again.", number)
    tell(request, answer, said)
    return answer


def systems(tx: Tx, office: Office) -> list[System]:
    """The systems of the settings, and those that are no longer there and for which something waits."""
    states, sent = hook_deliveries.states(tx), hook_deliveries.last_sent(tx)
    troubles = {row.hook: row for row in reversed(hook_deliveries.troubles(tx))}
    known = office.settings.hooks
    left = [name for name, counted in states.items() if name not in known and counted.get(QUEUED)]
    return [
        System(
            name=name,
            recipe=known[name].recipe if name in known else None,
            last_sent_at=sent.get(name),
            queued=states.get(name, {}).get(QUEUED, 0),
            dead=states.get(name, {}).get(DEAD, 0),
            stopped=bool(states.get(name, {}).get(STOPPED)),
            trouble=troubles.get(name),
        )
        for name in (*known, *left)
    ]
