"""Turning items as they came into posts, so that one item that is broken never costs the good ones beside it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from models.moments import EARLIEST
from models.post import Author, Post
from monitors.errors import SkipRecord
from monitors.ports import Json, Skipped

Parse: TypeAlias = Callable[[Json, datetime], Post]

# No service takes a post this long; an article cut from a page that is not an article does.
LONGEST_TEXT = 100_000

# A longer id fits no index of a database, in letters of four bytes.
LONGEST_ID = 500

# Services allow 50 characters; a page shows the names of hundreds of authors.
LONGEST_NAME = 200

# A clock that is up to a day ahead is a clock (or a time zone) that is wrong; beyond that the date itself is broken.
WRONG_CLOCK = timedelta(days=1)

NOT_UNDERSTOOD = "not_understood"
"""The reason for which an item is skipped that has another shape than the documented one."""

# What keys look like; a source may also look up what a stranger wrote.
_KEY = re.compile(r"[\w.:-]{1,40}")

# PostgreSQL refuses NUL in text, and no UTF-8 encoder takes half of a surrogate pair.
_UNSTORABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}")


def understand(items: Iterable[tuple[str, Json]], parse: Parse, at: datetime) -> tuple[list[Post], list[Skipped]]:
    """Parse each ``(where, item)``; what cannot be understood is skipped with a reason, the rest is kept in order.

    ``at`` is when the items were read. Of items with the same id the last one wins, at the place of the first, and the
    others are skipped as ``repeated_id``: a page never holds an identity twice.
    """
    found: dict[str, tuple[str, Post]] = {}
    skipped: list[Skipped] = []
    for where, item in items:
        try:
            post = checked(parse(storable(item), at), at)
        except SkipRecord as skip:
            skipped.append(Skipped(skip.reason, where, str(skip)))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            # Items come from strangers: any shape but the documented one ends here, in a skip that is counted.
            skipped.append(Skipped(NOT_UNDERSTOOD, where, _why(error)))
        else:
            if post.native_id in found:
                skipped.append(Skipped("repeated_id", found[post.native_id][0], "a later item has the same id"))
            found[post.native_id] = (where, post)
    return [post for _, post in found.values()], skipped


def _why(error: Exception) -> str:
    """The kind of a mistake, and the key that it missed; its words stay out, as they may quote whole items."""
    named = error.args[0] if isinstance(error, KeyError) and error.args else ""
    kind = type(error).__name__
    return f"{kind}: {named!r}" if isinstance(named, str) and _KEY.fullmatch(named) else kind


def checked(post: Post, at: datetime) -> Post:
    """The post if it can be kept: an identity, a text of sane length, and times that a clock can have.

    Counts that no service can have counted are left out, which is: unknown. Names of authors are cut.
    """
    author = post.author
    texts = (post.native_id, post.text, post.url, author.native_id)
    perhaps = (post.thread_id, post.parent_id, post.parent_author, post.lang_hint, author.handle, author.name)
    if not all(isinstance(text, str) for text in (*texts, *(text for text in perhaps if text is not None))):
        raise SkipRecord(NOT_UNDERSTOOD, "something else stands where a text should")
    if not post.native_id.strip():
        raise SkipRecord("no_id")
    if len(post.native_id) > LONGEST_ID:
        raise SkipRecord("id_too_long")
    if not post.text.strip():
        raise SkipRecord("no_text")
    if len(post.text) > LONGEST_TEXT:
        raise SkipRecord("too_long", f"{len(post.text)} characters")
    if post.created_at.utcoffset() is None:
        raise SkipRecord("no_time", "the time has no zone")
    if post.created_at < EARLIEST:
        raise SkipRecord("bad_time", post.created_at.isoformat())
    if post.created_at > at + WRONG_CLOCK:
        raise SkipRecord("future", post.created_at.isoformat())
    return replace(
        post,
        created_at=min(post.created_at, at),
        edited_at=post.edited_at if post.edited_at is None else max(EARLIEST, min(post.edited_at, at)),
        engagement={metric: count for metric, count in post.engagement.items() if _is_count(count)},
        author=_bounded(author),
        thread_id=_known(post.thread_id),
        parent_id=_known(post.parent_id),
        parent_author=post.parent_author and post.parent_author[:LONGEST_ID],
    )


def _known(named: str | None) -> str | None:
    # No post with such an id is kept: what names one names nothing.
    return named if named is None or len(named) <= LONGEST_ID else None


def _bounded(author: Author) -> Author:
    """The author by names that a page has room for; a name that goes on is cut, as it is no reason to lose a post."""
    return replace(
        author,
        native_id=author.native_id[:LONGEST_ID],
        handle=author.handle and author.handle[:LONGEST_NAME],
        name=author.name and author.name[:LONGEST_NAME],
        followers=author.followers if _is_count(author.followers) else None,
    )


def _is_count(value: object) -> bool:
    # The widest whole number of both databases.
    return type(value) is int and 0 <= value < 2**63


def storable(item: Json) -> Json:
    """The item with what no store takes (NUL, lone surrogates) replaced in every text of it."""
    if isinstance(item, str):
        return item.translate(_UNSTORABLE) if not item.isascii() or "\0" in item else item
    if isinstance(item, dict):
        return {storable(key): storable(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [storable(value) for value in item]
    return item


def instant(text: str) -> datetime:
    """An ISO 8601 time as aware UTC; without a zone it is refused, because guessing one moves posts by hours."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise SkipRecord("no_time", f"{text[:40]!r} has no zone")
    return moment.astimezone(UTC)
