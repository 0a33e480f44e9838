"""Index: posts whose state changed are read from the ledger and written to the index.

An index that is down raises ``RetryLater`` and leaves the line as it is: dashboards are late, alerts are not.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from monitors.errors import SkipRecord
from monitors.ledger import documents, indexing, removal
from monitors.ledger.engine import Ledger
from monitors.ports import Index

BATCH = 1000

log = structlog.get_logger()


def index_waiting(ledger: Ledger, index: Index, now: Callable[[], datetime], *, limit: int = BATCH) -> int:
    """Bring the index up to date by one batch; gives how many posts it had."""
    with ledger.read() as tx:
        rows = indexing.waiting(tx, limit)
        found = documents.read(tx, [row.post_uid for row in rows if not row.removed])
    if not rows:
        return 0
    try:
        index.put(found)
    except SkipRecord as error:
        # All others were written; one that the index refuses for good must not hold up the line for ever.
        log.warning("the index refused a post", reason=error.reason, error=str(error))
    present = {document.post.uid for document in found}
    lost = [row.post_uid for row in rows if row.post_uid not in present]
    index.remove(lost)
    with ledger.write() as tx:
        indexing.settle(tx, rows)
        removal.index_is_clean(tx, lost, now())
    return len(rows)
