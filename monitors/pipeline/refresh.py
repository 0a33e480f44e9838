"""Refresh: young and risky posts are read again by id, for their counts, edits and deletions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.schedule import next_look
from monitors.errors import RetryLater, StopSource
from monitors.ledger import judging, posts, removal
from monitors.ledger.engine import Ledger
from monitors.pipeline.asking import asking
from monitors.ports import Can, Source

BATCH = 100


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought: posts read again, changed texts, deletions, and why it ended early, if it did."""

    read: int = 0
    changed: int = 0
    gone: int = 0
    error: RetryLater | StopSource | None = None


def refresh(ledger: Ledger, source: Source, now: Callable[[], datetime], *, limit: int = BATCH) -> Refreshed:
    """Read the posts of a source that are due again."""
    if Can.REFRESH not in source.can:
        return Refreshed()
    with ledger.read() as tx:
        due = posts.due_for_refresh(tx, source.name, now(), limit)
        risks = judging.risks(tx, [row.seq for row in due])
    if not due:
        return Refreshed()
    try:
        with asking(source.name):
            page = source.refresh([row.native_id for row in due])
    except (RetryLater, StopSource) as error:
        return Refreshed(error=error)
    with ledger.write() as tx:
        # Brands were found when the post was collected: counts change no mention.
        stored = posts.store(tx, page.found, lambda _post: (), now())
        gone = removal.remove(tx, source.name, page.gone, now())
        posts.observe(tx, page.found)
        seen = {post.uid for post in page.found}
        judging.judge_again(tx, [row.seq for row in due if row.uid in seen])
        plan = {}
        for row in due:
            pause = next_look(now() - row.created_at, risks.get(row.seq, 0.0))
            plan[row.uid] = now() + pause if pause else None
        posts.plan_refresh(tx, plan)
    return Refreshed(len(page.found), stored.changed, gone)
