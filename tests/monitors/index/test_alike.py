"""SQLite and Elasticsearch give the same answers to the same questions about the same posts."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.post import Metric
from models.scores import FoundSignal, Sentiment, Signal
from monitors.index import open_index
from monitors.index.answers import FACETS
from monitors.ports import Document, Index, Search
from monitors.testing.index_checks import INFLECTED, NOON, make_document

WORDS = [
    *(word for text, base in INFLECTED.values() for word in (*text.split(), base)),
    "complaint", "refunding", "raha", "rahan", "возврату", "tagasimaksed", "paketti",
    "don't", "e-post", "Bolt’ile", "õõs", "OOS", "ёлка", "24/7",
    "@omniva", "#omniva", "https://x.ee", "😡",
    "\ud800", "ﬁx", "²",
]  # fmt: skip
LANGUAGES = [*INFLECTED, "sv", None]
SIGNALS = list(Signal)[:4]
BRANDS = ["omniva", "itella", "õllekas"]
SECONDS = st.integers(-90 * 86_400, 90 * 86_400)
COUNTS = st.dictionaries(st.sampled_from(Metric), st.integers(0, 10_000), max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Posts with few words, few ids and few times, so that they meet."""
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)))
    document = make_document(
        draw(st.sampled_from("abcdefghijklmnopqrstuvwäß")), text, language=draw(st.sampled_from(LANGUAGES))
    )
    moment = NOON + timedelta(seconds=draw(SECONDS), microseconds=draw(st.integers(0, 2)))
    signals = draw(st.lists(st.sampled_from(SIGNALS), max_size=3))
    scores = replace(
        document.scores,
        sentiment=draw(st.sampled_from(Sentiment)),
        complaint=draw(st.booleans()),
        signals=[FoundSignal(signal, 0, 1) for signal in signals],
    )
    source = draw(st.sampled_from(["x", "rss"]))
    post = replace(document.post, created_at=moment, engagement=draw(COUNTS), source=source)
    brands = draw(st.lists(st.sampled_from(BRANDS), max_size=3))
    story = draw(st.sampled_from([None, "s1", "s2"]))
    return replace(document, post=post, scores=scores, brands=brands, story=story)


@st.composite
def questions(draw: st.DrawFn) -> str:
    """Words and phrases as people type them, and some signs."""
    pieces = st.lists(st.sampled_from([*WORDS, '"', '"', "*", "AND"]), max_size=4) | st.just([])
    return " ".join(draw(pieces))


FILTERS = st.builds(
    Search,
    brand=st.none() | st.sampled_from(BRANDS),
    sources=st.just([]) | st.just(["x"]),
    languages=st.just([]) | st.lists(st.sampled_from([*INFLECTED]), max_size=2),
    sentiments=st.just([]) | st.lists(st.sampled_from([each.value for each in Sentiment]), max_size=2),
    signals=st.just([]) | st.lists(st.sampled_from([each.value for each in SIGNALS]), max_size=2),
    story=st.none() | st.just("s1"),
    complaint=st.none() | st.booleans(),
    since=st.none() | SECONDS.map(lambda seconds: NOON + timedelta(seconds=seconds)),
    until=st.none() | SECONDS.map(lambda seconds: NOON + timedelta(seconds=seconds)),
)
TEXTS = st.builds(Search, text=questions(), brand=st.none() | st.just("omniva"))


@pytest.fixture
def indexes(tmp_path: Path, elasticsearch_url: str) -> Iterator[tuple[Index, Index]]:
    """One of each."""
    sqlite = open_index(f"sqlite:///{tmp_path}/index.db")
    elastic = open_index(f"{elasticsearch_url}/kuula-test-{secrets.token_hex(4)}")
    for index in (sqlite, elastic):
        index.prepare()
    yield sqlite, elastic
    elastic.clear()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
# not shrunk: with a real server behind each step that takes minutes, and the failing search is named
@settings(max_examples=12, deadline=None, suppress_health_check=[*HealthCheck], phases=[Phase.explicit, Phase.generate])
@given(
    first=st.lists(documents(), min_size=15, max_size=40),
    second=st.lists(documents(), max_size=10),
    removed=st.lists(st.sampled_from(["x:a", "rss:b", "x:ä", "x:unknown"]), max_size=3),
    searches=st.lists(FILTERS | TEXTS, min_size=8, max_size=16),
)
def test_same_answers(
    indexes: tuple[Index, Index],
    first: list[Document],
    second: list[Document],
    removed: list[str],
    searches: list[Search],
) -> None:
    """After the same writes, rewrites and removals, every question has the same answer."""
    for index in indexes:
        index.clear()
        index.put(first)
        index.remove(removed)
        index.put(second)
        index.refresh()
    for search in [Search(), *searches]:
        assert _answers(indexes[0], search) == _answers(indexes[1], search), search
    for word in WORDS:
        sqlite, elastic = (index.search(Search(text=word), size=100) for index in indexes)
        assert sqlite == elastic, word


def _answers(index: Index, search: Search) -> list[object]:
    found: list[object] = [index.count(search)]
    after = None
    while True:
        page = index.search(search, size=3, after=after)
        found.append((page.hits, page.total))
        after = page.after
        if after is None:
            break
    found += [list(index.facets(search, field).items()) for field in FACETS]
    found.append(index.histogram(search, interval=timedelta(days=7)))
    found.append(index.histogram(search, interval=timedelta(hours=6)))
    percentiles = index.percentiles(search, Metric.LIKES, [0, 12.5, 50, 90, 100])
    found.append({percent: round(value, 6) for percent, value in percentiles.items()})
    return found
