"""Holding something for one transaction, so that two workers do not do the same work at once."""

from collections.abc import Iterable

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import locks
from monitors.ledger.statements import claimable, upsert


def hold(tx: Tx, name: str) -> bool:
    """Hold ``name`` until the transaction ends; False when another transaction has it now."""
    tx.execute(upsert(tx, locks).values(name=name).on_conflict_do_nothing())
    return tx.execute(claimable(tx, select(locks.c.name).where(locks.c.name == name))).first() is not None


def wait(tx: Tx, names: Iterable[str]) -> None:
    """Hold these names until the transaction ends, when the transactions that have them now are over."""
    wanted = sorted(set(names))
    for name in wanted:
        tx.execute(upsert(tx, locks).values(name=name).on_conflict_do_nothing())
    tx.execute(select(locks.c.name).where(locks.c.name.in_(wanted)).order_by(locks.c.name).with_for_update())


def of_judging(brand: str) -> str:
    """What whoever writes the stories of a brand holds."""
    return f"judge {brand}"
