"""RSS passes the suite of all sources."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
from fakes.feeds import FakeNews

from models.post import Author, Kind, Post
from monitors.ports import Query, Window
from monitors.sources import load, rss
from monitors.testing.network_checks import NetworkSourceChecks, NetworkWorld
from monitors.testing.source_checks import NAME, SourceCase

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FEED = Path(__file__).parents[2] / "fixtures" / "rss" / "feed.xml"
SECRET = "Basic bm90OmE6c2VjcmV0"


class RssCase(SourceCase):
    source = load("rss")
    query = Query()
    window = Window(NOW - timedelta(days=2), NOW)
    now = NOW
    optional = ("article", "author", "content", "language", "published", "publisher", "summary", "updated")

    def items(self) -> Sequence[Any]:
        """The entries of a recorded feed, as the parser takes them."""
        parsed = feedparser.parse(FEED.read_bytes())
        return [rss.entry_item(entry, parsed.feed) for entry in parsed.entries]

    def expected(self) -> Sequence[Post]:
        """The same by hand."""
        paper = Author("Pealinna Leht", name="Pealinna Leht")
        return [
            Post(
                source=NAME,
                native_id="leht-1001",
                url="https://leht.example/uudised/1001",
                text="Hansa Kuller jättis tuhanded pakid hätta & vaikib\nLadu oli täis, kliendid ootasid.",
                created_at=datetime(2026, 3, 2, 11, 15, tzinfo=UTC),
                observed_at=NOW,
                author=Author("Piret Pajo", name="Piret Pajo"),
                kind=Kind.ARTICLE,
                lang_hint="et",
            ),
            Post(
                source=NAME,
                native_id="https://leht.example/kirjad/77",
                url="https://leht.example/kirjad/77",
                text="Lugeja kiri: kuller ei tulnud\nOotasin terve päeva.",
                created_at=NOW,
                observed_at=NOW,
                author=paper,
                kind=Kind.ARTICLE,
                lang_hint="et",
            ),
            Post(
                source=NAME,
                native_id="leht-1003",
                url="",
                text="Ainult pealkiri",
                created_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
                observed_at=NOW,
                author=paper,
                kind=Kind.ARTICLE,
                lang_hint="et",
            ),
        ]

    @contextmanager
    def world(self) -> Iterator[NetworkWorld]:
        """A feed of three pages with articles, one of them from a wrong clock."""
        with FakeNews() as site:
            ids = {
                site.publish(f"lugu-{number}", f"Lugu {number} & muu", NOW - timedelta(hours=number), body="Sisu. " * 9)
                for number in range(1, 8)
            }
            site.publish("tulevik", "Homme", NOW + timedelta(days=900))
            settings = {
                "base_url": site.url,
                "feeds": ["/feed.xml"],
                "authorization": SECRET,
                "allow_private": True,
                "page_size": 3,
            }

            def publish(at: datetime) -> str:
                return site.publish(f"uudis-{len(site.entries)}", "Uudis", at)

            yield NetworkWorld(settings, frozenset(ids), site, publish=publish)


class TestRss(NetworkSourceChecks):
    case = RssCase()
