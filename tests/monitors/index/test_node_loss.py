"""A cluster that loses a node loses no post and goes on."""

import signal
import time
from collections.abc import Sequence
from datetime import timedelta

from elasticsearch import Elasticsearch
from servers.elasticsearch import Node

from monitors.errors import RetryLater
from monitors.index import open_index
from monitors.ports import Document, Index, Search
from monitors.testing.index_checks import NOON, at, make_document


def test_killed_node_loses_nothing(elasticsearch_nodes: Sequence[Node]) -> None:
    """kill -9 of one node of three: all posts are found, and new ones are taken, after waiting at most."""
    hosts = ",".join(node.url.removeprefix("http://") for node in elasticsearch_nodes)
    index = open_index(f"elasticsearch+http://{hosts}")
    index.prepare()
    documents = [at(make_document(str(number)), NOON + timedelta(days=number)) for number in range(100)]
    index.put(documents)
    index.refresh()
    with Elasticsearch(elasticsearch_nodes[0].url, request_timeout=90) as client:
        client.cluster.health(wait_for_status="green", timeout="60s")
    elasticsearch_nodes[0].process.send_signal(signal.SIGKILL)
    elasticsearch_nodes[0].process.wait()
    _put_patiently(index, make_document("new"))
    assert index.count(Search()) == len(documents) + 1


def _put_patiently(index: Index, document: Document) -> None:
    """Write as the pipeline does: again, as long as it is told to come back."""
    deadline = time.monotonic() + 120
    while True:
        try:
            index.put([document])
            index.refresh()
        except RetryLater:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        else:
            return
