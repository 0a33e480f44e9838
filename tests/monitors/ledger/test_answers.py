"""What the customer was told, as the ledger keeps it and as it forgets it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fakes.race import race

from models.facts import FactKind
from models.post import Post
from monitors.ledger import answers, audit, claims, clocks, incidents, posts, removal
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident, Verdict
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ports import Gone

Now = Callable[[], datetime]
MakePost = Callable[..., Post]
WORDS = "Tagastame 38 € reedel. Mari"


def _opened(ledger: Ledger, now: datetime) -> int:
    new = NewIncident("acme", "file:1", "threat", 50.0, 3, "et", "Kus mu pakk on?", now, now, {})
    with ledger.write() as tx:
        return incidents.open_incident(tx, new, now)


def _record(ledger: Ledger, now: datetime, actor: str = "olga", text: str = WORDS, place: Place = Place.PHONE) -> int:
    with ledger.write() as tx:
        return answers.record(tx, NewAnswer(1, actor, place, text, "et"), now)


def _store(ledger: Ledger, post: Post, now: datetime) -> None:
    with ledger.write() as tx:
        posts.store(tx, [post], lambda _post: ["acme"], now)


def test_answer_is_kept_with_its_facts_and_said_in_both_logs(ledger: Ledger, clock: Now) -> None:
    """Who told what, when and where; the logs name the answer and repeat none of its words."""
    _opened(ledger, clock())
    answer_id = _record(ledger, clock())
    with ledger.read() as tx:
        (row,) = answers.told(tx, 1)
        event, change = incidents.events(tx, 1)[-1], audit.newest(tx, 1)[0]
    assert (row.id, row.actor, row.place, row.text, row.state) == (answer_id, "olga", "phone", WORDS, "told")
    assert row.at == clock()
    values = {(fact.kind, fact.value) for fact in answers.facts(row)}
    assert {(FactKind.SUM, "38 EUR"), (FactKind.DATE, "2026-11-20"), (FactKind.NAME, "Mari")} <= values
    said = {"answer": answer_id, "place": "phone"}
    assert (event.actor, event.kind, event.data) == ("olga", "answered", said)
    assert (change.actor, change.action, change.object, change.detail) == ("olga", "answered", "incident 1", said)


def test_double_tap_records_once(ledger: Ledger, clock: Now) -> None:
    """The same words by the same person at the same place are one answer, also when both arrive at one moment."""
    _opened(ledger, clock())
    first = _record(ledger, clock())
    assert _record(ledger, clock() + timedelta(seconds=20)) == first
    refused = race(
        ledger, *[lambda tx: answers.record(tx, NewAnswer(1, "ben", Place.MAIL, WORDS, "et"), clock()) for _ in "ab"]
    )
    assert refused == []
    with ledger.read() as tx:
        assert [row.actor for row in answers.told(tx, 1)] == ["olga", "ben"]
        assert [event.actor for event in incidents.events(tx, 1) if event.kind == "answered"] == ["olga", "ben"]


@pytest.mark.parametrize(
    "other", [{"actor": "ben"}, {"text": "Midagi muud"}, {"place": Place.MAIL}, {"now": timedelta(seconds=31)}]
)
def test_what_differs_is_another_answer(ledger: Ledger, clock: Now, other: dict[str, object]) -> None:
    """Another person, place, text or time is no second tap."""
    _opened(ledger, clock())
    first = _record(ledger, clock())
    changed = dict(other)
    later = clock() + changed.pop("now", timedelta())  # type: ignore[operator]
    assert _record(ledger, later, **changed) != first  # type: ignore[arg-type]


def test_resolved_incident_takes_answers_and_an_unknown_one_does_not(ledger: Ledger, clock: Now) -> None:
    """Customers are also answered after the end; of what is no incident nothing is kept."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        incidents.resolve(tx, 1, "olga", Verdict.RIGHT, clock())
    _record(ledger, clock())
    with pytest.raises(NotPossible), ledger.write() as tx:
        answers.record(tx, NewAnswer(77, "olga", Place.PHONE, WORDS, "et"), clock())


def test_answer_seen_at_the_source_is_one_row_with_the_words_of_now(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """A post that is seen again, edited meanwhile, does not become a second answer."""
    _opened(ledger, clock())
    _store(ledger, post("9", WORDS), clock())
    with ledger.write() as tx:
        first = answers.seen(tx, 1, post("9", WORDS, parent_id="1"), clock(), "et")
        again = answers.seen(tx, 1, post("9", "Tagastame 40 € reedel", parent_id="1"), clock(), "et")
        (row,) = answers.told(tx, 1)
    assert first == again == row.id
    assert (row.state, row.post_uid, row.reply_to, row.place) == ("seen", "file:9", "file:1", "public")
    assert row.text == "Tagastame 40 € reedel"
    assert [fact.value for fact in answers.facts(row) if fact.kind is FactKind.SUM] == ["40 EUR"]


def test_the_language_of_an_answer_is_that_of_its_source_in_short(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """Where no model could say it; a source may name a script and a country, which no column has room for."""
    _opened(ledger, clock())
    ours = post("9", "Kuller tuleb homme", parent_id="1", lang_hint="et-Latn-EE")
    _store(ledger, ours, clock())
    with ledger.write() as tx:
        answers.seen(tx, 1, ours, clock())
        (row,) = answers.told(tx, 1)
    assert row.language == "et"
    assert [fact.kind for fact in answers.facts(row)] == [FactKind.DATE]


@pytest.mark.parametrize("first", ["told", "seen"])
def test_answer_that_was_told_and_seen_is_one(ledger: Ledger, clock: Now, post: MakePost, first: str) -> None:
    """Olga answers in public and records it, before or after it is collected: one answer, hers, whose words can go."""
    _opened(ledger, clock())
    ours = post("7", text=f"@jaan {WORDS}", parent_id="1")
    _store(ledger, ours, clock())
    if first == "told":
        _record(ledger, clock(), place=Place.PUBLIC)
    for _ in range(2):
        with ledger.write() as tx:
            answers.seen(tx, 1, ours, clock(), "et")
    if first == "seen":
        _record(ledger, clock(), place=Place.PUBLIC)
    with ledger.read() as tx:
        told = answers.told(tx, 1)
    assert [(row.actor, row.state, row.post_uid) for row in told] == [("olga", "told", "file:7")]
    with ledger.write() as tx:
        answers.forget(tx, ["file:7"])
        assert answers.told(tx, 1)[0].text == ""


def test_other_words_or_another_place_are_another_answer(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """What was said on the phone, or otherwise in public, is not what was seen."""
    _opened(ledger, clock())
    _record(ledger, clock())
    _record(ledger, clock(), text="Olga", place=Place.PUBLIC)
    with ledger.write() as tx:
        answers.seen(tx, 1, post("7", text=f"{WORDS}-Volga", parent_id="1"), clock(), "et")
        assert len(answers.told(tx, 1)) == 3


def test_nothing_is_recorded_while_another_person_writes(ledger: Ledger, clock: Now) -> None:
    """Two never answer the same story: who has the claim records, the other hears who it is."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        claims.take(tx, 1, "ben", clock(), timedelta(minutes=10))
    with pytest.raises(SomebodyElse):
        _record(ledger, clock())
    assert _record(ledger, clock(), actor="ben") == 1


def test_whoever_told_the_customer_is_done(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """Recording it stops the clock and ends the writer's own claim, wherever the form was."""
    _opened(ledger, clock())
    with ledger.write() as tx:
        clocks.start(tx, 1, post("1", WORDS), clock() + timedelta(hours=1), clock())
        claims.take(tx, 1, "olga", clock(), timedelta(minutes=10))
    _record(ledger, clock())
    with ledger.read() as tx:
        assert claims.holder(tx, 1, clock()) is None
        assert clocks.of(tx, [1])[1].answer_by is None
        assert [event.kind for event in incidents.events(tx, 1)][-2:] == ["answered", "answer_freed"]


def test_words_leave_with_the_post_and_the_answer_stays(ledger: Ledger, clock: Now, post: MakePost) -> None:
    """After a deletion nothing says what was in it, also if a worker sees the post once more; other answers stay."""
    _opened(ledger, clock())
    _store(ledger, post("9", WORDS), clock())
    _record(ledger, clock())
    with ledger.write() as tx:
        answers.seen(tx, 1, post("9", WORDS), clock(), "et")
    with ledger.write() as tx:
        removal.remove(tx, "file", [Gone("9", "deleted", clock())], clock())
        assert [(row.text, row.facts) for row in answers.told(tx, 1) if row.state == "seen"] == [("", [])]
    with ledger.write() as tx:
        answers.seen(tx, 1, post("9", WORDS), clock(), "et")
    with ledger.read() as tx:
        by_state = {row.state: row for row in answers.told(tx, 1)}
    assert (by_state["seen"].text, by_state["seen"].facts, by_state["seen"].findings) == ("", [], [])
    assert by_state["told"].text == WORDS


def test_old_words_are_forgotten_in_batches(ledger: Ledger, clock: Now) -> None:
    """Retention takes the words of all answers from before a time, and leaves that there was an answer."""
    _opened(ledger, clock())
    for number in range(3):
        _record(ledger, clock() + timedelta(days=number), text=f"Tagastame {number + 5} €")
    with ledger.write() as tx:
        limit = clock() + timedelta(days=2)
        assert [answers.drop_older(tx, limit, 1) for _ in range(3)] == [1, 1, 0]
    with ledger.read() as tx:
        assert [row.text for row in answers.told(tx, 1)] == ["", "", "Tagastame 7 €"]
