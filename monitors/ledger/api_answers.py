"""Requests of other programs that were carried out: one that is sent again with its key changes nothing more.

What was changed is kept in the transaction that changed it, so that a program that heard no answer can ask again. The
answer is read anew: words of a post that was deleted meanwhile are nowhere.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from monitors.ledger.desk_schema import api_answers
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible
from monitors.ledger.statements import upsert

KEPT = timedelta(days=1)


class OtherRequest(NotPossible):
    """The key was used for another request: a program that mixes up its keys must hear of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with its key: the token that asked, and what it asked as one text."""

    token_id: int
    key: str
    request: str

    @property
    def digest(self) -> str:
        """What the request is recognised by."""
        return hashlib.sha256(self.request.encode()).hexdigest()


def begin(tx: Tx, asked: Asked, now: datetime) -> int | None:
    """Take the key for this transaction, or give what was changed by it before; waits for whoever has it now."""
    values = {"token_id": asked.token_id, "key": asked.key, "request": asked.digest, "at": now}
    taken = upsert(tx, api_answers).values(**values).on_conflict_do_nothing().returning(api_answers.c.key)
    if tx.execute(taken).first() is not None:
        return None
    row = tx.execute(select(api_answers).where(_of(asked))).one()
    if row.request != asked.digest:
        raise OtherRequest("the idempotency key was used for another request")
    return int(row.changed)


def keep(tx: Tx, asked: Asked, changed: int) -> None:
    """Keep with the key what it changed: the number of an incident or a promise."""
    tx.execute(update(api_answers).where(_of(asked)).values(changed=changed))


def drop_older(tx: Tx, now: datetime, limit: int) -> int:
    """Forget up to ``limit`` requests that nobody will send again."""
    old = select(api_answers.c.token_id, api_answers.c.key).where(api_answers.c.at <= now - KEPT).limit(limit)
    rows = tx.execute(old).all()
    for row in rows:
        this = (api_answers.c.token_id == row.token_id) & (api_answers.c.key == row.key)
        tx.execute(delete(api_answers).where(this))
    return len(rows)


def _of(asked: Asked) -> Any:
    return (api_answers.c.token_id == asked.token_id) & (api_answers.c.key == asked.key)
