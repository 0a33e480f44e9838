"""Several workers at one index, and posts that an index refuses, on each real ledger and index."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from elasticsearch import Elasticsearch
from fakes.pipeline import Bench

from models.post import Post
from models.scores import Scores
from monitors.index import open_index
from monitors.ledger import indexing, removal, setbacks, sweeps
from monitors.ledger.engine import Ledger
from monitors.pipeline.index import LEASE, index_waiting
from monitors.pipeline.roster import Roster
from monitors.ports import Document, Gone, Index, Search, Skipped
from monitors.testing.index_checks import make_document

Make = Callable[..., Post]


class Reader:
    """Scores by the words of a text; see the fixture."""

    version = "test"

    def __init__(self, scores: Callable[..., Scores]) -> None:
        self._scores = scores

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """A severity that Elasticsearch cannot hold for the text that says so."""
        return [self._scores(text, severity=1_000 if "misfit" in text else 2) for text in texts]


@pytest.fixture
def bench(ledger: Ledger, clock: Callable[[], object], scores: Callable[..., Scores]) -> Bench:
    """An empty ledger, once on each database."""
    return Bench(ledger, clock, Reader(scores), Roster(order=(), channels={}))  # type: ignore[arg-type]


@pytest.fixture
def elastic(elasticsearch_url: str) -> Iterator[Index]:
    """A new index on the real Elasticsearch."""
    prefix = f"kuula-test-{secrets.token_hex(4)}"
    index = open_index(f"{elasticsearch_url.rstrip('/')}/{prefix}")
    index.prepare()
    yield index
    index.clear()
    with Elasticsearch(elasticsearch_url) as client:
        client.options(ignore_status=404).indices.delete_index_template(name=prefix)


@pytest.fixture(params=["sqlite", "elastic"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    """An empty index of each kind."""
    if request.param == "elastic":
        found: Index = request.getfixturevalue("elastic")
        return found
    sqlite = open_index(f"sqlite:///{tmp_path}/index.db")
    sqlite.prepare()
    return sqlite


class Between:
    """A worker's index, between whose reading of the ledger and writing something else happens."""

    def __init__(self, index: Index, meanwhile: Callable[[], object]) -> None:
        self._index = index
        self._meanwhile = meanwhile
        self.remove = index.remove

    def put(self, documents: Sequence[Document]) -> Sequence[Skipped]:
        """Write what is out of date by now."""
        self._meanwhile()
        return self._index.put(documents)


@pytest.mark.parametrize("stall", [timedelta(0), LEASE * 2], ids=["quick", "longer than its lease"])
def test_a_deleted_post_does_not_come_back(bench: Bench, index: Index, post: Make, stall: timedelta) -> None:
    """One worker has read a post, it is deleted and another worker indexes, then the first writes what it read."""
    bench.judged(post("1", "a parcel"), post("2", "a parcel"))

    def meanwhile() -> None:
        bench.clock.forward(seconds=1 + stall.total_seconds())  # type: ignore[attr-defined]
        with bench.ledger.write() as tx:
            removal.remove(tx, "file", [Gone("1", "deleted", bench.clock())], bench.clock())
        while index_waiting(bench.ledger, index, bench.clock):
            pass

    index_waiting(bench.ledger, Between(index, meanwhile), bench.clock)  # type: ignore[arg-type]
    while index_waiting(bench.ledger, index, bench.clock):
        pass
    index.refresh()
    assert [hit.uid for hit in index.search(Search()).hits] == ["file:2"]
    with bench.ledger.read() as tx:
        assert indexing.length(tx) == 0
        assert removal.receipts(tx)[0].index_at is not None


def test_a_refused_post_is_counted_and_holds_up_no_other(bench: Bench, elastic: Index, post: Make) -> None:
    """It leaves the line, is shown with its error, comes back when it changes, and is forgotten once it fits."""
    bench.judged(post("1", "misfit"), post("2", "a parcel"))
    assert index_waiting(bench.ledger, elastic, bench.clock) == 2
    assert index_waiting(bench.ledger, elastic, bench.clock) == 0
    elastic.refresh()
    assert elastic.count(Search()) == 1
    with bench.ledger.read() as tx:
        assert [(row.reason, row.last_where) for row in sweeps.skipped(tx)] == [("not_indexed", "file:1")]
        assert "exception" in setbacks.of_post(tx, "file:1")[0].error
    later = bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
    bench.judged(post("1", "fits", edited_at=later))
    assert index_waiting(bench.ledger, elastic, bench.clock) == 1
    elastic.refresh()
    assert elastic.count(Search()) == 2
    with bench.ledger.read() as tx:
        assert setbacks.counts(tx) == {}


def test_a_misfit_among_many_is_found(tmp_path: Path) -> None:
    """SQLite takes all of a batch but the one that its driver cannot write."""
    index = open_index(f"sqlite:///{tmp_path}/index.db")
    index.prepare()
    documents = [make_document(str(number)) for number in range(5)]
    documents[3] = Document(documents[3].post, ("omniva",), documents[3].scores, story="half a \ud800 character")
    assert [(one.where, one.detail) for one in index.put(documents)] == [("x:3", "UnicodeEncodeError")]
    assert index.count(Search()) == 4


class _Narrow(BaseHTTPRequestHandler):
    """Elasticsearch behind a proxy that lets no request with the word "enormous" through."""

    def do_POST(self) -> None:
        """Answer a search with nothing, and a bulk with success or with 413."""
        sent = self.rfile.read(int(self.headers["content-length"]))
        body = b'{"hits": {"hits": []}}' if "_search" in self.path else b'{"errors": false, "items": []}'
        status = 413 if b"enormous" in sent else 200
        if status == 200 and "_bulk" in self.path:
            self.server.taken.append(sent.count(b'"index"'))  # type: ignore[attr-defined]
            body = b'{"errors": false, "items": [%s]}' % b",".join(
                [b'{"index": {"status": 201}}'] * sent.count(b'"index"')
            )
        self.send_response(status)
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        """Bulks are put."""
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def test_a_request_that_is_refused_as_a_whole_is_taken_apart() -> None:
    """Of posts that were sent together only the one that is too large stays out."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Narrow) as server:
        server.taken = []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever)
        thread.start()
        index = open_index(f"http://127.0.0.1:{server.server_port}")
        refused = index.put([make_document("1"), make_document("2", "enormous"), make_document("3")])
        server.shutdown()
        thread.join()
    assert [one.where for one in refused] == ["x:2"]
    assert sum(server.taken) == 2  # type: ignore[attr-defined]
