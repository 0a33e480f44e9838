"""Bursts as timelines: people hear of one once, with its cause; a backlog, a holiday and a new source are none."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fakes.pipeline import BRAND, Bench
from fakes.race import Paused
from fakes.talk import LOCKER, Talk, watched
from sqlalchemy import select

from models.post import Post
from monitors.ledger import bursts, incidents, removal
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import Listing
from monitors.ledger.outbox import Letter
from monitors.ledger.schema import outbox
from monitors.pipeline.bursts import Found, Noticed, most_telling, notice
from monitors.pipeline.occasions import Campaign
from monitors.pipeline.roster import Roster
from monitors.ports import Gone

SECONDS = 60
NOTHING = Noticed(0, 0)


@pytest.fixture
def talk(bench: Bench, post: Callable[..., Post]) -> Talk:
    """Eight days of a post every half hour that is no complaint, at half past the hour, on each database."""
    return _talk(bench, post)


@pytest.fixture
def small_talk(small: Bench, post: Callable[..., Post]) -> Talk:
    """The same on SQLite alone, for what no database has a say in."""
    return _talk(small, post)


def _talk(bench: Bench, post: Callable[..., Post]) -> Talk:
    bench.clock.time += timedelta(minutes=30)  # type: ignore[attr-defined]
    spoken = Talk(bench, post)
    spoken.past()
    return spoken


def _letters(bench: Bench, kind: str = "burst") -> list[Any]:
    with bench.ledger.read() as tx:
        return list(tx.execute(select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.id)))


def _keys(bench: Bench) -> list[str]:
    return [row.key for row in _letters(bench)]


def test_people_hear_of_a_burst_once_with_its_cause(talk: Talk) -> None:
    """Forty complaints in half an hour are one message; what bursts with them is part of it, and nothing repeats."""
    bench = talk.bench
    assert talk.notice() == NOTHING
    talk.say(40)
    assert talk.notice() == Noticed(2, 1)
    lead, part = sorted(talk.rows(), key=lambda row: "part_of" in row.cause)
    assert (lead.counted, lead.shape, lead.seen, lead.known_as) == ("complaints", "burst", 40, None)
    assert lead.usual < 1
    assert lead.score >= 25
    assert (part.counted, part.cause["part_of"]) == ("posts", lead.id)
    assert lead.cause["story"]["posts"] == 40
    assert (lead.cause["source"]["name"], lead.cause["language"]["name"]) == ("file", "en")
    assert set(lead.cause["words"]) <= {"locker", "broken", "parcel", "gone"}
    assert set(lead.cause["words"].values()) == {40}
    assert _keys(bench) == [f"burst {lead.id}:ann:mail", f"burst {lead.id}:ann:chat"]
    with bench.ledger.read() as tx:
        (incident,) = incidents.find(tx, Listing())
    assert (incident.story_id, {row.incident_id for row in _letters(bench)}) == (lead.story_id, {incident.id})
    for _ in range(3):
        assert talk.notice() == NOTHING
        bench.clock.forward(minutes=5)
    assert len(talk.rows()) == 2
    assert len(_keys(bench)) == 2


def test_what_goes_on_is_the_same_burst_until_it_doubles(talk: Talk) -> None:
    """More of it makes the row longer and says nothing; twice as fast as when it was told says so, once."""
    bench = talk.bench
    talk.say(40)
    assert talk.notice().alerts == 1
    bench.clock.forward(minutes=30)
    talk.say(42)
    assert talk.notice() == NOTHING
    first, _ = talk.rows()
    assert first.last_at == bench.clock() - timedelta(minutes=bench.clock().minute % 5)
    assert first.seen > 42
    bench.clock.forward(minutes=60)
    talk.say(180, over=60)
    assert talk.notice() == Noticed(0, 1)
    assert talk.notice() == NOTHING
    lead = next(row for row in talk.rows() if "told" in row.cause)
    assert _keys(bench)[2:] == [f"burst {lead.id} again 1:ann:mail", f"burst {lead.id} again 1:ann:chat"]


def test_another_matter_is_another_message(talk: Talk) -> None:
    """While one burst goes on, complaints of which another story leads are told by themselves."""
    talk.say(40)
    assert talk.notice().alerts == 1
    talk.bench.clock.forward(minutes=30)
    talk.say(60, "acme danger battery fire courier smoke burning")
    assert talk.notice().alerts == 1
    told = [row for row in talk.rows() if "told" in row.cause]
    assert [row.counted for row in told] == ["complaints", "safety_issue"]
    assert len({row.story_id for row in told}) == 2


def test_a_backlog_is_no_burst(talk: Talk) -> None:
    """A thousand old posts that come in at once are counted when they were written."""
    now = talk.bench.clock()
    found = [talk.one(LOCKER, now - timedelta(hours=2) - timedelta(minutes=11 * number)) for number in range(1000)]
    talk.bench.judged(*found)
    assert talk.notice() == NOTHING


def test_nothing_stands_out_before_there_is_a_past(small: Bench, post: Callable[..., Post]) -> None:
    """In the first hours of a brand, whatever is said is all that is known."""
    talk = Talk(small, post)
    assert talk.notice() == NOTHING
    talk.past(days=1, every=timedelta(minutes=20))
    talk.say(80)
    assert talk.notice() == NOTHING


def test_a_new_source_is_no_burst_and_speaks_after_a_day(small_talk: Talk) -> None:
    """What a source brings on its first day is left out; on the next day its past is known, and its bursts are told."""
    bench = small_talk.bench
    small_talk.say(60, source="new")
    assert small_talk.notice() == NOTHING
    for _ in range(13):
        bench.clock.forward(hours=2)
        small_talk.say(60, "acme fine news", source="new", over=120)
    assert small_talk.notice() == NOTHING
    bench.clock.forward(minutes=30)
    small_talk.say(120, source="new")
    assert small_talk.notice().alerts == 1


def test_our_own_posts_are_no_burst(small_talk: Talk) -> None:
    """A hundred answers of the brand's own account say nothing of what people say."""
    small_talk.say(100, "acme fine thank you for telling us", author="Acme_Help")
    assert small_talk.notice() == NOTHING
    assert small_talk.notice(replace(watched(), own_accounts=("file:@Acme_Help",))) == NOTHING
    assert small_talk.notice(replace(watched(), own_accounts=("x:acme_help",))) != NOTHING, "it is ours on X alone"


@pytest.mark.parametrize(
    ("brand", "known"),
    [
        (watched(Campaign("Spring sale", date(2026, 11, 20), date(2026, 11, 20))), "Spring sale"),
        (watched(Campaign("Spring sale", date(2026, 11, 21), date(2026, 11, 22))), None),
    ],
)
def test_a_campaign_explains_mentions_and_no_complaints(small_talk: Talk, brand: Any, known: str | None) -> None:
    """On a day of ours mentions are noted and nobody is called; complaints are told, with what the day is known as.

    On any other day people are called to the mentions, and the complaints that follow are part of that.
    """
    small_talk.say(60, "acme fine sale")
    assert small_talk.notice(brand) == Noticed(1, 0 if known else 1)
    (row,) = small_talk.rows()
    assert (row.counted, row.known_as) == ("posts", known)
    small_talk.bench.clock.forward(minutes=5)
    small_talk.say(30, over=5)
    assert small_talk.notice(brand) == Noticed(1, 1 if known else 0)
    assert ["part_of" in row.cause for row in small_talk.rows()] == [False, not known]
    assert [row.known_as for row in small_talk.rows() if row.counted == "complaints"] == [known]


def test_a_holiday_is_known_by_the_clock_of_its_country(small: Bench, post: Callable[..., Post]) -> None:
    """In Tallinn Christmas Eve begins at ten in the evening of Universal Time."""
    small.clock.time = datetime(2026, 12, 23, 22, 30, tzinfo=UTC)  # type: ignore[attr-defined]
    talk = Talk(small, post)
    talk.past()
    talk.say(60, "acme fine gifts", over=20)
    brand = watched(countries=("EE",))
    assert talk.notice(brand) == Noticed(1, 0)
    (row,) = talk.rows()
    assert row.known_as == "jõululaupäev"
    assert brand.occasions.on(datetime(2026, 12, 23, 21, 59, tzinfo=UTC)) is None


def test_a_slow_rise_is_told_when_an_hour_has_ended(small: Bench, post: Callable[..., Post]) -> None:
    """Each hour half as much again is no burst; after enough of them people hear of a rise, once."""
    talk = Talk(small, post)
    talk.past(every=timedelta(minutes=5))
    told = []
    for _ in range(12):
        small.clock.forward(hours=1)
        talk.say(32, "acme fine prices rise", over=60)
        told.append(talk.notice().alerts)
    assert sum(told) == 1
    assert not any(told[:3])
    (row,) = talk.rows()
    assert (row.counted, row.shape) == ("posts", "rise")
    assert 2 < row.seen / row.usual < 3
    small.clock.forward(minutes=30)
    assert talk.notice() == NOTHING


def test_two_workers_tell_once(talk: Talk) -> None:
    """Both find it before either has written; whoever comes second finds it written and says nothing."""
    bench = talk.bench
    talk.say(40)
    slow = Paused(bench.roster.order, bench.roster.channels)
    other = Ledger(bench.ledger.engine.url.render_as_string(hide_password=False))
    with ThreadPoolExecutor(2) as workers:
        first = workers.submit(notice, bench.ledger, watched(), slow, bench.clock())
        assert slow.inside.wait(SECONDS)
        second = workers.submit(notice, other, watched(), bench.roster, bench.clock())
        assert not second.done()
        slow.go.set()
        assert [first.result(SECONDS), second.result(SECONDS)] == [Noticed(2, 1), NOTHING]
    other.close()
    assert len(_keys(bench)) == 2


class Dying(Roster):
    """The process ends while the message is being queued."""

    def letters(
        self, person: str, kind: str, key: str, incident_id: int | None, payload: Mapping[str, Any]
    ) -> list[Letter]:
        """Die."""
        raise KeyboardInterrupt


def test_a_burst_whose_worker_died_is_told_by_the_next(talk: Talk) -> None:
    """Row and message are written together: neither is left behind without the other, and nothing is lost."""
    bench = talk.bench
    talk.say(40)
    with pytest.raises(KeyboardInterrupt):
        notice(bench.ledger, watched(), Dying(bench.roster.order, bench.roster.channels), bench.clock())
    assert talk.rows() == []
    assert talk.notice() == Noticed(2, 1)
    assert len(_keys(bench)) == 2


def test_words_of_deleted_posts_go_with_them(talk: Talk) -> None:
    """A word is kept as long as three posts that are still there say it."""
    talk.say(40)
    talk.notice()
    with talk.bench.ledger.read() as tx:
        uids = [row.uid for row in incidents.story_posts(tx, BRAND, talk.rows()[0].story_id)]
    now = talk.bench.clock()
    for gone, left in ((uids[:30], {10}), (uids[30:37], {3}), (uids[37:38], set())):
        with talk.bench.ledger.write() as tx:
            removal.remove(tx, "file", [Gone(uid.removeprefix("file:"), "deleted", now) for uid in gone], now)
        assert {number for row in talk.rows() for number in row.cause["words"].values()} == left


def test_old_bursts_are_forgotten_and_pages_see_the_leading_ones(talk: Talk) -> None:
    """A list of bursts has those that people were told of or would have been, with the story's words and incident."""
    talk.say(40)
    talk.notice()
    now = talk.bench.clock()
    with talk.bench.ledger.write() as tx:
        (shown,) = bursts.since(tx, now - timedelta(hours=1), BRAND, 10)
        assert (shown.counted, shown.headline, shown.incident_id) == ("complaints", LOCKER, 1)
        assert bursts.shown(tx, shown.id) == shown
        assert bursts.since(tx, now + timedelta(hours=1), BRAND, 10) == []
        assert bursts.since(tx, now, "another", 10) == []
        assert bursts.drop_older(tx, now, 10) == 0
        assert bursts.drop_older(tx, now + timedelta(seconds=1), 10) == 2


@pytest.mark.parametrize(
    ("found", "lead"),
    [
        ({"posts": 100}, "posts"),
        ({"posts": 100, "complaints": 49}, "posts"),
        ({"posts": 100, "complaints": 51}, "complaints"),
        ({"posts": 100, "complaints": 60, "no_answer": 40}, "no_answer"),
        ({"posts": 100, "complaints": 60, "no_answer": 20}, "complaints"),
        ({"no_answer": 20, "rude_staff": 30}, "rude_staff"),
    ],
)
def test_the_narrowest_that_is_most_of_it_is_told(found: dict[str, int], lead: str) -> None:
    """Complaints that are half of all say more than all posts, and a signal that is half of these even more."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    span = (at, at + timedelta(hours=1))
    all_of_it = [Found(name, "burst", span, at, 30.0, number, 0.0) for name, number in found.items()]
    slow = Found("legal_threat", "rise", span, at, 30.0, 1000, 0.0)
    assert most_telling([slow, *all_of_it]).counted == lead
    assert most_telling([slow]) is slow
