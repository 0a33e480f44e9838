"""The health of sources, channels and hooks: when each last worked, what went wrong, what was skipped and spent.

It also says which duties nobody has in truth.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from dashboards import hooks
from dashboards.office import Office, TheOffice
from dashboards.rendering import back, page, path, speech_of, tell
from dashboards.visitors import Looking, SendingAdmin
from monitors.ledger import audit, channel_states, desk, indexing, looks, outbox, people, spending, sweeps
from monitors.ledger.engine import Tx
from monitors.ledger.outbox import Letter
from monitors.ledger.refusals import NotPossible
from monitors.pipeline.staffing import AHEAD, unstaffed

router = APIRouter()


@router.get("/sources", name="health")
def health_page(request: Request, office: TheOffice, _visitor: Looking) -> Response:
    """The page."""
    with office.ledger.read() as tx:
        now = office.now()
        hour, day = spending.hour(now), spending.day(now)
        health = sweeps.health(tx)
        values: dict[str, Any] = {
            "sweeps": health,
            "skips": sweeps.skipped(tx),
            "spent": {(row.source, row.period): row for row in desk.spent(tx, [hour, day])},
            "behind": looks.behind(tx, {row.source for row in health}),
            "letters": outbox.counts(tx),
            "channels": _channels(tx, office),
            "unindexed": indexing.length(tx),
            "missing": unstaffed(tx, office.roster, office.roster.duty_between(tx, now, now + AHEAD)),
            "names": {person.name: person.display for person in people.everybody(tx)},
            "systems": hooks.systems(tx, office),
            "hour": hour,
            "day": day,
        }
    return page(request, "health.html", {**values, "sources": _configured(office)})


@router.post("/sources/channels/{name}/test", name="test_channel")
def test_channel(request: Request, office: TheOffice, visitor: SendingAdmin, name: str) -> Response:
    """Send a test message by a channel: its confirmation shows on the page of sources."""
    if name not in office.settings.channels:
        raise NotPossible(f"there is no channel {name!r}")
    now, who = office.now(), visitor.person.name
    letter = Letter(f"test {now.isoformat()}:{who}:{name}", who, name, "test", None, {"channel": name})
    with office.ledger.write() as tx:
        outbox.enqueue(tx, [letter], now)
        audit.record(tx, now, who, "channel_tested", name)
    answer = back(request, "", path(request, "health"))
    tell(request, answer, speech_of(request).text("A test message is on its way by %(channel)s.", channel=name))
    return answer


def _channels(tx: Tx, office: Office) -> list[Mapping[str, Any]]:
    """Each channel of the settings with what is known of it: whether it is silent, since when, and why."""
    known = channel_states.everything(tx)
    silent = {row.channel for row in channel_states.silent(tx, office.now())}
    return [{"name": name, "row": known.get(name), "silent": name in silent} for name in office.settings.channels]


def _configured(office: Office) -> dict[str, Any]:
    return {name: source for name, source in office.settings.sources.items() if source.enabled}
