"""The customer writes again in a case that somebody has in hand: its holder is told once of each post, and at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from fakes.in_hand import MARI, OTHER, OURS, TEAM, take_in_hand
from fakes.pipeline import Bench
from sqlalchemy import select, update

from models.hours import EVERY_DAY, Hours
from models.post import Author, Post
from models.rota import Change, ChangeKind
from monitors.ledger import bundles, handing, incidents, removal, rota
from monitors.ledger.bundles import Usual
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import outbox as outbox_table
from monitors.messages import Composer
from monitors.pipeline.holders import BURST, KIND
from monitors.pipeline.roster import Roster
from monitors.ports import Gone

Make = Callable[..., Post]
PAUSE = timedelta(minutes=10)


@pytest.fixture
def desk(bench: Bench, post: Make) -> Bench:
    """Mari complained ten minutes ago, and Ann has the case in hand."""
    take_in_hand(bench, post)
    bench.clock.forward(minutes=10)
    return bench


def _write(desk: Bench, post: Make, number: int | str, author: Author = MARI, **other: object) -> None:
    at = desk.clock()
    values = {"created_at": at, "observed_at": at, "thread_id": "t", "parent_id": "1", **other}
    text = str(values.pop("text", f"where is it acme, question {number}"))
    desk.judged(post(str(number), text, author=author, **values))


def _letters(desk: Bench) -> list[Any]:
    with desk.ledger.read() as tx:
        found = select(outbox_table).where(outbox_table.c.kind == KIND).order_by(outbox_table.c.id)
        return list(tx.execute(found))


def _arranged(desk: Bench, usual: Usual) -> list[Any]:
    with desk.ledger.write() as tx:
        bundles.arrange(tx, "mail", usual, desk.clock())
    return _letters(desk)


def test_the_holder_is_told_once_of_each_post(desk: Bench, post: Make) -> None:
    """Also when it is judged again or edited; to the holder alone, with the post that was written."""
    for _ in range(2):
        _write(desk, post, 2)
    _write(desk, post, 2, text="where is it acme, tell me", edited_at=desk.clock())
    [letter] = _letters(desk)
    assert (letter.person, letter.incident_id, letter.payload["post"]) == ("ann", 1, "file:2")
    assert letter.key.startswith("incident 1 customer ")
    assert letter.payload["urgent"]
    with desk.ledger.write() as tx:
        handing.hand_over(tx, 1, "ann", "bob", "", desk.clock())
    desk.clock.forward(minutes=30)
    _write(desk, post, 3)
    assert [letter.person for letter in _letters(desk)] == ["ann", "bob"]


def test_a_post_with_a_long_id_stops_nothing(desk: Bench, post: Make) -> None:
    """The longest id that a post may have makes a message like any other, and each such post another."""
    for letter in "ab":
        _write(desk, post, letter * 500)
        desk.clock.forward(minutes=6)
    assert len(_letters(desk)) == 2


@pytest.mark.parametrize(
    ("author", "other"),
    [
        (OTHER, {}),
        (OURS, {"text": "fine we are sorry"}),
        (MARI, {"thread_id": "else", "parent_id": None, "text": "nice day"}),
    ],
    ids=["another customer", "our own account", "another matter"],
)
def test_what_is_no_word_of_the_customer_tells_nobody(
    desk: Bench, post: Make, author: Author, other: dict[str, object]
) -> None:
    """Neither what others write in the thread, nor our answers, nor what the customer writes elsewhere."""
    _write(desk, post, 2, author, **other)
    assert _letters(desk) == []


def test_a_case_that_nobody_has_in_hand_tells_nobody(desk: Bench, post: Make) -> None:
    """Given back, people are called as before; what we answered is no news."""
    with desk.ledger.write() as tx:
        incidents.release(tx, 1, "ann", desk.clock())
    _write(desk, post, 2)
    with desk.ledger.write() as tx:
        incidents.acknowledge(tx, 1, "ann", desk.clock())
    _write(desk, post, 3, OURS, text="fine we are sorry")
    _write(desk, post, 4, created_at=desk.clock() - timedelta(minutes=1))
    assert _letters(desk) == []


def test_a_burst_is_one_message_after_the_first(desk: Bench, post: Make) -> None:
    """The first post goes at once whatever went before; those of the next minutes go together; then it begins anew."""
    usual = Usual(PAUSE)
    _write(desk, post, 2)
    assert [row.due_at for row in _arranged(desk, usual)] == [desk.clock()]
    for number in (3, 4, 5):
        desk.clock.forward(seconds=20)
        _write(desk, post, number)
        _arranged(desk, usual)
    first, *rest = _letters(desk)
    assert first.bundle is None
    assert len(rest) == 3
    assert {row.bundle for row in rest} == {rest[0].key}
    assert {row.due_at for row in rest} == {first.due_at + PAUSE}
    desk.clock.forward(minutes=BURST.total_seconds() / 60)
    _write(desk, post, 6)
    assert _arranged(desk, usual)[-1].due_at == desk.clock()


def test_quiet_hours_are_kept_unless_one_is_on_duty_or_it_is_urgent(desk: Bench, post: Make) -> None:
    """Ann sleeps: it waits until she is up; where people may come to harm it does not."""
    night = Hours(EVERY_DAY, time(0), time(23, 59))
    desk.roster = replace(desk.roster, quiet={"ann": (night,)})
    with desk.ledger.write() as tx:
        tx.execute(update(incident_table).values(urgent=False))
    _write(desk, post, 2)
    [letter] = _arranged(desk, Usual(PAUSE, {"ann": (night,)}))
    assert not letter.payload["urgent"]
    up = datetime.combine(desk.clock().date(), time(23, 59), UTC)
    assert letter.due_at == up
    with desk.ledger.write() as tx:
        tx.execute(update(incident_table).values(urgent=True))
    desk.clock.forward(minutes=10)
    _write(desk, post, 3)
    assert _arranged(desk, Usual(PAUSE, {"ann": (night,)}))[-1].due_at == desk.clock()


@pytest.mark.parametrize("why", ["away", "no channel"])
def test_somebody_is_told_where_the_holder_cannot_be(desk: Bench, post: Make, why: str) -> None:
    """Ann is on holiday, or no channel reaches her: Bob, who is called next, hears of it."""
    if why == "away":
        now = desk.clock()
        with desk.ledger.write() as tx:
            rota.make(tx, Change(ChangeKind.AWAY, "ann", now, now + timedelta(days=3)), "ann", now)
    else:
        desk.roster = Roster(TEAM, {"bob": ("mail",)})
    _write(desk, post, 2)
    assert [letter.person for letter in _letters(desk)] == ["bob"]


def test_a_post_that_was_deleted_meanwhile_is_not_quoted(desk: Bench, post: Make) -> None:
    """The message is written when it is sent, by what the source still shows."""
    _write(desk, post, 2)
    composer = Composer(desk.ledger, "https://pages.example.com", "secret-key", desk.clock)
    [letter] = _letters(desk)
    assert "question 2" in composer.compose(letter).text
    with desk.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("2", "deleted", desk.clock())], desk.clock())
    assert "question 2" not in composer.compose(letter).text
