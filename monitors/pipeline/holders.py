"""Telling whoever has a case in hand that its customer wrote again: at once, and a burst of posts as one message.

Of one that was over, and is open again because of it, they are told in the same way.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from monitors.ledger import outbox
from monitors.ledger.clocks import WroteAgain
from monitors.ledger.engine import Tx
from monitors.pipeline.roster import Roster

BURST = timedelta(minutes=5)
"""After a message, further ones about the same case are gathered for this long: people write in several posts."""

KIND = "customer_wrote"


def tell_holders(tx: Tx, roster: Roster, again: Sequence[WroteAgain], now: datetime) -> int:
    """Queue one message for each of these posts, whoever judges it again; gives how many are new.

    It does not wait while its reader may be called. It waits for the end of their quiet hours otherwise: the clock of
    the answer runs, and calls who is there. Of somebody who is away, or cannot be reached, the first who is called
    is told.
    """
    told = 0
    for one in again:
        name = _reader(roster, one, now)
        if name is None:
            continue
        last = outbox.last_queued(tx, KIND, one.incident_id, name)
        first = last is None or now - last >= BURST
        payload = {
            "post": one.post_uid,
            "answer_by": one.answer_by.isoformat() if one.answer_by else None,
            **({"returned": True, "owner": one.holder} if one.returned else {}),
            "urgent": first and roster.team.may_call(name, now, urgent=one.urgent),
        }
        # Ids of posts are longer than a key may be.
        post = blake2b(one.post_uid.encode(), digest_size=16).hexdigest()
        key = f"incident {one.incident_id} customer {post}"
        told += outbox.enqueue(tx, roster.letters(name, KIND, key, one.incident_id, payload), now) > 0
    return told


def _reader(roster: Roster, one: WroteAgain, now: datetime) -> str | None:
    away = one.holder in roster.team.rota.away(now)
    if one.holder and roster.channels.get(one.holder) and roster.team.reaches(one.holder) and not away:
        return one.holder
    return roster.instead_of(None, now, urgent=one.urgent)
