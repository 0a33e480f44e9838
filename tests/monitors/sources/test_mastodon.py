"""What is Mastodon's own: hashtags, who may see what, late posts, old servers, and lists that are none."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status

from monitors.errors import RetryLater, SkipRecord, StopSource
from monitors.http import Http
from monitors.ports import Conversation, Query, Window
from monitors.sources import mastodon
from monitors.testing.budgets import NoLimit
from monitors.testing.server import Asked, as_json

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUERY = Query("hansa", ("Hansa Kuller", "hansakuller"))
WINDOW = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    """A server without posts."""
    with FakeMastodon() as running:
        yield running


def source(fake: FakeMastodon, **settings: Any) -> mastodon.Source:
    """A source over that server."""
    values = mastodon.MastodonSettings.model_validate({"base_url": fake.url, **settings})
    http = Http(values, budget=NoLimit(), now=lambda: NOW, sleep=lambda _: None)
    return mastodon.Source("m", values, http)


@pytest.mark.parametrize(
    ("names", "tags"),
    [
        (["Hansa Kuller", "hansakuller", "HANSA  KULLER"], ("hansakuller",)),
        (["Õun & Co", "Яндекс Еда", "R-kioski"], ("õunco", "яндекседа", "rkioski")),
        (["365", "!!!", ""], ()),
    ],
)
def test_names_become_hashtags(names: list[str], tags: tuple[str, ...]) -> None:
    """A hashtag has letters of any alphabet and digits, not digits alone, and is asked for once."""
    assert mastodon.hashtags(names) == tags


def test_more_hashtags_come_from_the_settings(fake: FakeMastodon) -> None:
    """What people use instead of the name is watched as well."""
    fake.publish(status("kus pakk on", NOW - timedelta(minutes=3), tag="pakiabi"))
    pages = list(source(fake, hashtags=["#PakiAbi"]).collect(QUERY, None, WINDOW))
    assert [post.text for page in pages for post in page.found] == ["kus pakk on #pakiabi"]


def test_late_posts_are_read_by_the_next_walk(fake: FakeMastodon) -> None:
    """Posts of other servers arrive late: a walk re-reads ten minutes, one that was interrupted does so at its end."""
    fake.publish(status("esimene", NOW - timedelta(minutes=9)))
    ours = source(fake)
    first, last = ours.collect(QUERY, None, WINDOW)
    fake.publish(status("hilinenud", NOW - timedelta(minutes=15), number=1))
    both = {"esimene #hansakuller", "hilinenud #hansakuller"}
    assert {post.text for page in ours.collect(QUERY, last.state, WINDOW) for post in page.found} == both
    resumed = list(ours.collect(QUERY, first.state, WINDOW))
    assert [len(page.found) for page in resumed] == [0, 2, 0]
    assert resumed[-1].state["tags"]["hansakuller"]["ended"]


def test_ids_are_read_by_the_twenty(fake: FakeMastodon) -> None:
    """45 posts are three calls; the library never asks what it is told not to."""
    posts = [status("pakk", NOW - timedelta(minutes=n), number=n) for n in range(1, 46)]
    fake.publish(*posts)
    page = source(fake).refresh([f"{post['uri']}#{post['id']}" for post in posts])
    assert (len(page.found), page.gone, len(fake.asked)) == (45, (), 3)


def test_an_old_server_is_asked_one_by_one() -> None:
    """Before version 4.3 there is no reading of several: each is read alone, and the missing one is gone."""
    post = status("pakk", NOW - timedelta(minutes=5))
    with FakeMastodon(post, bulk=False) as old:
        page = source(old).refresh([f"{post['uri']}#{post['id']}", "https://toots.example/x#7"])
    assert [found.native_id for found in page.found] == [f"{post['uri']}#{post['id']}"]
    assert [gone.native_id for gone in page.gone] == ["https://toots.example/x#7"]


def test_a_server_that_wants_a_token_says_so() -> None:
    """401 stops the source; with the token it works."""
    with FakeMastodon(token="user-token") as closed:
        with pytest.raises(StopSource, match="401"):
            list(source(closed).collect(QUERY, None, WINDOW))
        assert len(list(source(closed, access_token="user-token").collect(QUERY, None, WINDOW))) == 1


@pytest.mark.parametrize("change", [{"visibility": "private"}, {"visibility": "direct"}, {"reblog": {"id": "1"}}])
def test_what_is_not_public_or_not_theirs_is_skipped(fake: FakeMastodon, change: dict[str, Any]) -> None:
    """A token may see posts for followers: they are not public, and a boost is not a second complaint."""
    with pytest.raises(SkipRecord):
        source(fake).parse(status("pakk", NOW, **change), NOW)


@pytest.mark.parametrize("body", [{"error": "busy"}, "no", 7, None])
def test_an_error_inside_200_is_no_empty_page(fake: FakeMastodon, body: Any) -> None:
    """Only an empty list means that there are no posts."""
    fake.routes.insert(0, (re.compile(".*/tag/.*"), lambda _, __: as_json(body)))
    with pytest.raises(RetryLater):
        list(source(fake).collect(QUERY, None, WINDOW))


@pytest.mark.parametrize("post_id", ["9" * 20 + "²", "9" * 5000])
def test_an_id_that_is_no_number_is_walked_from(fake: FakeMastodon, post_id: str) -> None:
    """Ids are opaque: one that cannot be counted back from is where the next walk starts."""
    posts = [status("pakk", NOW - timedelta(minutes=2))]

    def timeline(asked: Asked, _: object) -> Any:
        return as_json([] if asked.params["min_id"] == post_id else [{**posts[0], "id": post_id}])

    fake.routes.insert(0, (re.compile(".*/tag/.*"), timeline))
    ours = source(fake)
    *_, last = ours.collect(QUERY, None, WINDOW)
    assert [len(page.found) for page in ours.collect(QUERY, last.state, WINDOW)] == [0]


@pytest.mark.parametrize("broken", [None, 7, "x", {}, {"id": "9" * 20}, {"id": "8" * 20, "content": 5, "account": []}])
def test_a_broken_item_costs_only_itself(fake: FakeMastodon, broken: Any) -> None:
    """Between two good posts, an item of any shape is a counted skip."""
    good = [status("üks", NOW - timedelta(minutes=2), number=1), status("kaks", NOW - timedelta(minutes=1), number=2)]

    def timeline(asked: Asked, _: object) -> Any:
        return as_json([good[1], broken, good[0]] if int(asked.params["min_id"]) < int(good[0]["id"]) else [])

    fake.routes.insert(0, (re.compile(".*/tag/.*"), timeline))
    pages = list(source(fake).collect(QUERY, None, WINDOW))
    assert [post.text for page in pages for post in page.found] == ["kaks #hansakuller", "üks #hansakuller"]
    assert [skip.reason for page in pages for skip in page.skipped] == ["not_understood"]


def test_a_reply_names_what_it_answers_to(fake: FakeMastodon) -> None:
    """By the number that the server gave it, which ends the id of the post that is answered."""
    first = source(fake).parse(status("pakk", NOW, number=1), NOW)
    number = first.native_id.rpartition("#")[2]
    answer = source(fake).parse(status("pakk", NOW, number=2, in_reply_to_id=number), NOW)
    assert (first.parent_id, answer.parent_id) == (None, number)


def test_parents_are_known_by_their_identity(fake: FakeMastodon) -> None:
    """A reply's parent is that post as it is stored, asked for once; one that is gone stays the server's number."""
    old, late = NOW - timedelta(days=3), NOW - timedelta(minutes=5)
    parent = status("kus mu pakk on", old, tag="elsewhere")
    answer = status("kohe tuleb", late, number=1, in_reply_to_id=parent["id"])
    orphan = status("kes see oli", late, number=2, in_reply_to_id="17")
    fake.publish(parent, answer, orphan)
    ours = source(fake)
    for _ in range(2):
        found = [post for page in ours.collect(QUERY, None, WINDOW) for post in page.found]
        assert {post.parent_id for post in found} == {f"{parent['uri']}#{parent['id']}", "17"}
    assert len([asked for asked in fake.asked if "id" in asked.query and asked.path == "/api/v1/statuses"]) == 1


def test_a_conversation_is_one_call(fake: FakeMastodon) -> None:
    """All that is below a post, with its parents: nothing more is asked for, and what is not public is left out."""
    first = status("kus mu pakk on", NOW - timedelta(minutes=9))
    fake.publish(first)
    answer = fake.reply(first, "Uurime kohe", NOW - timedelta(minutes=8))
    fake.reply(answer, "Teie telefon?", NOW - timedelta(minutes=7), visibility="direct")
    again = fake.reply(answer, "Ikka ei ole", NOW - timedelta(minutes=6))
    ours = source(fake)
    post = ours.parse(first, NOW)
    page = ours.follow(Conversation(post, ["hansa"], NOW - timedelta(hours=1)))
    named = {post.text: post.parent_id for post in page.found}
    assert named == {"Uurime kohe": post.native_id, "Ikka ei ole": f"{answer['uri']}#{answer['id']}"}
    assert [found.native_id for found in page.found][-1] == f"{again['uri']}#{again['id']}"
    assert [skip.reason for skip in page.skipped] == ["not_public"]
    assert [asked.path for asked in fake.asked] == [f"/api/v1/statuses/{first['id']}/context"]


@pytest.mark.parametrize("body", [[], {}, {"descendants": None}, {"descendants": 7}, "no", None])
def test_what_is_no_conversation_is_not_an_empty_one(fake: FakeMastodon, body: Any) -> None:
    """Only an empty list of what is below says that nobody answered."""
    fake.routes.insert(0, (re.compile(".*/context"), lambda _, __: as_json(body)))
    ours = source(fake)
    with pytest.raises(RetryLater):
        ours.follow(Conversation(ours.parse(status("pakk", NOW), NOW), (), NOW))
