"""What both indexes share in their answers: cursors, buckets and the names that may be asked for."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from monitors.ports import Bucket, Search

PAGE_LIMIT = 10_000
"""Hits on one page; Elasticsearch gives no more by default."""

BUCKET_LIMIT = 20_000

SECOND = 1_000_000
MILLISECOND = 1_000
"""In microseconds, as all whole times here."""

FACETS = ("brand", "source", "language", "sentiment", "signal", "decision", "story")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = 4 * 24 * 3600 * SECOND
_LONGEST_COUNT = 2**63 - 1

Counts: TypeAlias = tuple[int, int, int]
"""Posts, complaints and negative posts of one bucket."""


def microseconds(moment: datetime) -> int:
    """The exact time as a whole number since 1970, which sorts the same everywhere."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EARLIEST = microseconds(datetime.min.replace(tzinfo=UTC))
_LATEST = microseconds(datetime.max.replace(tzinfo=UTC))


def moment(microseconds: int) -> datetime:
    """The time that ``microseconds`` made a number of, or the nearest there is."""
    return _EPOCH + timedelta(microseconds=max(_EARLIEST, min(microseconds, _LATEST)))


def countable(count: int) -> int:
    """A count that every store can hold."""
    return max(-_LONGEST_COUNT, min(count, _LONGEST_COUNT))


def known_facet(field: str) -> str:
    """Check the name of a facet: it becomes part of a query."""
    if field not in FACETS:
        raise ValueError(f"No facet {field!r}: there are {', '.join(FACETS)}")
    return field


def write_cursor(*parts: Any) -> str:
    """Make the text that stands for a place among hits; safe in an address."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def read_cursor(cursor: str | None) -> tuple[int, str, str | None] | None:
    """Read a place: time, key and point in time. None, the first page, when it is none that we wrote."""
    try:
        created, key, *rest = json.loads(base64.urlsafe_b64decode(cursor or ""))
    except (binascii.Error, ValueError, TypeError):
        return None
    point = rest[0] if rest and isinstance(rest[0], str) else None
    if type(created) is not int or abs(created) > _LONGEST_COUNT or not isinstance(key, str) or key >= "\ud800":
        return None
    return created, key, point


def bucket_start(created: int, interval: timedelta) -> int:
    """The start of the bucket that a time falls in: buckets are counted from a Monday, 00:00 UTC."""
    width = bucket_width(interval)
    return (created - _MONDAY) // width * width + _MONDAY


def bucket_width(interval: timedelta) -> int:
    """The interval in microseconds; only whole seconds are drawn."""
    if interval < timedelta(seconds=1) or interval % timedelta(seconds=1):
        raise ValueError(f"A histogram's interval is whole seconds, not {interval}")
    return interval // timedelta(microseconds=1)


def bars(search: Search, seen: Sequence[int], interval: timedelta) -> range:
    """The starts of all buckets of the time asked for; where the search is open, of the times that were ``seen``."""
    width = bucket_width(interval)
    if not seen and (search.since is None or search.until is None):
        return range(0)
    first = min(seen) if search.since is None else microseconds(search.since)
    last = max(seen) if search.until is None else microseconds(search.until) - 1
    starts = range(bucket_start(first, interval), last + 1, width)
    if len(starts) > BUCKET_LIMIT:
        raise ValueError(f"{len(starts)} bars are too many to draw: ask for a longer interval or a shorter time")
    return starts


def draw(starts: range, counts: Mapping[int, Counts]) -> Sequence[Bucket]:
    """All buckets, also the empty ones."""
    return [Bucket(moment(start), *counts.get(start, (0, 0, 0))) for start in starts]


def percentile(ordered: Sequence[int], percent: float) -> float:
    """The value below which ``percent`` of the values are, between two neighbours in proportion."""
    place = (len(ordered) - 1) * min(max(percent, 0.0), 100.0) / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
