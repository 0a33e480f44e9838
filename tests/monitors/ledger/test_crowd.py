"""A crowd: who of a story's customers was answered, by their posts, our replies, and answers through Kuula."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.town import forecast
from sqlalchemy import select

from models.approval import Approval
from models.decision import Action, Decision, Reason, Verdict
from models.post import Author, Kind, Post
from models.risk import Risk
from models.scores import Scores, Sentiment
from monitors.ledger import (
    answers,
    clocks,
    conversations,
    crowd,
    incidents,
    judging,
    people,
    posts,
    removal,
    replies,
    scoring,
)
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.clocks import Heard
from monitors.ledger.crowd import Crowd
from monitors.ledger.desk_schema import public_replies
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident
from monitors.ledger.people import Person, Role
from monitors.ledger.replies import NewReply
from monitors.ports import Gone

BRAND, STORY = "acme", "file:1"
MARI, KATI, JAAN, OURS = Author("mari"), Author("kati"), Author("jaan"), Author("77", "acme_care")
MINUTE = timedelta(minutes=1)


class Case:
    """An incident whose story grows, minute by minute, by what somebody says."""

    def __init__(self, ledger: Ledger, now: datetime, post: Callable[..., Post], scores: Callable[..., Scores]) -> None:
        self.ledger, self.now = ledger, now
        self._post, self._scores = post, scores
        new = NewIncident(BRAND, STORY, "danger", 40.0, 2, "en", "text", now, now, {}, "file:1")
        with ledger.write() as tx:
            incidents.open_incident(tx, new, now)

    def say(self, number: str, author: Author, *, thanks: bool = False, **more: Any) -> Post:
        """Somebody says something a minute later; what we say is in a story of its own."""
        self.now += MINUTE
        said = self._post(number, author=author, created_at=self.now, observed_at=self.now, **more)
        own = author == OURS
        with self.ledger.write() as tx:
            posts.store(tx, [said], lambda _post: [BRAND], self.now)
            (unscored,) = scoring.claim(tx, 10, self.now, MINUTE)
            found = self._scores(said.text, complaint=not thanks and not own)
            if thanks:
                shares = {Sentiment.NEGATIVE: 0.0, Sentiment.NEUTRAL: 0.0, Sentiment.POSITIVE: 1.0}
                found = Scores(**{**_fields(found), "sentiment": Sentiment.POSITIVE, "sentiment_probabilities": shares})
            scoring.write(tx, [(unscored, found)], self.now)
            (item,) = judging.waiting(tx, BRAND, 10)
            reason = Reason.OWN_POST if own else Reason.THREAT
            decision = Decision(Action.HOLD, reason, Risk(10, 0.1, 0.1, 0.1), {})
            judged = judging.Judged(item, f"file:{number}" if own else STORY, decision, forecast(), None)
            judging.write(tx, BRAND, [judged], self.now)
            heard = Heard(said, own)
            crowd.note_replies(tx, {item.seq: heard}, clocks.above_of(tx, [heard]))
        return said

    def start(self, post: Post) -> None:
        """People are called because of a post."""
        with self.ledger.write() as tx:
            clocks.start(tx, 1, post, self.now + 15 * MINUTE, self.now)

    def crowd(self) -> Crowd:
        """How the customers stand."""
        with self.ledger.read() as tx:
            return crowd.of_incident(tx, incidents.require(tx, 1))

    def waiting(self) -> list[str]:
        """Who waits."""
        return sorted(who for (_, who), one in self.crowd().customers.items() if one.waits_since is not None)


def _fields(scores: Scores) -> dict[str, Any]:
    return {name: getattr(scores, name) for name in Scores.__dataclass_fields__}


@pytest.fixture
def case(
    ledger: Ledger, clock: Callable[[], datetime], post: Callable[..., Post], scores: Callable[..., Scores]
) -> Case:
    """On each database."""
    return Case(ledger, clock(), post, scores)


def test_nobody_is_answered_by_what_is_said_to_another(case: Case) -> None:
    """Three wait since they first complained; our reply to one, with what goes on below it, answers that one alone."""
    case.say("1", MARI)
    first = case.say("2", KATI)
    case.say("3", JAAN)
    case.say("4", KATI)
    assert case.waiting() == ["jaan", "kati", "mari"]
    assert case.crowd().customers["file", "kati"].waits_since == first.created_at
    case.say("5", OURS, parent_id="4")
    ours = case.say("6", OURS, parent_id="5")
    found = case.crowd()
    assert (found.size, found.answered, found.waiting) == (3, 1, 2)
    assert found.customers["file", "kati"].answered_at == ours.created_at
    assert case.waiting() == ["jaan", "mari"]


def test_who_writes_again_waits_again_and_who_thanks_does_not(case: Case) -> None:
    """Since the first word after our answer, not the last; an answer in the middle of it counts up to then."""
    case.say("1", MARI)
    case.say("2", OURS, parent_id="1")
    case.say("3", MARI, thanks=True, parent_id="2")
    assert case.waiting() == []
    again = case.say("4", MARI, parent_id="2")
    case.say("5", MARI, parent_id="4")
    assert case.crowd().customers["file", "mari"].waits_since == again.created_at
    # To the last of their posts: the one above it is answered as well.
    case.say("6", OURS, parent_id="5")
    assert case.waiting() == []


def test_an_answer_is_known_by_the_thread_where_no_parent_is_named(case: Case) -> None:
    """Our post in the thread that Kati began; one in a thread of ours answers nobody."""
    case.say("1", MARI)
    case.say("2", KATI)
    case.say("3", OURS, thread_id="3")
    case.say("4", OURS, thread_id="2")
    assert case.waiting() == ["mari"]


def test_who_is_no_customer_is_not_counted(case: Case) -> None:
    """An article, praise, and who took their complaint down; of a deleted complaint the answer stays without use."""
    case.say("1", MARI)
    case.say("2", Author("paper"), kind=Kind.ARTICLE)
    case.say("3", JAAN, thanks=True)
    case.say("4", KATI)
    case.say("5", OURS, parent_id="4")
    assert set(case.crowd().customers) == {("file", "mari"), ("file", "kati")}
    with case.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("4", "deleted", case.now)], case.now)
    assert set(case.crowd().customers) == {("file", "mari")}


def test_the_one_who_called_stands_as_their_clock_does(case: Case) -> None:
    """Answered on the phone, which no source shows: the clock knows it. Who else waits is not who it is about."""
    first = case.say("1", MARI)
    case.say("2", KATI)
    case.start(first)
    assert (case.crowd().waiting, case.crowd().others_waiting) == (2, 1)
    with case.ledger.write() as tx:
        answers.record(tx, NewAnswer(1, "olga", Place.PHONE, "We are sorry", "en"), case.now + MINUTE)
    assert (case.crowd().answered, case.crowd().waiting, case.crowd().others_waiting) == (1, 1, 1)
    assert case.crowd().first == ("file", "mari")


def test_before_anybody_answers_for_it_the_one_who_called_is_no_other(case: Case) -> None:
    """An incident in the digest has no clock: who wrote the post that opened it is not of the others."""
    case.say("1", MARI)
    case.say("2", KATI)
    found = case.crowd()
    assert (found.first, found.waiting, found.others_waiting) == (("file", "mari"), 2, 1)
    case.say("3", OURS, parent_id="1")
    assert (case.crowd().waiting, case.crowd().others_waiting) == (1, 1)


def _told(case: Case, to: str) -> None:
    with case.ledger.write() as tx:
        answers.record(tx, NewAnswer(1, "olga", Place.PHONE, "We are sorry", "en", reply_to=to), case.now + MINUTE)


def _sent(case: Case, to: str) -> None:
    olga = Person("olga", "Olga", Role.SUPPORT, "et", "Europe/Tallinn")
    with case.ledger.write() as tx:
        people.save(tx, olga, "test", case.now)
        draft = replies.draft(tx, NewReply(1, "olga", Place.PUBLIC, "We are sorry", "en", to), case.now)
        replies.send(tx, draft, olga, Approval({}, public=False), case.now)
    assert case.waiting() == ["kati", "mari"], "what is not out yet answers nobody"
    with case.ledger.write() as tx:
        waiting = replies.claim(tx, case.now, MINUTE)
        assert waiting is not None
        replies.sent(tx, waiting, "900", case.now + MINUTE)


@pytest.mark.parametrize("answered", [_told, _sent])
@pytest.mark.parametrize("to", ["file:1", "file:2"])
def test_an_answer_through_kuula_answers_whom_it_was_for(
    case: Case, answered: Callable[[Case, str], None], to: str
) -> None:
    """Told elsewhere, or sent: to Mari, who called, it stops the clock; to Kati it does not, and Mari still waits."""
    first = case.say("1", MARI)
    case.say("2", KATI)
    case.start(first)
    answered(case, to)
    with case.ledger.read() as tx:
        stopped = clocks.of(tx, [1])[1].answer_by is None
    assert (case.waiting(), stopped) == ((["kati"], True) if to == "file:1" else (["mari"], False))


def test_the_same_words_to_two_customers_are_no_double_tap(case: Case) -> None:
    """Within seconds of each other: each was told, and each stands so."""
    case.say("1", MARI)
    case.say("2", KATI)
    for to in ("file:1", "file:2", "file:2"):
        _told(case, to)
    assert case.waiting() == []
    with case.ledger.read() as tx:
        assert [row.reply_to for row in answers.told(tx, 1)] == ["file:1", "file:2"]


def test_a_reply_leaves_with_its_post(case: Case) -> None:
    """When the retention takes our post, what it answered is forgotten too; an endless parent is cut, and no error."""
    case.say("1", OURS, parent_id="x" * 2000)
    with case.ledger.write() as tx:
        assert [len(uid) for uid in tx.execute(select(public_replies.c.to_uid)).scalars()] == [crowd.LONGEST_UID]
        assert posts.drop_older(tx, case.now + MINUTE, 10, case.now) == 1
        assert tx.execute(select(public_replies)).all() == []


def _followed(case: Case) -> Sequence[str]:
    with case.ledger.read() as tx:
        return [talk.post.native_id for talk in conversations.due_aside(tx, "file", case.now, 10)]


def test_only_others_of_incidents_that_people_have_are_followed(case: Case) -> None:
    """Nothing while no clock runs; then what others complained of, the oldest first, until the incident is resolved."""
    first = case.say("1", MARI)
    case.say("2", KATI)
    case.say("3", MARI)
    case.say("4", JAAN)
    with case.ledger.write() as tx:
        conversations.begin_all_aside(tx, 1, BRAND, STORY)
    assert _followed(case) == []
    case.start(first)
    assert _followed(case) == ["2", "4"]
    with case.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("2", "deleted", case.now)], case.now)
    assert _followed(case) == ["4"]
    with case.ledger.write() as tx:
        incidents.resolve(tx, 1, "ann", Verdict.RIGHT, case.now)
    assert _followed(case) == []


def test_one_of_others_is_taken_once(case: Case) -> None:
    """Two workers see it due: one reads it, and it is due again when that was planned."""
    first = case.say("1", MARI)
    second = case.say("2", KATI)
    case.start(first)
    with case.ledger.write() as tx:
        conversations.begin_aside(tx, 1, [second])
        (talk,) = conversations.due_aside(tx, "file", case.now, 10)
        assert [conversations.take(tx, talk, case.now, case.now + MINUTE) for _ in range(2)] == [True, False]
        conversations.plan(tx, talk, case.now, case.now + 2 * MINUTE, case.now)
    assert _followed(case) == []
    case.now += 2 * MINUTE
    assert _followed(case) == ["2"]
