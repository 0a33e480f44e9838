"""One Mastodon server through Mastodon.py: the timelines of a brand's hashtags, walked forward in time.

A server knows only what reached it, and gives posts its own ids. The identity is therefore the post's address in the
whole network with the server's id as its fragment: the first tells one post seen by two servers, the second reads it
again. Posts of other servers arrive late, so each walk starts a little before the end of the one before.

A reply names its parent by the server's id alone: parents are asked for, so that an answer to a customer is known by
the identity of their post.

A conversation is all that the server knows below a post: one call, which cannot be narrowed. A server shows up to 4,096
posts to those who have a token, and 60 to others.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeAlias

from mastodon import Mastodon  # not lazily: this module is itself only imported when such a source is configured
from mastodon.errors import MastodonError
from pydantic import AnyHttpUrl, Field, SecretStr

from models.post import Author, Kind, Metric, Post
from monitors.errors import RetryLater, SkipRecord
from monitors.http import Http, RefusedError
from monitors.markup import plain_text
from monitors.parsing import instant, understand
from monitors.ports import Can, Conversation, Gone, Json, Page, Query, Replying, Rereading, Window
from monitors.source_settings import NetworkSettings
from monitors.sources.mastodon import answer

Place: TypeAlias = Mapping[str, Any]

# The most that a server gives at once, by id.
LOOKUP_SIZE = 20

# The same replies are read many times, by each walk that starts a little before their end.
MOST_PARENTS = 10_000

# Python refuses to read much longer ones as numbers; those of Mastodon have eighteen digits.
LONGEST_NUMBER = 100

_COUNTS = {
    "favourites_count": Metric.LIKES,
    "reblogs_count": Metric.SHARES,
    "replies_count": Metric.REPLIES,
    "quotes_count": Metric.QUOTES,
}
_PUBLIC = {"public", "unlisted"}


class MastodonSettings(NetworkSettings):
    """The server in ``base_url``; many servers show hashtags only to those who have a token."""

    base_url: AnyHttpUrl = Field(description="The server, for example https://mastodon.social.")
    access_token: SecretStr | None = Field(
        None, description="Of an application on that server; to reply it needs `write:statuses`. A secret."
    )
    hashtags: tuple[str, ...] = Field((), description="Read besides those that the brands' names make.")
    page_size: int = Field(40, ge=1, le=40, description="Posts asked for at once.")
    longest_reply: int = Field(500, ge=50, le=100_000, description="Characters that the server takes in one post.")


class Source:
    """Hashtag timelines of one server; ``state`` holds, for each tag, the id that the walk has reached."""

    kind: ClassVar[str] = "mastodon"
    can: ClassVar[frozenset[Can]] = frozenset({Can.SEARCH, Can.REFRESH, Can.REPLY, Can.FOLLOW})
    overlap: ClassVar[timedelta] = timedelta(minutes=10)
    rereading: ClassVar[Rereading] = Rereading(at_once=LOOKUP_SIZE)
    Settings: ClassVar[type[MastodonSettings]] = MastodonSettings

    def __init__(self, name: str, settings: MastodonSettings, http: Http) -> None:
        self.name = name
        self._http = http
        self._hashtags = settings.hashtags
        self._page_size = settings.page_size
        self._parents: dict[str, str] = {}
        known = Replying(settings.longest_reply, answer.length, mentions=True, known_for=answer.KEY_KNOWN_FOR)
        self.replying = known if settings.access_token else None
        self._client = Mastodon(
            access_token=settings.access_token.get_secret_value() if settings.access_token else None,
            api_base_url=http.base_url,
            ratelimit_method="throw",
            version_check_mode="none",
            session=http.session(),
        )

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """Walk each hashtag that the names make, from where the walk before ended."""
        tags = dict((state or {}).get("tags", {}))
        for tag in hashtags((*query.names, *self._hashtags)):
            for page, place in self._walk(tag, tags.get(tag), window):
                tags[tag] = place
                yield Page(page.found, (), page.skipped, {"version": 1, "tags": dict(tags)})

    def refresh(self, ids: Sequence[str]) -> Page:
        """Read posts by the server's ids; one that is not among those given is asked for alone before it is gone."""
        local = {key.rpartition("#")[2]: key for key in ids}
        items: list[Json] = []
        for start in range(0, len(local), LOOKUP_SIZE):
            some = list(local)[start : start + LOOKUP_SIZE]
            try:
                items += self._list(partial(self._client.statuses, some))
            except RefusedError as error:
                # Before version 4.3 a server reads one at a time only: as below.
                if error.status != 404:
                    raise
        given = {str(item.get("id")) for item in items if isinstance(item, dict)}
        gone = []
        for one in local.keys() - given:
            try:
                items.append(self._call(partial(self._client.status, one)))
            except RefusedError as error:
                if error.status not in {404, 410}:
                    raise
                gone.append(Gone(local[one], "deleted", self._http.now()))
        found, skipped = self._understand(items)
        return Page(found, tuple(gone), tuple(skipped))

    def reply(self, to: str, text: str, key: str) -> str:
        """Answer a status as publicly as it was said; the server makes one post of a key, however often it is sent."""
        try:
            said = self._call(partial(self._client.status, to.rpartition("#")[2]))
        except RetryLater as error:
            # Only reading failed: nothing was said yet.
            raise RetryLater(str(error), after=error.after) from None
        if not isinstance(said, dict) or not said.get("id"):
            raise RetryLater(f"{self._http!r} answered with something else than a post")
        made = self._call(partial(self._client.status_post, **answer.form(text, said, key)))
        if not isinstance(made, dict) or not made.get("id") or not made.get("uri"):
            raise RetryLater(f"{self._http!r} did not say which post the reply is", perhaps_done=True)
        return self._native_id(made)

    def follow(self, conversation: Conversation) -> Page:
        """All that the server knows below a post, whoever wrote it; nothing where the post is gone."""
        key = conversation.post.native_id
        local = key.rpartition("#")[2]
        try:
            said = self._call(partial(self._client.status_context, local))
        except RefusedError as error:
            if error.status not in {404, 410}:
                raise
            return Page()
        below = said.get("descendants") if isinstance(said, dict) else None
        if not isinstance(below, list):
            raise RetryLater(f"{self._http!r} answered with something else than a conversation")
        self._parents[local] = key
        found, skipped = self._understand(below)
        return Page(found, (), tuple(skipped))

    def parse(self, item: Json, at: datetime) -> Post:
        """A status, as the server sends it."""
        if item.get("reblog"):
            raise SkipRecord("repost")
        if (item.get("visibility") or "public") not in _PUBLIC:
            raise SkipRecord("not_public")
        account = item.get("account") or {}
        warning = plain_text(item.get("spoiler_text") or "")
        body = plain_text(item["content"])
        is_reply, is_quote = item.get("in_reply_to_id"), item.get("quote")
        return Post(
            source=self.name,
            native_id=self._native_id(item),
            url=item.get("url") or item["uri"],
            text=f"{warning}\n{body}" if warning else body,
            created_at=instant(item["created_at"]),
            observed_at=at,
            author=Author(
                native_id=str(account.get("uri") or account.get("url") or account.get("id") or "unknown"),
                handle=account.get("acct"),
                name=account.get("display_name"),
                followers=account.get("followers_count"),
            ),
            kind=Kind.REPLY if is_reply else Kind.QUOTE if is_quote else Kind.POST,
            parent_id=is_reply,
            edited_at=instant(item["edited_at"]) if item.get("edited_at") else None,
            lang_hint=item.get("language"),
            engagement={metric: item[key] for key, metric in _COUNTS.items() if type(item.get(key)) is int},
            raw=item,
        )

    def _walk(self, tag: str, place: Place | None, window: Window) -> Iterator[tuple[Page, Place]]:
        if place is None:
            yield from self._forward(tag, _id_at(window.since) if window.since else "0", None)
        elif place.get("ended"):
            yield from self._forward(tag, self._before(str(place["at"])), None)
        else:
            # An interrupted walk goes on where it was, or it might never end; what came late meanwhile is read after.
            due = min(str(place.get("due") or place["at"]), str(place["at"]), key=_order)
            yield from self._forward(tag, str(place["at"]), due)
            yield from self._forward(tag, self._before(due), None)

    def _forward(self, tag: str, at: str, due: str | None) -> Iterator[tuple[Page, Place]]:
        while True:
            items = self._list(partial(self._client.timeline_hashtag, tag, min_id=at, limit=self._page_size))
            found, skipped = self._understand(items)
            # A page may hold fewer posts than were asked for and not be the last: only an empty one is.
            if not items:
                yield Page(), {"at": at, "due": due, "ended": due is None}
                return
            reached = max((str(item.get("id", "")) for item in items if isinstance(item, dict)), key=_order, default="")
            if _order(reached) <= _order(at):
                raise RetryLater(f"{self._http!r} gives the same page again and again")
            at = reached
            yield Page(found, (), tuple(skipped)), {"at": at, "due": due, "ended": False}

    def _before(self, at: str) -> str:
        overlap = int(self.overlap.total_seconds() * 1000) << 16
        return str(max(0, int(at) - overlap)) if at.isdecimal() and len(at) <= LONGEST_NUMBER else at

    @staticmethod
    def _native_id(item: Mapping[str, Any]) -> str:
        return f"{item['uri']}#{item['id']}"

    def _understand(self, items: Sequence[Json]) -> Any:
        numbered = [(str(item.get("id")) if isinstance(item, dict) else str(n), item) for n, item in enumerate(items)]
        found, skipped = understand(numbered, self.parse, self._http.now())
        self._learn_parents(items, {post.parent_id for post in found if post.parent_id})
        known = self._parents
        return [replace(post, parent_id=known.get(post.parent_id or "", post.parent_id)) for post in found], skipped

    def _learn_parents(self, items: Sequence[Json], wanted: set[str]) -> None:
        """Remember the identity of posts that are replied to: those of this page, and others by asking for them."""
        if len(self._parents) > MOST_PARENTS:
            self._parents.clear()
        self._remember(items)
        unknown = sorted(wanted - self._parents.keys())
        for start in range(0, len(unknown), LOOKUP_SIZE):
            some = unknown[start : start + LOOKUP_SIZE]
            # A server older than 4.3 refuses: its id is then all that is known of a parent.
            with suppress(RefusedError):
                self._remember(self._list(partial(self._client.statuses, some)))
            # One that is gone is not asked for again.
            for one in some:
                self._parents.setdefault(one, one)

    def _remember(self, items: Sequence[Json]) -> None:
        for item in items:
            if isinstance(item, dict) and item.get("uri") and item.get("id"):
                self._parents[str(item["id"])] = self._native_id(item)

    def _list(self, call: Callable[[], Any]) -> list[Json]:
        answer = self._call(call)
        if not isinstance(answer, list):
            raise RetryLater(f"{self._http!r} answered with something else than a list of posts")
        return answer

    def _call(self, call: Callable[[], Any]) -> Json:
        with self._http.translating(MastodonError):
            # The library turns times into objects; what is kept of a post must be what was sent.
            return json.loads(json.dumps(call(), default=_sent))


def hashtags(names: Sequence[str]) -> tuple[str, ...]:
    """The hashtags people make of those names: letters and digits only, in lower case, each once."""
    tags = ("".join(sign for sign in name.lower() if sign.isalnum() or sign == "_") for name in names)
    return tuple(dict.fromkeys(tag for tag in tags if tag and not tag.isdigit()))


def _id_at(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000) << 16)


def _order(post_id: str) -> tuple[int, str]:
    # Ids are opaque and grow: the longer one is newer, among equals the one that sorts later.
    return len(post_id), post_id


def _sent(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
