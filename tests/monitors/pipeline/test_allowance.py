"""What reading again may take of a budget: never more than there is, something in the end, urgent posts first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.schedule import DAY
from monitors.ledger.looks import Due, Look
from monitors.ledger.spending import Limits
from monitors.pipeline.allowance import KEPT, KEPT_IF_URGENT, Used, choose, spare
from monitors.ports import Rereading

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
X = Rereading(at_once=100, price=0.015, page=1.5, free_same_day=True)
LARGE = timedelta(days=30)
moments = st.timedeltas(timedelta(0), DAY - timedelta(seconds=1)).map(lambda passed: MIDNIGHT + passed)
budgets = st.builds(Limits, st.none() | st.integers(0, 500), st.none() | st.floats(0, 20))
spendings = st.builds(Used, st.integers(0, 600), st.floats(0, 25))
looks = st.lists(st.tuples(st.timedeltas(timedelta(0), LARGE), st.floats(0, 100), st.booleans()), max_size=60)
terms = st.builds(Rereading, st.integers(1, 100), st.sampled_from((0.0, 0.015)), st.sampled_from((0.0, 1.5)))


def due(now: datetime, posts: Sequence[tuple[timedelta, float, bool]]) -> Due:
    """Posts of so much age, risk, and paid for today or not, all due for an hour and longer."""
    made = [
        Look(n, f"x:{n}", str(n), now - age, now - timedelta(hours=1, seconds=n), risk, paid)
        for n, (age, risk, paid) in enumerate(posts)
    ]
    by_worth = sorted(made, key=lambda one: (now - one.created_at, -one.risk))
    return Due(by_worth, sorted(made, key=lambda one: one.due_at))


@given(looks, terms, budgets, spendings, moments, st.integers(1, 60))
def test_what_is_chosen_fits_the_budget(
    posts: list[tuple[timedelta, float, bool]],
    priced: Rereading,
    limits: Limits,
    used: Used,
    now: datetime,
    limit: int,
) -> None:
    """Whatever is due, calls and money that are left are enough for what is chosen, and nothing is chosen twice."""
    chosen = choose(due(now, posts), priced, limits, used, now, limit=limit).looks
    assert len({one.seq for one in chosen}) == len(chosen) <= limit
    calls = -(-len(chosen) // priced.at_once)
    assert calls == 0 or limits.calls_per_hour is None or used.calls + calls <= limits.calls_per_hour
    money = sum(not one.paid for one in chosen) * priced.price
    assert not money or limits.money_per_day is None or used.money + money <= limits.money_per_day + 1e-9


@given(budgets, spendings, moments, st.floats(0, 1.5))
def test_a_part_is_kept_for_collecting(limits: Limits, used: Used, now: datetime, page: float) -> None:
    """What is kept becomes less with time, urgent posts leave less of it, and a page can still be asked for."""
    later = min(now + timedelta(minutes=9), now.replace(minute=59, second=59, microsecond=0))
    calm, urgent = (spare(limits, used, page, now, kept) for kept in (KEPT, KEPT_IF_URGENT))
    assert calm.calls <= urgent.calls
    assert calm.money <= urgent.money
    if later > now:
        assert spare(limits, used, page, later, KEPT).calls >= calm.calls
    if limits.money_per_day is not None and urgent.money:
        assert limits.money_per_day - used.money - urgent.money >= min(page, limits.money_per_day / 2) - 1e-9


@given(st.integers(1, 500), moments)
def test_no_budget_is_kept_for_ever(calls: int, now: datetime) -> None:
    """Even of a single call an hour, reading again has one before the hour is over, if collecting leaves it."""
    end = now.replace(minute=59, second=0, microsecond=0)
    assert spare(Limits(calls, None), Used(0, 0.0), 0.0, end, KEPT).calls >= 1


def test_without_money_what_is_paid_for_is_read() -> None:
    """Money that is used up stops the paid reads and not the free ones, and it is said how many an hour there are."""
    now = MIDNIGHT + timedelta(hours=15)
    posts = [(timedelta(hours=n), 80.0, n % 2 == 0) for n in range(10)]
    choice = choose(due(now, posts), X, Limits(None, 6.0), Used(0, 6.0), now, limit=100)
    assert {one.seq for one in choice.looks} == {0, 2, 4, 6, 8}
    assert choice.hourly == int(3 / 24 / 0.015)


def test_urgent_posts_have_something_left_at_any_time() -> None:
    """Right after midnight a hundred old posts take a quarter of the money at most; a risky one is read besides."""
    now = MIDNIGHT + timedelta(minutes=1)
    old = [(timedelta(days=3), 30.0, False)] * 100
    limits = Limits(None, 4.0)
    for used, count in ((0.0, 66), (1.0, 1)):
        taken = choose(due(now, [*old, (timedelta(minutes=40), 60.0, False)]), X, limits, Used(0, used), now, limit=101)
        assert 100 in {one.seq for one in taken.looks}
        assert len(taken.looks) == count


def test_the_longest_waiting_have_a_turn() -> None:
    """One post a call, and young ones always due: every fourth call is for the one that has waited longest."""
    now = MIDNIGHT + timedelta(hours=12)
    posts = [(timedelta(minutes=5), 90.0, False)] * 50 + [(timedelta(days=20), 0.0, False)]
    seqs = [
        [one.seq for one in choose(due(now, posts), Rereading(at_once=1), Limits(), Used(n, 0.0), now, limit=1).looks]
        for n in range(8)
    ]
    assert seqs.count([50]) == 2
