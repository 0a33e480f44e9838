"""How often people were called in each shift, and what waited for the digest instead."""

from datetime import datetime

from sqlalchemy import select, update

from monitors.ledger.engine import Tx
from monitors.ledger.statements import upsert
from monitors.ledger.virality_schema import shifts


def call(tx: Tx, began_at: datetime, limit: int, *, urgent: bool) -> bool:
    """Count one alert in the shift that began at a time, and say whether people are called to it.

    An urgent one always is. ``limit`` 0 is no limit. Whoever counts next waits for this transaction to end.
    """
    first = upsert(tx, shifts).values(began_at=began_at, alerts=1, held=0)
    counted = first.on_conflict_do_update(index_elements=["began_at"], set_={"alerts": shifts.c.alerts + 1})
    alerts = int(tx.execute(counted.returning(shifts.c.alerts)).scalar_one())
    if urgent or not limit or alerts <= limit:
        return True
    instead = {"alerts": shifts.c.alerts - 1, "held": shifts.c.held + 1}
    tx.execute(update(shifts).where(shifts.c.began_at == began_at).values(**instead))
    return False


def counted(tx: Tx, began_at: datetime) -> tuple[int, int]:
    """How often people were called in a shift, and how many alerts were held."""
    row = tx.execute(select(shifts).where(shifts.c.began_at == began_at)).first()
    return (int(row.alerts), int(row.held)) if row else (0, 0)
