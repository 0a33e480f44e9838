"""RSS and Atom: each feed is fetched with our own client, read by feedparser, its articles by trafilatura.

A feed is a window that slides, so the place is what was seen in it: ``state`` holds for each feed its validators
(ETag, Last-Modified) and the fingerprints of its entries. An entry that was changed is seen as new.
"""

import hashlib
from calendar import timegm
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import feedparser  # not lazily: this module is itself only imported when a source of this kind is configured
import trafilatura
from pydantic import AnyHttpUrl, Field, SecretStr

from models.post import Author, Kind, Post
from monitors.errors import KuulaError, RetryLater, SkipRecord, StopSource
from monitors.http import Http, Reply
from monitors.http.faults import place
from monitors.markup import LONGEST_PAGE, links_out, plain_text
from monitors.parsing import instant, understand
from monitors.ports import Can, Json, Page, Query, Skipped, Window
from monitors.source_settings import NetworkSettings

# Fingerprints kept of each feed beyond those it shows now: some feeds show an old entry again.
REMEMBERED = 1000

_ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>")
# feedparser calls these malformed, and reads them right.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


class RssSettings(NetworkSettings):
    """Feeds, as whole addresses or as paths below ``base_url``; ``authorization`` is sent to the latter only."""

    base_url: AnyHttpUrl | None = Field(None, description="Where feeds given as paths are.")
    feeds: tuple[str, ...] = Field(min_length=1, description="Addresses of feeds, or paths below base_url.")
    authorization: SecretStr | None = Field(None, description="A header, sent to base_url only. A secret.")
    fetch_articles: bool = Field(default=True, description="Whether to read the article that an entry links to.")
    page_size: int = Field(20, ge=1, description="Entries, with their articles, that are stored at once.")


class Source:
    """Everything that the feeds bring; the pipeline finds the brands in it."""

    kind: ClassVar[str] = "rss"
    can: ClassVar[frozenset[Can]] = frozenset({Can.WATCH})
    overlap: ClassVar[timedelta] = timedelta(0)
    Settings: ClassVar[type[RssSettings]] = RssSettings

    def __init__(self, name: str, settings: RssSettings, http: Http) -> None:
        self.name = name
        self._settings = settings
        self._http = http

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:  # noqa: ARG002 (it watches)
        """Read each feed; one that fails is a counted skip, unless all do."""
        feeds = dict((state or {}).get("feeds", {}))
        errors: list[tuple[str, KuulaError]] = []
        for address in self._settings.feeds:
            key = _digest(address)
            try:
                for page, known in self._read(address, feeds.get(key), window):
                    feeds[key] = known
                    yield Page(page.found, (), page.skipped, {"version": 1, "feeds": dict(feeds)})
            except (RetryLater, StopSource) as error:
                errors.append((place(self._http.redact(address)), error))
        if len(errors) == len(self._settings.feeds):
            # As long as one may work later, the source may.
            raise min((error for _, error in errors), key=lambda error: isinstance(error, StopSource))
        if errors:
            yield Page((), (), [Skipped("feed_failed", where, str(error)) for where, error in errors])

    def refresh(self, ids: Sequence[str]) -> Page:  # noqa: ARG002 - of the port
        """Nothing: feeds cannot be asked about an entry."""
        return Page()

    def parse(self, item: Json, at: datetime) -> Post:
        """An entry as ``entry_item`` gives it: strings, some of them absent."""
        title = plain_text(item.get("title") or "")
        body = (item.get("article") or "").strip() or plain_text(item.get("content") or item.get("summary") or "")
        link = item.get("link") or ""
        key = item.get("id") or link or (_digest(title) if title else "")
        author = item.get("author") or item.get("publisher")
        written = instant(item["published"]) if item.get("published") else at
        return Post(
            source=self.name,
            native_id=key,
            # Pages link to it: an address that is a script is none.
            url=link if link.startswith(("http://", "https://")) else "",
            text=f"{title}\n{body}" if title and body else title or body,
            created_at=written,
            observed_at=at,
            author=Author(author or "unknown", name=author),
            kind=Kind.ARTICLE,
            edited_at=instant(item["updated"]) if item.get("updated") and item.get("published") else None,
            lang_hint=item.get("language"),
            raw=item,
        )

    def _read(self, address: str, known: Mapping[str, Any] | None, window: Window) -> Iterator[tuple[Page, Any]]:
        reply = self._fetch(address, known or {})
        if reply.status == 304:
            return
        parsed = feedparser.parse(reply.content, response_headers={"content-location": reply.url})
        if not parsed.version and not parsed.entries:
            raise RetryLater(f"{reply.place} gave something that is no feed, such as a web page: check the address")
        entries, skipped = list(parsed.entries), []
        broken = bool(parsed.bozo) and not isinstance(parsed.bozo_exception, _HARMLESS)
        if broken:
            skipped.append(Skipped("feed_broken", reply.place, type(parsed.bozo_exception).__name__))
            if entries and not reply.content.rstrip().lower().endswith(_ENDS):
                # Of a feed that was cut the last entry is half an entry, under half an id.
                entries.pop()
        items = [entry_item(entry, parsed.feed) for entry in entries]
        seen = list((known or {}).get("seen", ()))
        new = [item for item in items if _fingerprint(item) not in set(seen)]
        validators = {} if broken else _validators(reply)
        if known is None and window.since:
            old = [item for item in new if item.get("published") and instant(item["published"]) < window.since]
            new = [item for item in new if item not in old]
            seen = [] if broken else [_fingerprint(item) for item in old]
        for start in range(0, max(len(new), 1), self._settings.page_size):
            some = new[start : start + self._settings.page_size]
            page = self._page(some, skipped if start == 0 else [])
            last = start + self._settings.page_size >= len(new)
            # Half-read and broken feeds are asked for whole again, and what was broken in them may be mended.
            seen += [] if broken else [_fingerprint(item) for item in (items if last else some)]
            kept = list(dict.fromkeys(reversed(seen)))[: REMEMBERED + len(items)][::-1]
            yield page, {**(validators if last else {}), "seen": kept}

    def _page(self, items: Sequence[dict[str, Any]], skipped: Sequence[Skipped]) -> Page:
        notes = list(skipped)
        if self._settings.fetch_articles:
            for item in items:
                notes += self._add_article(item)
        numbered = [(str(item.get("id") or item.get("link") or n), item) for n, item in enumerate(items)]
        found, unread = understand(numbered, self.parse, self._http.now())
        return Page(found, (), (*notes, *unread))

    def _add_article(self, item: dict[str, Any]) -> list[Skipped]:
        if not (link := item.get("link") or "").startswith(("http://", "https://")):
            return []
        try:
            page = self._http.get(link, from_content=True).content[:LONGEST_PAGE]
        except (RetryLater, StopSource, SkipRecord) as error:
            # What the feed itself says of the article is kept.
            return [Skipped("article_unread", place(link), str(error))]
        item["article"] = trafilatura.extract(page, include_comments=False, include_tables=False) or ""
        item["links"] = links_out(page, link)
        return []

    def _fetch(self, address: str, known: Mapping[str, Any]) -> Reply:
        headers = {"accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"}
        validators = {"if-none-match": known.get("etag"), "if-modified-since": known.get("modified")}
        headers |= {name: value for name, value in validators.items() if value}
        if self._settings.authorization and "://" not in address:
            headers["authorization"] = self._settings.authorization.get_secret_value()
        return self._http.get(address, headers=headers)


def entry_item(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an entry as feedparser reads it, with what only its feed says."""
    contents = entry.get("content") or [{}]
    # Asked with get, feedparser takes the time of publication for that of an update.
    updated = _moment(entry["updated_parsed"]) if "updated_parsed" in entry else None
    found = {
        "id": entry.get("id"),
        "link": entry.get("link"),
        "title": entry.get("title"),
        "summary": entry.get("summary"),
        "content": contents[0].get("value"),
        "author": entry.get("author"),
        "publisher": (entry.get("source") or {}).get("title") or feed.get("title"),
        "language": feed.get("language"),
        "published": _moment(entry.get("published_parsed")) or updated,
        "updated": updated,
    }
    return {key: value for key, value in found.items() if value}


def _moment(parts: Any) -> str | None:
    try:
        return datetime.fromtimestamp(timegm(parts), tz=UTC).isoformat() if parts else None
    except (ValueError, OverflowError, OSError):
        return None


def _validators(reply: Reply) -> dict[str, str]:
    named = {"etag": reply.headers.get("etag"), "modified": reply.headers.get("last-modified")}
    return {name: value for name, value in named.items() if value}


def _fingerprint(item: Mapping[str, Any]) -> str:
    return _digest("\0".join(str(item.get(key)) for key in ("id", "link", "title", "updated")))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
