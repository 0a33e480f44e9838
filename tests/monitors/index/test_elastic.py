"""The Elasticsearch index keeps the contract on a real server."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch
from servers.process import free_ports

from monitors.errors import BadSettings, RetryLater
from monitors.index import open_index
from monitors.index.answers import read_cursor, write_cursor
from monitors.index.elastic_client import connect
from monitors.ports import Index, Search
from monitors.testing.index_checks import NOON, IndexChecks, at, fill, make_document, uids


@pytest.fixture
def url(elasticsearch_url: str) -> Iterator[str]:
    """The address of an index of its own, which is deleted afterwards."""
    prefix = f"kuula-test-{secrets.token_hex(4)}"
    yield f"elasticsearch+{elasticsearch_url.rstrip('/')}/{prefix}"
    open_index(f"{elasticsearch_url.rstrip('/')}/{prefix}").clear()
    with Elasticsearch(elasticsearch_url) as client:
        client.options(ignore_status=404).indices.delete_index_template(name=prefix)


class TestElasticIndex(IndexChecks):
    @pytest.fixture
    def index(self, url: str) -> Index:
        """New indices on the real server."""
        index = open_index(url)
        index.prepare()
        return index


def test_posts_lie_in_months_behind_an_alias(url: str) -> None:
    """Each month is an index of its own; wrong clocks share the months at the ends, so that they cannot be too many."""
    client, prefix = connect(url)
    index = open_index(url)
    index.prepare()
    late = at(make_document("late"), datetime(9999, 1, 1, tzinfo=UTC))
    late = replace(late, post=replace(late.post, observed_at=NOON))
    early = at(make_document("early"), datetime(1815, 6, 18, tzinfo=UTC))
    fill(index, make_document("1"), at(make_document("2"), NOON + timedelta(days=31)), late, early)
    found = {name: each["aliases"] for name, each in client.indices.get_alias(name=prefix).items()}
    assert found == {f"{prefix}-{month}": {prefix: {}} for month in ("2006.01", "2026.03", "2026.04")}
    client.close()


def test_older_copy_in_another_month_is_found_by_another_process(url: str) -> None:
    """A post whose time changed is there once, although the process that writes it did not write it first."""
    open_index(url).prepare()
    document = make_document()
    fill(open_index(url), document, make_document("stays"))
    fill(open_index(url), at(document, NOON + timedelta(days=60)))
    assert uids(open_index(url)) == ["x:1", "x:stays"]


def test_refused_document_does_not_stop_the_others(url: str) -> None:
    """What Elasticsearch will never take is given back with its reason, after everything else was written."""
    index = open_index(url)
    index.prepare()
    broken = make_document("broken")
    broken = replace(broken, scores=replace(broken.scores, severity=1_000))
    refused = index.put([make_document("1"), broken, make_document("2")])
    assert [(one.where, one.detail) for one in refused] == [("x:broken", "document_parsing_exception")]
    index.refresh()
    assert uids(index) == ["x:2", "x:1"]


def test_pages_go_on_when_the_point_in_time_is_over(url: str) -> None:
    """Whoever comes back to a page too late goes on where he was."""
    client, _ = connect(url)
    index = open_index(url)
    index.prepare()
    fill(index, *(make_document(str(number)) for number in range(4)))
    first = index.search(Search(), size=2)
    place = read_cursor(first.after)
    assert place
    client.close_point_in_time(id=place[2])
    client.close()
    assert [hit.uid for hit in index.search(Search(), size=2, after=first.after).hits] == ["x:1", "x:0"]


def test_cursor_cannot_open_another_index(url: str) -> None:
    """A cursor that was made up to read other indices of the cluster shows our posts and nothing else."""
    client, _ = connect(url)
    index = open_index(url)
    index.prepare()
    fill(index, make_document())
    other = f"other-{secrets.token_hex(4)}"
    client.index(index=other, document={"created": 1, "key": "a", "text": "private"}, refresh=True)
    client.indices.put_mapping(index=other, properties={"key": {"type": "text", "fielddata": True}})
    point = client.open_point_in_time(index=other, keep_alive="1m")["id"]
    assert index.search(Search(), after=write_cursor(2**62, "z", point)).total == 1
    client.indices.delete(index=other)
    client.close()


def test_stopped_server_is_retried_later() -> None:
    """Every call to a server that is down says to come back, whatever it was to do."""
    index = open_index(f"elasticsearch+http://127.0.0.1:{free_ports(1)[0]}")
    for call in (
        index.prepare, index.refresh, index.clear,
        lambda: index.put([make_document()]),
        lambda: index.remove(["x:1"]),
        lambda: index.search(Search()),
        lambda: index.count(Search()),
        lambda: index.facets(Search(), "brand"),
        lambda: index.histogram(Search(), interval=timedelta(days=1)),
    ):  # fmt: skip
        with pytest.raises(RetryLater, match="does not answer"):
            call()


@pytest.mark.parametrize(
    "url",
    [
        "http://", "https://host/UPPER", "https://host?unknown=1", "https://host?ca=/no/such/file", "https://host:port",
        "https://user:secret@host?api_key=secret",
    ],
)  # fmt: skip
def test_address_that_cannot_work_is_refused(url: str) -> None:
    """A mistake in the address is told at once, with the form it should have and without its secrets."""
    with pytest.raises(BadSettings) as raised:
        open_index(url)
    assert "ca=FILE" in raised.value.remedy
    assert "secret" not in str(raised.value)
