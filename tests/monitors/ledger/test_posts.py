"""Posts in the ledger: once by identity, newest version wins, deleted stays deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.post import Author, Metric, Post
from monitors.ledger import columns, documents, indexing, judging, posts, removal, scoring
from monitors.ledger.engine import Ledger
from monitors.ports import Gone

Make = Callable[..., Post]


def _brand(_post: Post) -> tuple[str, ...]:
    return ("acme",)


def test_storing_twice_changes_nothing(ledger: Ledger, post: Make, clock: Callable[[], datetime]) -> None:
    """A page that is stored again after a crash adds no post, no mention and no count."""
    page = [post("1"), post("2")]
    with ledger.write() as tx:
        first = posts.store(tx, page, _brand, clock())
        again = posts.store(tx, page, _brand, clock())
        assert (first.new, again.new, again.known) == (2, 0, 2)
        assert posts.count_by_brand(tx) == {"acme": 2}


def test_an_edit_is_a_new_version(ledger: Ledger, post: Make, clock: Callable[[], datetime]) -> None:
    """A later text replaces the earlier one and is put in line for scores; an older one does not come back."""
    edited = post("1", "It came, thank you", edited_at=clock() + timedelta(minutes=5))
    with ledger.write() as tx:
        posts.store(tx, [post("1")], _brand, clock())
        assert posts.store(tx, [edited], _brand, clock()).changed == 1
        assert posts.store(tx, [post("1")], _brand, clock()).changed == 0
        found = posts.get(tx, "file:1")
        waiting = scoring.claim(tx, 10, clock(), timedelta(minutes=1))
    assert found is not None
    assert found.text == "It came, thank you"
    assert [one.version for one in waiting] == [2]


def test_what_a_database_cannot_hold_is_taken_out(ledger: Ledger, post: Make, clock: Callable[[], datetime]) -> None:
    """NUL characters and halves of surrogate pairs do not stop a page."""
    strange = post("1", "a\x00b\ud83d", raw={"deep": {"x": "\x00"}})
    with ledger.write() as tx:
        assert posts.store(tx, [strange], _brand, clock()).new == 1
        found = posts.get(tx, "file:1")
    assert found is not None
    assert found.text == "ab?"


def test_whatever_a_source_sends_beside_the_text_is_stored(
    ledger: Ledger, post: Make, clock: Callable[[], datetime]
) -> None:
    """The six characters of an escaped NUL, halves of surrogates, endless and huge numbers stop no page."""
    raw = {"text": "a \\u0000 b", "half": "\ud800", "endless": float("inf"), "deep": [{"nul\x00": "\x00"}]}
    famous = post("1", raw=raw, author=Author("a", followers=2**70))
    with ledger.write() as tx:
        stored = posts.store(tx, [famous, post("bad\ud800id")], _brand, clock())
        found = posts.get(tx, "file:1")
    assert [skip.reason for skip in stored.refused] == ["bad_id"]
    assert found is not None
    assert found.raw == {"text": "a \\u0000 b", "half": "?", "endless": "inf", "deep": [{"nul": ""}]}


def test_an_id_that_is_too_long_is_refused_and_counted(
    ledger: Ledger, post: Make, clock: Callable[[], datetime]
) -> None:
    """One impossible id does not take the page down with it."""
    with ledger.write() as tx:
        stored = posts.store(tx, [post("x" * 501), post("2")], _brand, clock())
    assert stored.new == 1
    assert [skip.reason for skip in stored.refused] == ["id_too_long"]


def test_counts_are_kept_over_time(ledger: Ledger, post: Make, clock: Callable[[], datetime]) -> None:
    """Each look at a post is a snapshot; the same look twice is one; absent counts stay absent."""
    later = post("1", observed_at=clock() + timedelta(minutes=10), engagement={Metric.LIKES: 9, Metric.VIEWS: 100})
    with ledger.write() as tx:
        posts.store(tx, [post("1")], _brand, clock())
        posts.store(tx, [later, later], _brand, clock())
        taken = posts.snapshots_of(tx, [1])[1]
    assert [dict(one.engagement) for one in taken] == [{Metric.LIKES: 3}, {Metric.LIKES: 9, Metric.VIEWS: 100}]


def test_a_deleted_post_leaves_only_its_id(
    ledger: Ledger, post: Make, scores: Callable[..., object], clock: Callable[[], datetime]
) -> None:
    """After a deletion text and author are nowhere, the index is told, and collecting it again changes nothing."""
    with ledger.write() as tx:
        posts.store(tx, [post("1", "secret words")], _brand, clock())
        batch = scoring.claim(tx, 10, clock(), timedelta(minutes=1))
        scoring.write(tx, [(one, scores(one.text)) for one in batch], clock())  # type: ignore[misc]
        assert removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock()) == 1
        assert removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock()) == 0
        posts.store(tx, [post("1", "secret words")], _brand, clock())
        found = posts.get(tx, "file:1")
        queued = indexing.claim(tx, 10, clock(), timedelta(minutes=1))
        receipt = removal.receipts(tx)[0]
        assert documents.read(tx, ["file:1"]) == []
        assert judging.waiting(tx, "acme", 10) == []
    assert found is not None
    assert (found.text, found.author.native_id, found.url) == ("", "", "")
    assert [(one.uid, one.removed) for one in queued] == [("file:1", True)]
    assert receipt.ledger_at is not None


def test_old_posts_are_forgotten_with_all_that_hangs_on_them(
    ledger: Ledger, post: Make, clock: Callable[[], datetime]
) -> None:
    """Retention removes the post, its counts and its mentions, and tells the index."""
    with ledger.write() as tx:
        posts.store(tx, [post("old", raw={"a": 1})], _brand, clock() - timedelta(days=400))
        posts.store(tx, [post("new", raw={"a": 1})], _brand, clock())
        assert posts.drop_raw(tx, clock() - timedelta(days=30), 10) == 1
        assert posts.drop_older(tx, clock() - timedelta(days=365), 10, clock()) == 1
        assert posts.count_by_brand(tx) == {"acme": 1}
        assert [one.uid for one in indexing.claim(tx, 10, clock(), timedelta(minutes=1))] == ["file:old"]


@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(text=st.text(alphabet=st.characters(), max_size=200))
def test_any_text_can_be_stored(ledger: Ledger, post: Make, clock: Callable[[], datetime], text: str) -> None:
    """Whatever characters a stranger writes, the post is stored and read back without those no database holds."""
    with ledger.write() as tx:
        one = replace(post("1", text), native_id=str(abs(hash(text))))
        posts.store(tx, [one], _brand, clock())
        found = posts.get(tx, one.uid)
    assert found is not None
    assert found.text == columns.storable(text)
