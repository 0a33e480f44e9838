"""Messages to people, queued in the transaction that decides them and sent until a channel confirms.

A message's key never repeats, so that deciding the same thing twice queues it once. Sending happens outside any
transaction: a crash between the channel's confirmation and our receipt sends it again, which is the better mistake.
Messages that ``monitors.ledger.bundles`` has put together go out as one, under the key of the first of them, and have
a receipt each.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, or_, select, update

from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.schema import incident_events, incidents, outbox, receipts
from monitors.ledger.statements import claimable, upsert

QUEUED, SENT, FAILED, REPORTED = "queued", "sent", "failed", "reported"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the outbox: to whom, by which channel, what kind of message, and what it is about."""

    key: str
    person: str
    channel: str
    kind: str
    incident_id: int | None
    payload: Mapping[str, Any]
    attempts: int = 0
    bundle: str | None = None
    """The key of the message that it goes out with, when it goes with others."""


def enqueue(tx: Tx, letters: Sequence[Letter], now: datetime, *, not_before: datetime | None = None) -> int:
    """Queue messages; those whose key was queued before are left alone. Gives how many are new."""
    new = 0
    for letter in letters:
        statement = upsert(tx, outbox).values(
            key=letter.key,
            person=letter.person,
            channel=letter.channel,
            kind=letter.kind,
            incident_id=letter.incident_id,
            payload=dict(letter.payload),
            queued_at=now,
            not_before=not_before or now,
            attempts=0,
            state=QUEUED,
        )
        stored = statement.on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)
        new += len(tx.execute(stored).all())
    return new


def claim(tx: Tx, limit: int, now: datetime, lease: timedelta, *, channel: str | None = None) -> list[Letter]:
    """Take the next messages that are due, for as long as the lease; each with those that go out with it."""
    due = _ready(now) if channel is None else _ready(now) & (outbox.c.channel == channel)
    # What goes alone goes first: it is urgent, or the first for a while.
    ordered = select(outbox).where(due).order_by(outbox.c.bundle.is_not(None), outbox.c.id).limit(limit)
    rows = list(tx.execute(claimable(tx, ordered)))
    leaders = [row.key for row in rows if row.bundle == row.key]
    if leaders:
        with_them = outbox.c.bundle.in_(leaders) & outbox.c.key.not_in(leaders) & (outbox.c.state == QUEUED)
        rows += tx.execute(claimable(tx, select(outbox).where(with_them).order_by(outbox.c.id)))
    if rows:
        held = {"claimed_until": now + lease, "claimed_by": worker_name(), "attempts": outbox.c.attempts + 1}
        tx.execute(update(outbox).where(outbox.c.id.in_([row.id for row in rows])).values(**held))
    return [_letter(row) for row in rows]


def due_channels(tx: Tx, now: datetime) -> list[str]:
    """The channels that have something to send now, those first where it has waited longest."""
    waiting = select(outbox.c.channel).where(_ready(now)).group_by(outbox.c.channel)
    return list(tx.execute(waiting.order_by(func.min(outbox.c.id))).scalars())


def _ready(now: datetime) -> Any:
    """What is to go out now by itself; the others of a bundle go with its first, or alone when that is gone."""
    free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    first = outbox.alias("first")
    has_first = select(first.c.id).where(first.c.key == outbox.c.bundle, first.c.state == QUEUED).exists()
    alone = or_(outbox.c.bundle.is_(None), outbox.c.bundle == outbox.c.key, ~has_first)
    return (outbox.c.state == QUEUED) & (outbox.c.not_before <= now) & free & alone


def confirm(tx: Tx, letter: Letter, confirmation: str, now: datetime) -> None:
    """The channel has it: write the receipt, and never send it again."""
    receipt = upsert(tx, receipts).values(
        key=letter.key, channel=letter.channel, person=letter.person, at=now, confirmation=confirmation[:1000]
    )
    tx.execute(receipt.on_conflict_do_nothing(index_elements=["key"]))
    done = {"state": SENT, "claimed_until": None, "claimed_by": None, "last_error": None}
    tx.execute(update(outbox).where(outbox.c.key == letter.key).values(**done))


def postpone(tx: Tx, letter: Letter, error: str, until: datetime) -> None:
    """It did not go out: try again at ``until``."""
    later = {"not_before": until, "claimed_until": None, "claimed_by": None, "last_error": error[:1000]}
    tx.execute(update(outbox).where(_is_ours(letter)).values(**later))


def give_up(tx: Tx, letter: Letter, error: str) -> None:
    """This channel will not take it until a person acts; the guard looks for another way to the person."""
    tx.execute(
        update(outbox)
        .where(_is_ours(letter))
        .values(state=FAILED, claimed_until=None, claimed_by=None, last_error=error[:1000])
    )


def lost(tx: Tx, attempts: int, silent: Collection[str] = ()) -> list[Row[Any]]:
    """Messages that a channel refused for good or did not take in so many attempts, and that nobody was told of yet.

    A channel that is ``silent`` is not given so many: what it did not take at once counts as lost.
    """
    tries = case((outbox.c.channel.in_(list(silent)), 1), else_=attempts)
    stuck = (outbox.c.state == QUEUED) & (outbox.c.attempts >= tries) & outbox.c.last_error.is_not(None)
    # Refused ones come first and leave the line; stuck ones stay in it.
    found = select(outbox).where((outbox.c.state == FAILED) | stuck).order_by(outbox.c.state, outbox.c.id)
    return list(tx.execute(found.limit(500)))


def is_taken(tx: Tx, keys: Sequence[str]) -> bool:
    """Whether one of these messages was confirmed, or is still on its way for the first time."""
    on_its_way = (outbox.c.state == QUEUED) & outbox.c.last_error.is_(None)
    known = select(outbox.c.id).where(outbox.c.key.in_(list(keys)), (outbox.c.state == SENT) | on_its_way)
    return tx.execute(known.limit(1)).first() is not None


def known(tx: Tx, keys: Sequence[str]) -> bool:
    """Whether one of these messages was queued before, whatever became of it."""
    return tx.execute(select(outbox.c.id).where(outbox.c.key.in_(list(keys))).limit(1)).first() is not None


def last_queued(tx: Tx, kind: str, incident_id: int, person: str) -> datetime | None:
    """When the latest message of a kind about an incident was queued for a person."""
    theirs = (outbox.c.kind == kind) & (outbox.c.incident_id == incident_id) & (outbox.c.person == person)
    found: datetime | None = tx.execute(select(func.max(outbox.c.queued_at)).where(theirs)).scalar()
    return found


def hurry(tx: Tx, keys: Sequence[str], now: datetime) -> None:
    """Let these messages wait for no others and for no quiet hours: they go in the place of one that got lost."""
    waiting = outbox.c.key.in_(list(keys)) & (outbox.c.state == QUEUED) & (outbox.c.attempts == 0)
    held_back = or_(outbox.c.not_before > now, outbox.c.bundle.is_not(None))
    tx.execute(update(outbox).where(waiting, held_back).values(not_before=now, due_at=now, bundle=None))


def reported(tx: Tx, key: str) -> None:
    """What could be done about a refused message was done."""
    tx.execute(update(outbox).where(outbox.c.key == key, outbox.c.state == FAILED).values(state=REPORTED))


def counts(tx: Tx) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(tx.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state)).all())


def alerts_by_brand(tx: Tx) -> dict[str, int]:
    """How many alerts each brand ever had: first ones and those on growth, counted once however many heard of them.

    Those that were held for the digest called nobody and do not count.
    """
    joined = incidents.join(incident_events, incident_events.c.incident_id == incidents.c.id)
    was_held = func.coalesce(incident_events.c.data["held"].as_boolean(), False)
    alerted = incident_events.c.kind.in_(["opened", "alerted_again"]) & was_held.is_(False)
    statement = select(incidents.c.brand, func.count()).select_from(joined).where(alerted)
    return dict(tx.execute(statement.group_by(incidents.c.brand)).all())


def of_incident(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """All messages about one incident with their receipts, oldest first."""
    joined = outbox.outerjoin(receipts, receipts.c.key == outbox.c.key)
    statement = select(outbox, receipts.c.at.label("confirmed_at"), receipts.c.confirmation).select_from(joined)
    return list(tx.execute(statement.where(outbox.c.incident_id == incident_id).order_by(outbox.c.id)))


def called(tx: Tx, incident_id: int, kinds: Sequence[str]) -> list[str]:
    """To whom messages of these kinds about one incident went, oldest first."""
    about = (outbox.c.incident_id == incident_id) & outbox.c.kind.in_(list(kinds))
    return list(tx.execute(select(outbox.c.person).where(about).order_by(outbox.c.id)).scalars())


def _is_ours(letter: Letter) -> Any:
    """A failure that comes after the lease counts no more: another attempt is under way, or was confirmed."""
    return (outbox.c.key == letter.key) & (outbox.c.state == QUEUED) & (outbox.c.attempts == letter.attempts)


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        row.key, row.person, row.channel, row.kind, row.incident_id, row.payload, row.attempts + 1, row.bundle
    )
