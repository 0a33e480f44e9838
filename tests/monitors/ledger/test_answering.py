"""Claims, hand-overs, questions to managers and longer promises: what people do to a case together."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.race import race
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from servers.ledgers import sqlite_ledger

from models.answering import Patience
from models.decision import Verdict
from models.post import Author, Post
from monitors.ledger import claims, clocks, extending, handing, incidents, joining, promises
from monitors.ledger.clocks import Heard
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.extending import Longer
from monitors.ledger.incidents import NewIncident
from monitors.ledger.promises import NewPromise, PromiseStatus
from monitors.ledger.refusals import NotPossible, SomebodyElse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEASE, MINUTE = timedelta(minutes=10), timedelta(minutes=1)
POST = Post("file", "1", "", "text", NOW, NOW, Author("mari"))


def _open(tx: Tx) -> int:
    new = NewIncident("acme", "s", "danger", 40.0, 2, "en", "text", NOW, NOW, {}, "file:1")
    return incidents.open_incident(tx, new, NOW)


@pytest.fixture
def case(ledger: Ledger) -> int:
    """An incident, on each database."""
    with ledger.write() as tx:
        return _open(tx)


def _kinds(ledger: Ledger, case: int) -> list[tuple[str, str]]:
    with ledger.read() as tx:
        return [(row.actor, row.kind) for row in incidents.events(tx, case)][1:]


def test_of_two_who_begin_at_once_one_writes(ledger: Ledger, case: int) -> None:
    """Two transactions take the claim at the same moment: the second learns who has it."""
    (refused,) = race(
        ledger,
        lambda tx: claims.take(tx, case, "ann", NOW, LEASE),
        lambda tx: claims.take(tx, case, "bob", NOW, LEASE),
    )
    assert isinstance(refused, SomebodyElse)
    assert (refused.who, refused.kind) == ("ann", "answer_claimed")
    assert _kinds(ledger, case) == [("ann", "acknowledged"), ("ann", "answer_claimed")]


def test_a_claim_lasts_as_long_as_its_page(ledger: Ledger, case: int) -> None:
    """Renewed it goes on, left it ends in half a minute, and after the lease another person has it."""
    with ledger.write() as tx:
        claims.take(tx, case, "ann", NOW, LEASE)
        assert claims.renew(tx, case, "ann", "page", NOW + 15 * MINUTE)
        assert not claims.renew(tx, case, "bob", "page", NOW + 15 * MINUTE)
        with pytest.raises(SomebodyElse):
            claims.require(tx, case, "bob", NOW + 14 * MINUTE)
        claims.leave(tx, case, "ann", "page", NOW)
        claims.take(tx, case, "bob", NOW + MINUTE, LEASE)
        assert not claims.renew(tx, case, "ann", "page", NOW + 15 * MINUTE)
        holder = claims.holder(tx, case, NOW + MINUTE)
        assert (holder.person, holder.since) == ("bob", NOW + MINUTE)  # type: ignore[union-attr]
        claims.require(tx, case, "ann", NOW + 11 * MINUTE)


def test_a_late_goodbye_of_a_page_left_ends_nothing(ledger: Ledger, case: int) -> None:
    """The sign of the next page may come in before the last one's farewell: the claim goes on."""
    with ledger.write() as tx:
        claims.take(tx, case, "ann", NOW, LEASE)
        assert claims.renew(tx, case, "ann", "first", NOW + LEASE)
        assert claims.renew(tx, case, "ann", "next", NOW + LEASE)
        claims.leave(tx, case, "ann", "first", NOW)
        assert claims.holder(tx, case, NOW + 9 * MINUTE) is not None
        claims.leave(tx, case, "ann", "next", NOW)
        assert claims.holder(tx, case, NOW + MINUTE) is None


def test_taking_over_needs_a_note(ledger: Ledger, case: int) -> None:
    """Bob goes on in Ann's place only with a note; what Ann sends then is refused."""
    with ledger.write() as tx:
        claims.take(tx, case, "ann", NOW, LEASE)
        with pytest.raises(NotPossible):
            claims.take_over(tx, case, "bob", " ", NOW, LEASE)
        claims.take_over(tx, case, "bob", "Ann is on the phone", NOW, LEASE)
        with pytest.raises(SomebodyElse, match="bob"):
            claims.require(tx, case, "ann", NOW)
        event = incidents.latest(tx, case, "answer_taken_over")
        assert event.data == {"had": "ann", "text": "Ann is on the phone"}  # type: ignore[union-attr]


def test_freed_and_resolved_nobody_writes(ledger: Ledger, case: int) -> None:
    """Who thinks better of it frees the claim, once; resolving frees whatever there is."""
    with ledger.write() as tx:
        claims.take(tx, case, "ann", NOW, LEASE)
        for _ in range(2):
            claims.free(tx, case, "ann", NOW)
        assert claims.holder(tx, case, NOW) is None
        claims.take(tx, case, "bob", NOW, LEASE)
        incidents.resolve(tx, case, "ann", Verdict.RIGHT, NOW)
        assert claims.holder(tx, case, NOW) is None
    assert [kind for _, kind in _kinds(ledger, case)].count("answer_freed") == 1


def test_hand_over_and_back(ledger: Ledger, case: int) -> None:
    """Ann's claim ends with the case, and the log says so; she may take it back until Bob has done something."""
    with ledger.write() as tx:
        claims.take(tx, case, "ann", NOW, LEASE)
        handing.hand_over(tx, case, "ann", "bob", " speaks Finnish ", NOW)
        assert claims.holder(tx, case, NOW) is None
        assert incidents.require(tx, case).assignee == "bob"
        handing.take_back(tx, case, "ann", NOW)
        handing.take_back(tx, case, "ann", NOW)
        assert incidents.require(tx, case).assignee == "ann"
        handing.hand_over(tx, case, "ann", "bob", "", NOW)
        assert handing.hand_over(tx, case, "ann", "bob", "", NOW) is None
        with pytest.raises(NotPossible):
            handing.take_back(tx, case, "carl", NOW)
        incidents.note(tx, case, "bob", "on it", NOW)
        with pytest.raises(NotPossible):
            handing.take_back(tx, case, "ann", NOW)
    said = [kind for _, kind in _kinds(ledger, case)]
    assert said[2:] == ["answer_freed", "handed_over", "handed_back", "handed_over", "note"]


def test_a_manager_is_asked_once_and_answers_once(ledger: Ledger, case: int) -> None:
    """A second tap asks nothing anew; of two managers the first answers; taken back, the question is gone."""
    with ledger.write() as tx:
        first = handing.ask(tx, case, "ann", "meg", "May I refund?", NOW)
        assert handing.ask(tx, case, "ann", "meg", " May I refund? ", NOW) == first
        second = handing.ask(tx, case, "ann", "meg", "And a voucher?", NOW)
        handing.unask(tx, case, second, "ann", NOW)
        with pytest.raises(NotPossible):
            handing.ask(tx, case, "ann", "meg", " ", NOW)
        with pytest.raises(NotPossible):
            handing.unask(tx, case, first, "bob", NOW)
    (refused,) = race(
        ledger,
        lambda tx: handing.answer(tx, case, first, "meg", "Yes", NOW),
        lambda tx: handing.answer(tx, case, first, "max", "No", NOW),
    )
    assert isinstance(refused, SomebodyElse)
    with ledger.read() as tx:
        (question,) = handing.questions(tx, case)
    assert (question.text, question.answer, question.answered_by) == ("May I refund?", "Yes", "meg")


def _promise(tx: Tx, case: int) -> int:
    incidents.acknowledge(tx, case, "ann", NOW)
    return promises.make(tx, NewPromise(case, "ann", "a call", NOW + 10 * MINUTE, NOW + 7 * MINUTE), NOW)


def _longer(actor: str = "ann", words: str = "It takes until four", minutes: int = 60) -> Longer:
    due = NOW + minutes * MINUTE
    return Longer(actor, words, due, due - 3 * MINUTE)


def test_longer_in_time_and_in_words(ledger: Ledger, case: int) -> None:
    """Told in time, a later promise takes the place of the first, which counts as neither kept nor broken; once."""
    with ledger.write() as tx:
        first = _promise(tx, case)
        second = extending.extend(tx, first, _longer(), NOW + 5 * MINUTE)
        assert extending.extend(tx, first, _longer(), NOW + 5 * MINUTE) == second
        states = {row.id: (row.status, row.due_at) for row in promises.of_incident(tx, case)}
        for act in (promises.keep, promises.withdraw, promises.unkeep):
            with pytest.raises(NotPossible):
                act(tx, first, "bob", NOW + 6 * MINUTE)
    assert states == {
        first: (PromiseStatus.EXTENDED, NOW + 10 * MINUTE),
        second: (PromiseStatus.OPEN, NOW + 60 * MINUTE),
    }


@pytest.mark.parametrize(
    ("longer", "after"),
    [(_longer(), 10), (_longer(words=" "), 5), (_longer(minutes=10), 5), (_longer("bob"), 5)],
    ids=["too late", "without words", "not later", "not theirs"],
)
def test_when_it_cannot_take_longer(ledger: Ledger, case: int, longer: Longer, after: int) -> None:
    """Over its time, without words, without a later time, or by who does not have it, the promise stands."""
    with ledger.write() as tx:
        first = _promise(tx, case)
        with pytest.raises(NotPossible):
            extending.extend(tx, first, longer, NOW + after * MINUTE)
        (row,) = promises.of_incident(tx, case)
        assert row.status == PromiseStatus.OPEN


def test_two_who_take_longer_at_once_make_one_promise(ledger: Ledger, case: int) -> None:
    """The owner and who has the case both tell the customer: the second learns that it was done."""
    with ledger.write() as tx:
        first = _promise(tx, case)
        handing.hand_over(tx, case, "ann", "bob", "", NOW)
    (refused,) = race(
        ledger,
        lambda tx: extending.extend(tx, first, _longer("ann"), NOW),
        lambda tx: extending.extend(tx, first, _longer("bob"), NOW),
    )
    assert isinstance(refused, SomebodyElse)
    with ledger.read() as tx:
        assert len(promises.of_incident(tx, case)) == 2


class Desk(RuleBasedStateMachine):
    """One case, three people, a customer, and any order of what they do, heard late and twice."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.ledger = sqlite_ledger(Path(self.folder.name))
        self.now = NOW
        self.patience = Patience()
        self.promise = 0
        self.waited: tuple[datetime, datetime] | None = None
        self.lease: tuple[str, datetime] | None = None
        with self.ledger.write() as tx:
            from monitors.ledger import posts

            posts.store(tx, [POST], lambda _post: ["acme"], NOW)
            self.case = _open(tx)
            clocks.start(tx, self.case, POST, self.patience.by(40, NOW), NOW)

    def teardown(self) -> None:
        """Let go of the file."""
        self.ledger.close()
        self.folder.cleanup()

    def _do(self, act: Callable[[Tx], Any]) -> Any:
        try:
            with self.ledger.write() as tx:
                return act(tx)
        except NotPossible as error:
            return error

    people = st.sampled_from(["ann", "bob", "meg"])

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        """Everybody is told the same time."""
        self.now += timedelta(minutes=minutes)

    @rule(who=people)
    def begin(self, who: str) -> None:
        """Somebody begins to write."""
        held = self.lease if self.lease and self.lease[1] > self.now else None
        refused = self._do(lambda tx: claims.take(tx, self.case, who, self.now, LEASE))
        assert isinstance(refused, SomebodyElse) == (held is not None and held[0] != who)
        if refused is None:
            self.lease = (who, self.now + LEASE)

    @rule(who=people)
    def page_is_open(self, who: str) -> None:
        """A heartbeat of whoever believes that they write."""
        if self._do(lambda tx: claims.renew(tx, self.case, who, who, self.now + LEASE)):
            assert self.lease is not None
            assert self.lease[0] == who
            self.lease = (who, self.now + LEASE)

    @rule(who=people)
    def free(self, who: str) -> None:
        """Somebody stops writing."""
        self._do(lambda tx: claims.free(tx, self.case, who, self.now))
        if self.lease and self.lease[0] == who:
            self.lease = None

    @rule(who=people)
    def tell(self, who: str) -> None:
        """Somebody records an answer, unless another one is writing it."""

        def act(tx: Tx) -> None:
            claims.require(tx, self.case, who, self.now)
            clocks.answered(tx, self.case, self.now)

        refused = self._do(act)
        assert isinstance(refused, SomebodyElse) == bool(
            self.lease and self.lease[1] > self.now and self.lease[0] != who
        )

    @rule(number=st.integers(2, 6), own=st.booleans(), ago=st.integers(0, 90))
    def a_post_is_heard(self, number: int, own: bool, ago: int) -> None:
        """Our account or the customer wrote, some time ago; heard twice."""
        at = max(NOW, self.now - timedelta(minutes=ago))
        author = Author("ours") if own else POST.author
        heard = Heard(Post("file", str(number), "", "x", at, at, author, thread_id="1", parent_id="1"), own)
        before = self._state()
        self._do(lambda tx: clocks.hear(tx, "acme", [heard], clocks.above_of(tx, [heard]), self.patience, self.now))
        once = self._state()
        self._do(lambda tx: clocks.hear(tx, "acme", [heard], clocks.above_of(tx, [heard]), self.patience, self.now))
        assert self._state() == once
        if at <= before.customer_at and not own:
            assert once == before

    @rule(risk=st.floats(0, 100))
    def risk_is_read(self, risk: float) -> None:
        """It only ever rises."""

        def act(tx: Tx) -> None:
            joining.attach(tx, {self.case: joining.Joined(0, risk, 1)}, self.now)
            clocks.tighten(tx, [self.case], self.patience, self.now)

        self._do(act)

    @precondition(lambda self: not self.promise)
    @rule(minutes=st.integers(1, 40))
    def promised(self, minutes: int) -> None:
        """Ann promises something."""
        due = self.now + timedelta(minutes=minutes)
        made = self._do(lambda tx: promises.make(tx, NewPromise(self.case, "ann", "a call", due, self.now), self.now))
        self.promise = made if isinstance(made, int) else 0

    @precondition(lambda self: self.promise)
    @rule(who=people, minutes=st.integers(1, 90))
    def longer(self, who: str, minutes: int) -> None:
        """Somebody wants more time: it is had only in time, and for later."""
        with self.ledger.read() as tx:
            before = promises.require(tx, self.promise)
        due = self.now + timedelta(minutes=minutes)
        made = self._do(lambda tx: extending.extend(tx, self.promise, Longer(who, "longer", due, self.now), self.now))
        if isinstance(made, int):
            assert self.now < before.due_at < due
            self.promise = made

    @precondition(lambda self: self.promise)
    @rule()
    def kept(self) -> None:
        """Ann keeps what she promised."""
        assert not isinstance(self._do(lambda tx: promises.keep(tx, self.promise, "ann", self.now)), NotPossible)
        self.promise = 0

    def _state(self) -> Any:
        with self.ledger.read() as tx:
            return clocks.of(tx, [self.case])[self.case]

    @invariant()
    def one_writes_and_the_deadline_never_moves_later(self) -> None:
        """At most the one who may has the claim; while the same words wait, their answer is due no later."""
        with self.ledger.read() as tx:
            holder = claims.holder(tx, self.case, self.now)
            open_promises = [
                row for row in promises.of_incident(tx, self.case) if row.status in incidents.WAITING_PROMISES
            ]
        expected = self.lease if self.lease and self.lease[1] > self.now else None
        assert (holder.person if holder else None) == (expected[0] if expected else None)
        assert len(open_promises) <= 1
        clock = self._state()
        waits = clock.last_answer_at is None or clock.customer_at > clock.last_answer_at
        assert waits == (clock.answer_by is not None) == (clock.waits_since is not None)
        if self.waited and clock.answer_by and self.waited[0] == clock.waits_since:
            assert clock.answer_by <= self.waited[1]
        self.waited = (clock.waits_since, clock.answer_by) if clock.answer_by else None


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
