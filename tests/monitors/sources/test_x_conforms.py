"""X passes the suite of all sources."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fakes.x import USER_CONTEXT, FakeX, id_at, tweet

from models.post import Author, Kind, Metric, Post
from monitors.ports import Query, Window
from monitors.sources import load, x
from monitors.testing.follow_checks import FollowSourceChecks
from monitors.testing.network_checks import NetworkWorld
from monitors.testing.reply_checks import ReplySourceChecks
from monitors.testing.source_checks import NAME, SourceCase

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "fixtures" / "x" / "search.json"


class XCase(SourceCase):
    source = load("x")
    query = Query("hansa", ("Hansa Kuller", "hansakuller"), ("Hansa Kulleri maja",))
    window = Window(NOW - timedelta(days=1), NOW)
    now = NOW
    missing = id_at(NOW - timedelta(days=2))
    optional = (
        "author",
        "author_id",
        "author.name",
        "author.username",
        "author.public_metrics",
        "conversation_id",
        "created_at",
        "lang",
        "public_metrics",
        "public_metrics.like_count",
    )

    def items(self) -> Sequence[Any]:
        """A recorded page, as the parser takes it."""
        return [item for _, item in x.wire.items(json.loads(PAGE.read_text()))]

    def expected(self) -> Sequence[Post]:
        """The same by hand."""
        mari = Author("501", "mari_tallinnast", "Mari", 340)
        kalle = Author("502", "kalle", "Kalle", 12)
        counts = {Metric.LIKES: 4, Metric.SHARES: 2, Metric.REPLIES: 1, Metric.QUOTES: 0}
        return [
            Post(
                source=NAME,
                native_id="2028432629560246273",
                url="https://x.com/mari_tallinnast/status/2028432629560246273",
                text='Hansa Kuller & nende <3: pakk on kolmandat päeva "teel".',
                created_at=datetime(2026, 3, 2, 11, 30, tzinfo=UTC),
                observed_at=NOW,
                author=mari,
                thread_id="2028432629560246273",
                lang_hint="et",
                engagement={**counts, Metric.VIEWS: 300, Metric.SAVES: 1},
            ),
            Post(
                source=NAME,
                native_id="2028425079813046274",
                url="https://x.com/kalle/status/2028425276945334275",
                text="@mari_tallinnast Hansa Kuller jätti minu paki vihma kätte. " + "Pikk jutt. " * 30,
                created_at=datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
                observed_at=NOW,
                author=kalle,
                kind=Kind.REPLY,
                thread_id="2028425000000000000",
                parent_id="2028425000000000000",
                edited_at=datetime(2026, 3, 2, 11, 0, 47, tzinfo=UTC),
                lang_hint=None,
                engagement={Metric.LIKES: 9, Metric.SHARES: 3},
            ),
        ]

    @contextmanager
    def world(self) -> Iterator[NetworkWorld]:
        """Three pages of complaints, and one from a wrong clock."""
        posts = [
            tweet(f"Hansa Kuller: pakk {number} &amp; kadunud", NOW - timedelta(minutes=10 + number), number=number)
            for number in range(25)
        ]
        ahead = tweet("Hansa Kuller tulevikust", NOW - timedelta(minutes=5))
        ahead["created_at"] = "2031-01-01T00:00:00.000Z"
        with FakeX([*posts, ahead]) as server:
            settings = {"base_url": server.url, "bearer_token": server.token, "page_size": 10, **USER_CONTEXT}
            ids = frozenset(post["id"] for post in posts)

            def talk() -> list[str]:
                first = posts[3]["id"]
                answer = server.reply(first, "Vabandust! Uurime kohe.", NOW - timedelta(minutes=3), author="omniva")
                again = server.reply(answer, "Ootan juba kolmandat päeva.", NOW - timedelta(minutes=1))
                stranger = server.reply(first, "Sama lugu.", NOW - timedelta(minutes=2), author="kati")
                aside = server.reply(stranger, "Kurb kuulda.", NOW - timedelta(seconds=30))
                return [first, answer, again, stranger, aside]

            def said() -> list[str]:
                return [one["text"] for one in server.replies]

            publish = partial(server.say, "Hansa Kuller")
            yield NetworkWorld(settings, ids, server, said, talk, "omniva", publish=publish)


class TestX(ReplySourceChecks, FollowSourceChecks):
    case = XCase()
