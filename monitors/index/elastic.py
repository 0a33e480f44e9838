"""The index for production: Elasticsearch through its official client.

Posts lie in an index a month, made from a template, behind one alias that is read. An id is unique within an index
only, so that a post whose time changed is looked for in the other months when it is written.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import streaming_bulk

from models.post import Metric
from monitors.errors import BadSettings, RetryLater
from monitors.index import answers, elastic_documents, matching
from monitors.index.elastic_client import connect, translated
from monitors.index.elastic_query import query
from monitors.ports import Bucket, Document, Hit, Hits, Search, Skipped

_KEEP_POINT = "2m"
_BULK_DOCUMENTS = 1_000
_BULK_BYTES = 20 * 2**20
_RECENT = 50_000
_SEARCHABLE_FACETS = 5_000
_READ: Mapping[str, Any] = {"ignore_unavailable": True, "allow_partial_search_results": False}
_OUTCOME = ["errors", "items.*._id", "items.*.status", "items.*.error.type"]
_MISFIT = 400
_REFUSED_TOGETHER = {400, 413}
_TOGETHER = ""
_NOT_FOUND = 404
_BUSY = 429
_BROKEN = 500


class ElasticIndex:
    """Searches and draws from an Elasticsearch cluster; ``prefix`` is the alias and starts the name of each index."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        # where this process wrote lately: a search does not see that yet
        self._recent: OrderedDict[str, str] = OrderedDict()

    @classmethod
    def at(cls, url: str) -> "ElasticIndex":
        """Open the index at an address, see ``elastic_client.connect``."""
        return cls(*connect(url))

    def prepare(self) -> None:
        """Create or replace the template, and give new fields to the months that exist."""
        with translated():
            self._client.indices.put_index_template(name=self._prefix, body=elastic_documents.template(self._prefix))
            try:
                if months := self._months():
                    properties = elastic_documents.MAPPING["properties"]
                    self._client.indices.put_mapping(index=months, properties=properties)
            except ApiError as error:
                if error.status_code != _MISFIT:
                    raise
                raise BadSettings(
                    "The index was made by another version of Kuula",
                    key="index.url",
                    remedy="Rebuild the index with `kuula reindex`.",
                ) from error

    def put(self, documents: Sequence[Document]) -> Sequence[Skipped]:
        """Write or overwrite by uid, and give what Elasticsearch will never take.

        The same post written by two processes within a second, in two months, stays doubled until it is written again.
        """
        latest = {elastic_documents.key(document.post.uid): document for document in documents}
        months = {key: elastic_documents.month(self._prefix, document) for key, document in latest.items()}
        with translated():
            leaving = [_delete(month, key) for month, key in self._elsewhere(months)]
            arriving = (
                {"_index": months[key], "_id": key, "_source": elastic_documents.body(document, key)}
                for key, document in latest.items()
            )
            refused = self._bulk([*leaving], arriving)
            # Elasticsearch may refuse many together for the sake of one: each is tried alone.
            for key in [key for key, why in refused.items() if why == _TOGETHER]:
                body = elastic_documents.body(latest[key], key)
                alone = self._bulk([{"_index": months[key], "_id": key, "_source": body}])
                refused.pop(key)
                refused.update({key: "RequestRefused" if why == _TOGETHER else why for key, why in alone.items()})
        self._remember(months)
        return [Skipped("not_indexed", latest[key].post.uid, why) for key, why in refused.items()]

    def remove(self, uids: Sequence[str]) -> None:
        """Forget posts by uid in all months; unknown ones are no error."""
        keys = [elastic_documents.key(uid) for uid in uids]
        self.refresh()
        with translated():
            found = [_delete(hit["_index"], hit["_id"]) for hit in self._find(keys, self._prefix)]
            self._bulk(found)
        for key in keys:
            self._recent.pop(key, None)

    def purge(self) -> None:
        """Nothing to do: the server merges by itself, and advises against merges by hand while it is written to."""

    def refresh(self) -> None:
        """Make everything written so far visible to searches."""
        with translated():
            self._client.indices.refresh(index=self._prefix, ignore_unavailable=True)

    def search(self, search: Search, *, size: int = 20, after: str | None = None) -> Hits:
        """Newest first. Pages see the posts as they were at the first page, or, after 2 minutes, as they are."""
        terms = matching.read_question(search.text)
        size = max(1, min(size, answers.PAGE_LIMIT - 1))
        place = answers.read_cursor(after)
        request: dict[str, Any] = {
            "query": query(search, terms),
            "sort": [{"created": "desc"}, {"key": "desc"}],
            "size": size + 1,
            "track_total_hits": True,
            "allow_partial_search_results": False,
            "source_includes": ["uid", "created", "text", "language"],
        }
        if place:
            request["search_after"] = place[:2]
        with translated():
            answer = self._at_point(request, place[2] if place else None)
            rows = answer["hits"]["hits"]
            more = len(rows) > size
            if not more:
                self._close_point(answer["pit_id"])
        hits = [_hit(row["_source"], terms or ()) for row in rows[:size]]
        last = rows[size - 1]["sort"] if more else []
        cursor = answers.write_cursor(*last[:2], answer["pit_id"]) if more else None
        return Hits(hits, answer["hits"]["total"]["value"], cursor)

    def histogram(self, search: Search, *, interval: timedelta) -> Sequence[Bucket]:
        """Bars from ``since`` to ``until``, or from the first post to the last where the search does not say."""
        bars = answers.bars(search, self._seen(search), interval)
        if not bars:
            return []
        buckets = {
            "date_histogram": {
                "field": "created_at",
                "fixed_interval": f"{bars.step // answers.SECOND}s",
                "offset": f"+{bars.start % bars.step // answers.SECOND}s",
                "min_doc_count": 1,
            },
            "aggs": {
                "complaints": {"filter": {"term": {"complaint": True}}},
                "negative": {"filter": {"term": {"sentiment": "negative"}}},
            },
        }
        found = self._aggregate(search, {"bars": buckets}).get("bars", {}).get("buckets", ())
        counts = {
            bar["key"] * answers.MILLISECOND: (
                bar["doc_count"], bar["complaints"]["doc_count"], bar["negative"]["doc_count"]
            )
            for bar in found
        }  # fmt: skip
        return answers.draw(bars, counts)

    def facets(self, search: Search, field: str, *, size: int = 20) -> Mapping[str, int]:
        """How many posts have each value, the most frequent first."""
        terms = {"field": answers.known_facet(field), "size": size, "shard_size": max(size, _SEARCHABLE_FACETS)}
        found = self._aggregate(search, {"values": {"terms": terms}}).get("values", {}).get("buckets", ())
        return {bucket["key"]: bucket["doc_count"] for bucket in found}

    def percentiles(self, search: Search, metric: Metric, percents: Sequence[float]) -> Mapping[float, float]:
        """Percentiles of one kind of engagement among posts that have it, nearly exact; empty when none has."""
        asked = {percent: min(max(percent, 0.0), 100.0) for percent in percents}
        options = {"field": Metric(metric).value, "percents": sorted(set(asked.values())), "keyed": False}
        found = self._aggregate(search, {"values": {"percentiles": options}}).get("values", {}).get("values", ())
        values = {value["key"]: value["value"] for value in found if value["value"] is not None}
        return {percent: values[inside] for percent, inside in asked.items()} if values else {}

    def count(self, search: Search) -> int:
        """How many posts answer the search."""
        with translated():
            return int(self._client.count(index=self._prefix, query=query(search), ignore_unavailable=True)["count"])

    def clear(self) -> None:
        """Forget everything: the months are deleted, by name, as clusters refuse patterns here."""
        with translated():
            if months := self._months():
                self._client.indices.delete(index=months, ignore_unavailable=True)
        self._recent.clear()

    def _months(self) -> list[str]:
        try:
            return sorted(self._client.indices.get_alias(name=self._prefix).body)
        except NotFoundError:
            return []

    def _elsewhere(self, months: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Where older copies of these posts lie in months that they are no longer of."""
        known = {key: self._recent[key] for key in months if key in self._recent}
        yield from ((month, key) for key, month in known.items() if month != months[key])
        unknown = [key for key in months if key not in known]
        for month in sorted({months[key] for key in unknown}):
            own = [key for key in unknown if months[key] == month]
            for hit in self._find(own, f"{self._prefix}-*,-{month}"):
                yield hit["_index"], hit["_id"]

    def _find(self, keys: Sequence[str], indices: str) -> Iterator[Any]:
        """Where posts lie, as far as searches see."""
        for start in range(0, len(keys), _BULK_DOCUMENTS):
            ids = {"ids": {"values": keys[start : start + _BULK_DOCUMENTS]}}
            answer = self._client.search(
                index=indices, query=ids, size=answers.PAGE_LIMIT, source=False, sort=["_doc"], **_READ
            )
            yield from answer["hits"]["hits"]

    def _bulk(self, *actions: Iterable[dict[str, Any]]) -> dict[str, str]:
        """Write, and give what was refused for good: ids and why."""
        refused = {}
        for ok, result in streaming_bulk(
            self._client,
            (action for some in actions for action in some),
            chunk_size=_BULK_DOCUMENTS,
            max_chunk_bytes=_BULK_BYTES,
            raise_on_error=False,
            raise_on_exception=False,
            yield_ok=False,
            filter_path=_OUTCOME,
        ):
            outcome = next(iter(result.values()))
            if ok or outcome["status"] == _NOT_FOUND:
                continue
            if "exception" in outcome:
                if outcome["status"] not in _REFUSED_TOGETHER:
                    raise outcome["exception"]
                refused[outcome["_id"]] = _TOGETHER
                continue
            if outcome["status"] == _BUSY or outcome["status"] >= _BROKEN:
                raise RetryLater(f"Elasticsearch cannot write now (HTTP {outcome['status']})")
            refused[outcome["_id"]] = outcome.get("error", {}).get("type") or f"HTTP {outcome['status']}"
        return refused

    def _remember(self, months: Mapping[str, str]) -> None:
        for key, month in months.items():
            self._recent[key] = month
            self._recent.move_to_end(key)
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def _at_point(self, request: Mapping[str, Any], point: str | None) -> Any:
        """Search at a point in time that is still open and ours, or at a new one."""
        if point:
            try:
                answer = self._client.search(**request, pit={"id": point, "keep_alive": _KEEP_POINT})
            except ApiError as error:
                if error.status_code == _BUSY or error.status_code >= _BROKEN:
                    raise
            else:
                # the cursor came back from a page: it must not open other people's indices
                if all(hit["_index"].startswith(f"{self._prefix}-") for hit in answer["hits"]["hits"]):
                    return answer
        opened = self._client.open_point_in_time(index=self._prefix, keep_alive=_KEEP_POINT, ignore_unavailable=True)
        return self._client.search(**request, pit={"id": opened["id"], "keep_alive": _KEEP_POINT})

    def _close_point(self, point: str) -> None:
        with suppress(NotFoundError):  # it ended by itself
            self._client.close_point_in_time(id=point)

    def _aggregate(self, search: Search, aggregations: Mapping[str, Any]) -> Any:
        with translated():
            answer = self._client.search(index=self._prefix, query=query(search), size=0, aggs=aggregations, **_READ)
        return answer.get("aggregations", {})

    def _seen(self, search: Search) -> list[int]:
        """The times of the first and the last post."""
        ends = {"first": {"min": {"field": "created_at"}}, "last": {"max": {"field": "created_at"}}}
        found = self._aggregate(search, ends)
        return [int(end["value"]) * answers.MILLISECOND for end in found.values() if end["value"] is not None]


def _delete(month: str, key: str) -> dict[str, Any]:
    return {"_op_type": "delete", "_index": month, "_id": key}


def _hit(stored: Mapping[str, Any], terms: Sequence[matching.Term]) -> Hit:
    places = matching.find_highlights(terms, stored["text"], stored["language"])
    return Hit(stored["uid"], answers.moment(stored["created"]), float(len(places)), stored["text"], places)
