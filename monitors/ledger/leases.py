"""Leases of workers: what one has taken is theirs for a while, and anybody's when they were silent for longer.

Every step chooses its length (``LEASE`` in its module) by one rule: at least twice the longest silence of a healthy
worker, from taking or renewing to the next write, with the time limits that the settings come with. One half is for
the piece of work under way, the other for a busy machine; a step that does several pieces under one lease begins none
after its first half. Too long a lease only delays what a machine held that is gone, since what processes of this one
held is freed when the next starts (``release_dead``). Too short a lease has work done twice, which every step survives.

People's leases on an answer (``claims``) keep to it too: a page gives a sign every half a minute, and the shortest
``claim_minutes`` is one.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select, update

from monitors.ledger.collecting_schema import sweeps
from monitors.ledger.desk_schema import answers, hook_deliveries
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.schema import index_queue, outbox, posts

Piece = TypeVar("Piece")


def in_first_half(pieces: Iterable[Piece], lease: timedelta, now: Callable[[], datetime]) -> Iterator[Piece]:
    """Give the pieces that were claimed just now one by one, and none after the first half of their lease.

    What is left when the other side is slow is taken again once the lease is over, instead of twice at the same time.
    """
    began = now()
    for piece in pieces:
        if now() - began > lease / 2:
            return
        yield piece


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
