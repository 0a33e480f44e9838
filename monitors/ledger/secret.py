"""The key that signs sessions and links where the settings give none: made once, the same for every process."""

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.schema import keys
from monitors.ledger.statements import upsert

NAME = "signing"


def get_or_keep(tx: Tx, candidate: str) -> str:
    """Give the kept key; keep ``candidate`` when there is none yet."""
    tx.execute(upsert(tx, keys).values(name=NAME, value=candidate).on_conflict_do_nothing())
    return str(tx.execute(select(keys.c.value).where(keys.c.name == NAME)).scalar_one())
