"""Answers go out once: through a real client to a fake Mastodon and a fake X, over faults and a kill in between."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.x import USER_CONTEXT, FakeX
from servers.ledgers import sqlite_ledger

from models.approval import Approval
from monitors.errors import RetryLater
from monitors.http import Http
from monitors.ledger import answers, incidents, leases, outbox, people, replies
from monitors.ledger.answers import Place
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident
from monitors.ledger.people import Person, Role
from monitors.ledger.replies import NewReply
from monitors.pipeline.replies import Replied, send_replies
from monitors.ports import Source
from monitors.sources import mastodon, x
from monitors.testing.budgets import NoLimit
from monitors.testing.server import Fault

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WORDS = "Vabandust! Kuller on täna kell 17 ukse taga. Mari"
FREE = Approval({}, public=False)
OLGA = Person("olga", "Olga", Role.SUPPORT, "et", "Europe/Tallinn")


@pytest.fixture
def toots() -> Iterator[FakeMastodon]:
    """A server with one complaint."""
    with FakeMastodon(status("kus pakk on", START, id="7", uri="u"), token="t") as fake:
        yield fake


@pytest.fixture
def tweets() -> Iterator[FakeX]:
    """X with one complaint."""
    with FakeX() as fake:
        fake.said = fake.say("kus pakk on", START)  # type: ignore[attr-defined]
        yield fake


def _toots(fake: FakeMastodon, clock: Any) -> Callable[[str], Source]:
    settings = mastodon.MastodonSettings.model_validate({"base_url": fake.url, "access_token": "t"})
    http = Http(settings, budget=NoLimit(), now=clock, sleep=lambda _: None)
    return lambda name: mastodon.Source(name, settings, http)


def _tweets(fake: FakeX, clock: Any) -> Callable[[str], Source]:
    settings = x.XSettings.model_validate({"base_url": fake.url, "bearer_token": fake.token, **USER_CONTEXT})
    http = Http(settings, budget=NoLimit(), now=clock, sleep=lambda _: None)
    return lambda name: x.Source(name, settings, http)


def _sending(ledger: Ledger, clock: Any, to: str) -> None:
    now = clock()
    with ledger.write() as tx:
        people.save(tx, OLGA, "settings", now)
        incidents.open_incident(tx, NewIncident("acme", to, "threat", 40.0, 3, "et", "Kus?", now, now, {}), now)
        one = replies.draft(tx, NewReply(1, "olga", Place.PUBLIC, WORDS, "et", to), now)
        replies.send(tx, one, OLGA, FREE, now)


def _row(ledger: Ledger) -> Any:
    with ledger.read() as tx:
        return replies.require(tx, 1)


def test_answer_is_sent_once_and_told(ledger: Ledger, clock: Any, toots: FakeMastodon) -> None:
    """It stands under the customer's post, in their thread, and among what they were told; nothing is left to send."""
    _sending(ledger, clock, "m:u#7")
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(sent=1)
    assert send_replies(ledger, _toots(toots, clock), clock).tried == 0
    (made,) = toots.replies.values()
    with ledger.read() as tx:
        assert [row.post_uid for row in answers.told(tx, 1)] == [f"m:{made['uri']}#{made['id']}"]


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.CUT_BODY, Fault.LIMITED])
def test_known_key_is_tried_again_and_makes_one_answer(
    ledger: Ledger, clock: Any, toots: FakeMastodon, fault: Fault
) -> None:
    """Whatever happened to the first attempt, the customer reads one answer."""
    _sending(ledger, clock, "m:u#7")
    toots.fail(fault, after=1)
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(postponed=1)
    toots.fail(None)
    assert send_replies(ledger, _toots(toots, clock), clock).tried == 0
    clock.forward(minutes=5)
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(sent=1)
    assert len(toots.replies) == 1


def test_key_that_the_server_has_forgotten_is_not_sent_again(ledger: Ledger, clock: Any, toots: FakeMastodon) -> None:
    """An hour after an attempt that may have succeeded, a person looks."""
    _sending(ledger, clock, "m:u#7")
    toots.fail(Fault.CUT_BODY, after=1)
    send_replies(ledger, _toots(toots, clock), clock)
    toots.fail(None)
    clock.forward(hours=1)
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(doubted=1)
    assert (_row(ledger).state, len(toots.replies)) == ("perhaps", 1)


def test_limit_of_the_service_is_waited_for_without_doubt(ledger: Ledger, clock: Any, tweets: Any) -> None:
    """429 says that nothing is out: X is asked again when it said, and once."""
    _sending(ledger, clock, f"x:{tweets.said}")
    tweets.fail(Fault.LIMITED, times=1)
    assert send_replies(ledger, _tweets(tweets, clock), clock) == Replied(postponed=1)
    clock.forward(seconds=100)
    assert send_replies(ledger, _tweets(tweets, clock), clock).tried == 0
    clock.forward(seconds=30)
    assert send_replies(ledger, _tweets(tweets, clock), clock) == Replied(sent=1)
    assert [one["text"] for one in tweets.replies] == [WORDS]


@pytest.mark.parametrize("fault", [Fault.CUT_BODY, Fault.UNAVAILABLE, Fault.HTML])
def test_x_is_never_sent_what_may_be_out(ledger: Ledger, clock: Any, tweets: Any, fault: Fault) -> None:
    """X knows no key: after a fault that leaves it open, a person looks, and days later nothing went out by itself."""
    _sending(ledger, clock, f"x:{tweets.said}")
    tweets.fail(fault, times=1)
    assert send_replies(ledger, _tweets(tweets, clock), clock) == Replied(doubted=1)
    clock.forward(days=2)
    assert send_replies(ledger, _tweets(tweets, clock), clock).tried == 0
    assert len(tweets.replies) <= 1
    assert _row(ledger).state == "perhaps"


def test_refusal_is_for_a_person(ledger: Ledger, clock: Any, toots: FakeMastodon) -> None:
    """403 fails the answer with what to do; a person may send it again once that is done."""
    _sending(ledger, clock, "m:u#7")
    toots.take_replies = False
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(failed=1)
    assert "403" in _row(ledger).last_error
    toots.take_replies = True
    with ledger.write() as tx:
        replies.send(tx, 1, OLGA, FREE, clock())
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(sent=1)


def test_the_writer_hears_of_each_failure(ledger: Ledger, clock: Any, toots: FakeMastodon) -> None:
    """Not on the page alone: the customer waits on. What goes out is no news."""
    _sending(ledger, clock, "m:u#7")
    toots.take_replies = False
    for number in (1, 2):
        with ledger.write() as tx:
            people.save(tx, replace(OLGA, channels=("mail",)), "settings", clock())
            replies.send(tx, 1, OLGA, FREE, clock())
        send_replies(ledger, _toots(toots, clock), clock)
        with ledger.read() as tx:
            keys = [row.key for row in outbox.of_incident(tx, 1)]
        assert keys == [f"answer 1 failed {attempt}:olga:mail" for attempt in range(1, number + 1)]
    toots.take_replies = True
    with ledger.write() as tx:
        replies.send(tx, 1, OLGA, FREE, clock())
    assert send_replies(ledger, _toots(toots, clock), clock) == Replied(sent=1)
    with ledger.read() as tx:
        assert len(outbox.of_incident(tx, 1)) == 2


def test_source_that_cannot_reply_any_more_says_so(ledger: Ledger, clock: Any, toots: FakeMastodon) -> None:
    """A token that was taken out of the settings leaves the answer with a reason, not in line for ever."""
    _sending(ledger, clock, "m:u#7")
    settings = mastodon.MastodonSettings.model_validate({"base_url": toots.url})
    http = Http(settings, budget=NoLimit(), now=clock)
    assert send_replies(ledger, lambda name: mastodon.Source(name, settings, http), clock) == Replied(failed=1)
    assert "cannot reply" in _row(ledger).last_error


def _die_after_sending(folder: Path, url: str, kind: str) -> None:
    """A worker whose process ends between the service's yes and our note of it."""
    ledger = sqlite_ledger(folder)
    replies.sent = lambda *_: os._exit(9)  # type: ignore[assignment]
    make = _toots if kind == "mastodon" else _tweets
    fake: Any = type("At", (), {"url": url, "token": "x-bearer-of-the-fake"})
    send_replies(ledger, make(fake, lambda: START), lambda: START)


@pytest.mark.parametrize("kind", ["mastodon", "x"])
def test_kill_between_sending_and_noting(tmp_path: Path, clock: Any, toots: Any, tweets: Any, kind: str) -> None:
    """Mastodon is sent the same key and makes one post; X is not sent anything, and a person is asked to look."""
    ledger = sqlite_ledger(tmp_path)
    fake, to = (toots, "m:u#7") if kind == "mastodon" else (tweets, f"x:{tweets.said}")
    _sending(ledger, clock, to)
    worker = multiprocessing.get_context("fork").Process(target=_die_after_sending, args=(tmp_path, fake.url, kind))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 9
    assert len(fake.replies) == 1
    make = _toots if kind == "mastodon" else _tweets
    assert send_replies(ledger, make(fake, clock), clock).tried == 0
    with ledger.write() as tx:
        leases.release_dead(tx)
    outcome = send_replies(ledger, make(fake, clock), clock)
    assert outcome == (Replied(sent=1) if kind == "mastodon" else Replied(doubted=1))
    assert len(fake.replies) == 1
    ledger.close()


def test_budget_that_is_used_up_is_no_doubt(ledger: Ledger, clock: Any, tweets: Any) -> None:
    """What was never sent for want of money is sent when there is money again."""
    _sending(ledger, clock, f"x:{tweets.said}")

    class Poor:
        def spend(self, *, calls: int, cost: float) -> None:
            raise RetryLater("no money today", after=clock() + timedelta(hours=3))

    settings = x.XSettings.model_validate({"base_url": tweets.url, "bearer_token": tweets.token, **USER_CONTEXT})
    http = Http(settings, budget=Poor(), now=clock)
    assert send_replies(ledger, lambda name: x.Source(name, settings, http), clock) == Replied(postponed=1)
    clock.forward(hours=4)
    assert send_replies(ledger, _tweets(tweets, clock), clock) == Replied(sent=1)
