"""A crowd: of all who complained in one story it is known who was answered, and who still waits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fakes.in_hand import OTHER, OURS, SAD, take_in_hand
from fakes.pipeline import Bench
from fakes.toots import ANSWER, Toots, incidents_of, toots_of
from sqlalchemy import select

from models.decision import Verdict
from models.post import Author, Post
from models.schedule import ASIDE
from monitors.ledger import conversations, crowd, incidents, spending
from monitors.ledger.crowd import Crowd
from monitors.ledger.desk_schema import followed_posts
from monitors.ledger.engine import Ledger
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.pipeline.follow import BATCH, NO_LIMITS, Followed

SAME = "danger, acme lost my parcel twice, just like that"
STILL = "still nothing, shame on you"


def of(ledger: Ledger) -> Crowd:
    """The customers of the incident's story."""
    with ledger.read() as tx:
        return crowd.of_incident(tx, incidents.require(tx, 1))


def figures(ledger: Ledger) -> tuple[int, int, int]:
    """How many there are, how many were answered, and how many wait besides the one who called."""
    found = of(ledger)
    return found.size, found.answered, found.others_waiting


def forward(place: Toots, **length: float) -> None:
    """Let time pass."""
    place.bench.clock.forward(**length)  # type: ignore[attr-defined]


def test_an_answer_to_another_customer_is_seen_though_nobody_called_of_them(toots: Toots) -> None:
    """Two complain; we answer the second on Mastodon, without any name: the clock of the first runs on.

    The second writes again below it, which calls nobody and begins no case, and waits again; so did they with thanks.
    """
    toots.complain()
    assert toots.collect() == 1
    second = toots.complain(SAME, "kati")
    toots.collect()
    assert incidents_of(toots.bench.ledger) == [2]
    assert figures(toots.bench.ledger) == (2, 0, 1)

    answer = toots.reply(second, ANSWER, "acme_care")
    assert toots.turn() == Followed(read=2, new=1)
    assert figures(toots.bench.ledger) == (2, 1, 0)
    assert (toots.said(), toots.told(), toots.clock().answer_by is None) == ([], [], False)

    forward(toots, minutes=15)
    toots.reply(answer, "fine, all is fine", "kati")
    toots.reply(answer, STILL, "kati")
    assert toots.turn().new == 2
    assert figures(toots.bench.ledger) == (2, 0, 1)
    (kati,) = (one for who, one in of(toots.bench.ledger).customers.items() if "kati" in who[1])
    assert kati.answered_at is not None
    assert kati.waits_since is not None
    assert kati.waits_since > kati.answered_at
    assert incidents_of(toots.bench.ledger) == [5], "all that was said belongs to the story that people have"


def test_what_was_complained_of_before_the_incident_is_followed_too(toots: Toots) -> None:
    """Kati's plain complaint called nobody; the next one did: what we say to Kati is seen from then on."""
    plain = SAME.removeprefix("danger, ")
    first = toots.complain(plain, "kati")
    assert toots.collect() == 0
    assert toots.turn() == Followed()
    forward(toots, minutes=1)
    toots.complain(f"danger, {plain}")
    assert toots.collect() == 1
    toots.reply(first, ANSWER, "acme_care")
    assert toots.turn().new == 1
    assert figures(toots.bench.ledger) == (2, 1, 0)


def test_strangers_below_the_posts_of_others_are_left_alone(few: Toots) -> None:
    """What neither Kati nor we say there is not stored, nor what we say to a stranger; it answers nobody."""
    few.complain()
    few.collect()
    second = few.complain(SAME, "kati")
    few.collect()
    stranger = few.reply(second, "the same with mine", "peeter")
    few.reply(stranger, "Please write to us", "acme_care")
    assert few.turn() == Followed(read=2)
    assert figures(few.bench.ledger) == (2, 0, 1)


def test_others_are_read_less_often_and_no_longer_than_the_incident_is_open(few: Toots) -> None:
    """Every ten minutes at most where the post that called is read every two; once it is resolved, not at all."""
    few.complain()
    few.collect()
    few.complain(SAME, "kati")
    few.collect()
    read = []
    for _ in range(20):
        read.append(few.turn().read)
        forward(few, minutes=1)
    aside = [minute for minute, count in enumerate(read) if count == 2]
    assert (sum(read) - len(aside), aside) == (10, [0, ASIDE // timedelta(minutes=1)])
    forward(few, hours=1)
    with few.bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, few.bench.clock())
    assert few.turn().read == 1


def test_the_post_that_called_is_never_kept_waiting_by_others(small: Bench) -> None:
    """With the usual share of the hour's calls gone the post that called is read alone; with more the others too."""
    for few in toots_of(small, Limits(40, None)):
        few.complain()
        few.collect()
        few.complain(SAME, "kati")
        few.collect()
        with small.ledger.read() as tx:
            used, _ = spending.used(tx, "toots", spending.hour(small.clock()))
        LedgerBudget(small.ledger, "toots", small.clock, Limits()).spend(calls=11 - used, cost=0)
        few.limits = Limits(40, None)
        assert few.turn().read == 1
        assert few.contexts() == 1
        few.limits = NO_LIMITS
        assert few.turn().read == 1
        assert few.contexts() == 2


def test_one_author_is_no_crowd(few: Toots) -> None:
    """What the one who called wrote elsewhere is no other customer, and neither is an account of ours."""
    few.complain()
    few.collect()
    few.complain(SAME)
    few.complain(SAME, "acme_care")
    few.collect()
    assert figures(few.bench.ledger) == (1, 0, 0)
    assert few.turn().read == 1


def test_only_the_newest_of_many_are_followed(toots: Toots) -> None:
    """Thirty complain in one story: the conversations of the newest of them are read, in bounded turns."""
    toots.complain()
    toots.collect()
    many = conversations.MOST_OTHERS + 10
    for number in range(many):
        forward(toots, seconds=1)
        toots.complain(SAME, f"person{number}")
    toots.collect()
    assert of(toots.bench.ledger).size == many + 1
    with toots.bench.ledger.read() as tx:
        kept = set(tx.execute(select(followed_posts.c.spoke_at)).scalars())
    now = toots.bench.clock()
    assert kept == {now - timedelta(seconds=back) for back in range(conversations.MOST_OTHERS)}
    assert toots.turn().read == BATCH
    assert toots.turn().read == 1 + conversations.MOST_OTHERS - BATCH
    assert toots.turn().read == 0


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_found_by_search_counts(bench: Bench, post: Callable[..., Post], *, together: bool) -> None:
    """Our reply names the brand and was collected like any post, in one batch with the complaint or after it.

    Below it we go on, to the same customer; what we say to somebody without a complaint makes nobody a customer.
    """
    take_in_hand(bench, post)
    now = bench.clock()

    def said(number: str, author: Author, **more: Any) -> Post:
        return post(number, more.pop("text", f"{SAD} as well"), author=author, created_at=now, observed_at=now, **more)

    found = [
        said("2", OTHER),
        said("3", OURS, text="acme is sorry, fine", parent_id="2", thread_id="2"),
        said("4", OURS, text="acme sends it again, fine", parent_id="3", thread_id="2"),
        said("5", OURS, text="acme says thank you, fine", parent_id="77"),
    ]
    for batch in [found] if together else [[one] for one in found]:
        bench.judged(*batch)
    assert figures(bench.ledger) == (2, 1, 0)
    with bench.ledger.read() as tx:
        assert incidents.latest(tx, 1, "answer_seen") is None


def test_a_thread_of_any_length_stops_nothing(bench: Bench, post: Callable[..., Post]) -> None:
    """A stranger's thread has a name that no index holds: who complains in it is followed."""
    take_in_hand(bench, post)
    endless = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(5000))
    bench.judged(post("2", f"{SAD} as well", author=OTHER, thread_id=endless))
    assert figures(bench.ledger) == (2, 0, 1)
    with bench.ledger.read() as tx:
        assert "file:2" in tx.execute(select(followed_posts.c.post_uid)).scalars().all()
