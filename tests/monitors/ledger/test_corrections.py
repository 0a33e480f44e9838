"""What people correct is kept with who said it, teaches the models, and goes with the words that it is about."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from fakes.race import race
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from models.decision import Verdict
from models.post import Author, Post
from models.scores import Remedy, Scores, Sentiment, Signal
from monitors.ledger import audit, corrections, incidents, posts, removal, scoring
from monitors.ledger.corrections import VALUES, Correction, Word
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NewIncident
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import corrections as table
from monitors.ports import Gone

Now = Callable[[], datetime]
TEXT = "Give my money back, or see you in court"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scored(
    ledger: Ledger, post: Callable[..., Post], scores: Callable[..., Scores], clock: Now
) -> Callable[[str, str], int]:
    """Stores a post with scores; gives its number."""

    def put(native_id: str, text: str, **other: Any) -> int:
        with ledger.write() as tx:
            posts.store(tx, [post(native_id, text, **other)], lambda _post: ("acme",), clock())
            waiting = scoring.claim(tx, 10, clock(), MINUTE)
            scoring.write(tx, [(one, scores(one.text, Signal.REFUND_DEMAND)) for one in waiting], clock())
            return int(waiting[0].seq)

    return put


def _say(ledger: Ledger, at: datetime, *said: Word) -> None:
    with ledger.write() as tx:
        for number, word in enumerate(said):
            corrections.add(tx, word, at + number * MINUTE)


def _labelled(ledger: Ledger) -> list[Correction]:
    with ledger.read() as tx:
        return list(corrections.labelled(tx))


def test_what_was_said_comes_back_as_data(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """Every field of a post is given with its text, its language, who said it, when, and what had scored it."""
    seq = scored("1", TEXT)
    _say(
        ledger,
        clock(),
        Word(seq, 1, "mari", "complaint", "no"),
        Word(seq, 1, "mari", "sentiment", "neutral"),
        Word(seq, 1, "mari", "severity", "0"),
        Word(seq, 1, "mari", "remedy", "money_back"),
        Word(seq, 1, "mari", "refund_demand", "no"),
        Word(seq, 1, "mari", "legal_threat", "yes", (23, 39)),
    )
    (said,) = _labelled(ledger)
    assert (said.uid, said.text, said.language, said.author, said.model) == ("file:1", TEXT, "en", "mari", "test")
    assert said.at == clock() + 5 * MINUTE
    assert (said.complaint, said.sentiment, said.severity) == (False, Sentiment.NEUTRAL, 0)
    assert said.remedy is Remedy.MONEY_BACK
    assert said.signals == {Signal.REFUND_DEMAND: False, Signal.LEGAL_THREAT: True}
    assert [said.text[start:end] for start, end in said.spans.values()] == ["see you in court"]
    with ledger.read() as tx:
        entry = audit.newest(tx)[0]
    assert (entry.actor, entry.action, entry.object) == ("mari", "corrected", "post file:1")
    assert entry.detail == {"legal_threat": "yes"}


def test_the_last_word_of_a_person_counts(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """Somebody who changes their mind replaces what they said; two people may disagree."""
    seq = scored("1", TEXT)
    _say(
        ledger,
        clock(),
        Word(seq, 1, "mari", "complaint", "no"),
        Word(seq, 1, "olga", "complaint", "no"),
        Word(seq, 1, "mari", "complaint", "yes"),
    )
    assert [(said.author, said.complaint) for said in _labelled(ledger)] == [("mari", True), ("olga", False)]
    with ledger.read() as tx:
        assert [(row.person, row.value) for row in corrections.of_post(tx, seq)] == [("olga", "no"), ("mari", "yes")]


def test_a_word_is_taken_back_by_who_said_it(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """Undoing leaves what others said, leaves an entry in the audit log once, and teaches nothing any more."""
    seq = scored("1", TEXT)
    _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "no"), Word(seq, 1, "olga", "severity", "4"))
    with ledger.write() as tx:
        for _ in range(2):
            corrections.undo(tx, seq, "complaint", "mari", clock())
            corrections.undo(tx, seq, "severity", "mari", clock())
        assert [entry.action for entry in audit.newest(tx)].count("uncorrected") == 1
    assert [(said.author, said.complaint, said.severity) for said in _labelled(ledger)] == [("olga", None, 4)]


def test_scores_and_decisions_stay_as_they_were(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """A correction is beside the scores: it alters none, and puts no post in line for anything."""
    seq = scored("1", TEXT)
    _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "no"))
    with ledger.write() as tx:
        row = tx.execute(select(incidents.scores)).one()
        assert (row.complaint, scoring.waiting(tx)) == (True, 0)


@pytest.mark.parametrize(
    ("field", "value", "span", "version"),
    [
        ("complaint", "maybe", None, 1),
        ("severity", "5", None, 1),
        ("colour", "yes", None, 1),
        ("legal_threat", "yes", (5, 5), 1),
        ("legal_threat", "yes", (0, 400), 1),
        ("legal_threat", "yes", (-1, 4), 1),
        ("complaint", "no", None, 2),
    ],
)
def test_nonsense_is_refused(
    field: str,
    value: str,
    span: tuple[int, int] | None,
    version: int,
    ledger: Ledger,
    clock: Now,
    scored: Callable[..., int],
) -> None:
    """Labels that do not exist, places outside the text, and words about a text that nobody could read yet."""
    seq = scored("1", TEXT)
    with pytest.raises(NotPossible):
        _say(ledger, clock(), Word(seq, version, "mari", field, value, span))
    with pytest.raises(NotPossible, match="there is no post 99"):
        _say(ledger, clock(), Word(99, 1, "mari", "complaint", "no"))
    assert _labelled(ledger) == []


def test_an_edited_text_takes_its_corrections_out_of_use(
    ledger: Ledger, clock: Now, scored: Callable[..., int]
) -> None:
    """What was said about the words before the edit is not taught as if it were about the words after it."""
    seq = scored("1", TEXT)
    _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "no"))
    scored("1", "All is well now, thank you", edited_at=clock() + MINUTE)
    with pytest.raises(NotPossible, match="not the one that was read"):
        _say(ledger, clock(), Word(seq, 1, "olga", "complaint", "no"))
    assert _labelled(ledger) == []
    _say(ledger, clock(), Word(seq, 2, "olga", "complaint", "no"))
    assert [said.text for said in _labelled(ledger)] == ["All is well now, thank you"]


def test_a_deleted_post_takes_its_corrections_along(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """No row is left, nothing can be said any more, and the audit log never had the words."""
    seq = scored("1", TEXT)
    _say(ledger, clock(), Word(seq, 1, "mari", "legal_threat", "yes", (23, 39)))
    with ledger.write() as tx:
        removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock())
        assert tx.execute(select(table)).all() == []
        assert not [entry for entry in audit.newest(tx) if "court" in str(entry.detail) + entry.object]
    with pytest.raises(NotPossible):
        _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "no"))
    assert _labelled(ledger) == []


@pytest.mark.parametrize("deleted_first", [True, False])
def test_a_correction_at_the_moment_of_a_deletion(
    ledger: Ledger, clock: Now, scored: Callable[..., int], *, deleted_first: bool
) -> None:
    """Whoever comes second waits: nothing is left of what was said about a post that is gone."""
    seq = scored("1", TEXT)
    works: list[Callable[[Tx], object]] = [
        lambda tx: removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock()),
        lambda tx: corrections.add(tx, Word(seq, 1, "mari", "complaint", "no"), clock()),
    ]
    first, second = works if deleted_first else works[::-1]
    race(ledger, first, second)
    with ledger.read() as tx:
        assert tx.execute(select(table)).all() == []


def test_old_posts_take_their_corrections_along(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """Retention deletes what hangs on a post, also on the database that would keep it from going."""
    seq = scored("1", TEXT)
    _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "no"))
    with ledger.write() as tx:
        assert posts.drop_older(tx, clock() + MINUTE, 10, clock()) == 1
        assert tx.execute(select(table)).all() == []


@pytest.mark.parametrize(
    ("verdict", "complaint"), [(Verdict.NOISE, False), (Verdict.RIGHT, True), (Verdict.ALREADY_HANDLED, True)]
)
def test_a_verdict_teaches_until_it_is_taken_back(
    verdict: Verdict, *, complaint: bool, ledger: Ledger, clock: Now, scored: Callable[..., int]
) -> None:
    """It says of the post that alerted whether it is a complaint, the last one counts, and a plain word goes first."""
    seq = scored("1", TEXT)
    new = NewIncident("acme", "file:1", "threat", 50.0, 3, "en", TEXT, clock(), None, {}, "file:1")
    with ledger.write() as tx:
        incidents.open_incident(tx, new, clock())
        incidents.resolve(tx, 1, "olga", Verdict.RIGHT, clock())
        incidents.resolve(tx, 1, "olga", verdict, clock() + MINUTE)
    (said,) = _labelled(ledger)
    assert (said.author, said.verdict, said.complaint, said.model) == ("olga", verdict, complaint, "test")
    _say(ledger, clock(), Word(seq, 1, "olga", "complaint", "no" if complaint else "yes"))
    assert [(said.verdict, said.complaint) for said in _labelled(ledger)] == [(verdict, not complaint)]
    with ledger.write() as tx:
        corrections.undo(tx, seq, "complaint", "olga", clock())
        incidents.reopen(tx, 1, "mari", clock())
    assert _labelled(ledger) == []


def test_posts_of_one_author_can_be_kept_together(ledger: Ledger, clock: Now, scored: Callable[..., int]) -> None:
    """Each is given with a key of its author, which is not the author's name, in the order in which the posts came."""
    for number, author in enumerate(("kate", "kate", "ivan")):
        seq = scored(str(number), f"{TEXT} {number}", author=Author(author))
        _say(ledger, clock(), Word(seq, 1, "mari", "complaint", "yes"))
    first, second, third = _labelled(ledger)
    assert first.written_by == second.written_by != third.written_by
    assert "kate" not in first.written_by
    assert [said.uid for said in (first, second, third)] == ["file:0", "file:1", "file:2"]


def test_the_table_comes_and_goes(ledger: Ledger) -> None:
    """The migration can be taken back."""
    command.downgrade(ledger.migrations(), "0006")
    assert "corrections" not in inspect(ledger.engine).get_table_names()
    ledger.migrate()
    assert "corrections" in inspect(ledger.engine).get_table_names()


@given(st.sampled_from(sorted(VALUES)), st.data())
def test_every_label_fits_its_column(field: str, data: st.DataObject) -> None:
    """No field and no value is longer than PostgreSQL takes."""
    value = data.draw(st.sampled_from(sorted(VALUES[field])))
    assert len(field) <= table.c.field.type.length
    assert len(value) <= table.c.value.type.length
