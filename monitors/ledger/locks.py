"""Holding something for one transaction, so that two workers do not do the same work at once."""

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import locks
from monitors.ledger.statements import claimable, upsert


def hold(tx: Tx, name: str) -> bool:
    """Hold ``name`` until the transaction ends; False when another transaction has it now."""
    tx.execute(upsert(tx, locks).values(name=name).on_conflict_do_nothing())
    return tx.execute(claimable(tx, select(locks.c.name).where(locks.c.name == name))).first() is not None
