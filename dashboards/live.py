"""Live pages: a stream of server-sent events that says when incidents or promises changed, and what is new."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from dashboards.office import Office, TheOffice
from dashboards.rendering import speech_of
from dashboards.speech import Speech
from dashboards.visitors import Looking
from monitors.errors import RetryLater
from monitors.ledger import desk
from monitors.ledger.desk import Pulse

router = APIRouter()
LOOK_EVERY = 1.0
ASK_WHO_EVERY = 30


@router.get("/live", name="live")
async def live(request: Request, office: TheOffice, visitor: Looking) -> EventSourceResponse:
    """Open the stream; it ends when the session does, or when its reader has opened too many after it."""
    # Before the answer begins: whoever sees it begin is told of everything after.
    before = await run_in_threadpool(pulse, office)
    return EventSourceResponse(changes(request, office, speech_of(request), before, who=visitor.person.name), ping=15)


async def changes(
    request: Request, office: Office, say: Speech, before: Pulse | None, *, who: str, pause: float = LOOK_EVERY
) -> AsyncIterator[ServerSentEvent]:
    """Look once a second and tell ``who`` what changed since ``before``; the first event says that the stream is open.

    The last one says why it ends: the session is over, or there are too many streams.
    """
    with office.streams.one_of(who) as stays:
        yield ServerSentEvent(event="open", data="")
        looks = 0
        while not await request.is_disconnected():
            await asyncio.sleep(pause)
            looks += 1
            if not stays():
                yield ServerSentEvent(event="crowded", data="")
                return
            if looks % ASK_WHO_EVERY == 0 and await office.identify(request) is None:
                yield ServerSentEvent(event="over", data="")
                return
            now = await run_in_threadpool(pulse, office)
            if now is None or now == before:
                continue
            said = await run_in_threadpool(_announcement, office, say, before)
            before = now
            yield ServerSentEvent(event="changed", data=json.dumps({"said": said}, ensure_ascii=False))


def pulse(office: Office) -> Pulse | None:
    """How things stand, or None while the ledger is away."""
    try:
        with office.ledger.read() as tx:
            return desk.pulse(tx)
    except RetryLater:
        # The stream outlives a ledger that is away for a moment: the next look will tell.
        return None


def _announcement(office: Office, say: Speech, before: Pulse | None) -> str:
    if before is None:
        return ""
    with office.ledger.read() as tx:
        rows = desk.opened_after(tx, before.newest_id)
    if len(rows) == 1:
        return say.text("New incident, %(brand)s: %(headline)s", brand=rows[0].brand, headline=rows[0].headline[:60])
    return say.plural("%(n)s new incident", "%(n)s new incidents", len(rows)) if rows else ""
