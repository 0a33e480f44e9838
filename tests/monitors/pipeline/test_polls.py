"""Snapshots in time and within the budget: what matters first, nothing twice, and nothing lost when a process dies."""

import os
import random
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, ClassVar

import pytest
from fakes.pipeline import BRAND, Bench, Told, liked
from fakes.x import FakeX
from sqlalchemy import select, update

from models.brand import BrandMatcher
from models.post import Post
from models.schedule import RISKY, next_look
from monitors.errors import RetryLater
from monitors.http import Http
from monitors.ledger import looks, posts, spending
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import decisions, snapshots
from monitors.ledger.schema import posts as table
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.pipeline.collect import Brands, collect
from monitors.pipeline.refresh import BATCH, LEASE, refresh, refresh_due
from monitors.ports import Can, Json, Page, Query, Rereading, Window
from monitors.sources import x

Make = Callable[..., Post]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECONDS = 60


@dataclass
class Shop:
    """A source that charges for posts once a UTC day and takes calls and money from a budget, as X does."""

    shelf: dict[str, Post]
    budget: LedgerBudget
    now: Callable[[], datetime]
    rereading: Rereading
    name: str = "file"
    charged: set[tuple[str, str]] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    kind: ClassVar[str] = "shop"
    can: ClassVar[frozenset[Can]] = frozenset({Can.WATCH, Can.REFRESH})
    overlap: ClassVar[timedelta] = timedelta(0)

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """Nothing: its posts are stored by the tests."""
        raise NotImplementedError

    def refresh(self, ids: Sequence[str], paid: Collection[str] = ()) -> Page:
        """What is on the shelf, at its price."""
        self.before()
        self.asked.append(list(ids))
        self.budget.spend(calls=0, cost=len(set(ids) - set(paid)) * self.rereading.price)
        for _ in range(0, len(ids), self.rereading.at_once):
            self.budget.spend(calls=1, cost=0.0)
        self.charged |= {(spending.day(self.now()), one) for one in ids}
        return Page([changed(self.shelf[one], observed_at=self.now(), engagement=liked(7)) for one in ids])

    def parse(self, item: Json, at: datetime) -> Post:
        """Nothing to parse."""
        raise NotImplementedError


def _shop(bench: Bench, shelf: Sequence[Post], limits: Limits, terms: Rereading) -> Shop:
    budget = LedgerBudget(bench.ledger, "file", bench.clock, limits)
    return Shop({one.native_id: one for one in shelf}, budget, bench.clock, terms)


def _taken(ledger: Ledger) -> dict[str, list[datetime]]:
    """When each post's counts were recorded, by native id."""
    joined = select(table.c.native_id, snapshots.c.at).join(snapshots, snapshots.c.post_seq == table.c.seq)
    taken: dict[str, list[datetime]] = {}
    with ledger.read() as tx:
        for row in tx.execute(joined.order_by(snapshots.c.at)):
            taken.setdefault(row.native_id, []).append(row.at)
    return taken


def _planned(ledger: Ledger, uid: str = "file:1") -> datetime:
    with ledger.read() as tx:
        return tx.execute(select(table.c.refresh_at).where(table.c.uid == uid)).scalar_one()


def test_a_day_of_five_hundred_posts_on_a_small_budget(small: Bench, post: Make) -> None:
    """Every risky post has three more snapshots in its first hour, and neither calls nor money are exceeded."""
    chance = random.Random(20261120)
    begun = small.clock().replace(hour=0)
    before = begun - timedelta(days=1)
    old = [post(f"old{n}", created_at=before, observed_at=before) for n in range(100)]
    times = sorted(begun + timedelta(seconds=chance.randrange(22 * 3600)) for _ in range(500))
    shelf = [post(str(n), created_at=at, observed_at=at) for n, at in enumerate(times)]
    risks = {one.native_id: chance.choices((0.5, 9.0, 40.0), (6, 3, 1))[0] for one in shelf}
    limits = Limits(48, 1.0)
    shop = _shop(small, [*old, *shelf], limits, Rereading(2, 0.015, 0.1, free_same_day=True))
    small.clock.time = begun
    small.store(*old)
    ahead, turns = list(shelf), cycle((0, 1))
    while small.clock() < begun + timedelta(days=1):
        come = [one for one in ahead if one.created_at <= small.clock()]
        ahead = ahead[len(come) :]
        if come:
            _arrive(small, come, risks)
        # Collecting takes a quarter of the calls, more or less, and a third of the money; none is ever refused.
        shop.budget.spend(calls=next(turns), cost=0.0005)
        assert refresh_due(small.ledger, shop, small.clock, limits=limits).error is None
        small.clock.forward(seconds=chance.uniform(60, 180))
    taken = _taken(small.ledger)
    risky = [one for one in shelf if risks[one.native_id] >= RISKY]
    early = [sum(one.created_at < at <= one.created_at + HOUR for at in taken[one.native_id][1:]) for one in risky]
    assert len(risky) > 30
    assert min(early) >= 3, Counter(early)
    calls, money = _spent(small.ledger)
    assert max(calls) <= 48
    assert 0.1 < max(money) <= 1.0
    assert sum(len(taken[one.native_id]) > 1 for one in shelf) > 300, "too many were never read again"


def _arrive(bench: Bench, come: Sequence[Post], risks: dict[str, float]) -> None:
    """Posts are collected, paid for, and judged."""
    found = [changed(one, observed_at=bench.clock()) for one in come]
    bench.store(*found)
    with bench.ledger.write() as tx:
        looks.pay(tx, found, bench.clock())
        rows = tx.execute(select(table.c.native_id, table.c.seq, table.c.created_at)).all()
        new = [row for row in rows if row.native_id in {one.native_id for one in come}]
        if new:
            tx.execute(decisions.insert(), [_decision(row.seq, risks[row.native_id], bench.clock()) for row in new])
        ages = {row.seq: (bench.clock() - row.created_at, risks[row.native_id]) for row in new}
        looks.bring_forward(tx, {seq: bench.clock() + next_look(*one) for seq, one in ages.items()})


def _decision(seq: int, risk: float, now: datetime) -> dict[str, Any]:
    said = {"action": "hold", "reason": "risk", "complaint": True, "figures": {}, "forecast": {}}
    return {"post_seq": seq, "brand": BRAND, "story_id": "s", "risk": risk, "at": now, "decided_at": now, **said}


def _spent(ledger: Ledger) -> tuple[list[int], list[float]]:
    with ledger.read() as tx:
        rows = tx.execute(select(spending.spending)).all()
    hours = [row for row in rows if "T" in row.period]
    return [row.calls for row in hours], [row.cost for row in rows if row not in hours]


def test_judging_brings_the_next_look_forward(bench: Bench, post: Make) -> None:
    """A new post is first looked at after five minutes, a risky one after two, small talk when it was planned."""
    bench.judged(post("1", text="danger acme"), post("2", text="fine acme"))
    assert _planned(bench.ledger, "file:1") == bench.clock() + 2 * MINUTE
    assert _planned(bench.ledger, "file:2") == bench.clock() + 5 * MINUTE


def test_a_risk_that_rises_brings_the_next_look_forward_at_once(bench: Bench, post: Make) -> None:
    """What was small talk until its author changed the text is looked at in the rhythm of what it is now."""
    one = post("1", text="fine acme")
    bench.judged(one)
    bench.clock.forward(minutes=5)
    refresh(bench.ledger, Told(again=Page(found=[one])), bench.clock)
    bench.clock.forward(seconds=30)
    assert _planned(bench.ledger) == bench.clock() + timedelta(minutes=29.5)
    bench.judged(changed(one, text="danger acme", edited_at=bench.clock(), observed_at=bench.clock()))
    assert _planned(bench.ledger) == bench.clock() + 5 * MINUTE
    # Judged again, for whatever reason, it is not put off.
    bench.clock.forward(minutes=1)
    bench.judged(changed(one, text="danger acme!", edited_at=bench.clock(), observed_at=bench.clock()))
    assert _planned(bench.ledger) == bench.clock() + 4 * MINUTE


def test_two_workers_keep_one_budget_and_read_nothing_twice(bench: Bench, post: Make) -> None:
    """Both at once, again and again: no post is asked for twice, and all calls and money are within the limits."""
    shelf = [post(f"{n:03}") for n in range(300)]
    bench.store(*shelf)
    bench.clock.forward(minutes=30)
    limits = Limits(20, 3.0)
    other = Ledger(bench.ledger.engine.url.render_as_string(hide_password=False))
    start = threading.Barrier(2)
    shops = []
    for ledger in (bench.ledger, other):
        shop = _shop(bench, shelf, limits, Rereading(10, 0.01, 0.5, free_same_day=True))
        shop.budget = LedgerBudget(ledger, "file", bench.clock, limits)
        shops.append((ledger, shop))
    errors: list[object] = []

    def work(ledger: Ledger, shop: Shop) -> None:
        start.wait(SECONDS)
        errors.extend(refresh(ledger, shop, bench.clock, limits=limits, limit=20).error for _ in range(20))

    workers = [threading.Thread(target=work, args=both) for both in shops]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    other.close()
    answered = Counter(one for _, shop in shops for _, one in shop.charged)
    assert max(answered.values()) == 1
    assert len(answered) >= 80
    calls, money = _spent(bench.ledger)
    assert max(calls) <= 20
    assert max(money) <= 3.0
    assert all(error is None or isinstance(error, RetryLater) for error in errors)


CRASH = """
import os, sys
from datetime import datetime, timedelta
from fakes.pipeline import Told
from monitors.ledger.engine import Ledger
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.pipeline.refresh import refresh
from monitors.ports import Rereading

now = datetime.fromisoformat(sys.argv[2])
ledger = Ledger(sys.argv[1])

class Dying(Told):
    rereading = Rereading(100, 0.01, free_same_day=True)

    def refresh(self, ids, paid=()):
        LedgerBudget(ledger, "file", lambda: now, Limits()).spend(calls=1, cost=0.01 * len(set(ids) - set(paid)))
        print(len(ids), flush=True)
        os._exit(3)

refresh(ledger, Dying(), lambda: now)
"""


def test_a_worker_that_dies_between_asking_and_storing(bench: Bench, post: Make) -> None:
    """A process that ends there leaves its posts due a little later; each is then read once, with one new snapshot."""
    shelf = [post(str(n)) for n in range(20)]
    bench.store(*shelf)
    bench.clock.forward(minutes=30)
    url = bench.ledger.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", textwrap.dedent(CRASH), url, bench.clock().isoformat()]
    died = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (died.returncode, died.stdout) == (3, "20\n"), died.stderr
    shop = _shop(bench, shelf, Limits(), Rereading(100, 0.01, free_same_day=True))
    assert refresh(bench.ledger, shop, bench.clock).asked == 0, "nobody takes what may still be in hand"
    bench.clock.forward(seconds=LEASE.total_seconds())
    assert refresh(bench.ledger, shop, bench.clock).read == 20
    assert refresh(bench.ledger, shop, bench.clock).asked == 0
    assert {len(times) for times in _taken(bench.ledger).values()} == {2}
    # What the dead one had asked for stays spent; what was never stored as paid for is asked for again.
    assert _spent(bench.ledger)[1] == [pytest.approx(2 * 20 * 0.01)]


def test_a_full_batch_is_followed_by_the_next(small: Bench, post: Make) -> None:
    """A backlog is read in one turn, batch after batch, until it is done or somebody says stop."""
    shelf = [post(str(n)) for n in range(3 * BATCH - 10)]
    small.store(*shelf)
    small.clock.forward(minutes=30)
    shop = _shop(small, shelf, Limits(), Rereading())
    assert refresh_due(small.ledger, shop, small.clock, stop=lambda: True).read == BATCH
    assert refresh_due(small.ledger, shop, small.clock).read == 2 * BATCH - 10
    assert [len(ids) for ids in shop.asked] == [BATCH, BATCH, BATCH - 10]


def test_what_the_budget_keeps_waiting_is_told(bench: Bench, post: Make) -> None:
    """While looks are late the ledger says how many and what the budget allows; once they are done it says nothing."""
    shelf = [post(str(n)) for n in range(50)]
    bench.store(*shelf)
    bench.clock.forward(minutes=30)
    few, many = Limits(4, None), Limits(None, None)
    shop = _shop(bench, shelf, few, Rereading(5))
    refresh_due(bench.ledger, shop, bench.clock, limits=few)
    refresh_due(bench.ledger, shop, bench.clock, limits=few)
    with bench.ledger.read() as tx:
        assert looks.behind(tx, ["file", "other"]) == {"file": (40, 10)}
    shop.budget = LedgerBudget(bench.ledger, "file", bench.clock, many)
    refresh_due(bench.ledger, shop, bench.clock, limits=many)
    refresh_due(bench.ledger, shop, bench.clock, limits=many)
    with bench.ledger.read() as tx:
        assert looks.behind(tx, ["file"]) == {}


@dataclass
class Account:
    """An X on loopback with the real client, its budget in the ledger, and the sweep of one brand."""

    bench: Bench
    fake: FakeX
    limits: ClassVar[Limits] = Limits(100, 5.0)

    def __post_init__(self) -> None:
        values = x.XSettings.model_validate({"base_url": self.fake.url, "bearer_token": self.fake.token})
        budget = LedgerBudget(self.bench.ledger, "x", self.bench.clock, self.limits)
        self.source = x.Source("x", values, Http(values, budget=budget, now=self.bench.clock, sleep=lambda _: None))

    def collect(self) -> int:
        """Sweep; gives how many posts are new."""
        brands = Brands([BRAND], BrandMatcher({BRAND: ("acme",)}, {}))
        swept = collect(self.bench.ledger, self.source, Query(BRAND, ("acme",)), brands, self.bench.clock)
        assert swept is not None
        assert swept.error is None
        return swept.new

    def refresh(self) -> int:
        """Read again whatever there is, due or not; gives how many."""
        with self.bench.ledger.write() as tx:
            tx.execute(update(table).values(refresh_at=self.bench.clock()))
        done = refresh(self.bench.ledger, self.source, self.bench.clock, limits=self.limits)
        assert done.error is None
        return done.read

    def money(self) -> float:
        """What the day has cost so far."""
        with self.bench.ledger.read() as tx:
            return spending.used(tx, "x", spending.day(self.bench.clock()))[1]


@pytest.fixture
def account(bench: Bench) -> Iterator[Account]:
    """An X with two posts, by two people."""
    with FakeX() as fake:
        for minute, author in ((3, "mari"), (2, "oleg")):
            fake.say("acme lost my parcel", bench.clock() - minute * MINUTE, author=author)
        yield Account(bench, fake)


def test_x_charges_for_a_post_once_a_day(account: Account) -> None:
    """Collecting pays; all other reads of that UTC day are calls alone; the first read of the next day pays again."""
    assert account.collect() == 2
    assert account.money() == pytest.approx(0.030)
    for _ in range(3):
        account.bench.clock.forward(hours=2)
        assert account.refresh() == 2
    assert account.money() == pytest.approx(0.030)
    account.bench.clock.forward(hours=12)
    assert account.money() == 0.0
    for _ in range(2):
        assert account.refresh() == 2
        assert account.money() == pytest.approx(0.030)
        account.bench.clock.forward(hours=1)


def test_near_midnight_a_read_counts_as_charged(account: Account) -> None:
    """A read that begins before midnight may be charged after it: then it is paid for, rather once too often."""
    account.collect()
    midnight = account.bench.clock().replace(hour=0) + timedelta(days=1)
    account.bench.clock.time = midnight - MINUTE
    account.refresh()
    assert account.money() == pytest.approx(0.060)
    account.bench.clock.time = midnight + MINUTE
    account.refresh()
    assert account.money() == pytest.approx(0.030)


def test_an_edited_post_is_paid_for_each_time(account: Account) -> None:
    """Its newest version has a price of its own, which nobody remembers: the budget is never found too small."""
    account.collect()
    first = min(account.fake.posts)
    account.bench.clock.forward(hours=1)
    account.fake.edit(first, "acme lost my parcel, and found it", account.bench.clock() - MINUTE)
    account.refresh()
    assert account.money() == pytest.approx(0.030 + 0.015)


def test_without_money_x_is_still_read_for_nothing(account: Account, bench: Bench) -> None:
    """The day's money is gone: what was collected today is read all the same, what is older waits for tomorrow."""
    account.fake.say("acme lost it", bench.clock() - timedelta(days=2), author="juha")
    account.collect()
    bench.clock.forward(days=1)
    new = account.fake.say("acme lost another", bench.clock() - MINUTE, author="kati")
    assert account.collect() == 1
    LedgerBudget(bench.ledger, "x", bench.clock, Limits()).spend(calls=0, cost=5.0 - account.money())
    bench.clock.forward(minutes=1)
    # Oleg's post was found once more where one sweep overlaps the other: it is paid for today as well.
    assert account.refresh() == 2
    with bench.ledger.read() as tx:
        last = {
            uid: len(posts.snapshots_of(tx, [seq])[seq]) for uid, seq in tx.execute(select(table.c.uid, table.c.seq))
        }
    assert last[f"x:{new}"] == 2
    assert sorted(last.values()) == [1, 1, 2, 3]
    assert account.money() == pytest.approx(5.0)


def test_an_ordinary_look_is_taken_before_the_day_ends(account: Account, bench: Bench) -> None:
    """What would be read an hour after midnight is read an hour before it, while it is paid for."""
    account.collect()
    bench.clock.time = bench.clock().replace(hour=18, minute=30)
    account.refresh()
    uid = f"x:{min(account.fake.posts)}"
    age = timedelta(hours=6, minutes=33)
    midnight = bench.clock().replace(hour=0, minute=0) + timedelta(days=1)
    assert _planned(bench.ledger, uid) == midnight - (bench.clock() + age - midnight)
