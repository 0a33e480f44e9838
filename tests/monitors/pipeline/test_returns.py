"""The customer writes again when their case is over: it is opened again, people learn of it, and nothing is doubled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from fakes.in_hand import MARI, OTHER, OURS, SAD, take_in_hand
from fakes.pipeline import BRAND, Bench
from sqlalchemy import select

from models.decision import Verdict
from models.post import Author, Kind, Post
from models.rota import Change, ChangeKind
from models.scores import Sentiment
from monitors.ledger import clocks, incidents, posts, rota
from monitors.ledger.incidents import Status
from monitors.ledger.returning import READ_ON
from monitors.ledger.schema import decisions
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import outbox as outbox_table
from monitors.messages import Composer
from monitors.pipeline import judge as judging
from monitors.pipeline.guard import guard
from monitors.pipeline.holders import KIND
from monitors.pipeline.roster import Roster

Make = Callable[..., Post]
STILL = "three days by now and still nothing"


@pytest.fixture
def desk(bench: Bench, post: Make) -> Bench:
    """Mari complained, Ann took her case in hand and resolved it an hour later; that was an hour ago."""
    return _over(bench, post)


@pytest.fixture
def plain(small: Bench, post: Make) -> Bench:
    """The same on SQLite alone, for what no database has a say in."""
    return _over(small, post)


def _over(bench: Bench, post: Make) -> Bench:
    take_in_hand(bench, post)
    bench.clock.forward(hours=1)  # type: ignore[attr-defined]
    _resolve(bench)
    bench.clock.forward(hours=1)  # type: ignore[attr-defined]
    return bench


def _resolve(desk: Bench, verdict: Verdict = Verdict.RIGHT, who: str = "ann") -> None:
    with desk.ledger.write() as tx:
        incidents.resolve(tx, 1, who, verdict, desk.clock())


def _made(desk: Bench, post: Make, number: int, text: str = STILL, author: Author = MARI, **other: object) -> Post:
    at = desk.clock()
    values = {"created_at": at, "observed_at": at, "thread_id": "t", "parent_id": "1", **other}
    return post(str(number), text, author=author, **values)


def _write(desk: Bench, post: Make, number: int, text: str = STILL, author: Author = MARI, **other: object) -> int:
    return desk.judged(_made(desk, post, number, text, author, **other))


def _case(desk: Bench, number: int = 1) -> Any:
    with desk.ledger.read() as tx:
        return incidents.require(tx, number)


def _clock(desk: Bench, number: int = 1) -> Any:
    with desk.ledger.read() as tx:
        return clocks.of(tx, [number])[number]


def _events(desk: Bench, number: int = 1) -> list[tuple[str, str]]:
    with desk.ledger.read() as tx:
        return [(event.kind, event.actor) for event in incidents.events(tx, number)]


def _letters(desk: Bench, *kinds: str) -> list[Any]:
    with desk.ledger.read() as tx:
        found = select(outbox_table).where(outbox_table.c.kind.in_(kinds or [KIND])).order_by(outbox_table.c.id)
        return list(tx.execute(found))


def _count(desk: Bench) -> int:
    with desk.ledger.read() as tx:
        return incidents.count_by_brand(tx)[BRAND]


def test_a_resolved_case_comes_back(desk: Bench, post: Make) -> None:
    """Mari writes below her post: Kuula opens her case again, hands it to Ann, tells her, and the clock begins anew."""
    assert _clock(desk).stopped_by is not None
    desk.clock.forward(days=3)  # type: ignore[attr-defined]
    assert _write(desk, post, 2) == 0
    case, clock = _case(desk), _clock(desk)
    assert (case.status, case.assignee, case.verdict, case.posts) == (Status.ACKNOWLEDGED, "ann", None, 2)
    assert (clock.waits_since, clock.stopped_by, clock.late_at) == (desk.clock(), None, None)
    assert clock.answer_by > desk.clock()
    assert _events(desk)[-2:] == [("reopened", "kuula"), ("waits_again", "kuula")]
    [letter] = _letters(desk)
    assert (letter.person, letter.incident_id, letter.payload["post"]) == ("ann", 1, "file:2")
    told = Composer(desk.ledger, "https://pages.example.com", "secret-key", desk.clock).compose(letter).text
    assert "is open again" in told
    assert "Ann has it." in told
    assert STILL in told
    with desk.ledger.read() as tx:
        reason = tx.execute(select(decisions.c.reason).order_by(decisions.c.post_seq.desc())).scalar()
    assert reason == "known_incident"
    # Nobody answers: it goes on as with any case.
    desk.clock.time = clock.answer_by  # type: ignore[attr-defined]
    assert guard(desk.ledger, desk.roster, desk.clock()).unanswered == 1


@pytest.mark.parametrize(
    ("text", "author", "other"),
    [
        ("nice, it came", MARI, {}),
        ("fine we are sorry", OURS, {}),
        (STILL, OTHER, {}),
        ("fine day", MARI, {"thread_id": None, "parent_id": None}),
        ("the beach was cold", MARI, {"thread_id": None, "parent_id": None}),
        (STILL, MARI, {"created_at": "before"}),
        (SAD, MARI, {"kind": Kind.ARTICLE}),
    ],
    ids=["thanks", "our own account", "somebody else", "small talk elsewhere", "another matter", "before", "article"],
)
def test_what_does_not_bring_a_case_back(
    plain: Bench, post: Make, text: str, author: Author, other: dict[str, object]
) -> None:
    """Thanks, what others write, and what the customer says of something else, or had said before they complained."""
    if other.get("created_at"):
        other = {"created_at": plain.clock() - timedelta(days=1)}
    reader, read = plain.reader, plain.reader._one
    if text.startswith("nice"):
        reader._one = lambda one: _glad(read(one))  # type: ignore[method-assign]
    _write(plain, post, 2, text, author, **other)
    assert (_case(plain).status, _letters(plain)) == (Status.RESOLVED, [])


def _glad(scores: Any) -> Any:
    return replace(scores, complaint=False, sentiment=Sentiment.POSITIVE, severity=0)


@pytest.mark.parametrize(
    ("verdict", "after", "status"),
    [
        (Verdict.RIGHT, READ_ON - timedelta(hours=1), Status.ACKNOWLEDGED),
        (Verdict.ALREADY_HANDLED, timedelta(days=1), Status.ACKNOWLEDGED),
        (Verdict.NOISE, timedelta(days=1), Status.RESOLVED),
        (Verdict.RIGHT, READ_ON + timedelta(hours=1), Status.RESOLVED),
    ],
)
def test_for_how_long_and_after_which_verdict(
    plain: Bench, post: Make, verdict: Verdict, after: timedelta, status: Status
) -> None:
    """For two weeks, whatever people did; what they called noise, or is long over, stays over."""
    _resolve(plain, verdict)
    plain.clock.forward(seconds=(after - timedelta(hours=1)).total_seconds())  # type: ignore[attr-defined]
    _write(plain, post, 2)
    assert (_case(plain).status, len(_letters(plain)), _count(plain)) == (status, int(status != Status.RESOLVED), 1)


def test_noise_that_is_dangerous_alerts_by_itself(plain: Bench, post: Make) -> None:
    """What people called noise stays over; a new danger in it calls people to a new case, as before."""
    _resolve(plain, Verdict.NOISE)
    assert _write(plain, post, 2, "my lawyer writes to acme now") == 1
    assert (_case(plain).status, _count(plain)) == (Status.RESOLVED, 2)


def test_the_same_complaint_found_by_a_search_comes_back_too(desk: Bench, post: Make) -> None:
    """Mari complains anew, in no thread: it is the same case. As it would have alerted, people are called to it."""
    desk.clock.forward(days=2)  # type: ignore[attr-defined]
    assert _write(desk, post, 2, f"{SAD} again", thread_id=None, parent_id=None) == 1
    assert (_case(desk).status, _count(desk)) == (Status.ACKNOWLEDGED, 1)
    assert [letter.person for letter in _letters(desk, "again", KIND)] == ["ann", "ann"]
    assert [kind for kind, _ in _events(desk)[-3:]] == ["reopened", "waits_again", "alerted_again"]


def test_what_others_complain_of_is_a_case_of_its_own(desk: Bench, post: Make) -> None:
    """Another customer has the same grievance when the case is over: people are called to a new one, as before."""
    assert _write(desk, post, 2, SAD, OTHER, thread_id=None, parent_id=None) == 1
    assert (_case(desk).status, _count(desk)) == (Status.RESOLVED, 2)


def test_an_answer_that_is_read_together_with_it_settles_it(desk: Bench, post: Make) -> None:
    """Mari wrote, we answered elsewhere and resolved her case; both posts are read only then: it stays over."""
    asked = _made(desk, post, 2, created_at=desk.clock() - timedelta(minutes=90))
    ours = _made(desk, post, 3, "fine it comes today", OURS, created_at=desk.clock() - timedelta(minutes=70))
    desk.judged(asked, replace(ours, parent_id="2"))
    assert (_case(desk).status, _letters(desk)) == (Status.RESOLVED, [])


@pytest.mark.parametrize("thread", ["t", None])
def test_an_answer_that_is_judged_after_it_settles_it_too(desk: Bench, post: Make, thread: str | None) -> None:
    """The same, where a batch ends between the two: her case is not opened for a moment, and nobody is told."""
    asked = _made(desk, post, 2, created_at=desk.clock() - timedelta(minutes=90), thread_id=thread)
    ours = _made(desk, post, 3, "fine it comes today", OURS, created_at=desk.clock() - timedelta(minutes=70))
    desk.store(asked, replace(ours, parent_id="2", thread_id=thread))
    desk.respond(limit=1)
    assert (_case(desk).status, _letters(desk)) == (Status.RESOLVED, [])
    assert "reopened" not in [kind for kind, _ in _events(desk)]
    _write(desk, post, 4)
    assert _case(desk).status == Status.ACKNOWLEDGED


def test_what_people_did_not_know_of_when_they_resolved_it(desk: Bench, post: Make) -> None:
    """Mari wrote before the end of her case, nobody answered, and it is read only later: people have to see it."""
    _write(desk, post, 2, created_at=desk.clock() - timedelta(minutes=90))
    assert (_case(desk).status, len(_letters(desk))) == (Status.ACKNOWLEDGED, 1)


def test_it_comes_back_once_by_one_post(desk: Bench, post: Make) -> None:
    """Resolved again it stays so, when the post is read again, edited or judged again; by a new post it comes back."""
    _write(desk, post, 2)
    desk.clock.forward(minutes=10)  # type: ignore[attr-defined]
    _resolve(desk)
    again = _made(desk, post, 2, created_at=desk.clock() - timedelta(minutes=10))
    desk.judged(again)
    desk.judged(replace(again, text=f"{STILL} at all", edited_at=desk.clock()))
    assert _case(desk).status == Status.RESOLVED
    _write(desk, post, 3)
    assert _case(desk).status == Status.ACKNOWLEDGED
    assert [kind for kind, _ in _events(desk)].count("reopened") == 2
    assert [letter.payload["post"] for letter in _letters(desk)] == ["file:2", "file:3"]


@pytest.mark.parametrize("gone", [False, True], ids=["away", "left"])
def test_where_nobody_is_there_who_had_it(plain: Bench, post: Make, gone: bool) -> None:
    """Ann is on holiday: Bob is told for her. She has left: Bob is told that nobody has it, and others are called."""
    if gone:
        plain.roster = Roster(("bob", "kim"), dict.fromkeys(("bob", "kim"), ("mail",)))
    else:
        now = plain.clock()
        with plain.ledger.write() as tx:
            rota.make(tx, Change(ChangeKind.AWAY, "ann", now, now + timedelta(days=3)), "ann", now)
    _write(plain, post, 2)
    assert [letter.person for letter in _letters(plain)] == ["bob"]
    case = _case(plain)
    assert (case.status, case.assignee) == ((Status.OPEN, None) if gone else (Status.ACKNOWLEDGED, "ann"))
    plain.clock.forward(minutes=11)  # type: ignore[attr-defined]
    assert guard(plain.ledger, plain.roster, plain.clock()).escalations == gone
    if gone:
        composer = Composer(plain.ledger, "https://pages.example.com", "secret-key", plain.clock)
        assert "Nobody has it in hand yet." in composer.compose(_letters(plain)[0]).text
        with plain.ledger.write() as tx:
            incidents.acknowledge(tx, 1, "kim", plain.clock())
        assert _case(plain).assignee == "kim"


def test_who_resolved_it_has_it_where_nobody_had_taken_it(plain: Bench, post: Make) -> None:
    """Bob resolved a case that nobody had in hand: it comes back to him."""
    plain.judged(_made(plain, post, 5, "danger acme broke my lamp", OTHER, thread_id="u", parent_id=None))
    with plain.ledger.write() as tx:
        incidents.resolve(tx, 2, "bob", Verdict.RIGHT, plain.clock())
    plain.clock.forward(hours=1)  # type: ignore[attr-defined]
    _write(plain, post, 6, "is anybody there", OTHER, thread_id="u", parent_id="5")
    case = _case(plain, 2)
    assert (case.status, case.assignee, case.acknowledged_by) == (Status.ACKNOWLEDGED, "bob", "bob")


def test_the_older_of_two_cases_of_a_story_comes_back(desk: Bench, post: Make) -> None:
    """Mari's and Jaan's cases of one story are over, and Mari writes: what others complain of joins her case."""
    assert _write(desk, post, 2, SAD, OTHER, thread_id="u", parent_id=None) == 1
    with desk.ledger.write() as tx:
        incidents.resolve(tx, 2, "bob", Verdict.RIGHT, desk.clock())
    desk.clock.forward(hours=1)  # type: ignore[attr-defined]
    _write(desk, post, 3)
    assert [_case(desk, number).status for number in (1, 2)] == [Status.ACKNOWLEDGED, Status.RESOLVED]
    _write(desk, post, 4, f"my lawyer hears of it, {SAD}", Author("piret"), thread_id=None, parent_id=None)
    assert (_count(desk), _case(desk).posts) == (2, 3)


def test_who_comes_back_into_the_case_of_another_is_heard(desk: Bench, post: Make) -> None:
    """Bob has Jaan's case of the same story in hand when Mari writes: her case stays over, and Bob hears of her."""
    assert _write(desk, post, 2, SAD, OTHER, thread_id="u", parent_id=None) == 1
    with desk.ledger.write() as tx:
        incidents.acknowledge(tx, 2, "bob", desk.clock())
    desk.clock.forward(hours=1)  # type: ignore[attr-defined]
    for _ in range(2):
        _write(desk, post, 3)
    assert [_case(desk, number).status for number in (1, 2)] == [Status.RESOLVED, Status.ACKNOWLEDGED]
    assert [(letter.person, letter.incident_id, letter.payload["post"]) for letter in _letters(desk)] == [
        ("bob", 2, "file:3")
    ]


def test_a_worker_that_dies_while_judging_loses_and_doubles_nothing(
    desk: Bench, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies when the case is open again and before anybody is told: nothing of it stays, and the next does it all."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(judging, "tell_holders", die)
        with pytest.raises(KeyboardInterrupt):
            _write(desk, post, 2)
    assert (_case(desk).status, _letters(desk)) == (Status.RESOLVED, [])
    for _ in range(2):
        desk.respond()
    assert [kind for kind, _ in _events(desk)].count("reopened") == 1
    assert len(_letters(desk)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_last_word_is_heard(plain: Bench, post: Make, seed: int) -> None:
    """Words, answers and resolutions in any order, read late and twice: one case, open while a word is new to us.

    It is resolved only as long as nothing that we have not answered came in since people resolved it, and whoever has
    it in hand is told once of each word that it comes back by.
    """
    chance = Random(seed)
    unread: list[Post] = []
    answered: datetime = plain.clock() - timedelta(days=1)
    is_open, returned = False, 0
    for number in range(2, 40):
        plain.clock.forward(minutes=chance.randint(1, 200))  # type: ignore[attr-defined]
        act = chance.choice(["customer", "customer", "we", "read", "read", "resolve", "again"])
        if act in {"customer", "we"}:
            said = ("fine we look for it", OURS) if act == "we" else (f"{STILL} {number}", MARI)
            unread.append(_made(plain, post, number, *said))
        elif act == "resolve" and is_open:
            _resolve(plain)
            is_open = False
        elif act == "read":
            ours = [one.created_at for one in unread if one.author == OURS]
            answered = max([answered, *ours])
            words = [one for one in unread if one.author == MARI and one.created_at > answered]
            returned += bool(words) and not is_open
            is_open = is_open or bool(words)
            with plain.ledger.write() as tx:
                posts.store(tx, unread, lambda _: (BRAND,), plain.clock())
            plain.respond()
            unread = []
        elif act == "again":
            plain.respond()
        with plain.ledger.read() as tx:
            status = tx.execute(select(incident_table.c.status)).scalar_one()
        assert (status != Status.RESOLVED) == is_open, (number, act)
        assert [kind for kind, _ in _events(plain)].count("reopened") == returned
        told = [letter.payload["post"] for letter in _letters(plain)]
        assert len(told) == len(set(told)) >= returned
