"""Where posts are searched and drawn from: SQLite embedded, Elasticsearch in production. Derived from the ledger."""

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from monitors.errors import BadSettings
from monitors.index.sqlite import SqliteIndex
from monitors.ports import Index


def open_index(url: str) -> Index:
    """Open the index at ``sqlite:///PATH`` or ``https://HOST:9200/PREFIX`` ; nothing is asked of it yet."""
    scheme = urlsplit(url).scheme.removeprefix("elasticsearch+")
    if scheme == "sqlite" and url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return SqliteIndex(Path(url.removeprefix("sqlite:///")))
    if scheme in {"http", "https"}:
        # Loaded now because the client takes half a second to load, which SQLite's users should not pay.
        elastic: Index = import_module("monitors.index.elastic").ElasticIndex.at(url)
        return elastic
    raise BadSettings(
        "The index has an unknown address",
        key="index.url",
        remedy="Write sqlite:///PATH, or https://HOST:9200 for Elasticsearch.",
    )
