"""A fake news site on loopback: a feed with validators, and the pages of its articles."""

import hashlib
from datetime import datetime
from email.utils import format_datetime
from html import escape

from monitors.testing.server import Answer, Asked, FakeServer

_CHROME = "<nav>Home Sport Weather</nav><footer>All rights reserved by the paper</footer>"


class FakeNews(FakeServer):
    """``with FakeNews() as site``: ``publish`` entries, then read ``site.url + '/feed.xml'``."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[str] = []
        self.articles: dict[str, str] = {}
        self.add("/feed.xml", self._feed)
        self.add("/(?P<name>[a-z0-9-]+)", lambda _, match: self._article(match["name"]))

    def publish(self, name: str, title: str, at: datetime | str | None, *, body: str = "") -> str:
        """Add an entry and its article, and give the entry's id."""
        link = f"{self.url}/{name}"
        date = format_datetime(at) if isinstance(at, datetime) else at
        dated = f"<pubDate>{date}</pubDate>" if date else ""
        summary = escape(f"<p>Lühidalt: {escape(title)}</p>")
        self.entries.insert(
            0,
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
            f"{dated}<description>{summary}</description></item>",
        )
        self.articles[name] = body
        return link

    def document(self) -> bytes:
        """The feed as it is now."""
        head = "<title>Pealinna Leht</title><link>http://news.example/</link><language>et</language>"
        whole = f"<rss version='2.0'><channel>{head}{''.join(self.entries)}</channel></rss>"
        return f"<?xml version='1.0' encoding='utf-8'?>{whole}".encode()

    def _feed(self, asked: Asked, _: object) -> Answer:
        body = self.document()
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(b"", 304, {"etag": etag})
        return Answer(body, 200, {"content-type": "application/rss+xml; charset=utf-8", "etag": etag})

    def _article(self, name: str) -> Answer:
        if name not in self.articles:
            return Answer(b"no such page", 404, {"content-type": "text/plain"})
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in self.articles[name].split("\n"))
        page = f"<html><head><title>x</title></head><body>{_CHROME}<article>{paragraphs}</article></body></html>"
        return Answer(page.encode(), 200, {"content-type": "text/html; charset=utf-8"})
