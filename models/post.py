"""What a post is: the vocabulary that everything else in the house shares.

A post is a public message, identified by ``source:native_id``. It is frozen: an edit at the source is a new value
with the same identity, and the newest version wins when it is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias


class Kind(StrEnum):
    """What sort of public message a post is."""

    POST = "post"
    REPLY = "reply"
    QUOTE = "quote"
    COMMENT = "comment"
    REVIEW = "review"
    ARTICLE = "article"


class Metric(StrEnum):
    """One kind of engagement. A metric that a source does not give is absent, never 0."""

    LIKES = "likes"
    SHARES = "shares"
    QUOTES = "quotes"
    REPLIES = "replies"
    VIEWS = "views"
    SAVES = "saves"


Engagement: TypeAlias = Mapping[Metric, int]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as far as the source says. ``followers`` is None where it is unknown."""

    native_id: str
    handle: str | None = None
    name: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A public message as its source gave it, with markup removed and times in UTC.

    ``observed_at`` is when the counts in ``engagement`` were read. A replayed file sets it to the time it replays, so
    that judging the past gives what judging the present would have given. ``brands`` are those that the source itself
    names (a column of a file); where it is empty, brands are found in the text. ``parent_author`` is the native id of
    who wrote the parent, where the source says it: the parent itself may never be stored.
    """

    source: str
    native_id: str
    url: str
    text: str
    created_at: datetime
    observed_at: datetime
    author: Author
    kind: Kind = Kind.POST
    thread_id: str | None = None
    parent_id: str | None = None
    parent_author: str | None = None
    edited_at: datetime | None = None
    lang_hint: str | None = None
    rating: float | None = None
    engagement: Engagement = field(default_factory=dict)
    brands: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        """The identity of the post in the whole system, ``source:native_id``."""
        return f"{self.source}:{self.native_id}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counts of one post at one time."""

    at: datetime
    engagement: Engagement
