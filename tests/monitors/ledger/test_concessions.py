"""What was decided stays in rows of its own; customers are found by handle or id; demands are counted by story."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.conceding import Choice
from models.post import Post
from models.scores import Remedy
from monitors.ledger import audit, concessions, incidents, posts, removal
from monitors.ledger.concessions import Customer, Decided
from monitors.ledger.engine import Ledger, Tx
from monitors.ports import Gone

MakePost = Callable[..., Post]
Clock = Any


def _incident(ledger: Ledger, now: datetime) -> int:
    new = incidents.NewIncident("Omniva", "file:1", "threat", 50.0, 2, "et", "Raha tagasi", now, None, {})
    with ledger.write() as tx:
        return incidents.open_incident(tx, new, now)


def test_a_change_of_mind_is_a_new_row(ledger: Ledger, clock: Clock) -> None:
    """The newest holds, the earlier stay, and each is in the log and the audit with its reason."""
    number = _incident(ledger, clock())
    for choice, actor, proposed in (
        (Choice.CONCEDE, "emma", True),
        (Choice.ARGUE, "mart", False),
        (Choice.LET_GO, "mart", False),
    ):
        decided = Decided(
            number, actor, choice, Remedy.MONEY_BACK, 40.0, f"because {choice}", proposed, {"arguing": 95}
        )
        with ledger.write() as tx:
            concessions.record(tx, decided, clock())
        clock.forward(minutes=1)
    with ledger.read() as tx:
        rows = concessions.of_incident(tx, number)
        assert [(row.choice, row.actor, row.proposed) for row in rows] == [
            ("let_go", "mart", False), ("argue", "mart", False), ("concede", "emma", True),
        ]  # fmt: skip
        assert rows[0].figures == {"arguing": 95}
        kinds = [event.kind for event in incidents.events(tx, number)]
        assert kinds == ["opened", "concession_proposed", "concession_decided", "concession_decided"]
        assert audit.newest(tx, 1)[0].detail == {"choice": "let_go", "cost": 40.0, "note": "because let_go"}


def _demand(ledger: Ledger, post: MakePost, now: datetime) -> int:
    with ledger.write() as tx:
        posts.store(tx, [post("1", text="Tagastage 79 eurot"), post("2", text="Mulle 40 eurot")], lambda _: ["a"], now)
    return _incident(ledger, now)


def _decide(ledger: Ledger, number: int, named_in: str | None, cost: float, now: datetime) -> None:
    figures = {"conceding": round(cost), "arguing": 95, "advice": "concede", "currency": "EUR"}
    reason = "She is right."
    new = Decided(number, "mart", Choice.CONCEDE, Remedy.MONEY_BACK, cost, reason, False, figures, named_in)
    with ledger.write() as tx:
        concessions.record(tx, new, now)


def _kept(ledger: Ledger, number: int) -> list[tuple[float | None, Any]]:
    with ledger.read() as tx:
        rows = concessions.of_incident(tx, number)
        assert {(row.choice, row.reason, row.figures["arguing"]) for row in rows} == {("concede", "She is right.", 95)}
        return [(row.cost, row.figures.get("conceding")) for row in rows]


@pytest.mark.parametrize("how", ["deleted", "too old"])
def test_a_sum_leaves_with_the_words_that_named_it(ledger: Ledger, clock: Clock, post: MakePost, how: str) -> None:
    """The decision, its reason and other costs stay; no log ever had the sum; a crash on the way changes nothing."""
    number = _demand(ledger, post, clock())
    for named_in, cost in ((None, 12.0), ("file:2", 40.0), ("file:1", 79.0)):
        _decide(ledger, number, named_in, cost, clock())
    whole = [(79.0, 79), (40.0, 40), (12.0, 12)]
    assert _kept(ledger, number) == whole

    def leave(tx: Tx) -> None:
        if how == "deleted":
            removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock())
        else:
            posts.drop_older(tx, clock() + timedelta(days=1), 1, clock())

    def crash() -> None:
        with ledger.write() as tx:
            leave(tx)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        crash()
    assert _kept(ledger, number) == whole
    for _ in range(2):
        with ledger.write() as tx:
            if how == "deleted" or posts.count(tx) == 2:
                leave(tx)
    assert _kept(ledger, number) == [(None, None), (40.0, 40), (12.0, 12)]
    with ledger.read() as tx:
        logged = [event.data for event in incidents.events(tx, number)] + [row.detail for row in audit.newest(tx, 9)]
    assert "79" not in str(logged)
    assert "40" not in str(logged)
    assert "'cost': 12.0" in str(logged)


def test_a_sum_of_a_post_that_went_meanwhile_is_not_kept(ledger: Ledger, clock: Clock, post: MakePost) -> None:
    """Whoever decides while the post is deleted, before or at the same moment, leaves no sum of it behind."""
    number = _demand(ledger, post, clock())
    with ledger.write() as tx:
        removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock())
    _decide(ledger, number, "file:1", 79.0, clock())
    ready = threading.Barrier(2)

    def decide() -> None:
        ready.wait()
        _decide(ledger, number, "file:2", 40.0, clock())

    deciding = threading.Thread(target=decide)
    deciding.start()
    ready.wait()
    with ledger.write() as tx:
        removal.remove(tx, "file", [Gone("2", "deleted", clock())], clock())
    deciding.join()
    assert _kept(ledger, number) == [(None, None)] * 2


def test_customers_are_replaced_by_a_newer_list(ledger: Ledger, clock: Clock) -> None:
    """One account is one customer, however it is written; another source is somebody else."""
    with ledger.write() as tx:
        first = [Customer("x", "@Mari", 480.0, "2021-03-15"), Customer("rss", "mari", 10.0)]
        assert concessions.import_customers(tx, first, "ann", clock()) == 2
        assert concessions.import_customers(tx, [Customer("x", "mari ", 500.0)], "ann", clock()) == 1
        known = concessions.customer(tx, "x", (None, "MARI"))
        assert known is not None
        assert known.value_per_year == 500.0
        assert concessions.customer(tx, "x", (None, "")) is None
        assert concessions.customer(tx, "mastodon", ("mari",)) is None
        assert audit.newest(tx, 1)[0].action == "customers_imported"


def test_long_list_is_written_at_once(ledger: Ledger, clock: Clock) -> None:
    """Nobody else can write meanwhile: thousands of customers take a moment, and the last row of each counts."""
    many = [Customer("x", f"a{number % 4500}", float(number)) for number in range(5000)]
    began = time.process_time()
    with ledger.write() as tx:
        assert concessions.import_customers(tx, many, "ann", clock()) == 4500
    assert time.process_time() - began < 1
    with ledger.read() as tx:
        worth = [concessions.customer(tx, "x", (name,)) for name in ("a0", "a499", "a500", "a4499")]
    assert [one.value_per_year for one in worth if one] == [4500.0, 4999.0, 500.0, 4499.0]


def test_nothing_was_demanded_of_a_brand_that_is_new(ledger: Ledger, clock: Clock) -> None:
    """Without posts there is no beginning, and no demand."""
    with ledger.read() as tx:
        assert concessions.watched_since(tx, "Omniva") is None
        assert concessions.demanded(tx, "Omniva", Remedy.MONEY_BACK, clock() - timedelta(days=365)) == 0
