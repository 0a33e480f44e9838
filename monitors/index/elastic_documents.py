"""How a post lies in Elasticsearch: the mapping, the monthly index it belongs to, and its body."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from models.post import Metric
from monitors.index import answers, matching
from monitors.ports import Document

_KEYWORD = {"type": "keyword"}
_WORDS = {"type": "text", "analyzer": "whitespace", "norms": False}
_LONGEST_ID = 512
"""Bytes, Elasticsearch's limit for ids."""

_LONGEST_KEYWORD = 8_000
"""Characters of a keyword that can be asked for: Lucene's limit is 32,766 bytes."""

_OLDEST = datetime(2006, 1, 1, tzinfo=UTC)
"""Posts from before, or with such a clock, share a month: each month is an index, and a cluster can hold too many."""

MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    # words are only searched: what is shown is the text
    "_source": {"excludes": ["lemmas", "forms"]},
    "properties": {
        "uid": {**_KEYWORD, "index": False, "doc_values": False},
        "key": _KEYWORD,
        # milliseconds, for drawing here and in other tools; microseconds, for the order
        "created_at": {"type": "date", "format": "epoch_millis"},
        "created": {"type": "long"},
        "text": {"type": "text", "index": False},
        "lemmas": _WORDS,
        "forms": _WORDS,
        **{
            field: {**_KEYWORD, "ignore_above": _LONGEST_KEYWORD}
            for field in ("source", "language", "sentiment", "story", "decision", "brand", "signal")
        },
        "complaint": {"type": "boolean"},
        "severity": {"type": "byte"},
        "risk": {"type": "float"},
        **{metric.value: {"type": "long"} for metric in Metric},
    },
}


def template(prefix: str) -> dict[str, Any]:
    """The index template from which each month's index is made, behind the alias that is read."""
    return {
        "index_patterns": [f"{prefix}-*"],
        "template": {
            # a copy on another node as soon as there is one
            "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
            "mappings": MAPPING,
            "aliases": {prefix: {}},
        },
    }


def key(uid: str) -> str:
    """The id of a post: its uid, or a digest where that is longer than an id may be."""
    uid = matching.clean(uid)
    return uid if len(uid.encode()) <= _LONGEST_ID else f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}"


def month(prefix: str, document: Document) -> str:
    """The index of a post, by the month it was written in; a time later than our reading of it is not trusted."""
    post = document.post
    written = max(_OLDEST, min(post.created_at, post.observed_at))
    return f"{prefix}-{written:%Y.%m}"


def body(document: Document, identity: str) -> dict[str, Any]:
    """The document that Elasticsearch stores."""
    post, scores = document.post, document.scores
    text = matching.indexed_text(document)
    created = answers.microseconds(post.created_at)
    return {
        "uid": matching.clean(post.uid),
        "key": identity,
        "created_at": created // answers.MILLISECOND,
        "created": created,
        "text": text,
        "lemmas": matching.indexed_lemmas(document),
        "forms": matching.indexed_forms(text),
        "source": matching.clean(post.source),
        "language": scores.language.code,
        "sentiment": scores.sentiment.value,
        "complaint": scores.complaint,
        "severity": scores.severity,
        "story": document.story,
        "decision": document.decision,
        "risk": document.risk,
        "brand": [matching.clean(brand) for brand in document.brands],
        "signal": [found.signal.value for found in scores.signals],
        **{metric.value: answers.countable(count) for metric, count in post.engagement.items()},
    }
