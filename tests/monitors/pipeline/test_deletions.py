"""What is left of a post that was deleted at its source: enough never to bring it back, and nothing of its author."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from fakes.pipeline import Bench
from sqlalchemy import select

from models.post import Author, Post
from monitors.ledger import incidents, outbox, posts, removal
from monitors.ledger.outbox import Letter
from monitors.ledger.schema import posts as table
from monitors.ledger.schema import stories
from monitors.ledger.stories import author_key
from monitors.ports import Gone

Make = Callable[..., Post]
KALLE = Author("kalle-author", "kalle", "Kalle", 12)
KEPT = {"seq", "uid", "source", "native_id", "kind", "created_at", "observed_at", "stored_at", "version"}
KEPT |= {"scored_version", "gone_at", "gone_reason"}


def _remove(bench: Bench, *native_ids: str) -> None:
    with bench.ledger.write() as tx:
        removal.remove(tx, "file", [Gone(one, "deleted", bench.clock()) for one in native_ids], bench.clock())


def test_the_tombstone_tells_nothing_of_a_person(bench: Bench, post: Make) -> None:
    """To whom it was a reply, its language and its rating go too; it never comes back."""
    full = post("1", text="danger acme", author=KALLE, thread_id="t", parent_id="kalle-post", raw={"by": "Kalle"})
    full = replace(full, lang_hint="et", rating=1.0, edited_at=bench.clock())
    bench.judged(full)
    _remove(bench, "1")
    with bench.ledger.write() as tx:
        posts.store(tx, [full], lambda _post: ("acme",), bench.clock())
        row = tx.execute(select(table)).one()._mapping
        assert {name for name, value in row.items() if value not in (None, "", {}, False)} == KEPT


def test_a_story_forgets_an_author_with_their_last_post(bench: Bench, post: Make) -> None:
    """The hash by which authors are counted stays as long as another post of theirs is in the story."""
    text = "The parcel from Tartu is late again and nobody answers"
    first, second = (post(n, text=text + "!" * int(n), author=KALLE) for n in "12")
    bench.judged(first, second, post("3", text=text + "...", author=Author("mari")))
    for gone, left in (("1", 2), ("2", 1)):
        _remove(bench, gone)
        with bench.ledger.read() as tx:
            counted = tx.execute(select(stories.c.authors)).scalar_one()
        assert len(counted) == left
        assert (author_key(first) in counted) == (left == 2)


def test_what_a_channel_said_of_the_message_goes_too(bench: Bench, post: Make) -> None:
    """A refusal that quotes the message is forgotten; the message still waits, and goes on without the words."""
    bench.judged(post("1", text="danger acme: Kalle was hurt", author=KALLE))
    with bench.ledger.write() as tx:
        letter = Letter("incident 1 again:bob:mail", "bob", "mail", "again", 1, {})
        outbox.enqueue(tx, [letter], bench.clock())
        outbox.postpone(tx, letter, "550 refused: danger acme: Kalle was hurt", bench.clock())
    _remove(bench, "1")
    with bench.ledger.write() as tx:
        assert incidents.require(tx, 1).headline == ""
        assert not any("Kalle" in str(row.last_error) for row in outbox.of_incident(tx, 1))
        assert letter.key in {one.key for one in outbox.claim(tx, 10, bench.clock(), timedelta(minutes=1))}
