"""Which messages of the outbox go out together: decided once for each, before it is first tried.

A bundle is the messages whose ``bundle`` is the key of the first of them; it takes no more once it was tried, so that
what is sent again under that key after a crash has the same in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row, func, select, update

from models.bundling import Manners, goes_at, is_urgent
from models.hours import Hours
from models.moments import zone_named
from monitors.ledger import audit, rota
from monitors.ledger.desk_schema import person_rules
from monitors.ledger.engine import Tx
from monitors.ledger.outbox import QUEUED
from monitors.ledger.schema import incidents, outbox, people
from monitors.ledger.statements import upsert

MOST = 20
"""Messages in one bundle: whoever reads it should reach its end."""

_AT_ONCE = 500
_CALLS = frozenset({"alert", "again"})


@dataclass(frozen=True, slots=True)
class Usual:
    """What the settings say: the ``pause`` in which messages are gathered, and the ``quiet`` hours of each person.

    Those are read by the clocks of the person's own zone, and by those of ``zone`` where theirs is unknown.
    """

    pause: timedelta
    quiet: Mapping[str, Sequence[Hours]] = field(default_factory=dict)
    zone: tzinfo = UTC


def arrange(tx: Tx, channel: str, usual: Usual | None, now: datetime) -> int:
    """Decide for each new message of a channel when it goes; hold the channel's lock. Gives how many there were.

    One that is not to go before a time is decided on then, with all others of that time.
    People may have chosen otherwise than is ``usual``; without it nothing is gathered and nothing waits.
    """
    new = (outbox.c.channel == channel) & (outbox.c.state == QUEUED) & outbox.c.due_at.is_(None)
    new &= outbox.c.not_before <= now
    rows = list(tx.execute(select(outbox).where(new).order_by(outbox.c.id).limit(_AT_ONCE)))
    known = {} if usual is None else manners(tx, {row.person for row in rows}, usual)
    for row in rows:
        _arrange(tx, row, None if usual is None else known.get(row.person, Manners(usual.pause)), now)
    return len(rows)


def _arrange(tx: Tx, row: Row[Any], wanted: Manners | None, now: datetime) -> None:
    values: dict[str, Any] = {"due_at": now}
    rerouted = " > " in row.key
    if wanted is not None and row.kind in _CALLS:
        wanted = _for_a_call(tx, row, wanted, now)
    if wanted is not None and not rerouted and not is_urgent(row.kind, row.payload):
        first = _open_bundle(tx, row)
        if first is not None:
            due = min(first.due_at, now + wanted.pause) if row.kind in _CALLS else first.due_at
            values = {"due_at": due, "not_before": due, "bundle": first.key}
            if due < first.due_at:
                tx.execute(update(outbox).where(outbox.c.bundle == first.key).values(due_at=due, not_before=due))
        else:
            due = goes_at(now, _last(tx, row), wanted)
            values = {"due_at": due}
            if due > now:
                values |= {"not_before": due, "bundle": row.key}
    tx.execute(update(outbox).where(outbox.c.id == row.id).values(**values))


def _for_a_call(tx: Tx, row: Row[Any], wanted: Manners, now: datetime) -> Manners:
    """How a call waits: for no quiet hours, and half as long as the next person is not called.

    The rota has decided who is called at this hour: somebody on duty, or because nobody else is left.
    """
    next_at = tx.execute(select(incidents.c.escalate_at).where(incidents.c.id == row.incident_id)).scalar()
    pause = wanted.pause if next_at is None else min(wanted.pause, max(timedelta(0), (next_at - now) / 2))
    return replace(wanted, pause=pause, quiet=())


def _theirs(row: Row[Any]) -> Any:
    return (outbox.c.channel == row.channel) & (outbox.c.person == row.person)


def _open_bundle(tx: Tx, row: Row[Any]) -> Row[Any] | None:
    """The first message of the bundle that this person gets next by this channel, while there is room in it."""
    first = (outbox.c.bundle == outbox.c.key) & (outbox.c.state == QUEUED) & (outbox.c.attempts == 0)
    found = tx.execute(select(outbox).where(_theirs(row), first).order_by(outbox.c.id.desc()).limit(1)).first()
    if found is None:
        return None
    size = tx.execute(select(func.count()).select_from(outbox).where(outbox.c.bundle == found.key)).scalar_one()
    return found if size < MOST else None


def _last(tx: Tx, row: Row[Any]) -> datetime | None:
    """When the newest message to this person by this channel went, or is to go."""
    return tx.execute(select(func.max(outbox.c.due_at)).where(_theirs(row))).scalar()


def manners(tx: Tx, names: Iterable[str], usual: Usual) -> dict[str, Manners]:
    """How these people want to be told of what is not urgent: as usual where they chose nothing."""
    joined = people.outerjoin(person_rules, person_rules.c.person == people.c.name)
    columns = (people.c.name, people.c.timezone, person_rules.c.quiet, person_rules.c.bundle_minutes)
    rows = tx.execute(select(*columns).select_from(joined).where(people.c.name.in_(list(names))))
    return {row.name: _manners(row, usual) for row in rows}


def _manners(row: Any, usual: Usual) -> Manners:
    own = usual.pause if row.bundle_minutes is None else timedelta(minutes=row.bundle_minutes)
    quiet = rota.hours_of(row.quiet)
    if quiet is None:
        quiet = tuple(usual.quiet.get(row.name, ()))
    return Manners(own, quiet, zone_named(row.timezone) or usual.zone)


def own_minutes(tx: Tx, person: str) -> int | None:
    """How long what is not urgent is gathered for a person, where they chose it themselves."""
    return tx.execute(select(person_rules.c.bundle_minutes).where(person_rules.c.person == person)).scalar()


def choose_minutes(tx: Tx, person: str, minutes: int | None, now: datetime) -> None:
    """Somebody chooses how long what is not urgent is gathered for them; None goes back to the settings."""
    if own_minutes(tx, person) == minutes:
        return
    statement = upsert(tx, person_rules).values(person=person, bundle_minutes=minutes)
    changed = statement.on_conflict_do_update(
        index_elements=["person"], set_={"bundle_minutes": statement.excluded.bundle_minutes}
    )
    tx.execute(changed)
    audit.record(tx, now, person, "bundling_set", person, {"minutes": minutes})
