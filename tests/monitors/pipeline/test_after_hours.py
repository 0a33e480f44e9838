"""Bursts and silent sources when the team is not there: what is urgent goes through, the rest waits for opening."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes.pipeline import Bench
from fakes.talk import LOCKER, Talk
from sqlalchemy import select

from models.calling import Business
from models.decision import Verdict
from models.hours import EVERY_DAY, Hours, Opening
from models.post import Post
from models.rota import Change, ChangeKind, Duty, Rota
from monitors.ledger import bundles, incidents, outbox, rota, sweeps
from monitors.ledger.bundles import Usual
from monitors.ledger.outbox import Letter
from monitors.ledger.schema import outbox as table
from monitors.pipeline.bursts import Noticed
from monitors.pipeline.guard import guard

TALLINN = ZoneInfo("Europe/Tallinn")
DAY = timedelta(days=1)
Make = Callable[..., Post]


def _letters(bench: Bench, kind: str) -> list[Any]:
    with bench.ledger.read() as tx:
        return list(tx.execute(select(table).where(table.c.kind == kind).order_by(table.c.id)))


def _closed(bench: Bench, *, risk: float = 50) -> datetime:
    """The team has just gone, and comes back in eight hours: gives when."""
    shown = bench.clock().astimezone(TALLINN)
    opens = shown.replace(second=0, microsecond=0) + timedelta(hours=8)
    hours = Hours(EVERY_DAY, opens.time(), (opens + timedelta(hours=14)).time())
    bench.roster = replace(bench.roster, business=Business(Opening((hours,), TALLINN), risk))
    assert not bench.roster.business.opening.is_open(bench.clock())
    return bench.roster.opens_at(bench.clock())


@pytest.fixture
def talk(bench: Bench, post: Make) -> Talk:
    """Eight days of small talk."""
    bench.clock.time += timedelta(minutes=30)  # type: ignore[attr-defined]
    spoken = Talk(bench, post)
    spoken.past()
    return spoken


def test_a_burst_of_the_night_is_told_once_when_the_team_is_there(talk: Talk) -> None:
    """It is found and doubled while nobody is there: one message waits for whoever is first by the rota then."""
    bench = talk.bench
    opens = _closed(bench)
    with bench.ledger.write() as tx:
        rota.make(tx, Change(ChangeKind.AWAY, "ann", opens, opens + timedelta(hours=1)), "ann", bench.clock())
    talk.say(40)
    assert talk.notice() == Noticed(2, 0)
    bench.clock.forward(minutes=60)
    talk.say(180, over=60)
    assert talk.notice() == Noticed(0, 0)
    told = _letters(bench, "burst")
    assert [(row.person, row.channel, row.not_before) for row in told] == [("bob", "mail", opens)]
    assert next(row for row in talk.rows() if "told" in row.cause).cause["told"]["times"] == 2


def test_what_waited_for_the_team_is_gathered_then(bench: Bench) -> None:
    """Nothing is arranged before its time; then the first goes, and the next is gathered as at any other hour."""
    opens, usual = _closed(bench), Usual(timedelta(minutes=10))
    letters = [Letter(f"burst {n}:ann:mail", "ann", "mail", "burst", None, {"burst": n}) for n in (1, 2)]
    with bench.ledger.write() as tx:
        outbox.enqueue(tx, letters, bench.clock(), not_before=opens)
        assert bundles.arrange(tx, "mail", usual, opens - timedelta(minutes=1)) == 0
        assert outbox.claim(tx, 9, opens - timedelta(minutes=1), DAY, channel="mail") == []
        assert bundles.arrange(tx, "mail", usual, opens) == 2
    assert [row.due_at - opens for row in _letters(bench, "burst")] == [timedelta(0), timedelta(minutes=10)]


@pytest.mark.parametrize("text", ["acme danger battery fire courier smoke burning", LOCKER])
def test_a_burst_of_danger_goes_through(talk: Talk, text: str) -> None:
    """People may come to harm: it is told at once and wakes whoever is first; plain anger only if it is risky."""
    bench = talk.bench
    danger = text != LOCKER
    _closed(bench, risk=50 if danger else 0)
    talk.say(60, text)
    assert talk.notice().alerts == 1
    first = _letters(bench, "burst")[0]
    assert (first.person, first.not_before <= bench.clock(), first.payload["urgent"]) == ("ann", True, danger)


def test_a_burst_that_people_called_noise_wakes_nobody(talk: Talk) -> None:
    """Sixty say again what was a joke by day: as no alert comes of it, word of the burst waits for the team."""
    bench, text = talk.bench, "acme danger battery fire courier smoke burning"
    _closed(bench)
    talk.say(1, text)
    with bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.NOISE, bench.clock())
    bench.clock.forward(minutes=30)
    talk.say(60, text)
    assert talk.notice() == Noticed(3, 0)
    assert {row.not_before for row in _letters(bench, "burst")} == {bench.roster.opens_at(bench.clock())}


def test_many_dangers_that_are_no_one_story_go_through(talk: Talk) -> None:
    """No story leads, and so no incident says how bad it is: that people may come to harm is enough."""
    bench = talk.bench
    _closed(bench)
    now, letters = bench.clock(), "abcdefghijklmnopqrstuvwxyz"
    texts = [
        f"acme danger {' '.join(3 * a + 3 * b + 3 * c for c in letters[:8])}" for a in letters[:8] for b in letters[:8]
    ]
    bench.judged(*(talk.one(text, now - timedelta(seconds=20 * place)) for place, text in enumerate(texts)))
    assert talk.notice().alerts == 1
    lead = next(row for row in talk.rows() if "told" in row.cause)
    assert (lead.story_id, lead.counted) == (None, "safety_issue")
    assert _letters(bench, "burst")[0].payload["urgent"]


def _sweep(bench: Bench, source: str, *, good: bool) -> None:
    with bench.ledger.write() as tx:
        claimed = sweeps.claim(tx, source, "*", bench.clock(), timedelta(minutes=1))
        assert claimed is not None
        if good:
            sweeps.finish(tx, claimed, bench.clock())
        else:
            sweeps.fail(tx, claimed, "RetryLater", "no answer", None)


def _after(bench: Bench, minutes: float) -> int:
    bench.clock.forward(minutes=minutes)
    return guard(bench.ledger, bench.roster, bench.clock()).silent


def test_a_silent_source_waits_for_the_team(small: Bench) -> None:
    """One of two fails at night: nobody is told before the team is there, and then once; the other one works on."""
    opens = _closed(small)
    _sweep(small, "rss", good=True)
    _sweep(small, "x", good=True)
    _sweep(small, "rss", good=False)
    for _ in range(7):
        _sweep(small, "x", good=True)
        assert _after(small, 60) == 0
    small.clock.time = opens
    _sweep(small, "x", good=True)
    assert [_after(small, 0), _after(small, 1)] == [1, 0]
    assert {row.payload["urgent"] for row in _letters(small, "silent_source")} == {False}


def test_a_source_that_is_well_again_by_then_is_not_told_of(small: Bench) -> None:
    """What went wrong in the night and is over is no news in the morning."""
    opens = _closed(small)
    _sweep(small, "rss", good=True)
    _sweep(small, "rss", good=False)
    assert _after(small, 30) == 0
    _sweep(small, "rss", good=True)
    small.clock.time = opens
    assert _after(small, 0) == 0


def test_with_no_source_left_somebody_is_woken(small: Bench) -> None:
    """For two hours nothing came in from anywhere: a danger would pass unseen, so that it does not wait."""
    _closed(small)
    for source in ("rss", "x"):
        _sweep(small, source, good=True)
        _sweep(small, source, good=False)
    assert [_after(small, 119), _after(small, 1), _after(small, 60)] == [0, 2, 0]
    assert {row.payload["urgent"] for row in _letters(small, "silent_source")} == {True}


def test_a_slow_source_is_an_ear(small: Bench) -> None:
    """One that is asked once a day and was well is not silent, so that nobody is woken for the other."""
    _closed(small)
    for source in ("rss", "archive"):
        _sweep(small, source, good=True)
    _sweep(small, "rss", good=False)
    assert [_after(small, 60) for _ in range(5)] == [0] * 5


def test_a_silent_source_is_told_to_somebody_with_a_channel(small: Bench) -> None:
    """Who is on duty has none: the next person is told."""
    night = Duty("all", ("cid",), time(0), timedelta(hours=24))
    small.roster = replace(small.roster, duty=Rota((night,), TALLINN), order=("cid", "ann"))
    _sweep(small, "rss", good=True)
    _sweep(small, "rss", good=False)
    assert _after(small, 20) == 1
    assert {row.person for row in _letters(small, "silent_source")} == {"ann"}
