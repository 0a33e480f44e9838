"""The people who may sign in, and their sessions. Passwords are argon2 hashes; session tokens are stored hashed."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, select, update

from monitors.ledger import audit
from monitors.ledger.engine import Tx
from monitors.ledger.schema import people, sessions
from monitors.ledger.statements import upsert


class Role(StrEnum):
    """What somebody may do: look; handle incidents; also approve and concede; also manage people and settings."""

    VIEWER = "viewer"
    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with Kuula; ``language`` is that of pages and messages, ``timezone`` an IANA name."""

    name: str
    display: str
    role: Role
    language: str
    timezone: str
    channels: Sequence[str] = ()


def save(tx: Tx, person: Person, actor: str, now: datetime) -> None:
    """Add a person or change what is known of them; a password stays as it is."""
    values = {
        "display": person.display,
        "role": person.role.value,
        "language": person.language,
        "timezone": person.timezone,
        "channels": list(person.channels),
        "active": True,
    }
    statement = upsert(tx, people).values(name=person.name, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    audit.record(tx, now, actor, "person_saved", person.name, {"role": person.role.value})


def describe(tx: Tx, person: Person, now: datetime) -> bool:
    """Change what somebody says of themselves: what they are called, their language and zone.

    Role and channels are those of a person whom nobody knew before, and else stay as they are by now, whatever was read
    a moment ago. False, and nothing changed, where somebody has locked them out.
    """
    own = {"display": person.display, "language": person.language, "timezone": person.timezone}
    here = update(people).where(people.c.name == person.name, people.c.active.is_(True)).values(**own)
    role = tx.execute(here.returning(people.c.role)).scalar()
    if role is None:
        new = {"role": person.role.value, "channels": list(person.channels), "active": True}
        added = upsert(tx, people).values(name=person.name, **own, **new).on_conflict_do_nothing()
        role = tx.execute(added.returning(people.c.role)).scalar()
    if role is not None:
        audit.record(tx, now, person.name, "person_saved", person.name, {"role": role})
    return role is not None


def set_password(tx: Tx, name: str, hashed: str, actor: str, now: datetime) -> None:
    """Store a new password hash and end all sessions of that person."""
    tx.execute(update(people).where(people.c.name == name).values(password=hashed))
    tx.execute(delete(sessions).where(sessions.c.person == name))
    audit.record(tx, now, actor, "password_set", name)


def deactivate(tx: Tx, name: str, actor: str, now: datetime) -> None:
    """Lock somebody out; what they did stays in the logs."""
    tx.execute(update(people).where(people.c.name == name).values(active=False))
    tx.execute(delete(sessions).where(sessions.c.person == name))
    audit.record(tx, now, actor, "person_deactivated", name)


def get(tx: Tx, name: str) -> Person | None:
    """An active person by name, or None."""
    row = tx.execute(select(people).where(people.c.name == name, people.c.active.is_(True))).first()
    return _person(row) if row else None


def password_of(tx: Tx, name: str) -> str | None:
    """The password hash of an active person, or None."""
    return tx.execute(select(people.c.password).where(people.c.name == name, people.c.active.is_(True))).scalar()


def everybody(tx: Tx) -> list[Person]:
    """All active people, by name."""
    return [_person(row) for row in tx.execute(select(people).where(people.c.active.is_(True)).order_by(people.c.name))]


def locked_out(tx: Tx) -> frozenset[str]:
    """Names of those who were locked out: settings that still name them do not let them in again."""
    return frozenset(tx.execute(select(people.c.name).where(people.c.active.is_(False))).scalars())


def unable(tx: Tx) -> frozenset[str]:
    """Names of those who may handle nothing: they only look, or were locked out."""
    looks = people.c.role == Role.VIEWER.value
    return frozenset(tx.execute(select(people.c.name).where(looks | people.c.active.is_(False))).scalars())


def start_session(tx: Tx, name: str, expires_at: datetime) -> str:
    """Sign somebody in; gives the token for their cookie."""
    token = secrets.token_urlsafe(32)
    tx.execute(upsert(tx, sessions).values(token=_hashed(token), person=name, expires_at=expires_at))
    return token


def session_person(tx: Tx, token: str, now: datetime) -> Person | None:
    """Who is behind a token, or None when it is unknown or over."""
    joined = sessions.join(people, people.c.name == sessions.c.person)
    live = (sessions.c.token == _hashed(token)) & (sessions.c.expires_at > now) & people.c.active.is_(True)
    row = tx.execute(select(people).select_from(joined).where(live)).first()
    return _person(row) if row else None


def end_session(tx: Tx, token: str) -> None:
    """Sign out."""
    tx.execute(delete(sessions).where(sessions.c.token == _hashed(token)))


def drop_sessions(tx: Tx, now: datetime, limit: int) -> int:
    """Forget up to ``limit`` sessions that are over."""
    over = select(sessions.c.token).where(sessions.c.expires_at <= now).limit(limit)
    return tx.execute(delete(sessions).where(sessions.c.token.in_(over))).rowcount


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _person(row: Row[Any]) -> Person:
    return Person(row.name, row.display, Role(row.role), row.language, row.timezone, tuple(row.channels))
