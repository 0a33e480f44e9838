"""What a source would bring, without storing anything: for whoever is setting one up."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from models.post import Post
from monitors.http import Http
from monitors.ports import Query, Source, Window


def probe(source: Source, http: Http, query: Query, window: Window, limit: int) -> Iterator[str]:
    """Up to ``limit`` posts as JSON Lines, then a line of counts: found, gone, skipped by reason, calls.

    What is skipped counts in the limit: a source of which nothing is understood would be read to its end otherwise.
    ``first_skipped`` has the first item of each reason, because that is what whoever sets a source up must mend.
    An error of the source ends the lines as it ends a collection: it is raised, after the posts that came before it.
    """
    found = gone = 0
    skipped: Counter[str] = Counter()
    first: dict[str, str] = {}
    for page in source.collect(query, None, window):
        gone += len(page.gone)
        skipped.update(one.reason for one in page.skipped)
        for one in page.skipped:
            first.setdefault(one.reason, f"{one.where}: {one.detail}")
        for post in page.found[: limit - found]:
            found += 1
            yield json_line(_shown(post))
        if found + skipped.total() >= limit:
            break
    counts = {"found": found, "gone": gone, "skipped": dict(sorted(skipped.items())), "calls": http.calls}
    yield json_line({**counts, "first_skipped": first} if first else counts)


def _shown(post: Post) -> Mapping[str, Any]:
    # What the service sent is the same once more, and long.
    shown = {field.name: getattr(post, field.name) for field in fields(post) if field.name != "raw"}
    author = {field.name: getattr(post.author, field.name) for field in fields(post.author)}
    return {**shown, "author": author, "engagement": dict(post.engagement)}


def json_line(value: Mapping[str, Any]) -> str:
    """A value as one line of JSON, in which nothing steers a terminal or turns the line around."""
    # JSON lets C1 controls and marks of direction through.
    text = json.dumps(value, ensure_ascii=False, default=_text)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
