"""Which column is which: guessed by the names that exports use, or as the settings say."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

# In order of trust; the first that a file has is taken. Names are compared in lower case, with _ for all but letters
# and digits, and a name inside another object (user.name) is written with _ too.
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("tweet_id", "post_id", "status_id", "id_str", "id", "native_id", "message_id", "comment_id", "review_id"),
    "text": (
        "full_text", "text", "tweet_text", "post_text", "tweet", "content", "message", "body", "comment", "review",
        "post", "caption", "description", "tekst", "sisu", "sõnum", "kommentaar", "teksti", "viesti", "kommentti",
        "текст", "сообщение", "комментарий", "отзыв",
    ),
    "created_at": (
        "created_at", "tweet_created", "created_utc", "createdat", "published_at", "published", "posted_at", "created",
        "timestamp", "datetime", "date_time", "date", "time", "kuupäev", "aeg",
        "päivämäärä", "pvm", "aika", "дата", "время",
    ),
    "author": (
        "username", "user_name", "screen_name", "user_screen_name", "author_username", "author_handle", "handle",
        "author", "author_name", "user", "name", "autor", "kasutaja", "kirjoittaja", "автор", "пользователь",
    ),
    "author_id": ("author_id", "user_id_str", "user_id"),
    "brand": ("brand", "company", "bränd", "kaubamärk", "brändi", "yritys", "бренд", "компания"),
    "followers": ("followers", "followers_count", "user_followers", "user_followers_count", "follower_count"),
    "likes": ("likes", "like_count", "likes_count", "favorite_count", "favorites", "public_metrics_like_count"),
    "shares": ("shares", "share_count", "retweet_count", "retweets", "reposts", "public_metrics_retweet_count"),
    "replies": ("replies", "reply_count", "replies_count", "comment_count", "public_metrics_reply_count"),
    "quotes": ("quotes", "quote_count", "public_metrics_quote_count"),
    "views": ("views", "view_count", "impressions", "impression_count", "public_metrics_impression_count"),
    "saves": ("saves", "bookmark_count", "bookmarks"),
    "url": ("url", "permalink", "link", "post_url", "tweet_url"),
    "lang": ("lang", "language", "keel", "kieli", "язык"),
    "rating": ("rating", "stars", "hinnang", "arvosana", "оценка"),
    "thread_id": ("thread_id", "conversation_id"),
    "parent_id": ("parent_id", "in_reply_to_status_id", "in_reply_to_id", "reply_to"),
}  # fmt: skip


def choose_columns(columns: Iterable[str], chosen: Mapping[str, str]) -> Mapping[str, str]:
    """For each field of ``KNOWN`` that the table has: the name of its column; ``chosen`` wins over guessing."""
    return _choose(tuple(columns), tuple(sorted(chosen.items())))


@lru_cache(maxsize=1024)
def _choose(columns: tuple[str, ...], chosen: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    wanted = dict(chosen)
    taken = set(wanted.values())
    plain = {_plain(column): column for column in reversed(columns) if column not in taken}
    found = {field: column for field, column in wanted.items() if column in columns}
    for field, names in KNOWN.items():
        match = next((plain[name] for name in names if name in plain), None)
        if match is not None and field not in wanted and match not in found.values():
            found[field] = match
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")
