"""Claiming work: no two workers get the same, and what a dead worker held comes free."""

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from models.post import Post
from models.scores import Scores
from monitors.errors import RetryLater
from monitors.ledger import indexing, leases, locks, outbox, posts, scoring, spending, sweeps
from monitors.ledger.engine import Ledger, worker_name
from monitors.ledger.outbox import Letter
from monitors.ledger.schema import posts as posts_table
from monitors.ports import Skipped

Make = Callable[..., Post]
Now = Callable[[], datetime]
MINUTE = timedelta(minutes=1)


def _fill(ledger: Ledger, post: Make, now: Now, number: int) -> None:
    with ledger.write() as tx:
        posts.store(tx, [post(f"{n:04}") for n in range(number)], lambda _post: ("acme",), now())


def test_workers_share_the_posts_without_overlap(ledger: Ledger, post: Make, clock: Now) -> None:
    """Four workers that claim at once get every post once."""
    _fill(ledger, post, clock, 200)
    taken: list[int] = []

    def work() -> None:
        while True:
            with ledger.write() as tx:
                batch = scoring.claim(tx, 7, clock(), MINUTE)
            if not batch:
                return
            taken.extend(one.seq for one in batch)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == list(range(1, 201))


def test_a_lease_runs_out(ledger: Ledger, post: Make, clock: Callable[[], datetime]) -> None:
    """What a worker claimed and never finished is claimed again when its lease is over, not before."""
    _fill(ledger, post, clock, 1)
    with ledger.write() as tx:
        assert len(scoring.claim(tx, 10, clock(), MINUTE)) == 1
        assert scoring.claim(tx, 10, clock() + timedelta(seconds=59), MINUTE) == []
        assert len(scoring.claim(tx, 10, clock() + MINUTE, MINUTE)) == 1


@pytest.mark.parametrize("dead", ["self", "ended"])
def test_a_dead_worker_is_found_out(ledger: Ledger, post: Make, clock: Now, dead: str) -> None:
    """A claim of a process that has ended, or that had this process's number before it, is free at once."""
    _fill(ledger, post, clock, 1)
    host = worker_name().rpartition(":")[0]
    holder = worker_name() if dead == "self" else f"{host}:{_ended_process()}"
    with ledger.write() as tx:
        scoring.claim(tx, 10, clock(), MINUTE)
        tx.execute(update(posts_table).values(claimed_by=holder))
        leases.release_dead(tx)
        assert len(scoring.claim(tx, 10, clock(), MINUTE)) == 1


def test_a_living_worker_keeps_its_claim(ledger: Ledger, post: Make, clock: Now) -> None:
    """Neither a process of another machine nor one that still runs is robbed."""
    _fill(ledger, post, clock, 2)
    host = worker_name().rpartition(":")[0]
    with ledger.write() as tx:
        scoring.claim(tx, 10, clock(), MINUTE)
        tx.execute(update(posts_table).where(posts_table.c.seq == 1).values(claimed_by=f"{host}:{os.getppid()}"))
        tx.execute(update(posts_table).where(posts_table.c.seq == 2).values(claimed_by="elsewhere:1"))
        leases.release_dead(tx)
        assert scoring.claim(tx, 10, clock(), MINUTE) == []


def _ended_process() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_post_that_changes_while_it_is_scored_stays_in_line(
    ledger: Ledger, post: Make, scores: Callable[..., Scores], clock: Now
) -> None:
    """Scores of an old text never pass for those of the new one."""
    _fill(ledger, post, clock, 1)
    with ledger.write() as tx:
        batch = scoring.claim(tx, 10, clock(), MINUTE)
        edited = post("0000", "New words", edited_at=clock() + MINUTE)
        posts.store(tx, [edited], lambda _post: ("acme",), clock())
        scoring.write(tx, [(one, scores(one.text)) for one in batch], clock())
        assert scoring.waiting(tx) == 1
        assert [one.text for one in scoring.claim(tx, 10, clock(), MINUTE)] == ["New words"]


def test_a_sweep_belongs_to_one_worker_and_keeps_its_cursor(ledger: Ledger, clock: Now) -> None:
    """While a sweep is claimed nobody else gets it; a failure frees it, keeps the cursor and waits as it was told."""
    with ledger.write() as tx:
        first = sweeps.claim(tx, "x", "acme", clock(), MINUTE)
        assert first is not None
        assert sweeps.claim(tx, "x", "acme", clock(), MINUTE) is None
        sweeps.count_skips(tx, "x", [Skipped("no_id", "line 4")], clock())
        sweeps.advance(tx, first, {"since": 7}, read=3, skipped=1)
        sweeps.fail(tx, first, "RetryLater", "too many calls", clock() + 5 * MINUTE)
        assert sweeps.claim(tx, "x", "acme", clock(), MINUTE) is None
        again = sweeps.claim(tx, "x", "acme", clock() + 5 * MINUTE, MINUTE)
        assert again is not None
        assert again.state == {"since": 7}
        assert sweeps.totals(tx) == (3, 1)
        assert [(row.reason, row.last_where) for row in sweeps.skipped(tx)] == [("no_id", "line 4")]


def test_a_message_is_queued_once_and_confirmed_once(ledger: Ledger, clock: Now) -> None:
    """The same key is one message; when its channel has confirmed it, it is never claimed again."""
    letter = Letter("incident 1:ann:log", "ann", "log", "alert", None, {})
    with ledger.write() as tx:
        assert outbox.enqueue(tx, [letter, letter], clock()) == 1
        claimed = outbox.claim(tx, 10, clock(), MINUTE)
        assert [one.attempts for one in claimed] == [1]
        outbox.postpone(tx, claimed[0], "busy", clock() + MINUTE)
        assert outbox.claim(tx, 10, clock(), MINUTE) == []
        claimed = outbox.claim(tx, 10, clock() + MINUTE, MINUTE)
        assert [one.attempts for one in claimed] == [2]
        outbox.confirm(tx, claimed[0], "ok", clock() + MINUTE)
        assert outbox.enqueue(tx, [letter], clock()) == 0
        assert outbox.claim(tx, 10, clock() + 60 * MINUTE, MINUTE) == []
        assert outbox.counts(tx) == {"sent": 1}


def test_one_worker_holds_a_brand(ledger: Ledger) -> None:
    """On PostgreSQL a second transaction is turned away at once; on SQLite it waits for the first to end."""
    with ledger.write() as tx:
        assert locks.hold(tx, "judge acme")
    if ledger.embedded:
        return
    with ledger.write() as first, ledger.write() as second:
        assert locks.hold(first, "judge acme")
        assert not locks.hold(second, "judge acme")


def test_a_budget_is_shared_and_refills(ledger: Ledger, clock: Callable[[], datetime]) -> None:
    """Two workers share the calls of an hour and the money of a day, and are told when there is more."""
    one = spending.LedgerBudget(ledger, "x", clock, spending.Limits(3, 1.0))
    two = spending.LedgerBudget(ledger, "x", clock, spending.Limits(3, 1.0))
    one.spend(calls=2, cost=0.5)
    two.spend(calls=1, cost=0.5)
    with pytest.raises(RetryLater) as caught:
        one.spend(calls=1, cost=0.0)
    assert caught.value.after == clock().replace(minute=0) + timedelta(hours=1)
    clock.forward(hours=1)  # type: ignore[attr-defined]
    with pytest.raises(RetryLater) as caught:
        one.spend(calls=1, cost=0.1)
    assert caught.value.after == clock().replace(hour=0) + timedelta(days=1)
    one.spend(calls=0, cost=-0.5)
    one.spend(calls=1, cost=0.1)


def test_a_rebuild_of_the_index_goes_on_where_it_stopped(ledger: Ledger, post: Make, clock: Now) -> None:
    """After an interruption no post is put in line twice and none is left out."""
    _fill(ledger, post, clock, 5)
    with ledger.write() as tx:
        assert indexing.begin_rebuild(tx) == indexing.Rebuild(0, 5)
        assert indexing.rebuild_step(tx, clock(), 2) == 2
    with ledger.write() as tx:
        assert indexing.begin_rebuild(tx) == indexing.Rebuild(2, 5)
        assert [indexing.rebuild_step(tx, clock(), 2) for _ in range(3)] == [2, 1, 0]
        assert indexing.length(tx) == 5


def test_a_post_that_changes_while_the_index_writes_stays_in_line(ledger: Ledger, clock: Now) -> None:
    """The index never settles a state that it has not seen."""
    with ledger.write() as tx:
        indexing.enqueue(tx, ["file:1", "file:2"], clock())
        seen = indexing.claim(tx, 10, clock(), MINUTE)
        indexing.enqueue(tx, ["file:2"], clock() + MINUTE)
        indexing.settle(tx, seen, clock())
        assert [one.uid for one in indexing.claim(tx, 10, clock(), MINUTE)] == ["file:2"]


def test_a_post_is_written_to_the_index_by_one_worker(ledger: Ledger, clock: Now) -> None:
    """Nobody gets what another is writing, also when it was deleted meanwhile; a release and a dead worker free it."""
    with ledger.write() as tx:
        indexing.enqueue(tx, ["file:1"], clock())
        seen = indexing.claim(tx, 10, clock(), MINUTE)
        indexing.enqueue_removal(tx, ["file:1"], clock() + MINUTE)
        assert indexing.claim(tx, 10, clock(), MINUTE) == []
        indexing.release(tx, seen)
        assert [one.removed for one in indexing.claim(tx, 10, clock(), MINUTE)] == [True]
        leases.release_dead(tx)
        assert len(indexing.claim(tx, 10, clock(), MINUTE)) == 1


def test_who_lost_a_claim_puts_the_post_in_line_again(ledger: Ledger, clock: Now) -> None:
    """What was written after the lease had run out may have come too late, so that it is looked at once more."""
    with ledger.write() as tx:
        indexing.enqueue(tx, ["file:1"], clock())
        slow = indexing.claim(tx, 10, clock(), MINUTE)
        quick = indexing.claim(tx, 10, clock() + MINUTE, MINUTE)
        indexing.settle(tx, quick, clock())
        assert indexing.length(tx) == 0
        indexing.settle(tx, slow, clock())
        assert indexing.length(tx) == 1
