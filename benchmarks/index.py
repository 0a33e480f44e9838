"""How fast the indexes write and search.

Elasticsearch is measured beside a bare bulk loop that writes the same stored bodies, made beforehand, with the same
template. ELASTICSEARCH_URL is used where it is set; otherwise a server is started.
"""

import gc
import os
import random
import secrets
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from servers.elasticsearch import elasticsearch

from benchmarks import material
from benchmarks.table import Row, seconds
from models.scores import Signal
from monitors.index import elastic_documents, open_index
from monitors.index.elastic_client import connect
from monitors.ports import Document, Index, Search
from monitors.testing.index_checks import INFLECTED, NOON, at, bad, make_document

POSTS = 20_000
BATCH = 1_000
SPAN = timedelta(days=45)
SEARCHES = {
    "newest 20": lambda index: index.search(Search()),
    "word": lambda index: index.search(Search(text="complaint")),
    "two words, brand, complaints": lambda index: index.search(
        Search(text="refund never", brand="omniva", complaint=True)
    ),
    "phrase": lambda index: index.search(Search(text='"never answered"')),
    "histogram, hours": lambda index: index.histogram(Search(brand="omniva"), interval=timedelta(hours=1)),
    "facet": lambda index: index.facets(Search(), "signal"),
    "count": lambda index: index.count(Search(brand="omniva", complaint=True)),
}


def measure() -> Iterator[Row]:
    """Both indexes: putting, putting again, and every sort of search."""
    documents = list(make_documents(material.texts(), POSTS))
    gc.collect()
    gc.freeze()  # all these documents at once are the benchmark's doing; collecting around them is not measured
    with tempfile.TemporaryDirectory() as folder:
        sqlite = open_index(f"sqlite:///{folder}/index.db")
        sqlite.prepare()
        first = rate(partial(put, sqlite, documents), len(documents))
        yield Row("index, SQLite", f"{first:,.0f} posts/s", "", None, "5,000 posts/s", first >= 5000)
        yield from report("SQLite", sqlite, documents)
    with server() as url:
        yield from elastic_rows(f"{url.rstrip('/')}/kuula-bench-{secrets.token_hex(4)}", documents)
    gc.unfreeze()


def elastic_rows(address: str, documents: Sequence[Document]) -> Iterator[Row]:
    """Elasticsearch, in turn with the bare loop, because a young server gets faster all the time."""
    client, prefix = connect(address)
    actions = actions_of(prefix, documents)
    rates: dict[str, list[float]] = {"bare": [], "put": []}
    for _ in range(4):
        for name, measured in rates.items():
            elastic = open_index(address)
            elastic.prepare()
            work = partial(bare_loop, client, actions) if name == "bare" else partial(put, elastic, documents)
            measured.append(rate(work, len(documents)))
            elastic.clear()
    bare, ours = (max(measured) for measured in rates.values())
    peer = f"bare bulk loop: {bare:,.0f}"
    yield Row("index, Elasticsearch", f"{ours:,.0f} posts/s", peer, ours / bare, "0.60", ours / bare >= 0.6)
    elastic = open_index(address)
    elastic.prepare()
    put(elastic, documents)
    yield from report("Elasticsearch", elastic, documents)
    elastic.clear()
    client.indices.delete_index_template(name=prefix)
    client.close()


def make_documents(texts: Sequence[str] | None, count: int) -> Iterator[Document]:
    """Posts with the given texts, or with shuffled words of four languages."""
    chance = random.Random(7)
    words = [(language, text.split()) for language, (text, _) in INFLECTED.items()]
    for number in range(count):
        language, own = words[number % len(words)]
        text = texts[number % len(texts)] if texts else " ".join(chance.choices(own, k=18))
        document = make_document(f"{number}", text, language="en" if texts else language)
        document = at(document, NOON + SPAN * number / count)
        yield bad(document, *chance.sample(list(Signal), 2)) if chance.random() < 0.3 else document


def report(name: str, index: Index, documents: Sequence[Document]) -> Iterator[Row]:
    """How fast an index takes the same documents again, and answers."""
    yield Row(f"index, {name}, again", f"{rate(partial(put, index, documents), len(documents)):,.0f} posts/s")
    for what, ask in SEARCHES.items():
        ask(index)
        times = [seconds(partial(ask, index)) for _ in range(20)]
        figure = f"median {statistics.median(times) * 1000:.1f} ms, worst {max(times) * 1000:.1f} ms"
        yield Row(f"index, {name}, {what}", figure)


def put(index: Index, documents: Sequence[Document]) -> None:
    """Write in batches, as the pipeline does, until all is visible."""
    for start in range(0, len(documents), BATCH):
        index.put(documents[start : start + BATCH])
    index.refresh()


def bare_loop(client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> None:
    """What the client does at best with the same documents."""
    for _ in streaming_bulk(client, actions, chunk_size=BATCH):
        pass
    client.indices.refresh(index=actions[0]["_index"])


def actions_of(prefix: str, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The documents as they are stored, ready to send."""
    return [
        {
            "_index": elastic_documents.month(prefix, document),
            "_id": document.post.uid,
            "_source": elastic_documents.body(document, document.post.uid),
        }
        for document in documents
    ]


def rate(work: Callable[[], object], count: int) -> float:
    """How many a second."""
    return count / seconds(work)


@contextmanager
def server() -> Iterator[str]:
    """The given Elasticsearch, or one of our own."""
    if given := os.environ.get("ELASTICSEARCH_URL"):
        yield given
    else:
        with elasticsearch() as url:
            yield url
