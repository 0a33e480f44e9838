"""Links of messages that were pressed: each acts once."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from monitors.ledger.desk_schema import link_uses
from monitors.ledger.engine import Tx
from monitors.ledger.statements import upsert


def use(tx: Tx, token: str, incident_id: int, person: str, now: datetime) -> bool:
    """Use a link up; False when it was used before."""
    row = upsert(tx, link_uses).values(token=_hashed(token), incident_id=incident_id, person=person, at=now)
    stored = row.on_conflict_do_nothing(index_elements=["token"]).returning(link_uses.c.token)
    return tx.execute(stored).first() is not None


def used(tx: Tx, token: str) -> Row[Any] | None:
    """Who used a link and when (person, at), if anybody did."""
    return tx.execute(select(link_uses).where(link_uses.c.token == _hashed(token))).first()


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` uses of links whose own time is long over."""
    old = select(link_uses.c.token).where(link_uses.c.at < before).order_by(link_uses.c.at).limit(limit)
    return tx.execute(delete(link_uses).where(link_uses.c.token.in_(old))).rowcount


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
