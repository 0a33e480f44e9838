"""After an incident: what it was caused by, what the customer got, what it cost, and what is to be learnt.

One word a resolved incident; whoever writes again changes it. How the case went (time to the first answer, promises) is
read from what happened and never typed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select

from models.scores import Remedy
from monitors.ledger import incidents
from monitors.ledger.desk_schema import after_actions, answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import Status
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import promises
from monitors.ledger.statements import upsert


class Cause(StrEnum):
    """What was behind a complaint, as far as it is found out; one of few, so that they can be counted."""

    LATE = "late"
    LOST = "lost"
    BROKEN = "broken"
    WRONG = "wrong"
    PRICE = "price"
    UNREACHABLE = "unreachable"
    STAFF = "staff"
    PROMISE = "promise"
    INFORMATION = "information"
    OUTAGE = "outage"
    DATA = "data"
    NOT_OURS = "not_ours"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a person says of an incident that is over. ``cost`` is in the currency of the settings, None unknown."""

    incident_id: int
    cause: Cause
    remedy: Remedy
    cost: float | None
    lesson: str


@dataclass(frozen=True, slots=True)
class Course:
    """How a case went: when the customer had the first answer, how long that took, and the promises by what became."""

    answered_at: datetime | None
    first_answer: timedelta | None
    promises: dict[str, int]

    @property
    def kept_all(self) -> bool | None:
        """Whether everything promised was kept in time; None where nothing was promised."""
        due = {status: number for status, number in self.promises.items() if status != PromiseStatus.WITHDRAWN}
        return set(due) == {PromiseStatus.KEPT.value} if due else None


def save(tx: Tx, lesson: Lesson, actor: str, now: datetime) -> None:
    """Keep what was learnt from a resolved incident; saving the same twice changes nothing."""
    row = incidents.lock(tx, lesson.incident_id)
    if row.status != Status.RESOLVED:
        raise NotPossible(f"incident {lesson.incident_id} is not resolved")
    said = {
        "cause": lesson.cause.value,
        "remedy": lesson.remedy.value,
        "cost": lesson.cost,
        "lesson": lesson.lesson[:5000],
    }
    before = get(tx, lesson.incident_id)
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return
    values: dict[str, Any] = {**said, "by": actor, "at": now}
    statement = upsert(tx, after_actions).values(incident_id=lesson.incident_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["incident_id"], set_=values))
    told = {name: value for name, value in said.items() if name != "lesson" and value is not None}
    incidents.note_change(tx, lesson.incident_id, actor, "learnt", now, told)


def get(tx: Tx, incident_id: int) -> Row[Any] | None:
    """What was learnt from an incident, or None."""
    return tx.execute(select(after_actions).where(after_actions.c.incident_id == incident_id)).first()


def course(tx: Tx, row: Any) -> Course:
    """How the case of an incident went; ``row`` is the incident's."""
    clock = select(answer_clocks.c.first_answer_at).where(answer_clocks.c.incident_id == row.id)
    answered_at = tx.execute(clock).scalar()
    counted = select(promises.c.status, func.count()).where(promises.c.incident_id == row.id)
    kept: dict[str, int] = dict(tx.execute(counted.group_by(promises.c.status)).all())
    return Course(answered_at, answered_at - row.opened_at if answered_at else None, kept)
