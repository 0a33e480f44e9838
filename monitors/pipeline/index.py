"""Index: posts whose state changed are read from the ledger and written to the index.

An index that is down raises ``RetryLater`` and leaves the line as it is: dashboards are late, alerts are not. A post
that the index refuses for good leaves the line, and is counted among the skips.

A post in line is written by one worker at a time, so that a deletion cannot be undone by somebody who read the post
before it. The worker that lost its claim meanwhile, by standing still for minutes, puts what it wrote in line again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from monitors.ledger import documents, indexing, removal, setbacks
from monitors.ledger.engine import Ledger
from monitors.ledger.setbacks import Stuck
from monitors.ports import Index

BATCH = 1000
LEASE = timedelta(minutes=5)
"""A batch is one call to the index, which takes half a minute at the most."""

log = structlog.get_logger()


def index_waiting(ledger: Ledger, index: Index, now: Callable[[], datetime], *, limit: int = BATCH) -> int:
    """Bring the index up to date by one batch; gives how many posts it had."""
    with ledger.write() as tx:
        claimed = indexing.claim(tx, limit, now(), LEASE)
    if not claimed:
        return 0
    done = False
    try:
        with ledger.read() as tx:
            found = documents.read(tx, [post.uid for post in claimed if not post.removed])
        refused = index.put(found)
        present = {document.post.uid for document in found}
        lost = [post.uid for post in claimed if post.uid not in present]
        index.remove(lost)
        done = True
    finally:
        if not done:
            with ledger.write() as tx:
                indexing.release(tx, claimed)
    errors = {skipped.where: skipped.detail for skipped in refused}
    with ledger.write() as tx:
        # A setback holds its post, and whoever changes a post holds it before its place in line.
        setbacks.indexed(tx, [uid for uid in present if uid not in errors])
        setbacks.record(tx, Stuck.INDEX, errors, now())
        indexing.settle(tx, claimed, now())
        removal.index_is_clean(tx, lost, now())
    for uid, error in errors.items():
        log.warning("the index refuses a post", post=uid, error=error)
    return len(claimed)
