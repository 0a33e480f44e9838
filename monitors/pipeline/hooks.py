"""Hooks: what happens to incidents is told to other systems until they confirm it.

Events are queued for the systems of the settings in one transaction with the note that they were; sending happens
between two transactions, with the same key whenever it is tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitors.errors import RetryLater
from monitors.hooks import Happened, NotTaken, Refused, Teller
from monitors.ledger import hook_deliveries, leases
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.hook_deliveries import Delivery
from monitors.pipeline.pauses import Pauses

LEASE = timedelta(minutes=5)
"""Finding a ticket, looking at it and writing to it are three calls, each up to the time limit of the system."""

PAUSES = Pauses(timedelta(seconds=5), timedelta(hours=1))
BATCH = 20
ANNOUNCED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one batch of deliveries."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0

    @property
    def tried(self) -> int:
        """How many were due."""
        return self.sent + self.postponed + self.refused


def announce(ledger: Ledger, tellers: Mapping[str, Teller], now: Callable[[], datetime]) -> int:
    """Queue what happened since the last time for every system that wants to know; gives how many events."""
    announced = 0
    while True:
        # A look costs no lock: most of the time nothing has happened.
        with ledger.read() as tx:
            if not hook_deliveries.unannounced(tx):
                return announced
        with ledger.write() as tx:
            batch = hook_deliveries.announce(tx, lambda *about: _wanted(tellers, *about), now(), ANNOUNCED_AT_ONCE)
        announced += batch
        if not batch:
            # Another process does it right now.
            return announced


def _wanted(tellers: Mapping[str, Teller], kind: str, brand: str) -> list[str]:
    return [name for name, teller in tellers.items() if teller.hook.wants(kind, brand)]


def tell(
    ledger: Ledger, tellers: Mapping[str, Teller], pages: str, now: Callable[[], datetime], *, limit: int = BATCH
) -> Told:
    """Send the next deliveries that are due; ``pages`` is the address of our own pages."""
    if not tellers:
        return Told()
    with ledger.write() as tx:
        deliveries = hook_deliveries.claim(tx, list(tellers), limit, now(), LEASE)
    outcomes, stopped = [], set()
    for delivery in leases.in_first_half(deliveries, LEASE, now):
        if delivery.hook in stopped:
            with ledger.write() as tx:
                hook_deliveries.release(tx, delivery)
            continue
        outcome = _send(ledger, tellers[delivery.hook], delivery, pages, now)
        outcomes.append(outcome)
        if outcome == "stopped":
            stopped.add(delivery.hook)
    return Told(outcomes.count("sent"), outcomes.count("postponed"), len(outcomes) - _good(outcomes))


def _good(outcomes: list[str]) -> int:
    return outcomes.count("sent") + outcomes.count("postponed")


def _send(ledger: Ledger, teller: Teller, delivery: Delivery, pages: str, now: Callable[[], datetime]) -> str:
    with ledger.read() as tx:
        happened = happened_in(tx, delivery, pages, texts=teller.hook.texts)
    try:
        confirmed = teller.tell(happened)
    except RetryLater as error:
        status = getattr(error, "status", None)
        over = now() - delivery.queued_at >= timedelta(days=teller.hook.give_up_days)
        with ledger.write() as tx:
            if over:
                hook_deliveries.bury(tx, delivery, str(error), status)
            else:
                again = PAUSES.over_at(delivery.attempts + 1, error, now())
                hook_deliveries.postpone(tx, delivery, str(error), status, again)
        return "dead" if over else "postponed"
    except NotTaken as error:
        with ledger.write() as tx:
            hook_deliveries.bury(tx, delivery, f"{error}. {error.remedy}", error.status)
        return "dead"
    except Refused as error:
        with ledger.write() as tx:
            hook_deliveries.stop(tx, delivery, f"{error}. {error.remedy}", error.status)
        return "stopped"
    with ledger.write() as tx:
        hook_deliveries.confirm(tx, delivery, confirmed.status, confirmed.reference, now())
    return "sent"


def happened_in(tx: Tx, delivery: Delivery, pages: str, *, texts: bool) -> Happened:
    """What a delivery tells, as the ledger has it now: words of a post that is gone are told to nobody."""
    known = hook_deliveries.known_of(tx, delivery)
    event, incident = known.event, known.incident
    return Happened(
        key=delivery.key,
        event_id=event.id,
        kind=event.kind,
        at=event.at,
        actor=event.actor,
        detail=event.data,
        incident={
            **{name: getattr(incident, name) for name in _PLAIN},
            **{name: _written(getattr(incident, name)) for name in _TIMES},
            "risk": round(float(incident.risk), 1),
            "headline": incident.headline if texts else "",
            "post": known.post,
            "post_url": known.post_url,
        },
        address=f"{pages}/incidents/{incident.id}",
        reference=delivery.reference,
        told_before=delivery.tried_before,
    )


_PLAIN = ("id", "brand", "status", "reason", "severity", "language", "posts", "assignee", "acknowledged_by", "verdict")
_TIMES = ("opened_at", "first_post_at", "acknowledged_at", "resolved_at", "changed_at")


def _written(at: Any) -> str | None:
    return at.isoformat() if at else None
