"""Refresh: posts are read again by id, young and risky ones often, for their counts, edits and deletions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.schedule import SETTLED, next_look
from monitors.errors import RetryLater, StopSource
from monitors.ledger import judging, posts, removal, setbacks
from monitors.ledger.engine import Ledger
from monitors.ledger.setbacks import Stuck
from monitors.pipeline.asking import asking
from monitors.pipeline.doubt import SECOND_LOOK, Heard, weigh
from monitors.ports import Can, Source

BATCH = 100


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought: posts read again, changed texts, deletions, and why it ended early, if it did.

    ``doubted`` is how many posts were said to be deleted and stay until a second look says the same.
    """

    read: int = 0
    changed: int = 0
    gone: int = 0
    doubted: int = 0
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
    seen = {post.uid for post in page.found}
    with ledger.write() as tx:
        removal.hold(tx, source.name, page.gone, [row.uid for row in due])
        # Brands were found when the post was collected: counts change no mention.
        stored = posts.store(tx, page.found, lambda _post: (), now())
        heard = Heard({row.uid: row.seq for row in due}, len(seen), page.gone)
        believed, doubted = weigh(tx, source.name, heard, now())
        gone = removal.remove(tx, source.name, believed, now())
        posts.observe(tx, page.found)
        setbacks.overcome(tx, Stuck.DELETE, [row.seq for row in due if row.uid in seen])
        ages = {row.uid: now() - row.created_at for row in due}
        judging.judge_again(tx, [row.seq for row in due if row.uid in seen and ages[row.uid] < SETTLED])
        plan = {row.uid: now() + next_look(ages[row.uid], risks.get(row.seq, 0.0)) for row in due}
        plan |= {uid: now() + SECOND_LOOK for uid in doubted if uid in plan}
        # What is gone is never looked at again.
        for one in believed:
            plan.pop(f"{source.name}:{one.native_id}", None)
        posts.plan_refresh(tx, plan)
    return Refreshed(len(page.found), stored.changed, gone, len(doubted))
