"""What X sends and takes: search texts within its limit, ids that are times, and fields under old and new names."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from models.post import Author, Engagement, Kind, Metric, Post
from monitors.errors import SkipRecord, StopSource
from monitors.parsing import instant
from monitors.ports import Conversation, Json, Query

QUERY_LIMIT = 512
LONGEST = 280

FIELDS = {
    "tweet_fields": [
        *("author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "in_reply_to_user_id", "lang"),
        *("note_tweet", "public_metrics", "referenced_tweets"),
    ],
    "expansions": ["author_id"],
    "user_fields": ["name", "public_metrics", "username"],
}

# What a problem with an id that was looked up means; the end of its URI, because the host has changed before.
GONE = {"resource-not-found": "deleted", "not-authorized-for-resource": "not_public"}

_EPOCH_MS = 1288834974657
_COUNTS = {
    "like_count": Metric.LIKES,
    "retweet_count": Metric.SHARES,
    "repost_count": Metric.SHARES,
    "quote_count": Metric.QUOTES,
    "reply_count": Metric.REPLIES,
    "impression_count": Metric.VIEWS,
    "bookmark_count": Metric.SAVES,
}
_NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
}
# Tags of X that are no language, and two that are languages under withdrawn names.
_LANGUAGES = {"in": "id", "iw": "he", "und": None, "zxx": None, "qme": None, "qam": None, "qht": None, "qst": None}


# Letters that count once; all others, such as those of Chinese and emoji, count twice, and an address counts as 23.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_ADDRESS = re.compile(r"https?://\S+")
_ADDRESS_COUNTS = 23


def length(text: str) -> int:
    """How long a post is by X's own count."""
    plain = _ADDRESS.sub("x" * _ADDRESS_COUNTS, unicodedata.normalize("NFC", text))
    return sum(1 if any(first <= ord(sign) <= last for first, last in _LIGHT) else 2 for sign in plain)


def searches(query: Query) -> list[str]:
    """The names of ``query`` as as few search texts as the limit of 512 characters allows; reposts are left out."""
    names = [_quoted(name) for name in query.names if _quoted(name) != '""']
    tail = "".join(f" -{_quoted(word)}" for word in query.excluded) + " -is:retweet"
    texts: list[str] = []
    group: list[str] = []
    for name in names:
        if group and len(_joined([*group, name], tail)) > QUERY_LIMIT:
            texts.append(_joined(group, tail))
            group = []
        group.append(name)
    texts += [_joined(group, tail)] if group else []
    if any(len(text) > QUERY_LIMIT for text in texts):
        raise StopSource(
            f"a name of {query.brand} and its excluded words make a search of over {QUERY_LIMIT} characters",
            remedy="Exclude fewer words: what is left is told apart after collecting.",
        )
    return texts


# Of a handle or an id; an account of another network has other signs in it.
_ACCOUNT = re.compile(r"@?([A-Za-z0-9_]{1,20})")


def conversation(told: Conversation) -> str | None:
    """The search for what the customer and our accounts answer each other in a thread, and themselves.

    Of more accounts than fit into a search the last ones are left out; None where there is nobody to search for.
    """
    thread, author = told.post.thread_id or told.post.native_id, told.post.author
    customer = author.native_id if author.native_id.isdecimal() else author.handle or ""
    named = [match[1].lower() for one in (customer, *told.accounts) if (match := _ACCOUNT.fullmatch(one))]
    accounts = list(dict.fromkeys(named))
    texts = [f"conversation_id:{thread} {_between(accounts[:most])}" for most in range(1, len(accounts) + 1)]
    return max((text for text in texts if len(text) <= QUERY_LIMIT), key=len, default=None)


def _between(accounts: Sequence[str]) -> str:
    return " ".join("(" + " OR ".join(f"{way}:{one}" for one in accounts) + ")" for way in ("from", "to"))


def written(post_id: str) -> datetime:
    """When the post with that id was written: the upper bits of an id are milliseconds."""
    return datetime.fromtimestamp(((int(post_id) >> 22) + _EPOCH_MS) / 1000, tz=UTC)


def id_at(moment: datetime) -> str:
    """The smallest id that a post of that moment can have."""
    return str(max(1, (int(moment.timestamp() * 1000) - _EPOCH_MS) << 22))


def stamp(moment: datetime) -> str:
    """A time as X takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# Of a longer number the time of ``written`` is beyond all calendars.
_ID = re.compile(r"[0-9]{1,20}")


def newest(ids: Sequence[object]) -> str | None:
    """The greatest of those ids that are ids."""
    known = [one for one in ids if isinstance(one, str) and _ID.fullmatch(one)]
    return max(known, key=int, default=None)


def history(item: Mapping[str, Any]) -> list[str]:
    """All ids that the post has had, oldest first; the first one stays the same through edits."""
    ids = _either(item, "edit_history_tweet_ids") or [item["id"]]
    return [str(one) for one in ids]


def items(body: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """The posts of an answer, each with its author beside it (key ``author``)."""
    users = {user.get("id"): user for user in (body.get("includes") or {}).get("users") or () if isinstance(user, dict)}
    for number, post in enumerate(body.get("data") or ()):
        known = isinstance(post, dict)
        where = str(post.get("id") if known else number)
        yield where, {**post, "author": users.get(post.get("author_id"))} if known else post


def missing(body: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Ids that were looked up and not given, with what happened to them (None: unknown).

    Other problems are about what a post mentions (its parent, a quoted post), and are no failures.
    """
    for problem in body.get("errors") or ():
        if isinstance(problem, dict) and problem.get("parameter") in {"id", "ids"}:
            post_id = str(problem.get("resource_id") or problem.get("value") or "")
            yield post_id, GONE.get(str(problem.get("type")).rpartition("/")[2])


def post_of(item: Mapping[str, Any], name: str, at: datetime) -> Post:
    """The post that ``item`` is, for the source called ``name``."""
    ids = history(item)
    edited = len(ids) > 1
    version = instant(item["created_at"]) if item.get("created_at") else written(ids[-1])
    references = {str(one["type"]): str(one["id"]) for one in _either(item, "referenced_tweets") or ()}
    if "retweeted" in references:
        raise SkipRecord("repost")
    author = _author(item)
    note = _either(item, "note_tweet") or {}
    return Post(
        source=name,
        native_id=ids[0],
        url=f"https://x.com/{author.handle or 'i'}/status/{item['id']}",
        text=html.unescape(note.get("text") or item["text"]),
        created_at=written(ids[0]) if edited else version,
        observed_at=at,
        author=author,
        kind=Kind.REPLY if "replied_to" in references else Kind.QUOTE if "quoted" in references else Kind.POST,
        thread_id=item.get("conversation_id"),
        parent_id=references.get("replied_to") or references.get("quoted"),
        parent_author=item.get("in_reply_to_user_id") if "replied_to" in references else None,
        edited_at=version if edited else None,
        lang_hint=_LANGUAGES.get(item.get("lang") or "und", item.get("lang")),
        engagement=_engagement(item.get("public_metrics") or {}),
        raw=item,
    )


def _author(item: Mapping[str, Any]) -> Author:
    user = item.get("author") or {}
    return Author(
        native_id=str(item.get("author_id") or user.get("id") or "unknown"),
        handle=user.get("username"),
        name=user.get("name"),
        followers=(user.get("public_metrics") or {}).get("followers_count"),
    )


def _engagement(counts: Mapping[str, Any]) -> Engagement:
    return {metric: counts[key] for key, metric in _COUNTS.items() if type(counts.get(key)) is int}


def _either(item: Mapping[str, Any], old: str) -> Any:
    return item.get(old) or item.get(_NEW_NAMES[old])


def _quoted(text: str) -> str:
    # X has no escape for a quotation mark inside a phrase.
    return '"' + " ".join(text.replace('"', " ").split()) + '"'


def _joined(names: Sequence[str], tail: str) -> str:
    return (names[0] if len(names) == 1 else f"({' OR '.join(names)})") + tail
