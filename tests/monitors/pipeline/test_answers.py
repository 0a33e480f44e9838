"""The answer clock, as timelines: when the customer waits, what stops the clock, what starts it, who is called."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.pipeline import BRAND, POLICY, Bench
from sqlalchemy import select

from models.decision import Verdict
from models.post import Author, Post
from monitors.ledger import clocks, incidents, joining, outbox, removal
from monitors.ledger.schema import incident_events
from monitors.ledger.schema import outbox as outbox_table
from monitors.pipeline.guard import guard
from monitors.ports import Gone

Make = Callable[..., Post]
MARI, OURS, OTHER = Author("mari"), Author("77", "acme_care"), Author("jaan")
SAD = "danger acme lost my parcel twice"


@pytest.fixture
def desk(bench: Bench) -> Bench:
    """A bench that knows our own account."""
    bench.policy = replace(POLICY, own_accounts=("@Acme_Care",))
    return bench


def _clock(bench: Bench, incident: int = 1) -> Any:
    with bench.ledger.read() as tx:
        return clocks.of(tx, [incident]).get(incident)


def _kinds(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        ours = incident_events.c.kind.in_(["answer_seen", "waits_again", "unanswered"])
        return list(tx.execute(select(incident_events.c.kind).where(ours).order_by(incident_events.c.id)).scalars())


def _keys(bench: Bench) -> list[str]:
    with bench.ledger.read() as tx:
        said = select(outbox_table.c.key).where(outbox_table.c.kind == "unanswered").order_by(outbox_table.c.id)
        return list(tx.execute(said).scalars())


def _alert(bench: Bench, post: Make) -> datetime:
    assert bench.judged(post("1", SAD, author=MARI, thread_id="t")) == 1
    return bench.clock()


def _reply(bench: Bench, post: Make, native_id: str, author: Author, said: str, **other: object) -> None:
    at = bench.clock()
    values: dict[str, object] = {"created_at": at, "observed_at": at, "thread_id": "t", "parent_id": "1"}
    bench.judged(post(native_id, said, author=author, **{**values, **other}))


def test_the_clock_begins_with_the_alert(desk: Bench, post: Make) -> None:
    """Mari waits since she wrote; her answer is due by the risk, counted from when people were called."""
    desk.clock.forward(minutes=30)  # type: ignore[attr-defined]
    start = _alert(desk, post)
    with desk.ledger.read() as tx:
        risk = incidents.require(tx, 1).risk
    clock = _clock(desk)
    assert clock.waits_since == start - timedelta(minutes=30)
    assert timedelta(minutes=15) <= clock.answer_by - start <= timedelta(minutes=120)
    assert risk > 0


def test_our_reply_at_the_source_stops_it(desk: Bench, post: Make) -> None:
    """Our account replies: nobody waits, it is said once, also when the reply is judged again, and nobody is called."""
    start = _alert(desk, post)
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    _reply(desk, post, "2", OURS, "fine we are sorry")
    for _ in range(2):
        clock = _clock(desk)
        assert (clock.waits_since, clock.answer_by, clock.first_answer_at) == (None, None, start + timedelta(minutes=5))
        desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
        _reply(desk, post, "2", OURS, "fine we are so sorry", created_at=start + timedelta(minutes=5))
    assert _kinds(desk) == ["answer_seen"]
    desk.clock.forward(hours=9)  # type: ignore[attr-defined]
    assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == 0


@pytest.mark.parametrize(
    ("author", "parent", "thread"),
    [(OURS, "3", "t"), (OTHER, "1", "t"), (OURS, None, "elsewhere"), (OURS, None, None)],
    ids=["to another customer", "by another customer", "in another thread", "as an announcement"],
)
def test_what_is_no_answer_to_the_customer(
    desk: Bench, post: Make, author: Author, parent: str | None, thread: str | None
) -> None:
    """What our account says to others or to all, and what others say to Mari, leaves her waiting."""
    _alert(desk, post)
    desk.judged(post("3", "danger acme lost my parcel too", author=OTHER, thread_id="t"))
    _reply(desk, post, "4", author, "fine we are sorry", parent_id=parent, thread_id=thread)
    assert _clock(desk).answer_by is not None
    assert _kinds(desk) == []


def test_what_goes_on_from_an_answer_answers_the_same(desk: Bench, post: Make) -> None:
    """Our answer to another customer in Mari's thread has a second part: it is for him; that of hers is for her."""
    _alert(desk, post)
    desk.judged(post("3", "danger acme lost my parcel too", author=OTHER, thread_id="t", parent_id="1"))
    _reply(desk, post, "4", OURS, "fine we are sorry", parent_id="3")
    _reply(desk, post, "5", OURS, "fine and please write to us", parent_id="4")
    assert (_clock(desk).answer_by is None, _kinds(desk)) == (False, [])
    _reply(desk, post, "6", OURS, "fine we are sorry, Mari", parent_id="1")
    _reply(desk, post, "7", OURS, "fine and your parcel comes today", parent_id="6")
    assert (_clock(desk).answer_by is None, _kinds(desk)) == (True, ["answer_seen"] * 2)


def test_an_answer_that_came_before_the_alert_counts(desk: Bench, post: Make) -> None:
    """Our reply was judged before the post that alerts, late: Mari never waits."""
    start = desk.clock()
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    _reply(desk, post, "2", OURS, "fine we are sorry")
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    _alert(desk, post)
    clock = _clock(desk)
    assert (clock.answer_by, clock.first_answer_at) == (None, start + timedelta(minutes=5))


def test_an_answer_to_somebody_else_that_came_before_the_alert_does_not(desk: Bench, post: Make) -> None:
    """We had answered another one in the same thread when Mari's post alerts, late: she waits."""
    desk.judged(post("3", "fine place, is it open", author=OTHER, thread_id="t"))
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    _reply(desk, post, "2", OURS, "fine it is", parent_id="3")
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    _alert(desk, post)
    assert (_clock(desk).answer_by is None, _kinds(desk)) == (False, [])


def test_what_we_said_before_she_wrote_is_no_answer(desk: Bench, post: Make) -> None:
    """Our account began the thread under which Mari complains: that is not the first answer to her."""
    start = _alert(desk, post)
    _reply(desk, post, "t", OURS, "fine our new prices", created_at=start - timedelta(hours=1), parent_id=None)
    assert _clock(desk).first_answer_at is None
    assert _clock(desk).answer_by is not None
    assert _kinds(desk) == []


def test_the_customer_writes_again(desk: Bench, post: Make) -> None:
    """After our answer Mari asks again: she waits from then on; a thank-you, and her older words heard late, do not."""
    start = _alert(desk, post)
    desk.clock.forward(minutes=10)  # type: ignore[attr-defined]
    _reply(desk, post, "2", OURS, "fine we are sorry")
    _reply(desk, post, "3", MARI, "danger acme still nothing", created_at=start + timedelta(minutes=8))
    assert _clock(desk).answer_by is None
    desk.clock.forward(minutes=10)  # type: ignore[attr-defined]
    _reply(desk, post, "4", MARI, "danger acme where is it now")
    clock = _clock(desk)
    assert clock.waits_since == desk.clock()
    assert clock.answer_by > desk.clock()
    assert _kinds(desk) == ["answer_seen", "waits_again"]
    _reply(desk, post, "5", OURS, "fine it comes today", created_at=desk.clock() + timedelta(minutes=1))
    assert _clock(desk).answer_by is None


@pytest.mark.parametrize("together", [True, False])
def test_a_source_whose_clock_is_ahead(desk: Bench, post: Make, together: bool) -> None:
    """Mari asks again below our answer, both dated minutes from now: she waits, whenever each of them was read."""
    start = _alert(desk, post)
    desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
    ours = post("2", "fine we are sorry", author=OURS, thread_id="t", parent_id="1")
    hers = post("3", "danger acme where is it now", author=MARI, thread_id="t", parent_id="2")
    said = [
        replace(one, created_at=start + timedelta(minutes=minutes), observed_at=desk.clock())
        for one, minutes in ((ours, 4), (hers, 4.5))
    ]
    for some in [said] if together else [[one] for one in said]:
        desk.judged(*some)
        desk.clock.forward(seconds=10)  # type: ignore[attr-defined]
    assert _kinds(desk) == ["answer_seen", "waits_again"]
    assert start < _clock(desk).waits_since <= desk.clock() < _clock(desk).answer_by


def test_nobody_answers_in_time(desk: Bench, post: Make) -> None:
    """At the minute, who has the case and the next person are called, once; after her next words, once more."""
    _alert(desk, post)
    with desk.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", desk.clock())
    by = _clock(desk).answer_by
    for minutes, called in ((-0.1, 0), (0, 1), (0.5, 0), (300, 0)):
        desk.clock.time = by + timedelta(minutes=minutes)  # type: ignore[attr-defined]
        assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == called
    assert [key.rsplit(":", 2)[1:] for key in _keys(desk)] == [["ann", "mail"], ["ann", "chat"], ["bob", "mail"]]
    assert _clock(desk).late_at == by
    with desk.ledger.write() as tx:
        clocks.answered(tx, 1, desk.clock())
        assert clocks.of(tx, [1])[1].late_at is None
    desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
    _reply(desk, post, "4", MARI, "danger acme where is it now")
    desk.clock.forward(hours=3)  # type: ignore[attr-defined]
    assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == 1
    assert len(_keys(desk)) == 6


def test_more_risk_is_sooner(desk: Bench, post: Make) -> None:
    """The risk rises: the answer is due sooner, counted from then, and never later again."""
    _alert(desk, post)
    with desk.ledger.write() as tx:
        joining.attach(tx, {1: joining.Joined(0, 90.0, 4)}, desk.clock())
    before = _clock(desk).answer_by
    desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
    at = desk.clock()
    desk.judged(post("2", SAD, author=OTHER, created_at=at, observed_at=at))
    assert _clock(desk).answer_by == min(before, at + timedelta(minutes=15))
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    at = desk.clock()
    desk.judged(post("3", SAD, author=Author("piret"), created_at=at, observed_at=at))
    assert _clock(desk).answer_by == at + timedelta(minutes=10)


def test_resolved_nobody_is_called_and_reopened_it_runs_as_before(desk: Bench, post: Make) -> None:
    """A resolved case calls nobody at its minute; reopened, its answer is due when it was."""
    _alert(desk, post)
    by = _clock(desk).answer_by
    with desk.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, desk.clock())
    assert _clock(desk).answer_by is None
    desk.clock.time = by + timedelta(minutes=1)  # type: ignore[attr-defined]
    assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == 0
    with desk.ledger.write() as tx:
        incidents.reopen(tx, 1, "ann", desk.clock())
    assert _clock(desk).answer_by == by
    assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == 1


def test_what_waits_in_the_digest_has_no_clock(desk: Bench, post: Make) -> None:
    """Nobody was called, so nobody is late; when it alerts again and people are, the clock begins."""
    desk.policy = replace(desk.policy, alerts_per_shift=1)
    assert desk.judged(post("9", "lawyer acme wrong bill money", author=OTHER)) == 1
    assert desk.judged(post("1", "lawyer acme rude driver shouts", author=MARI)) == 0
    assert (_clock(desk, 1) is None, _clock(desk, 2) is None) == (False, True)


def test_a_lost_post_calls_people_all_the_same(desk: Bench, post: Make) -> None:
    """The alerted post is gone at its source: what others write is nobody's answer, and nothing fails."""
    _alert(desk, post)
    with desk.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("1", "deleted", desk.clock())], desk.clock())
    _reply(desk, post, "2", OTHER, "danger acme me too")
    assert _clock(desk).answer_by is not None
    with desk.ledger.read() as tx:
        assert outbox.counts(tx)
        assert incidents.count_by_brand(tx) == {BRAND: 1}


def test_a_conversation_without_threads_is_followed_by_its_replies(desk: Bench, post: Make) -> None:
    """Where no thread is named: we answer, Mari replies to that about anything, we reply again; others count not."""
    assert desk.judged(post("1", SAD, author=MARI)) == 1
    _reply(desk, post, "2", OURS, "On its way", thread_id=None)
    assert _kinds(desk) == ["answer_seen"]
    desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
    _reply(desk, post, "3", OTHER, "acme lies", thread_id=None, parent_id="2")
    _reply(desk, post, "4", MARI, "horrid weather and nobody here", thread_id=None, parent_id="2")
    assert _kinds(desk) == ["answer_seen", "waits_again"]
    desk.clock.forward(minutes=1)  # type: ignore[attr-defined]
    _reply(desk, post, "5", OURS, "We are sorry", thread_id=None, parent_id="4")
    assert _kinds(desk) == ["answer_seen", "waits_again", "answer_seen"]
