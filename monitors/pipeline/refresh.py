"""Refresh: posts are read again by id, young and risky ones often, for their counts, edits and deletions.

Posts are taken before they are asked for, so that two workers never ask for the same one, and the posts of a worker
that died meanwhile come round again. What it had asked the budget for stays spent: that is too much rather than too
little.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from models.schedule import MATTERS, SETTLED, before_midnight, is_urgent, next_look
from monitors.errors import RetryLater, StopSource
from monitors.ledger import judging, looks, posts, removal, setbacks, spending
from monitors.ledger.engine import Ledger
from monitors.ledger.judging import Judged
from monitors.ledger.looks import Look
from monitors.ledger.setbacks import Stuck
from monitors.ledger.spending import Limits
from monitors.pipeline.allowance import Used, choose
from monitors.pipeline.asking import asking
from monitors.pipeline.collect import CLOCK_SKEW
from monitors.pipeline.doubt import SECOND_LOOK, Heard, weigh
from monitors.ports import Can, Gone, Page, PaidOnce, Rereading, Source, rereading_of

BATCH = 100

ROUNDS = 10
"""Batches that follow each other before other work has its turn."""

LEASE = timedelta(minutes=3)
"""For how long a batch is kept from others; as long as a service takes that is slow and still answers."""

LATE = timedelta(minutes=10)
"""How late a look must be before people are told: a batch or two is nothing."""

NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought: posts asked for and read again, changed texts, deletions, and why it ended early.

    ``doubted`` is how many posts were said to be deleted and stay until a second look says the same.
    """

    asked: int = 0
    read: int = 0
    changed: int = 0
    gone: int = 0
    doubted: int = 0
    error: RetryLater | StopSource | None = None


def refresh_due(
    ledger: Ledger,
    source: Source,
    now: Callable[[], datetime],
    *,
    limits: Limits = NO_LIMITS,
    stop: Callable[[], bool] = lambda: False,
) -> Refreshed:
    """Read batch after batch of a source's posts, until none is due, or the budget or an error ends it."""
    total = Refreshed()
    for _ in range(ROUNDS):
        one = refresh(ledger, source, now, limits=limits)
        total = Refreshed(
            total.asked + one.asked,
            total.read + one.read,
            total.changed + one.changed,
            total.gone + one.gone,
            total.doubted + one.doubted,
            one.error,
        )
        if one.error or one.asked < BATCH or stop():
            break
    return total


def refresh(
    ledger: Ledger, source: Source, now: Callable[[], datetime], *, limits: Limits = NO_LIMITS, limit: int = BATCH
) -> Refreshed:
    """Read up to ``limit`` posts of a source that are due again, as far as its budget has room for them."""
    if Can.REFRESH not in source.can:
        return Refreshed()
    turn = _Turn(ledger, source.name, rereading_of(source), now())
    taken = turn.take(limits, limit)
    if not taken:
        return Refreshed()
    try:
        with asking(source.name):
            page = _answered(_ask(source, turn.terms, taken), taken, now())
    except (RetryLater, StopSource) as error:
        with ledger.write() as tx:
            looks.put_back(tx, taken, turn.at + LEASE)
        return Refreshed(len(taken), error=error)
    return turn.store(taken, page, now())


def _ask(source: Source, terms: Rereading, taken: Sequence[Look]) -> Page:
    ids = [look.native_id for look in taken]
    if not terms.free_same_day:
        return source.refresh(ids)
    return cast("PaidOnce", source).refresh(ids, frozenset(look.native_id for look in taken if look.paid))


def _answered(page: Page, taken: Sequence[Look], now: datetime) -> Page:
    """What a page says of the posts that were asked for: others were never collected, and belong to no brand.

    As when posts are collected, none is kept that says it was written in the future.
    """
    asked = {look.uid for look in taken}
    found = [post for post in page.found if post.uid in asked and post.created_at <= now + CLOCK_SKEW]
    return replace(page, found=found, gone=[Gone(one.native_id, one.reason, one.at) for one in page.gone])


@dataclass(frozen=True, slots=True)
class _Turn:
    """One batch of the source called ``name``, which is asked ``at`` a time."""

    ledger: Ledger
    name: str
    terms: Rereading
    at: datetime

    def take(self, limits: Limits, limit: int) -> list[Look]:
        with self.ledger.read() as tx:
            due = looks.due(tx, self.name, self.at, limit)
            known = looks.behind(tx, [self.name]).get(self.name, (0, None))
            calls, _ = spending.used(tx, self.name, spending.hour(self.at))
            _, money = spending.used(tx, self.name, spending.day(self.at))
            late = looks.overdue(tx, self.name, self.at - LATE)
        choice = choose(due, self.terms, limits, Used(calls, money), self.at, limit=limit)
        state = (late, choice.hourly) if late else (0, None)
        if not choice.looks and state == known:
            return []
        with self.ledger.write() as tx:
            if state != known:
                looks.note_behind(tx, self.name, *state)
            return looks.take(tx, choice.looks, self.at, self.at + LEASE)

    def store(self, taken: Sequence[Look], page: Page, now: datetime) -> Refreshed:
        seen = {post.uid for post in page.found}
        with self.ledger.write() as tx:
            removal.hold(tx, self.name, page.gone, [look.uid for look in taken])
            # Brands were found when the post was collected: counts change no mention.
            stored = posts.store(tx, page.found, lambda _post: (), now)
            heard = Heard({look.uid: look.seq for look in taken}, len(seen), page.gone)
            believed, doubted = weigh(tx, self.name, heard, now)
            gone = removal.remove(tx, self.name, believed, now)
            posts.observe(tx, page.found)
            if self.terms.free_same_day:
                looks.pay(tx, page.found, self.at)
            setbacks.overcome(tx, Stuck.DELETE, [look.seq for look in taken if look.uid in seen])
            young = [look.seq for look in taken if look.uid in seen and now - look.created_at < SETTLED]
            judging.judge_again(tx, young)
            plan = {look.uid: self._next(look, now, seen=look.uid in seen) for look in taken}
            plan |= {uid: now + SECOND_LOOK for uid in doubted if uid in plan}
            # What is gone is never looked at again.
            for one in believed:
                plan.pop(f"{self.name}:{one.native_id}", None)
            looks.plan(tx, plan)
        return Refreshed(len(taken), len(page.found), stored.changed, gone, len(doubted))

    def _next(self, look: Look, now: datetime, *, seen: bool) -> datetime:
        age = now - look.created_at
        planned = now + next_look(age, look.risk)
        paid = seen and self.terms.free_same_day
        return before_midnight(now, planned) if paid and not is_urgent(age, look.risk) else planned


def look_sooner(ledger: Ledger, judged: Sequence[Judged], now: datetime) -> None:
    """Bring the next looks forward at posts that turned out to matter more than was reckoned with.

    It is a transaction of its own, as others may judge the same posts for another brand; without it, should the process
    end here, the posts are looked at as was planned, and from then on by their risk.
    """
    ages = {one.item.seq: now - one.item.post.created_at for one in judged if one.decision.risk.value >= MATTERS}
    risks = {one.item.seq: one.decision.risk.value for one in judged}
    wanted = {seq: now + next_look(age, risks[seq]) for seq, age in ages.items() if age < SETTLED}
    if not wanted:
        return
    with ledger.read() as tx:
        sooner = looks.too_late(tx, wanted)
    if sooner:
        with ledger.write() as tx:
            looks.bring_forward(tx, sooner)
