"""Claims of processes that have ended are freed at once; without this their leases would have to run out first."""

import os

from sqlalchemy import select, update

from monitors.ledger.collecting_schema import sweeps
from monitors.ledger.desk_schema import answers, hook_deliveries
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.schema import index_queue, outbox, posts


def release_dead(tx: Tx) -> None:
    """Free what processes of this machine held and no longer can; call it when a worker starts.

    What is held under this process's own name was left by an earlier process with the same number.
    """
    host, _, _ = worker_name().rpartition(":")
    for table in (posts, outbox, sweeps, index_queue, hook_deliveries, answers):
        held = select(table.c.claimed_by).where(table.c.claimed_by.is_not(None)).distinct()
        dead = [name for name in tx.execute(held).scalars() if _is_dead(name, host)]
        if dead:
            freed = update(table).where(table.c.claimed_by.in_(dead))
            tx.execute(freed.values(claimed_by=None, claimed_until=None))


def _is_dead(name: str, host: str) -> bool:
    machine, _, number = name.rpartition(":")
    if machine != host:
        return False
    if name == worker_name():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
