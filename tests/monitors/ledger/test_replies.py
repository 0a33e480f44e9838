"""Answers on their way: never sent without the yes that the policy asks for, never by two people, and kept once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fakes.race import race
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.ledgers import sqlite_ledger
from sqlalchemy import select

from models.approval import Approval
from models.decision import Verdict
from models.post import Post
from monitors.ledger import answers, claims, incidents, people, posts, removal, replies
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.clocks import Seen
from monitors.ledger.desk_schema import answers as table
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NewIncident
from monitors.ledger.people import Person, Role
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ledger.replies import AnsweredMeanwhile, ApprovalMissing, NewReply, ReplyState, Word
from monitors.pipeline.recording import record_seen
from monitors.ports import Gone

Now = Callable[[], datetime]
MakePost = Callable[..., Post]
WORDS = "Vabandust, et pakk jäi tulemata! Kuller on täna kell 17 ukse taga. Mari"
FREE = Approval({}, public=False)
TEAM = {
    name: Person(name, name.title(), role, "et", "Europe/Tallinn")
    for name, role in (("olga", Role.SUPPORT), ("ben", Role.SUPPORT), ("mia", Role.MANAGER), ("ann", Role.ADMIN))
}


def _opened(ledger: Ledger, now: datetime, risk: float = 40.0) -> None:
    new = NewIncident("acme", "file:1", "threat", risk, 3, "et", "Kus mu pakk on?", now, now, {})
    with ledger.write() as tx:
        assert incidents.open_incident(tx, new, now) == 1
        for person in TEAM.values():
            people.save(tx, person, "settings", now)


def _draft(tx: Tx, now: datetime, author: str = "olga", **other: Any) -> int:
    values: dict[str, Any] = {"place": Place.PUBLIC, "text": WORDS, "language": "et", "reply_to": "file:1"}
    return replies.draft(tx, NewReply(1, author, **{**values, **other}), now)


def _state(ledger: Ledger, answer_id: int = 1) -> str:
    with ledger.read() as tx:
        return str(replies.require(tx, answer_id).state)


def _sending(ledger: Ledger, now: datetime) -> None:
    _opened(ledger, now)
    with ledger.write() as tx:
        replies.send(tx, _draft(tx, now), TEAM["olga"], FREE, now)


def test_public_answer_of_support_waits_for_a_manager(ledger: Ledger, clock: Now) -> None:
    """By the policy as it comes: asked, approved by somebody else with a note, then sent by a person's tap."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        one = _draft(tx, clock())
        with pytest.raises(ApprovalMissing):
            replies.send(tx, one, TEAM["olga"], Approval(), clock())
        assert replies.ask(tx, one, "olga", ["mia"], clock())
    for who in ("olga", "ben"):
        with pytest.raises(NotPossible), ledger.write() as tx:
            replies.decide(tx, 1, Word(TEAM[who], True), Approval(), clock())
    with ledger.write() as tx:
        replies.decide(tx, 1, Word(TEAM["mia"], True, "Hea!"), Approval(), clock())
        replies.send(tx, 1, TEAM["olga"], Approval(), clock())
    with ledger.read() as tx:
        row = replies.require(tx, 1)
        kinds = [event.kind for event in incidents.events(tx, 1)]
        assert answers.told(tx, 1) == []
    assert (row.state, row.approved_by, row.note) == ("sending", "mia", "Hea!")
    assert kinds == ["opened", "answer_asked", "answer_approved", "acknowledged", "answer_sending"]


def test_an_approved_answer_is_not_sent_after_or_while_another_answers(ledger: Ledger, clock: Now) -> None:
    """Ben writes, then tells the customer by phone: Olga's approved words go out once she has read his."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        replies.ask(tx, _draft(tx, clock()), "olga", ["mia"], clock())
        replies.decide(tx, 1, Word(TEAM["mia"], True), Approval(), clock())
        claims.take(tx, 1, "ben", clock(), timedelta(minutes=10))
    with pytest.raises(SomebodyElse, match="ben"), ledger.write() as tx:
        replies.send(tx, 1, TEAM["olga"], Approval(), clock(), 0)
    with ledger.write() as tx:
        told = answers.record(tx, NewAnswer(1, "ben", Place.PHONE, "Kuller tuleb homme.", "et"), clock())
    with pytest.raises(AnsweredMeanwhile, match="ben"), ledger.write() as tx:
        replies.send(tx, 1, TEAM["olga"], Approval(), clock(), 0)
    with ledger.write() as tx:
        replies.send(tx, 1, TEAM["olga"], Approval(), clock(), told)
    assert _state(ledger) == "sending"


def test_refused_answer_is_not_sent(ledger: Ledger, clock: Now) -> None:
    """A no stays a no; its writer writes anew, and reads the note until then."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        replies.ask(tx, _draft(tx, clock()), "olga", ["mia"], clock())
        replies.decide(tx, 1, Word(TEAM["mia"], False, "Ilma rahata."), Approval(), clock())
    with pytest.raises(NotPossible), ledger.write() as tx:
        replies.send(tx, 1, TEAM["olga"], Approval(), clock())
    with ledger.write() as tx:
        assert [row.note for row in replies.under_way(tx, 1)] == ["Ilma rahata."]
        replies.ask(tx, _draft(tx, clock(), text="Vabandust! Mari"), "olga", ["mia"], clock())
        assert [row.id for row in replies.under_way(tx, 1)] == [2]


def test_two_taps_are_one_answer(ledger: Ledger, clock: Now) -> None:
    """The same words of the same person, sent twice, are the first's."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        again = _draft(tx, clock())
        replies.send(tx, again, TEAM["olga"], FREE, clock())
        assert again == 1
        assert len(tx.execute(select(table.c.id)).all()) == 1


def test_of_two_agents_at_the_same_moment_one_answers(ledger: Ledger, clock: Now) -> None:
    """The other reads who was faster, and nothing of theirs is kept."""
    _opened(ledger, clock())

    def answer(tx: Tx, who: str) -> None:
        replies.send(tx, _draft(tx, clock(), who, text=f"{WORDS} {who}"), TEAM[who], FREE, clock())

    refused = race(ledger, lambda tx: answer(tx, "olga"), lambda tx: answer(tx, "ben"))
    assert [(type(error), error.who) for error in refused if isinstance(error, SomebodyElse)] == [
        (AnsweredMeanwhile, "olga")
    ]
    with ledger.read() as tx:
        assert [row.actor for row in tx.execute(select(table))] == ["olga"]


def test_who_saw_the_other_answer_may_add_to_it(ledger: Ledger, clock: Now) -> None:
    """A second answer is refused once, until its writer has seen the first."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        seen = answers.record(tx, NewAnswer(1, "ben", Place.PHONE, "Helistasin.", "et"), clock())
    with pytest.raises(AnsweredMeanwhile), ledger.write() as tx:
        _draft(tx, clock())
    with ledger.write() as tx:
        replies.send(tx, _draft(tx, clock(), known=seen), TEAM["olga"], FREE, clock())


def test_claim_of_somebody_else_is_respected(ledger: Ledger, clock: Any) -> None:
    """While Ben writes, Olga cannot send; when his lease is over, she can."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        claims.take(tx, 1, "ben", clock(), timedelta(minutes=10))
    with pytest.raises(SomebodyElse), ledger.write() as tx:
        _draft(tx, clock())
    clock.forward(minutes=11)
    with ledger.write() as tx:
        _draft(tx, clock())


def test_sent_answer_is_told_and_frees_the_story(ledger: Ledger, clock: Any) -> None:
    """It is listed among what the customer was told, with its facts and its post, and its writer's claim is over."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        claims.take(tx, 1, "olga", clock(), timedelta(minutes=10))
        replies.send(tx, _draft(tx, clock()), TEAM["olga"], FREE, clock())
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        assert replies.claim(tx, clock(), timedelta(minutes=2)) is None
    clock.forward(seconds=5)
    with ledger.write() as tx:
        replies.sent(tx, waiting, "99", clock())
        claims.take(tx, 1, "ben", clock(), timedelta(minutes=10))
        (row,) = answers.told(tx, 1)
        kinds = [event.kind for event in incidents.events(tx, 1)]
    assert (row.post_uid, row.at, row.state) == ("file:99", clock(), "sent")
    assert {fact.value for fact in answers.facts(row)} >= {"Mari"}
    assert kinds.count("answered") == 1


def test_words_of_a_sent_answer_leave_with_a_post_that_nobody_collected(ledger: Ledger, clock: Any) -> None:
    """Our own post is known by what the source said when it was sent: its deletion counts without the post."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        waiting = replies.claim(tx, clock(), timedelta(minutes=5))
        assert waiting is not None
        replies.sent(tx, waiting, "77", clock())
    with ledger.write() as tx:
        assert removal.remove(tx, "file", [Gone("77", "deleted", clock())], clock()) == 0
    with ledger.read() as tx:
        (row,) = answers.told(tx, 1)
    assert (row.state, row.text, row.facts, row.findings) == ("sent", "", [], [])


def _left_behind(tx: Tx, state: ReplyState, now: datetime) -> None:
    """Bring one draft to a state and leave it there."""
    one = _draft(tx, now, text=f"{WORDS} {state}", known=99)
    if state in {ReplyState.ASKED, ReplyState.APPROVED, ReplyState.REFUSED}:
        replies.ask(tx, one, "olga", ["mia"], now)
        if state is not ReplyState.ASKED:
            yes = state is ReplyState.APPROVED
            replies.decide(tx, one, Word(TEAM["mia"], yes, "Mari name"), Approval(), now)
    elif state is ReplyState.WITHDRAWN:
        replies.ask(tx, one, "olga", ["mia"], now)
        replies.withdraw(tx, one, "olga", now)
    elif state is not ReplyState.DRAFT:
        replies.send(tx, one, TEAM["olga"], FREE, now)
        waiting = replies.claim(tx, now, timedelta(minutes=2))
        assert waiting is not None
        if state is ReplyState.FAILED:
            replies.give_up(tx, waiting, "Mari is unknown here", now)
        elif state is ReplyState.PERHAPS:
            replies.doubt(tx, waiting, "Mari is perhaps there", now)


@pytest.mark.parametrize("state", list(ReplyState))
def test_words_that_nobody_was_told_are_forgotten(ledger: Ledger, clock: Any, state: ReplyState) -> None:
    """In each state: old words go with notes and errors, touched ones stay, and nothing empty can be sent or asked."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        _left_behind(tx, state, clock())
        assert replies.require(tx, 1).state == state
        assert replies.drop_older(tx, clock(), 10) == 0
    clock.forward(days=400)
    with ledger.write() as tx:
        assert replies.drop_older(tx, clock() - timedelta(days=365), 10) == 1
        assert replies.drop_older(tx, clock() - timedelta(days=365), 10) == 0
        row = replies.require(tx, 1)
        assert (row.text, row.facts, row.findings, row.note, row.last_error) == ("", [], [], None, None)
        assert row.state == (ReplyState.REFUSED if state is ReplyState.REFUSED else ReplyState.WITHDRAWN)
        assert replies.under_way(tx, 1) == []
        assert replies.claim(tx, clock(), timedelta(minutes=2)) is None
        with pytest.raises(NotPossible):
            replies.send(tx, 1, TEAM["olga"], FREE, clock())


def test_an_old_draft_that_somebody_approved_lately_keeps_its_words(ledger: Ledger, clock: Any) -> None:
    """What counts is when it was last touched; of several old ones each batch takes its share."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        for number in range(3):
            replies.ask(tx, _draft(tx, clock(), text=f"{WORDS} {number}"), "olga", ["mia"], clock())
    clock.forward(days=400)
    with ledger.write() as tx:
        replies.decide(tx, 2, Word(TEAM["mia"], True), Approval(), clock())
        assert [replies.drop_older(tx, clock() - timedelta(days=365), 1) for _ in range(3)] == [1, 1, 0]
        assert [bool(replies.require(tx, number).text) for number in (1, 2, 3)] == [False, True, False]


def test_late_failure_of_an_old_attempt_counts_no_more(ledger: Ledger, clock: Any) -> None:
    """Whoever comes back after the lease takes nothing from the attempt that is under way, nor from what is told."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        first = replies.claim(tx, clock(), timedelta(minutes=2))
    clock.forward(minutes=3)
    with ledger.write() as tx:
        second = replies.claim(tx, clock(), timedelta(minutes=2))
        assert first is not None
        assert second is not None
        assert second.unsure_since == clock() - timedelta(minutes=3)
        replies.give_up(tx, first, "too late", clock())
    assert _state(ledger) == "sending"
    with ledger.write() as tx:
        replies.sent(tx, second, "99", clock())
        replies.postpone(tx, first, "too late", clock(), unsure=True)
        replies.doubt(tx, first, "too late", clock())
    assert _state(ledger) == "sent"


def test_own_post_that_came_in_first_is_the_same_answer(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """Collecting may see the answer before we hear that it is out: one answer is kept, as sent."""
    _sending(ledger, clock())
    ours = post("99", text=WORDS, parent_id="1")
    with ledger.write() as tx:
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        posts.store(tx, [ours], lambda _post: ["acme"], clock())
        answers.seen(tx, 1, ours, clock())
        replies.sent(tx, waiting, "99", clock())
        told = answers.told(tx, 1)
        answers.seen(tx, 1, ours, clock())
        assert len(answers.told(tx, 1)) == 1
    assert [(row.state, row.post_uid, row.actor) for row in told] == [("sent", "file:99", "olga")]


def test_answer_in_doubt_is_settled_by_its_post(ledger: Ledger, clock: Now) -> None:
    """Its own words below the same post, with the mention before them, say that it is out; others do not."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        replies.doubt(tx, waiting, "nobody saw its end", clock())
        assert not replies.recognise(tx, "file:8", "file:1", "Muu jutt", clock())
        assert not replies.recognise(tx, "file:8", "file:7", WORDS, clock())
        assert not replies.recognise(tx, "file:8", "file:_", WORDS, clock())
        assert replies.recognise(tx, "file:99", "file:1", f"@jaan {WORDS}\n", clock())
        assert [row.post_uid for row in answers.told(tx, 1)] == ["file:99"]


def test_collected_post_settles_a_doubt(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """Collecting brings our post, whose parent is named by the last part of its id: one answer, and it is sent."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        replies.send(tx, _draft(tx, clock(), reply_to="file:https://toots/1#1"), TEAM["olga"], FREE, clock())
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        replies.doubt(tx, waiting, "nobody saw its end", clock())
        ours = post("99", text=f"@jaan {WORDS}", parent_id="1")
        record_seen(tx, [Seen(1, ours, "et")], clock())
        assert [(row.state, row.post_uid) for row in answers.told(tx, 1)] == [("sent", "file:99")]


def test_post_of_an_answer_that_a_person_found_is_the_same_answer(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """Somebody looked and said that it is there; collected after that, it is still one answer, of who wrote it."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        replies.doubt(tx, waiting, "nobody saw its end", clock())
        replies.settle(tx, 1, "ben", clock(), there=True)
        for _ in range(2):
            record_seen(tx, [Seen(1, post("99", text=f"@jaan {WORDS}", parent_id="1"), "et")], clock())
        assert [(row.state, row.post_uid, row.actor) for row in answers.told(tx, 1)] == [("sent", "file:99", "olga")]


@pytest.mark.parametrize("there", [True, False])
def test_person_settles_a_doubt(ledger: Ledger, clock: Now, there: bool) -> None:
    """Somebody looked: it is there, and told; or it is not, and goes out again under its key."""
    _sending(ledger, clock())
    with ledger.write() as tx:
        waiting = replies.claim(tx, clock(), timedelta(minutes=2))
        assert waiting is not None
        replies.doubt(tx, waiting, "nobody saw its end", clock())
        replies.settle(tx, 1, "ben", clock(), there=there)
        replies.settle(tx, 1, "ben", clock(), there=there)
        again = replies.claim(tx, clock(), timedelta(minutes=2))
        assert len(answers.told(tx, 1)) == there
    assert _state(ledger) == ("sent" if there else "sending")
    assert (again is None) == there
    assert again is None or (again.key, again.unsure_since) == (waiting.key, None)


def test_approved_answer_is_told_elsewhere(ledger: Ledger, clock: Now) -> None:
    """Where the source takes no replies, its writer says that they told it, and the clock stops."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        one = _draft(tx, clock(), reply_to=None)
        replies.ask(tx, one, "olga", ["mia"], clock())
        replies.decide(tx, one, Word(TEAM["mia"], True), Approval(), clock())
        with pytest.raises(NotPossible):
            replies.send(tx, one, TEAM["olga"], Approval(), clock())
        replies.told_elsewhere(tx, one, "olga", clock())
        replies.told_elsewhere(tx, one, "olga", clock())
        assert [(row.state, row.actor) for row in answers.told(tx, 1)] == [("told", "olga")]


def test_resolved_incident_takes_no_answer(ledger: Ledger, clock: Now) -> None:
    """What is closed is reopened first."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        incidents.resolve(tx, 1, "ben", Verdict.RIGHT, clock())
    with pytest.raises(SomebodyElse), ledger.write() as tx:
        _draft(tx, clock())


WHO = st.sampled_from(sorted(TEAM))
ACTS = st.tuples(st.sampled_from(["ask", "yes", "no", "send", "withdraw", "there", "again", "claim", "told"]), WHO)
POLICIES = st.builds(
    Approval,
    st.dictionaries(st.sampled_from(["support", "manager", "admin"]), st.sampled_from([0.0, 30.0, 60.0, 100.0])),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=60)
@given(policy=POLICIES, author=WHO, place=st.sampled_from(list(Place)), acts=st.lists(ACTS, max_size=12))
def test_nothing_is_sent_without_what_the_policy_asks_for(
    policy: Approval, author: str, place: Place, acts: list[tuple[str, str]]
) -> None:
    """Whatever people try, in whatever order: what is on its way was approved, if it had to be, by who may approve."""
    now = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    with TemporaryDirectory() as folder:
        ledger = sqlite_ledger(Path(folder))
        _opened(ledger, now)
        with ledger.write() as tx:
            _draft(tx, now, author, place=place)
        pressed = False
        for act, who in acts:
            try:
                with ledger.write() as tx:
                    _do(tx, act, TEAM[who], policy, now)
                    pressed |= act == "send"
            except NotPossible:
                continue
            finally:
                with ledger.read() as tx:
                    row = replies.require(tx, 1)
            if row.state in {"sending", "sent", "perhaps"}:
                assert pressed
                needed = policy.asks(TEAM[author].role.value, 40.0, public=place is Place.PUBLIC)
                assert not needed or row.approved_by is not None
            if row.approved_by is not None:
                assert policy.allows(TEAM[row.approved_by].role.value, own=row.approved_by == author)
        ledger.close()


def _do(tx: Tx, act: str, who: Person, policy: Approval, now: datetime) -> None:
    if act in {"yes", "no"}:
        replies.decide(tx, 1, Word(who, act == "yes"), policy, now)
    elif act == "send":
        replies.send(tx, 1, who, policy, now)
    elif act == "ask":
        replies.ask(tx, 1, who.name, ["mia"], now)
    elif act in {"there", "again"}:
        replies.settle(tx, 1, who.name, now, there=act == "there")
    elif act == "withdraw":
        replies.withdraw(tx, 1, who.name, now)
    elif act == "told":
        replies.told_elsewhere(tx, 1, who.name, now)
    elif (waiting := replies.claim(tx, now, timedelta(0))) is not None:
        replies.doubt(tx, waiting, "died", now)
