"""What people changed in the rota, and when each of them is not to be disturbed.

A change is never removed: one that was taken back says when. The ledger knows nothing of duties, which are in the
settings; a change names a person and a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

from sqlalchemy import Row, select, update

from models.hours import Hours
from models.moments import zone_named
from models.rota import Change, ChangeKind
from monitors.ledger import audit, locks
from monitors.ledger.desk_schema import person_rules, rota_changes
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import people
from monitors.ledger.statements import held, insert_row, upsert

MOST_CHANGES = 2000
"""Changes that are read at once: the latest."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A change that was not taken back, as people see it."""

    id: int
    change: Change
    note: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Rules:
    """When a person is not to be disturbed: ``quiet`` None is what the settings say.

    ``zone`` None: the name that the ledger has of it is unknown here, and the clocks of the rota count.
    """

    name: str
    zone: tzinfo | None
    quiet: tuple[Hours, ...] | None


def standing(tx: Tx, begin: datetime, end: datetime) -> list[Standing]:
    """The changes that apply at some time between two, both included, in the order in which they were made."""
    within = (rota_changes.c.ends_at > begin) & (rota_changes.c.begins_at <= end)
    rows = select(rota_changes).where(rota_changes.c.withdrawn_at.is_(None), within)
    found = tx.execute(rows.order_by(rota_changes.c.made_at.desc(), rota_changes.c.id.desc()).limit(MOST_CHANGES))
    return [_standing(row) for row in reversed(found.all())]


def hold(tx: Tx) -> None:
    """Let nobody else change the rota until this transaction ends: what it says by then is what people are told."""
    locks.wait(tx, ["rota"])


def make(tx: Tx, change: Change, actor: str, now: datetime, note: str = "") -> int:
    """Write a change down. The same once more, as by a second tap, is the one that is there."""
    if change.ends <= max(change.begins, now):
        raise NotPossible("a change needs a time that is still to come")
    same = (rota_changes.c.kind == change.kind.value) & (rota_changes.c.person == change.person)
    same &= (rota_changes.c.begins_at == change.begins) & (rota_changes.c.ends_at == change.ends)
    same &= rota_changes.c.substitute.is_not_distinct_from(change.substitute)
    known = select(rota_changes.c.id).where(same, rota_changes.c.withdrawn_at.is_(None))
    before = tx.execute(known).scalar()
    if before is not None:
        return int(before)
    change_id = insert_row(
        tx,
        rota_changes,
        kind=change.kind.value,
        person=change.person,
        substitute=change.substitute,
        begins_at=change.begins,
        ends_at=change.ends,
        note=note[:500],
        made_by=actor,
        made_at=now,
    )
    _log(tx, now, actor, "rota_changed", change)
    return change_id


def accept(tx: Tx, change_id: int, actor: str, now: datetime) -> Standing:
    """Take over what somebody asked for: it is a swap from now on. Doing it twice changes nothing."""
    known = require(tx, change_id)
    asked = known.change
    if asked.kind is ChangeKind.SWAP and asked.substitute == actor:
        return known
    if asked.kind is not ChangeKind.ASK or asked.substitute not in {None, actor} or asked.person == actor:
        raise NotPossible(f"change {change_id} is not for {actor} to take")
    if asked.ends <= now:
        raise NotPossible(f"change {change_id} is over")
    values = {"kind": ChangeKind.SWAP.value, "substitute": actor, "made_at": now}
    tx.execute(update(rota_changes).where(rota_changes.c.id == change_id).values(**values))
    taken = Change(ChangeKind.SWAP, asked.person, asked.begins, asked.ends, actor)
    _log(tx, now, actor, "rota_taken", taken)
    return Standing(change_id, taken, known.note, known.made_by)


def withdraw(tx: Tx, change_id: int, actor: str, now: datetime) -> Standing:
    """Take a change back, so that the duty is whose it was before."""
    known = require(tx, change_id)
    if known.change.ends <= now:
        raise NotPossible(f"change {change_id} is over")
    tx.execute(update(rota_changes).where(rota_changes.c.id == change_id).values(withdrawn_at=now))
    _log(tx, now, actor, "rota_withdrawn", known.change)
    return known


def require(tx: Tx, change_id: int) -> Standing:
    """One change that nobody else can change until this transaction ends, or ``NotPossible``."""
    row = tx.execute(held(select(rota_changes).where(rota_changes.c.id == change_id))).first()
    if row is None:
        raise NotPossible(f"there is no change {change_id}")
    if row.withdrawn_at is not None:
        raise NotPossible(f"change {change_id} was taken back")
    return _standing(row)


def is_asked(tx: Tx, change_id: int) -> bool:
    """Whether somebody still asks for this swap: nobody has taken the duty, and it was not taken back."""
    asked = (rota_changes.c.id == change_id) & (rota_changes.c.kind == ChangeKind.ASK.value)
    return tx.execute(select(rota_changes.c.id).where(asked, rota_changes.c.withdrawn_at.is_(None))).first() is not None


def stands(tx: Tx, change_id: int) -> bool:
    """Whether a change was not taken back."""
    known = (rota_changes.c.id == change_id) & rota_changes.c.withdrawn_at.is_(None)
    return tx.execute(select(rota_changes.c.id).where(known)).first() is not None


def rules(tx: Tx) -> list[Rules]:
    """The rules of everybody who may sign in."""
    joined = people.outerjoin(person_rules, person_rules.c.person == people.c.name)
    rows = select(people.c.name, people.c.timezone, person_rules.c.quiet).select_from(joined)
    return [_rules(row) for row in tx.execute(rows.where(people.c.active.is_(True)).order_by(people.c.name))]


def rules_of(tx: Tx, name: str) -> tuple[Hours, ...] | None:
    """The quiet hours that a person set, or None where the settings say them."""
    row = tx.execute(select(person_rules.c.quiet).where(person_rules.c.person == name)).first()
    return hours_of(row.quiet) if row else None


def set_quiet(tx: Tx, name: str, quiet: Sequence[Hours] | None, actor: str, now: datetime) -> None:
    """Say when a person is not to be disturbed; None goes back to the settings."""
    document = None if quiet is None else [_document(one) for one in quiet]
    statement = upsert(tx, person_rules).values(person=name, quiet=document)
    tx.execute(statement.on_conflict_do_update(index_elements=["person"], set_={"quiet": statement.excluded.quiet}))
    said = None if quiet is None else ", ".join(f"{one.begins:%H:%M}–{one.ends:%H:%M}" for one in quiet)
    audit.record(tx, now, actor, "quiet_hours_set", name, {"quiet": said})


def _log(tx: Tx, now: datetime, actor: str, action: str, change: Change) -> None:
    said = {
        "change": change.kind.value,
        "to": change.substitute,
        "begins_at": change.begins.isoformat(),
        "ends_at": change.ends.isoformat(),
    }
    audit.record(tx, now, actor, action, change.person, said)


def _standing(row: Row[Any]) -> Standing:
    change = Change(ChangeKind(row.kind), row.person, row.begins_at, row.ends_at, row.substitute)
    return Standing(row.id, change, row.note, row.made_by)


def _rules(row: Any) -> Rules:
    return Rules(row.name, zone_named(row.timezone), hours_of(row.quiet))


def hours_of(document: Any) -> tuple[Hours, ...] | None:
    """Quiet hours as they are kept; None where a person set none."""
    if document is None:
        return None
    return tuple(
        Hours(frozenset(one["days"]), time.fromisoformat(one["from"]), time.fromisoformat(one["until"]))
        for one in document
    )


def _document(hours: Hours) -> dict[str, Any]:
    return {"days": sorted(hours.days), "from": hours.begins.isoformat(), "until": hours.ends.isoformat()}
