"""Following: an answer given in another program stops the clock, and what the customer says to it starts it again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.pipeline import POLICY, Bench, Reader
from fakes.toots import AGAIN, ANSWER, SAD, Place, Toots, account, http_of, incidents_of, toots_of
from fakes.x import FakeX
from sqlalchemy import select, update

from models.decision import Verdict
from models.scores import Scores
from monitors.bootstrap import House
from monitors.errors import StopSource
from monitors.ledger import answers, clocks, conversations, incidents, removal, spending
from monitors.ledger.desk_schema import answer_clocks
from monitors.ledger.returning import READ_ON
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.loop import Loop
from monitors.pipeline.follow import BATCH, LEASE, Followed
from monitors.ports import Gone
from monitors.settings import load
from monitors.sources import x
from monitors.testing.server import as_json

LIMITS = Limits(1000, 5.0)


def test_an_answer_given_elsewhere_stops_the_clock_and_a_reply_to_it_starts_it(toots: Toots) -> None:
    """A complaint alerts; we answer on Mastodon without hashtag or name; the customer asks again without it too."""
    first = toots.complain()
    assert toots.collect() == 1
    assert toots.clock().answer_by is not None
    answer = toots.reply(first, ANSWER, "acme_care")
    assert toots.collect() == 0
    assert toots.stored() == [f"{SAD} #acme"], "no search finds it"

    assert toots.turn() == Followed(read=1, new=1)
    clock = toots.clock()
    assert (clock.waits_since, clock.answer_by, clock.first_answer_at) == (None, None, toots.bench.clock())
    assert toots.told() == [(ANSWER, "acme_care", "seen")]

    toots.reply(answer, AGAIN, "jaan")
    assert toots.turn() == Followed(read=1, new=1)
    clock = toots.clock()
    assert clock.waits_since == toots.bench.clock()
    assert clock.answer_by > toots.bench.clock()
    assert toots.said() == ["answer_seen", "waits_again"]
    # Its words alone would have called people: it belongs to the story that they have.
    assert incidents_of(toots.bench.ledger) == [3]


def test_a_running_house_follows_by_itself(small: Bench, scores: Callable[..., Scores], tmp_path: Path) -> None:
    """With nothing but settings, in which the brand's accounts are, a round of `kuula run` sees the answer."""
    settings = """
[brands.acme]
names = ["acme"]
own_accounts = ["@acme_care"]
[sources.toots]
kind = "mastodon"
base_url = "{url}"
[people.ann]
channels = ["log"]
[channels.log]
kind = "log"
"""
    with FakeMastodon() as fake:
        (tmp_path / "kuula.toml").write_text(settings.format(url=fake.url))
        house = House(load(tmp_path / "kuula.toml", {}), small.clock)
        house.__dict__["scorer"] = Reader(scores)
        loop = Loop(house)
        first = status(SAD, small.clock(), tag="acme", account=account("jaan"))
        fake.publish(first)
        for _ in range(2):
            loop.gather()
            loop.respond()
            small.clock.forward(minutes=1)  # type: ignore[attr-defined]
            fake.reply(first, ANSWER, small.clock(), account=account("acme_care"))
            small.clock.forward(minutes=1)  # type: ignore[attr-defined]
        with house.ledger.read() as tx:
            (answer,) = answers.told(tx, 1)
        house.close()
    assert answer.text == ANSWER


def test_strangers_are_left_alone(toots: Toots) -> None:
    """What others say below the post is not stored, nor what we or the customer say to them; it moves no clock."""
    first = toots.complain()
    toots.collect()
    stranger = toots.reply(first, "danger, it is the same with mine", "kati")
    to_them = toots.reply(stranger, "Please write to us", "acme_care")
    toots.reply(to_them, "danger, me as well please", "jaan")
    toots.reply(stranger, "terrible, is it not", "jaan")
    toots.reply(stranger, "acme never comes, that is right", "kati")
    assert toots.turn() == Followed(read=1, new=1)
    # Who names the brand is heard wherever it is said.
    assert toots.stored() == [f"{SAD} #acme", "acme never comes, that is right"]
    assert (toots.said(), toots.clock().answer_by is None) == ([], False)


def test_two_who_say_nothing_to_each_other_are_read_ever_more_seldom(few: Toots) -> None:
    """At once, then every two minutes while somebody speaks, once an hour when it is still, daily when it is over."""
    first = few.complain()
    few.collect()
    few.turn()
    few.turn()
    assert few.contexts() == 1
    times = []
    for minute in range(24 * 60):
        few.bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
        if few.turn().read:
            times.append(minute + 1)
    assert times[:10] == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert len(times) <= 60
    assert max(later - sooner for sooner, later in pairwise(times)) == 60
    few.reply(first, ANSWER, "acme_care")
    few.bench.clock.forward(hours=1)  # type: ignore[attr-defined]
    assert [few.turn().read for _ in range(3)] == [1, 1, 0], "an answer is followed by another look at once"
    with few.bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, few.bench.clock())
    read = []
    for step in range(17 * 4):
        few.bench.clock.forward(hours=6)  # type: ignore[attr-defined]
        read += [step / 4] if few.turn().read else []
    assert [sum(day <= one < day + 1 for one in read) for day in (0, 5, 8, 12)] == [4, 4, 1, 1]
    assert timedelta(days=max(read)) < READ_ON


def test_what_is_written_after_the_end_is_read(toots: Toots) -> None:
    """The case is resolved; days later the customer writes below the answer, without the brand: it is open again.

    The reader dies on the way, and comes round again: nothing of it is lost, and nothing doubled. Of noise nothing is
    read any more.
    """
    first = toots.complain()
    toots.collect()
    answer = toots.reply(first, ANSWER, "acme_care")
    toots.turn()
    forward: Callable[..., Any] = toots.bench.clock.forward  # type: ignore[attr-defined]
    with toots.bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, toots.bench.clock())
    forward(days=3)
    toots.turn()
    toots.reply(answer, "three days by now and still nothing", "jaan")
    forward(hours=1)
    with toots.bench.ledger.write() as tx:
        (talk,) = conversations.due(tx, "toots", toots.bench.clock(), 10)
        conversations.take(tx, talk, toots.bench.clock(), toots.bench.clock() + LEASE)
    assert toots.turn() == Followed()
    forward(seconds=LEASE.total_seconds())
    assert [toots.turn().new, toots.turn().new] == [1, 0]
    assert toots.said() == ["answer_seen", "waits_again"]
    assert toots.clock().answer_by > toots.bench.clock()
    assert incidents_of(toots.bench.ledger) == [3]
    with toots.bench.ledger.write() as tx:
        assert incidents.require(tx, 1).resolved_at is None
        incidents.resolve(tx, 1, "ann", Verdict.NOISE, toots.bench.clock())
    forward(hours=1)
    assert toots.turn() == Followed()


def test_a_first_post_that_is_gone_is_not_followed(few: Toots) -> None:
    """Deleted on the server there is nothing to find, and no deletion is made of it; once we know it is not asked."""
    first = few.complain()
    few.collect()
    del few.fake.posts[first["id"]]
    assert few.turn() == Followed(read=1)
    assert few.stored() == [f"{SAD} #acme"]
    few.bench.clock.forward(hours=1)  # type: ignore[attr-defined]
    with few.bench.ledger.write() as tx:
        gone = Gone(f"{first['uri']}#{first['id']}", "deleted", few.bench.clock())
        removal.remove(tx, "toots", [gone], few.bench.clock())
    assert few.turn() == Followed()


def test_a_server_that_refuses_holds_nobody_up(few: Toots) -> None:
    """One conversation that cannot be read is told of and tried again later; the others are read in the next turn."""
    first = few.complain()
    few.collect()
    few.bench.clock.forward(hours=1)  # type: ignore[attr-defined]
    second = few.complain("danger, acme broke another thing of mine completely", "mari")
    few.collect()
    refusal = (re.compile(f".*{first['id']}/context"), lambda _, __: as_json({"error": "no"}, status=403))
    few.fake.routes.insert(0, refusal)
    few.reply(second, ANSWER, "acme_care")
    assert isinstance(few.turn().error, StopSource)
    assert few.turn() == Followed(read=1, new=1)
    few.fake.routes.remove(refusal)
    few.bench.clock.forward(seconds=LEASE.total_seconds())  # type: ignore[attr-defined]
    few.turn()
    with few.bench.ledger.read() as tx:
        assert all(row.followed_at for row in clocks.of(tx, [1, 2]).values())
    assert few.stored()[-1] == ANSWER


def test_the_budget_is_kept(small: Bench) -> None:
    """With half of an hour's calls gone nothing is followed: the rest is for new posts."""
    for toots in toots_of(small, Limits(10, None)):
        toots.complain()
        toots.collect()
        with small.ledger.read() as tx:
            used, _ = spending.used(tx, "toots", spending.hour(small.clock()))
        LedgerBudget(small.ledger, "toots", small.clock, Limits()).spend(calls=5 - used, cost=0)
        assert toots.turn() == Followed()
        toots.limits = Limits(1000, None)
        assert toots.turn().read == 1


def test_one_turn_is_bounded(few: Toots) -> None:
    """A turn reads so many conversations, the next one those that are left, even while all the others speak again."""
    words = "apple brick cloud daisy eagle flame grape house igloo jelly kite lemon maple night ocean piano quilt river"
    names: Sequence[str] = [*words.split(), "stone", "tiger", "union", "viola", "water"]
    for name in names:
        few.complain(f"danger acme {name} {name}x {name}y {name}z", name)
    assert few.collect() == len(names)
    assert few.turn().read == BATCH
    few.bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
    with few.bench.ledger.write() as tx:
        spoken = {"follow_at": None, "customer_at": few.bench.clock()}
        tx.execute(update(answer_clocks).where(answer_clocks.c.followed_at.is_not(None)).values(spoken))
    assert [few.turn().read for _ in range(3)] == [BATCH, len(names) - BATCH, 0]
    with few.bench.ledger.read() as tx:
        assert tx.execute(select(answer_clocks).where(answer_clocks.c.followed_at.is_(None))).all() == []


def test_a_conversation_is_taken_once(toots: Toots) -> None:
    """Two workers see the same one due: one of them reads it; of a worker that died it comes round again."""
    toots.complain()
    toots.collect()
    ledger, now = toots.bench.ledger, toots.bench.clock
    with ledger.read() as tx:
        (talk,) = conversations.due(tx, "toots", now(), 10)
    taken = []
    for _ in range(2):
        with ledger.write() as tx:
            taken.append(conversations.take(tx, talk, now(), now() + LEASE))
    assert taken == [True, False]
    assert toots.turn() == Followed()
    now.forward(seconds=LEASE.total_seconds())  # type: ignore[attr-defined]
    assert toots.turn().read == 1


def test_on_x_nothing_but_the_conversation_is_paid_for(bench: Bench) -> None:
    """The same on X, where a search by name does not find it either; each post costs once, strangers' cost nothing."""
    bench.policy = replace(POLICY, own_accounts=("@acme_care", "care@toots.example"))
    with FakeX() as fake:
        values = x.XSettings.model_validate({"base_url": fake.url, "bearer_token": fake.token})
        place = Place(bench, x.Source("x", values, http_of(bench, values, "x", LIMITS)), LIMITS)
        first = fake.say(SAD, bench.clock(), author="mari")
        forward: Callable[..., Any] = bench.clock.forward  # type: ignore[attr-defined]
        forward(minutes=1)
        assert place.collect() == 1
        forward(minutes=1)
        stranger = fake.reply(first, "same here", bench.clock(), author="peeter")
        fake.reply(stranger, "Please write to us", bench.clock(), author="acme_care")
        answer = fake.reply(first, ANSWER, bench.clock(), author="acme_care")
        # Searches overlap by a minute, in which the budget counts a post twice, as if X did not know it again.
        forward(minutes=2)
        assert place.collect() == 0
        assert place.said() == []
        before = _money(bench)
        assert place.turn() == Followed(read=1, new=1)
        assert place.told() == [(ANSWER, "acme_care", "seen")]
        assert _money(bench) - before == pytest.approx(0.015)
        forward(minutes=1)
        fake.reply(answer, AGAIN, bench.clock(), author="mari")
        forward(minutes=2)
        assert place.turn() == Followed(read=1, new=1)
        assert place.said() == ["answer_seen", "waits_again"]
        assert incidents_of(bench.ledger) == [3]
        assert _money(bench) - before == pytest.approx(0.030)


def _money(bench: Bench) -> float:
    with bench.ledger.read() as tx:
        return spending.used(tx, "x", spending.day(bench.clock()))[1]
