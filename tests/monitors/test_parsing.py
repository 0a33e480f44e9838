"""Items from strangers: each broken one is a counted skip, and none costs its neighbours."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.post import Author, Post
from monitors.errors import SkipRecord
from monitors.http import Http
from monitors.markup import LONGEST_MARKUP, plain_text
from monitors.parsing import LONGEST_ID, LONGEST_NAME, LONGEST_TEXT, instant, storable, understand
from monitors.sources import load
from monitors.testing.budgets import NoLimit

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
STATUS = {
    "id": "116160000000000001",
    "uri": "https://a.example/1",
    "url": "https://a.example/1",
    "language": "et",
    "created_at": "2026-03-02T10:00:00Z",
    "edited_at": "2026-03-02T10:01:00Z",
    "content": "<p>tere</p>",
    "visibility": "public",
    "spoiler_text": "",
    "favourites_count": 2,
    "in_reply_to_id": None,
    "reblog": None,
    "account": {"acct": "a", "display_name": "A", "uri": "https://a.example/a", "followers_count": 3},
}
TWEET = {
    "id": "2028432629560246273",
    "text": "tere",
    "created_at": "2026-03-02T10:00:00Z",
    "author_id": "5",
    "lang": "et",
    "conversation_id": "7",
    "edit_history_tweet_ids": ["2028432629560246273"],
    "note_tweet": {},
    "public_metrics": {"like_count": 3},
    "referenced_tweets": [{"type": "replied_to", "id": "7"}],
    "author": {"username": "a", "name": "A", "public_metrics": {"followers_count": 9}},
}
ENTRY = {
    "id": "e1",
    "link": "https://n.example/1",
    "title": "tere",
    "summary": "<p>x</p>",
    "author": "A",
    "published": "2026-03-02T10:00:00+00:00",
    "updated": "2026-03-02T10:00:00+00:00",
    "language": "et",
}
GOOD = {"x": TWEET, "mastodon": STATUS, "rss": ENTRY}
REQUIRED = {"x": {"bearer_token": "t"}, "mastodon": {"base_url": "http://127.0.0.1"}, "rss": {"feeds": ["/f"]}}


def spoilt(item: dict[str, Any], key: str, inner: str, value: Any) -> Any:
    """The item with the value somewhere in it where another was."""
    if isinstance(item[key], dict) and inner:
        return {**item, key: {**item[key], inner: value}}
    return {**item, key: value}


def parse(item: Any, at: datetime) -> Post:
    """A post of a small made-up service."""
    return Post("s", item["id"], "", item["text"], instant(item["at"]), at, Author("a"))


def item(key: str, text: str = "tere", at: str = "2026-03-02T11:00:00Z") -> dict[str, str]:
    """An item of it."""
    return {"id": key, "text": text, "at": at}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (item(" "), "no_id"),
        (item("1", "\n "), "no_text"),
        (item("1", "x" * (LONGEST_TEXT + 1)), "too_long"),
        (item("1", at="2026-03-02T11:00:00"), "no_time"),
        (item("1", at="2026-03-04T11:00:00Z"), "future"),
        (item("1", at="0001-01-01T00:00:00Z"), "bad_time"),
        (item("1", at="1989-12-31T23:59:59Z"), "bad_time"),
        (item("1", at="yesterday"), "not_understood"),
        ({"id": "1"}, "not_understood"),
        ([1, 2], "not_understood"),
        (None, "not_understood"),
    ],
)
def test_a_broken_item_is_skipped_with_its_reason(broken: Any, reason: str) -> None:
    """The items around it are kept, and where it stood is said."""
    found, skipped = understand([("1", item("a")), ("2", broken), ("3", item("c"))], parse, NOW)
    assert [post.native_id for post in found] == ["a", "c"]
    assert [(skip.reason, skip.where) for skip in skipped] == [(reason, "2")]


def test_a_clock_that_is_ahead_is_set_to_now() -> None:
    """A time zone taken for another moves a post by hours: it is kept, at the latest time that can be."""
    found, skipped = understand([("1", item("a", at="2026-03-02T15:00:00Z"))], parse, NOW)
    assert (found[0].created_at, skipped) == (NOW, [])


def test_an_author_without_end_is_cut() -> None:
    """A megabyte in place of a name would be on every page that shows the post: its beginning is kept, and the post."""
    long = "x" * 1_000_000

    def by_nobody(item: Any, at: datetime) -> Post:
        return replace(parse(item, at), author=Author(long, handle=long, name=long, followers=7))

    found, skipped = understand([("1", item("a"))], by_nobody, NOW)
    assert found[0].author == Author(long[:LONGEST_ID], long[:LONGEST_NAME], long[:LONGEST_NAME], 7)
    assert skipped == []


def test_what_names_another_post_fits_an_index() -> None:
    """A thread or a parent whose name goes on could not be indexed, and its page would be tried again for ever."""
    long = "x" * (LONGEST_ID + 1)

    def below(item: Any, at: datetime) -> Post:
        return replace(parse(item, at), thread_id=long, parent_id=long, parent_author=long)

    found, skipped = understand([("1", item("a")), ("2", item(long))], below, NOW)
    assert [(post.thread_id, post.parent_id, post.parent_author) for post in found] == [(None, None, long[:LONGEST_ID])]
    assert [skip.reason for skip in skipped] == ["id_too_long"]


def test_an_identity_comes_once() -> None:
    """Of two versions in one page the later one wins, and the other one is skipped, not lost without a trace."""
    found, skipped = understand([("1", item("a", "enne")), ("2", item("b")), ("3", item("a", "nüüd"))], parse, NOW)
    assert [(post.native_id, post.text) for post in found] == [("a", "nüüd"), ("b", "tere")]
    assert [(skip.reason, skip.where) for skip in skipped] == [("repeated_id", "1")]


def test_the_missing_key_is_named() -> None:
    """Whoever mends a source reads which field is gone; a text of a stranger that was looked up is not shown."""
    kinds = {"post": "a"}
    _, skipped = understand([("1", {"id": "1", "text": "tere"})], parse, NOW)
    assert [skip.detail for skip in skipped] == ["KeyError: 'at'"]
    _, skipped = understand([("1", {})], lambda _item, _at: kinds["minu naaber Kalle, Tartust"], NOW)  # type: ignore[arg-type,return-value]
    assert [skip.detail for skip in skipped] == ["KeyError"]


@given(shapes)
def test_what_is_storable_can_be_stored(value: Any) -> None:
    """No text in it has what PostgreSQL or UTF-8 refuses, and the shape stays."""
    text = json.dumps(storable(value), ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text


def test_halves_of_characters_and_nuls_are_replaced() -> None:
    """JSON can spell characters that are none."""
    assert storable(json.loads('{"a\\u0000": ["\\ud83d x", {"b": "\\u0000"}]}')) == {"a�": ["� x", {"b": "�"}]}


@pytest.mark.parametrize("kind", sorted(GOOD))
@given(data=st.data())
def test_no_shape_stops_a_source(kind: str, data: st.DataObject) -> None:
    """Whatever a service sends in place of a field, the item is a post that can be stored or a skip with a reason."""
    source_class = load(kind)
    values = source_class.Settings.model_validate(REQUIRED[kind])
    http = Http(values, budget=NoLimit(), now=lambda: NOW)
    key = data.draw(st.sampled_from(sorted(GOOD[kind])))
    inner = data.draw(st.sampled_from(["", "acct", "username", "followers_count", "like_count", "public_metrics"]))
    value = data.draw(shapes | st.just(10**30))
    items = [("1", spoilt(GOOD[kind], key, inner, value)), ("2", value)]
    found, skipped = understand(items, source_class("s", values, http).parse, NOW)
    assert len(found) + len(skipped) == 2
    assert all(skip.reason for skip in skipped)
    for post in found:
        assert max(post.created_at, post.edited_at or NOW) <= NOW
        assert (type(post.native_id), type(post.text), type(post.url)) == (str, str, str)
        texts = (post.author.handle, post.author.name, post.lang_hint, post.thread_id, post.parent_id)
        assert all(one is None or type(one) is str for one in texts)
        assert all(type(one) is int and one < 2**63 for one in (*post.engagement.values(), post.author.followers or 0))


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_the_items_to_spoil_are_good(kind: str) -> None:
    """Without a spoilt field each is a post: the test above starts from what is understood."""
    source_class = load(kind)
    values = source_class.Settings.model_validate(REQUIRED[kind])
    http = Http(values, budget=NoLimit(), now=lambda: NOW)
    found, skipped = understand([("1", GOOD[kind])], source_class("s", values, http).parse, NOW)
    assert (len(found), skipped) == (1, [])


def test_a_time_without_a_zone_is_refused() -> None:
    """Guessing moves posts by hours; any zone that is given becomes UTC."""
    with pytest.raises(SkipRecord):
        instant("2026-03-02T10:00:00")
    assert instant("2026-03-02T12:00:00+02:00") == datetime(2026, 3, 2, 10, tzinfo=timezone.utc)  # noqa: UP017


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Üks &amp; kaks</p><p>kolm<br>neli</p>", "Üks & kaks\nkolm\nneli"),
        ("a &lt;3 b", "a <3 b"),
        ("<script>alert(1)</script><b>hea</b><!-- salajane -->", "hea"),
        ("<p>katki <b>jäänud", "katki jäänud"),
        ('<img src=x onerror="alert(1)">pilt', "pilt"),
        ("<style>p{}</style>", ""),
        ("   ", ""),
    ],
)
def test_words_come_out_of_markup(markup: str, text: str) -> None:
    """What a reader would have seen, with the breaks; scripts, comments and broken tags are not text."""
    assert plain_text(markup) == text


@given(st.text(alphabet="<>/&;abp !-'\"=#x10", max_size=80))
def test_no_markup_breaks_reading(markup: str) -> None:
    """However broken the tags are, words come out and no tag that was opened and closed."""
    assert "<b>" not in plain_text(f"{markup}<b>x</b>") or "<b>" in markup or "&" in markup


@pytest.mark.parametrize("piece", ["<br>", "<p>a", "a<!---->", "a<script></script>"])
def test_no_markup_takes_long(piece: str) -> None:
    """Twenty thousand breaks took a minute."""
    started = time.process_time()
    plain_text(piece * 20_000)
    assert time.process_time() - started < 6


def test_markup_without_end_is_read_from_its_beginning() -> None:
    """Ten megabytes of tags cost what one does, and the post is kept with the words that come first."""
    source_class = load("mastodon")
    values = source_class.Settings.model_validate(REQUIRED["mastodon"])
    http = Http(values, budget=NoLimit(), now=lambda: NOW)
    endless = f"<p>Pakk on kadunud</p><p title='{'x' * LONGEST_MARKUP}'>liiga kaugel</p>{' ' * 9_000_000}"
    found, skipped = understand([("1", {**STATUS, "content": endless})], source_class("s", values, http).parse, NOW)
    assert ([post.text for post in found], skipped) == (["Pakk on kadunud"], [])
    assert len(plain_text("x" * 10_000_000)) == LONGEST_MARKUP
