"""Judging: the same posts give the same decisions however they are cut into batches, and nobody is told twice."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes.pipeline import BRAND, Bench, liked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.ledgers import sqlite_ledger
from sqlalchemy import select

from models.decision import Policy, Verdict
from models.post import Author, Metric, Post
from models.story import WINDOW
from monitors.ledger import incidents, judging, posts, removal, scoring
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import decisions, outbox, scores, stories
from monitors.ledger.schema import incidents as incident_table
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.roster import Roster
from monitors.ports import Gone

Make = Callable[..., Post]
LATE = "The parcel from Tartu is late again and nobody answers the phone"
ROSTER = Roster(order=("ann",), channels={"ann": ("mail",)})


def _state(ledger: Ledger) -> list[list[object]]:
    with ledger.read() as tx:
        columns = [column for column in decisions.c if column.name != "decided_at"]
        tables = [
            select(*columns).order_by(decisions.c.post_seq, decisions.c.brand),
            select(incident_table).order_by(incident_table.c.id),
            select(outbox.c.key, outbox.c.payload).order_by(outbox.c.key),
            select(stories).order_by(stories.c.id),
        ]
        return [[tuple(row) for row in tx.execute(each)] for each in tables]


def _queued(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        return list(tx.execute(select(outbox.c.key).order_by(outbox.c.id)).scalars())


def _decided(bench: Bench, uid: str) -> tuple[str, str]:
    with bench.ledger.read() as tx:
        row = judging.decisions_on(tx, uid)[0]
        return row.action, row.reason


def _crowd(post: Make, number: int, *, start: int = 0, text: str = LATE) -> list[Post]:
    return [post(str(n), text=text, author=Author(f"a{n}", followers=50)) for n in range(start, start + number)]


TEXTS = st.sampled_from(
    [LATE, f"{LATE} danger", "all is fine today with the parcel", "acme took my money and is silent"]
)
SAID = st.lists(st.tuples(TEXTS, st.integers(0, 4), st.integers(0, 90)), min_size=1, max_size=25)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, limits=st.lists(st.integers(1, 9), min_size=1, max_size=6), kills=st.sets(st.integers(0, 8)))
def test_batches_and_kills_change_nothing(
    said: Sequence[tuple[str, int, int]], limits: Sequence[int], kills: set[int], post: Make, small: Bench
) -> None:
    """Random posts in random batches, with transactions lost at random, end as they do in one batch."""
    found = [
        post(
            str(n),
            text=text,
            author=Author(f"a{who}", followers=9),
            observed_at=small.clock() + timedelta(minutes=after),
        )
        for n, (text, who, after) in enumerate(said)
    ]
    states = []
    for cut, lost in (([300], set()), (limits, kills)):
        with TemporaryDirectory() as folder:
            ledger = sqlite_ledger(Path(folder))
            bench = Bench(ledger, small.clock, small.reader, ROSTER)
            bench.store(*found)
            _score_all(bench)
            _judge_in(bench, cut, lost)
            states.append(_state(ledger))
            ledger.close()
    assert states[0] == states[1]


class _KilledError(Exception):
    """Stands for a process that ended before its transaction did."""


def _judge_in(bench: Bench, limits: Sequence[int], kills: set[int]) -> None:
    turn = 0
    while True:
        calls = 0

        def dying(at: int = turn) -> object:
            nonlocal calls
            calls += 1
            if at in kills and calls == 2:
                raise _KilledError
            return bench.clock()

        try:
            limit = limits[turn % len(limits)]
            if not judge(bench.ledger, BRAND, Rules(bench.policy, bench.roster), dying, limit=limit).posts:
                return
        except _KilledError:
            pass
        turn += 1


def _score_all(bench: Bench) -> None:
    with bench.ledger.write() as tx:
        waiting = scoring.claim(tx, 1000, bench.clock(), timedelta(minutes=5))
        scoring.write(
            tx, list(zip(waiting, bench.reader.score([w.text for w in waiting], []), strict=True)), bench.clock()
        )


@pytest.mark.parametrize(("pause", "told"), [(timedelta(days=2), 1), (WINDOW + timedelta(hours=1), 5)])
def test_a_story_lives_as_long_as_it_is_told(pause: timedelta, told: int, bench: Bench, post: Make) -> None:
    """The same words every second day are one story for weeks; after a silence of three days they are another."""
    for turn in range(5):
        bench.store(post(str(turn), text=LATE, observed_at=bench.clock() + turn * pause))
        _score_all(bench)
        judge(bench.ledger, BRAND, Rules(bench.policy, bench.roster), bench.clock)
    with bench.ledger.read() as tx:
        assert len(set(tx.execute(select(decisions.c.story_id)).scalars())) == told


def test_two_judges_of_one_brand(bench: Bench, post: Make) -> None:
    """Judging in several workers at once decides each post once and opens one incident for one story."""
    bench.store(*_crowd(post, 40))
    _score_all(bench)
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                judge(bench.ledger, BRAND, Rules(bench.policy, bench.roster), bench.clock, limit=3)
        except Exception as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    bench.respond()
    assert failed == []
    with bench.ledger.read() as tx:
        assert len(tx.execute(select(decisions)).all()) == 40
        assert len(tx.execute(select(incident_table)).all()) == 1
    assert len(_queued(bench)) == len(set(_queued(bench)))


def test_a_story_alerts_when_it_grows_and_again_when_it_doubles(bench: Bench, post: Make) -> None:
    """Five complaints of three people alert; the next alert needs the double; every channel of the person hears."""
    assert bench.judged(*_crowd(post, 4)) == 0
    assert bench.judged(*_crowd(post, 1, start=4)) == 1
    assert bench.judged(*_crowd(post, 4, start=5)) == 0
    assert bench.judged(*_crowd(post, 1, start=9)) == 1
    assert _queued(bench) == [
        "incident 1:ann:mail",
        "incident 1:ann:chat",
        "incident 1 again 1:ann:mail",
        "incident 1 again 1:ann:chat",
    ]
    with bench.ledger.read() as tx:
        assert incidents.require(tx, 1).posts == 10


def test_scoring_again_alerts_nobody_again(bench: Bench, post: Make) -> None:
    """After a change of models all posts are scored again, and what was decided stays."""
    bench.judged(post("1", text=f"{LATE} danger"))
    before = _state(bench.ledger)
    with bench.ledger.write() as tx:
        assert scoring.rescore_all(tx) == 1
    assert bench.respond() == 0
    assert _state(bench.ledger) == before


def test_an_edit_is_counted_once(bench: Bench, post: Make) -> None:
    """A post that becomes a complaint, stops being one and becomes one again is one post and one complaint."""
    texts = ["the parcel is fine", LATE, f"{LATE}, but now it is fine", f"{LATE}!!"]
    for number, text in enumerate(texts):
        at = bench.clock() + timedelta(minutes=number)
        bench.judged(*_crowd(post, 1, start=7), post("1", text=text, edited_at=at, observed_at=at))
    with bench.ledger.read() as tx:
        counted = tx.execute(select(stories.c.posts, stories.c.complaints)).all()
    assert sum(row.complaints for row in counted) == 2
    assert sum(row.posts for row in counted) == 2


def test_looking_again_forgets_no_alert(bench: Bench, post: Make) -> None:
    """A post that alerted stays an alert when it is looked at again, also when it is too old for a new one."""
    bench.judged(post("1", text=f"{LATE} danger"), *_crowd(post, 1, start=2))
    decided = _decided(bench, "file:1"), _decided(bench, "file:2")
    assert decided[0] == ("alert", "danger")
    for hours in (1, 100):
        with bench.ledger.write() as tx:
            seen = [post(n, text="", observed_at=bench.clock() + timedelta(hours=hours)) for n in ("1", "2")]
            posts.observe(tx, seen)
            judging.judge_again(tx, [1, 2])
        assert bench.respond() == 0
        assert (_decided(bench, "file:1"), _decided(bench, "file:2")) == decided
    with bench.ledger.read() as tx:
        assert tx.execute(select(stories.c.posts, stories.c.complaints)).one() == (2, 2)


def test_one_author_is_no_crowd(bench: Bench, post: Make) -> None:
    """Somebody who complains ten times is one person, whose story does not grow by itself."""
    same = [post(str(n), text=LATE, author=Author("one", followers=5)) for n in range(10)]
    assert bench.judged(*same) == 0


def test_a_new_complaint_after_the_resolution(bench: Bench, post: Make) -> None:
    """A story that was resolved as right opens anew on a new danger, under another incident."""
    bench.judged(post("1", text=f"{LATE} danger"))
    with bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, bench.clock())
    assert bench.judged(post("2", text=f"{LATE} danger")) == 1
    with bench.ledger.read() as tx:
        assert incidents.require(tx, 2).resolved_at is None
    assert _queued(bench)[-1] == "incident 2:ann:chat"


def test_the_older_of_two_incidents_of_a_story_is_opened_again(bench: Bench, post: Make) -> None:
    """People take its resolution back: what alerts in the story from then on belongs to it, and judging goes on."""
    for number in (1, 2):
        assert bench.judged(post(str(number), text=f"{LATE} danger")) == 1
        with bench.ledger.write() as tx:
            incidents.resolve(tx, number, "ann", Verdict.RIGHT, bench.clock())
    with bench.ledger.write() as tx:
        incidents.reopen(tx, 1, "ann", bench.clock())
    bench.judged(post("3", text=f"{LATE} lawyer"))
    with bench.ledger.read() as tx:
        assert [row.posts for row in tx.execute(select(incident_table).order_by("id"))] == [2, 2]


def test_noise_stays_quiet(bench: Bench, post: Make) -> None:
    """A story that people called noise opens no incident, however it grows."""
    bench.judged(*_crowd(post, 5))
    with bench.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.NOISE, bench.clock())
    assert bench.judged(*_crowd(post, 30, start=5)) == 0
    assert _decided(bench, "file:20") == ("drop", "noise_story")


def test_the_one_who_has_it_hears_of_its_growth(small: Bench, post: Make) -> None:
    """Bob took it, so Bob hears that it grows."""
    small.judged(*_crowd(post, 5))
    with small.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "bob", small.clock())
    assert small.judged(*_crowd(post, 40, start=5)) > 0
    assert all(":bob:" in key for key in _queued(small)[2:])


def test_without_people_there_are_incidents_all_the_same(small: Bench, post: Make) -> None:
    """Nobody to call loses no incident."""
    small.roster = Roster((), {})
    assert small.judged(post("1", text="danger acme")) == 1
    assert _queued(small) == []


def test_scores_of_a_deleted_post_are_not_kept(bench: Bench, post: Make) -> None:
    """A post that is deleted while it is being scored leaves no words behind, and one that retention took no error."""
    bench.store(*_crowd(post, 2))
    with bench.ledger.write() as tx:
        claimed = scoring.claim(tx, 10, bench.clock(), timedelta(minutes=5))
    with bench.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("0", "deleted", bench.clock())], bench.clock())
        posts.drop_older(tx, bench.clock() + timedelta(days=1), 1, bench.clock())
    with bench.ledger.write() as tx:
        found = bench.reader.score([one.text for one in claimed], [])
        scoring.write(tx, list(zip(claimed, found, strict=True)), bench.clock())
        assert len(tx.execute(select(scores)).all()) == 1


def test_figures_depend_on_when_it_was_seen(small: Bench, post: Make) -> None:
    """A replay of last year decides as last year would have: by the time of observation, not by the clock."""
    past = small.clock() - timedelta(days=365)
    assert small.judged(post("1", text="danger acme", created_at=past, observed_at=past, engagement=liked(1))) == 1


def test_policy_is_the_brands_own(small: Bench, post: Make) -> None:
    """What the brand itself writes is dropped."""
    small.policy = Policy(own_accounts=("@Acme",))
    small.judged(post("1", text="danger", author=Author("7", handle="acme")))
    assert _decided(small, "file:1") == ("drop", "own_post")


def test_an_edit_that_adds_a_danger_alerts_once(bench: Bench, post: Make) -> None:
    """The new danger is news the first time; looking again at the same words is not."""
    assert bench.judged(*_crowd(post, 5)) == 1
    later = bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    first = _crowd(post, 1)[0]
    assert bench.judged(replace(first, text=f"{first.text} danger", edited_at=later, observed_at=later)) == 1
    with bench.ledger.write() as tx:
        judging.judge_again(tx, [1])
    assert bench.respond() == 0


def test_two_new_dangers_are_told_though_the_story_has_not_grown(bench: Bench, post: Make) -> None:
    """Two posts that were counted already are edited: each says something new, and people hear of both."""
    bench.judged(*_crowd(post, 5))
    later = bench.clock.forward(minutes=5)  # type: ignore[attr-defined]
    before = len(_queued(bench))
    for one, word in zip(_crowd(post, 2), ("danger", "lawyer"), strict=True):
        assert bench.judged(replace(one, text=f"{one.text} {word}", edited_at=later, observed_at=later)) == 1
    assert len(_queued(bench)) == before + 4


def test_news_finds_somebody_with_a_channel(small: Bench, post: Make) -> None:
    """Whoever took the incident may have no channel of their own: then the first who has one hears of its growth."""
    small.judged(*_crowd(post, 5))
    with small.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "somebody made on the pages", small.clock())
    before = len(_queued(small))
    assert small.judged(*_crowd(post, 20, start=5)) >= 1
    assert len(_queued(small)) > before


def test_counts_that_no_database_can_add_up_stop_nobody(bench: Bench, post: Make) -> None:
    """Each count fits a whole number of the database, their sum does not; both posts are judged, and so is the next."""
    bench.policy = Policy()
    counts = dict.fromkeys((Metric.LIKES, Metric.SHARES, Metric.QUOTES, Metric.REPLIES), 2**63 - 1)
    assert bench.judged(post("1", text=f"danger {LATE}", engagement=counts)) == 1
    assert bench.judged(post("2", text="danger of another kind", engagement=counts, author=Author("b"))) == 1
    assert bench.judged(post("3", text="danger of a third sort in Narva", author=Author("c"))) == 1
