"""Tokens by which other programs ask: stored hashed as sessions are, each with a name and what it may do.

A token works as long as whoever made it is an admin: it opens no more than they could open now.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select, update

from monitors.ledger import audit
from monitors.ledger.desk_schema import api_tokens
from monitors.ledger.engine import Tx
from monitors.ledger.people import Role
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import people
from monitors.ledger.statements import insert_row

PREFIX = "kuula_"
LONGEST_NAME = 60
# Whoever asks every second need not be written down every second.
USED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may do."""

    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    PROMISES_WRITE = "promises:write"
    POSTS_READ = "posts:read"
    ANSWERS_READ = "answers:read"
    REPLIES_CHECK = "replies:check"
    HOOKS_READ = "hooks:read"
    HEALTH_READ = "health:read"


class MakerGone(Exception):
    """A token that nobody revoked, whose maker was locked out or is no admin any more."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that works: its number, what it is called, and what it may do."""

    id: int
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """What logs call whoever uses it."""
        return f"api {self.name}"


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is to be: its name, its scopes, and until when it works (None: until it is revoked)."""

    name: str
    scopes: Collection[Scope]
    expires_at: datetime | None = None


def make(tx: Tx, new: NewToken, actor: str, now: datetime) -> str:
    """Make a token and give it, this once; ``NotPossible`` where a token of that name works already."""
    # One that its maker's leaving stopped has its name still: it works again when they come back.
    if any(row.name == new.name and lasts(row, now) for row in tx.execute(select(api_tokens))):
        raise NotPossible(f"a token called {new.name} works already")
    token = PREFIX + secrets.token_urlsafe(32)
    scopes = sorted({scope.value for scope in new.scopes})
    insert_row(
        tx,
        api_tokens,
        name=new.name[:LONGEST_NAME],
        token=_hashed(token),
        scopes=scopes,
        made_by=actor,
        made_at=now,
        expires_at=new.expires_at,
    )
    until = new.expires_at.isoformat() if new.expires_at else None
    audit.record(tx, now, actor, "token_made", f"token {new.name}", {"scopes": scopes, "expires_at": until})
    return token


def revoke(tx: Tx, token_id: int, actor: str, now: datetime) -> None:
    """Let a token work no more. Doing it twice changes nothing."""
    row = tx.execute(select(api_tokens).where(api_tokens.c.id == token_id)).first()
    if row is None:
        raise NotPossible(f"there is no token {token_id}")
    if row.revoked_at is None:
        tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(revoked_at=now))
        audit.record(tx, now, actor, "token_revoked", f"token {row.name}")


def everything(tx: Tx) -> list[Row[Any]]:
    """All tokens that ever were, the newest first, without what would open a door."""
    return list(tx.execute(_with_makers().order_by(api_tokens.c.id.desc())))


def _with_makers() -> Select[Any]:
    columns = [column for column in api_tokens.c if column.name != "token"]
    joined = api_tokens.outerjoin(people, people.c.name == api_tokens.c.made_by)
    maker = (people.c.active.label("maker_active"), people.c.role.label("maker_role"))
    return select(*columns, *maker).select_from(joined)


def lasts(row: Row[Any], now: datetime) -> bool:
    """Whether a token was not revoked and its time is not over."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def stopped(row: Row[Any]) -> bool:
    """Whether whoever made the token was locked out or is no admin any more.

    The command line, and whoever only Airflow's sign-in knows, are not among the people: that they left, nobody tells.
    """
    return row.maker_active is not None and not (row.maker_active and row.maker_role == Role.ADMIN)


def works(row: Row[Any], now: datetime) -> bool:
    """Whether a token, as ``everything`` gives it, opens the door now."""
    return lasts(row, now) and not stopped(row)


def known(tx: Tx, token: str, now: datetime) -> tuple[Token, bool] | None:
    """The token behind what a program sent, and whether its use is to be written down; None when it does not work.

    ``MakerGone`` where only its maker's leaving stopped it.
    """
    row = tx.execute(_with_makers().where(api_tokens.c.token == _hashed(token))).first()
    if row is None or not lasts(row, now):
        return None
    if stopped(row):
        raise MakerGone
    stale = row.used_at is None or now - row.used_at >= USED_EVERY
    return Token(row.id, row.name, frozenset(row.scopes)), stale


def used(tx: Tx, token_id: int, now: datetime) -> None:
    """Write down that a token was used."""
    tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
