"""X through tweepy: recent search by the names of a brand, reading posts again by id, and following conversations.

The newest posts come first, so the place that is kept has two parts: the floor (all up to it is stored) and, while a
sweep is half done, the sweep: where it started, which is the next floor, and the token of its next page.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeAlias

import tweepy  # not lazily: this module is itself only imported when a source of this kind is configured
from pydantic import AnyHttpUrl, Field, SecretStr

from models.post import Post
from monitors.errors import RetryLater
from monitors.http import Http, RefusedError
from monitors.parsing import understand
from monitors.ports import Can, Conversation, Gone, Json, Page, Query, Replying, Rereading, Skipped, Window
from monitors.source_settings import NetworkSettings
from monitors.sources.x import wire

Place: TypeAlias = Mapping[str, Any]

# Recent search goes back seven days; a minute less, because a request takes its time to get there.
REACH = timedelta(days=7, minutes=-1)

# Search ends this long before now unless told otherwise, and refuses an end that is nearer.
SETTLING = timedelta(seconds=30)

LOOKUP_SIZE = 100

# A page is paid for in advance, as if it were full, and what two people say to each other is soon read.
TALK_SIZE, TALK_PAGES = 20, 5


class XSettings(NetworkSettings):
    """An app's bearer token, and what X charges in USD, so that the budget counts money and not only calls."""

    base_url: AnyHttpUrl = Field(AnyHttpUrl("https://api.x.com"), description="Where the service answers.")
    bearer_token: SecretStr = Field(description="Of an app that may use recent search. A secret.")
    page_size: int = Field(100, ge=10, le=100, description="Posts asked for at once.")
    post_price: float = Field(0.005, ge=0, le=100, description="What X charges for reading a post, in USD.")
    author_price: float = Field(0.010, ge=0, le=100, description="What X charges for reading an author, in USD.")
    reply_price: float = Field(0.010, ge=0, le=100, description="What X charges for a post of ours, in USD.")
    consumer_key: SecretStr | None = Field(
        None, description="Of the app; with the three below it replies as one account. A secret."
    )
    consumer_secret: SecretStr | None = Field(None, description="Of the app. A secret.")
    access_token: SecretStr | None = Field(
        None, description="Of the account that replies, with the right to write. A secret."
    )
    access_token_secret: SecretStr | None = Field(None, description="Of that account. A secret.")

    @property
    def user_context(self) -> tuple[str, ...]:
        """What it takes to write as an account; empty while a part of it is missing."""
        parts = (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)
        known = tuple(part.get_secret_value() for part in parts if part is not None and part.get_secret_value())
        return known if len(known) == len(parts) else ()

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Four secrets make an account; fewer make nothing."""
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        missing = [name for name in names if getattr(self, name) is None]
        if 0 < len(missing) < len(names):
            yield missing[0], "is missing, so that no reply can be sent", "Give all four, or none of them."


@dataclass(frozen=True, slots=True)
class Prices:
    """What X charges in USD for reading a post and an author, each once in a UTC day."""

    post: float
    author: float

    def most(self, posts: int) -> float:
        """What so many posts cost if each is by somebody else."""
        return posts * (self.post + self.author)

    def of(self, data: Sequence[Any], paid: Collection[str] = ()) -> float:
        """What an answer with these posts costs; those in ``paid`` (ids) were charged today, with their authors."""
        free = [one for one in data if isinstance(one, dict) and one.get("id") in paid]
        authors = {_author_of(one, n) for n, one in enumerate(data)} - {_author_of(one, -1) for one in free}
        return (len(data) - len(free)) * self.post + len(authors) * self.author


def _author_of(item: Any, number: int) -> object:
    # One that X does not name is counted as somebody of their own.
    return (isinstance(item, dict) and item.get("author_id")) or number


def _together(pages: Sequence[Page]) -> Page:
    return Page(
        tuple(post for page in pages for post in page.found),
        tuple(gone for page in pages for gone in page.gone),
        tuple(skipped for page in pages for skipped in page.skipped),
    )


class Source:
    """Recent search; ``state`` holds a place for each search text, because a brand can need several."""

    kind: ClassVar[str] = "x"
    can: ClassVar[frozenset[Can]] = frozenset({Can.SEARCH, Can.REFRESH, Can.REPLY, Can.FOLLOW})
    overlap: ClassVar[timedelta] = timedelta(minutes=1)
    Settings: ClassVar[type[XSettings]] = XSettings

    def __init__(self, name: str, settings: XSettings, http: Http) -> None:
        self.name = name
        self._http = http
        self._page_size = settings.page_size
        self._prices = Prices(settings.post_price, settings.author_price)
        price = self._prices.most(1)
        self.rereading = Rereading(LOOKUP_SIZE, price, page=settings.page_size * price, free_same_day=True)
        self._reply_price = settings.reply_price
        self.replying = Replying(wire.LONGEST, wire.length) if settings.user_context else None
        bearer = settings.bearer_token.get_secret_value()
        self._client = tweepy.Client(bearer, *settings.user_context, return_type=dict)
        self._client.session = http.session()

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """Sweep each search from the newest post down to where the sweep before it began."""
        places = dict((state or {}).get("places", {}))
        for text in wire.searches(query):
            for page, place in self._sweep(text, places.get(text, {}), window):
                places[text] = place
                yield Page(page.found, page.gone, page.skipped, {"version": 1, "places": dict(places)})

    def refresh(self, ids: Sequence[str], paid: Collection[str] = ()) -> Page:
        """Look ``ids`` up; of an edited post, whose key is its first id, the newest version is looked up as well.

        Those in ``paid`` were charged today, and their authors with them.
        """
        first = self._lookup(ids, frozenset(paid))
        newer = {wire.history(post.raw)[-1] for post in first.found} - set(ids)
        second = self._lookup(sorted(newer)) if newer else Page()
        found = {post.native_id: post for post in (*first.found, *second.found)}
        return Page(tuple(found.values()), first.gone, (*first.skipped, *second.skipped))

    def reply(self, to: str, text: str, key: str) -> str:  # noqa: ARG002  (X has no place for it)
        """Answer a post as the account of the settings. X knows no key again: what may be out is not sent again."""
        self._http.spend(cost=self._reply_price)
        with self._http.translating(tweepy.TweepyException):
            made = self._client.create_tweet(text=text, in_reply_to_tweet_id=to, user_auth=True)
        data = made.get("data") if isinstance(made, dict) else None
        if not isinstance(data, dict) or not data.get("id"):
            raise RetryLater("X did not say which post the reply is", perhaps_done=True)
        return str(data["id"])

    def follow(self, conversation: Conversation) -> Page:
        """Search a thread for what the customer and our accounts answer each other: nothing else is paid for."""
        text = wire.conversation(conversation)
        bounds = {"start_time": wire.stamp(max(conversation.since, self._http.now() - REACH))}
        pages: list[Page] = []
        token = None
        while text and len(pages) < TALK_PAGES and (token or not pages):
            body = self._search(text, bounds, token, min(self._page_size, TALK_SIZE))
            pages.append(self._read(body))
            token = body["meta"].get("next_token")
        return _together(pages)

    def parse(self, item: Json, at: datetime) -> Post:
        """A post with its author beside it (key ``author``)."""
        return wire.post_of(item, self.name, at)

    def _sweep(self, text: str, place: Place, window: Window) -> Iterator[tuple[Page, Place]]:
        was_half_done = place.get("sweep")
        reached = place
        for page, reached in self._descend(text, place, window):
            yield page, reached
        if was_half_done:
            # What was written since that sweep began is newer still, and is not left for the next run.
            yield from self._descend(text, reached, window)

    def _descend(self, text: str, place: Place, window: Window) -> Iterator[tuple[Page, Place]]:
        floor, sweep = place.get("floor"), place.get("sweep")
        tokens = {sweep["token"]} if sweep else set()
        may_restart = bool(sweep)
        while True:
            bounds = sweep["bounds"] if sweep else self._bounds(floor, window)
            if bounds is None:
                return
            try:
                body = self._search(text, bounds, sweep["token"] if sweep else None, self._page_size)
            except RefusedError as error:
                if error.status != 400 or not may_restart:
                    raise
                # X no longer knows the token: the sweep starts anew, from the same floor.
                sweep, tokens, may_restart = None, set(), False
                continue
            page, meta = self._read(body), body["meta"]
            ceiling = wire.newest([(sweep or {}).get("ceiling"), meta.get("newest_id"), floor])
            token = meta.get("next_token")
            if not token:
                yield page, {"floor": ceiling}
                return
            if token in tokens:
                # The sweep is given up and the floor kept: the next one starts at the newest post again.
                yield (
                    Page(page.found, page.gone, (*page.skipped, Skipped("repeated_page", text[:60]))),
                    {"floor": floor},
                )
                raise RetryLater("X gives the same page again and again")
            tokens.add(token)
            sweep = {"bounds": bounds, "ceiling": ceiling, "token": token}
            yield page, {"floor": floor, "sweep": sweep}

    def _bounds(self, floor: str | None, window: Window) -> dict[str, str] | None:
        now = self._http.now()
        since = wire.written(floor) - self.overlap if floor else window.since
        if window.until <= now - REACH or (since is not None and since >= window.until):
            return None
        bounds = {"end_time": wire.stamp(window.until)} if window.until < now - SETTLING else {}
        # X refuses an id from before its reach; a time can be moved up to it.
        if floor and since is not None and since > now - REACH:
            return {**bounds, "since_id": wire.id_at(since)}
        return {**bounds, "start_time": wire.stamp(max(since, now - REACH))} if since is not None else bounds

    def _search(self, text: str, bounds: Mapping[str, str], token: str | None, size: int) -> dict[str, Any]:
        body = self._paid(
            self._prices.most(size),
            lambda: self._client.search_recent_tweets(
                text, max_results=size, next_token=token, **bounds, **wire.FIELDS
            ),
        )
        if not isinstance(body.get("meta"), dict):
            raise RetryLater("X answered without a result or a count of results")
        return body

    def _lookup(self, ids: Sequence[str], paid: frozenset[str] = frozenset()) -> Page:
        pages = []
        for start in range(0, len(ids), LOOKUP_SIZE):
            some = list(ids[start : start + LOOKUP_SIZE])
            most = self._prices.most(len(set(some) - paid))
            body = self._paid(most, partial(self._client.get_tweets, some, **wire.FIELDS), paid)
            if not body.get("data") and not list(wire.missing(body)):
                raise RetryLater("X answered without a post or the reason why there is none")
            pages.append(self._read(body))
        return _together(pages)

    def _read(self, body: Mapping[str, Any]) -> Page:
        now = self._http.now()
        found, skipped = understand(wire.items(body), self.parse, now)
        lost = list(wire.missing(body))
        gone = tuple(Gone(post_id, why, now) for post_id, why in lost if why)
        return Page(found, gone, (*skipped, *(Skipped("not_answered", post_id) for post_id, why in lost if not why)))

    def _paid(self, most: float, call: Callable[[], Any], paid: frozenset[str] = frozenset()) -> dict[str, Any]:
        cost = 0.0
        self._http.spend(cost=most)
        try:
            with self._http.translating(tweepy.TweepyException):
                body = call()
            if not isinstance(body, dict):
                raise RetryLater("X answered with something else than an object")
            data = body.get("data")
            cost = self._prices.of(data, paid) if isinstance(data, list) else 0.0
        finally:
            self._http.spend(cost=min(cost, most) - most)
        return body
