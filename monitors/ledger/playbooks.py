"""Every text that a file of the playbook ever had, and the steps that were ticked, each with the text it stood in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select

from monitors.ledger import incidents
from monitors.ledger.desk_schema import playbook_ticks, playbook_versions
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible
from monitors.ledger.statements import upsert

LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a file; ``version`` is its digest, ``by`` whose it is."""

    name: str
    version: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One step that somebody did: ``step`` is ``file/step``, ``said`` the step as they read it."""

    incident_id: int
    step: str
    version: str
    person: str
    said: str


def keep(tx: Tx, version: Version, now: datetime) -> None:
    """A text came into use, for the first time or again."""
    key = {"name": version.name, "version": version.version}
    values = {"at": now, "by": version.by, "text": version.text}
    statement = upsert(tx, playbook_versions).values(**key, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_={"at": now, "by": version.by}))


def in_use(tx: Tx) -> list[Row[Any]]:
    """The latest text of each file."""
    latest = select(playbook_versions.c.name, func.max(playbook_versions.c.at).label("at"))
    newest = latest.group_by(playbook_versions.c.name).subquery()
    same = (newest.c.name == playbook_versions.c.name) & (newest.c.at == playbook_versions.c.at)
    return list(tx.execute(select(playbook_versions).select_from(playbook_versions.join(newest, same))))


def versions(tx: Tx, name: str, limit: int = 50) -> list[Row[Any]]:
    """The texts of a file, the latest first."""
    statement = select(playbook_versions).where(playbook_versions.c.name == name)
    return list(tx.execute(statement.order_by(playbook_versions.c.at.desc()).limit(limit)))


def texts(tx: Tx, wanted: Iterable[str]) -> dict[str, Row[Any]]:
    """Texts by their versions."""
    found = select(playbook_versions).where(playbook_versions.c.version.in_(list(wanted)))
    return {row.version: row for row in tx.execute(found)}


def tick(tx: Tx, done: Tick, now: datetime) -> None:
    """Somebody did a step. Of two who did it the first stays."""
    incidents.lock_unresolved(tx, done.incident_id, now)
    name = done.step.partition("/")[0]
    known = (playbook_versions.c.name == name) & (playbook_versions.c.version == done.version)
    if tx.execute(select(playbook_versions.c.name).where(known)).first() is None:
        raise NotPossible(f"there is no such version of {name}")
    values = {"incident_id": done.incident_id, "step": done.step, "version": done.version}
    statement = upsert(tx, playbook_ticks).values(**values, person=done.person, at=now)
    first = statement.on_conflict_do_nothing(index_elements=["incident_id", "step"])
    if tx.execute(first.returning(playbook_ticks.c.step)).first() is not None:
        said = {"what": done.said[:LONGEST_SAID], "step": done.step}
        incidents.note_change(tx, done.incident_id, done.person, "step_done", now, said)


def untick(tx: Tx, incident_id: int, step: str, person: str, now: datetime) -> None:
    """Take a tick back. Doing it twice changes nothing."""
    incidents.lock_unresolved(tx, incident_id, now)
    this = (playbook_ticks.c.incident_id == incident_id) & (playbook_ticks.c.step == step)
    if tx.execute(delete(playbook_ticks).where(this)).rowcount:
        incidents.note_change(tx, incident_id, person, "step_undone", now, {"step": step})


def ticks(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """What was ticked on an incident, oldest first."""
    statement = select(playbook_ticks).where(playbook_ticks.c.incident_id == incident_id)
    return list(tx.execute(statement.order_by(playbook_ticks.c.at, playbook_ticks.c.step)))
