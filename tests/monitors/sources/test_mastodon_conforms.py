"""Mastodon passes the suite of all sources."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.mastodon import HOST, FakeMastodon, id_at, status

from models.post import Author, Kind, Metric, Post
from monitors.ports import Query, Window
from monitors.sources import load
from monitors.testing.follow_checks import FollowSourceChecks
from monitors.testing.network_checks import NetworkWorld
from monitors.testing.reply_checks import ReplySourceChecks
from monitors.testing.source_checks import NAME, SourceCase

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "fixtures" / "mastodon" / "timeline.json"
TOKEN = "user-token-of-the-fake"


class MastodonCase(SourceCase):
    source = load("mastodon")
    query = Query("hansa", ("Hansa Kuller",))
    window = Window(NOW - timedelta(days=1), NOW)
    now = NOW
    missing = f"{HOST}/users/jaan/statuses/5#5"
    optional = (
        "account",
        "account.acct",
        "account.display_name",
        "account.followers_count",
        "edited_at",
        "favourites_count",
        "in_reply_to_id",
        "language",
        "quotes_count",
        "reblog",
        "spoiler_text",
        "url",
        "visibility",
    )

    def items(self) -> Sequence[Any]:
        """A recorded page, as the parser takes it."""
        page: list[Any] = json.loads(PAGE.read_text())
        return page

    def expected(self) -> Sequence[Post]:
        """The same by hand."""
        return [
            Post(
                source=NAME,
                native_id="https://muu.example/users/liisa/statuses/9#116160000000000002",
                url="https://muu.example/@liisa/9",
                text="Paketti hukassa & kukaan ei vastaa.\nKolmas kerta!\n#HansaKuller https://kuva.example/abc",
                created_at=datetime(2026, 3, 2, 11, 20, tzinfo=UTC),
                observed_at=NOW,
                author=Author("https://muu.example/users/liisa", "liisa@muu.example", "Liisa K", 77),
                edited_at=datetime(2026, 3, 2, 11, 25, tzinfo=UTC),
                lang_hint="fi",
                engagement={Metric.LIKES: 11, Metric.SHARES: 6, Metric.REPLIES: 2, Metric.QUOTES: 1},
            ),
            Post(
                source=NAME,
                native_id="https://toots.example/users/jaan/statuses/116160000000000001#116160000000000001",
                url="https://toots.example/users/jaan/statuses/116160000000000001",
                text="kirumine\n@liisa Sama lugu #hansakuller",
                created_at=datetime(2026, 3, 2, 11, 10, tzinfo=UTC),
                observed_at=NOW,
                author=Author("https://toots.example/@jaan", "jaan", "", 3),
                kind=Kind.REPLY,
                parent_id="116150000000000000",
                engagement={Metric.LIKES: 0, Metric.SHARES: 0, Metric.REPLIES: 0},
            ),
        ]

    @contextmanager
    def world(self) -> Iterator[NetworkWorld]:
        """Three pages of posts, some in one second, and one from a wrong clock."""
        posts = [
            status(f"pakk {number} < & kadunud", NOW - timedelta(minutes=10 + number // 3), number=number)
            for number in range(12)
        ]
        ahead = status("tulevikust", NOW - timedelta(minutes=5), created_at="2031-01-01T00:00:00.000Z")
        with FakeMastodon(*posts, ahead, token=TOKEN) as server:
            settings = {"base_url": server.url, "access_token": TOKEN, "page_size": 5}
            ids = frozenset(f"{post['uri']}#{post['id']}" for post in posts)

            def talk() -> list[str]:
                ours = {"id": "1", "username": "hansa", "acct": "hansa", "url": f"{HOST}/@hansa"}
                answer = server.reply(posts[3], "Vabandust! Uurime kohe.", NOW - timedelta(minutes=3), account=ours)
                again = server.reply(answer, "Ootan juba kolmandat päeva.", NOW - timedelta(minutes=1))
                kati = {"id": "8", "username": "kati", "acct": "kati", "url": f"{HOST}/@kati"}
                stranger = server.reply(posts[3], "Sama lugu.", NOW - timedelta(minutes=2), account=kati)
                aside = server.reply(stranger, "Kurb kuulda.", NOW - timedelta(seconds=30))
                return [f"{one['uri']}#{one['id']}" for one in (posts[3], answer, again, stranger, aside)]

            def said() -> list[str]:
                return [one["content"] for one in server.replies.values()]

            yield NetworkWorld(settings, ids, server, said, talk, "hansa", publish=server.say)


class TestMastodon(ReplySourceChecks, FollowSourceChecks):
    case = MastodonCase()


def test_ids_of_the_fake_grow_with_time() -> None:
    """The fake's ids are as a server's: later posts have greater ones."""
    assert int(id_at(NOW)) < int(id_at(NOW, 1)) < int(id_at(NOW + timedelta(milliseconds=1)))
