"""A search in Elasticsearch's query language, with its core alone: no scripts, no language analysers."""

from collections.abc import Sequence
from typing import Any

from monitors.index import answers
from monitors.index.matching import Term, clean, read_question
from monitors.ports import Search


def query(search: Search, terms: Sequence[Term] | None = None) -> dict[str, Any]:
    """Give the filters that all must hold; ``terms`` are the question already read, where the caller needs them too."""
    filters: list[dict[str, Any]] = []
    for field, wanted in (
        ("source", search.sources),
        ("language", search.languages),
        ("sentiment", search.sentiments),
        ("signal", search.signals),
        ("story", [] if search.story is None else [search.story]),
        ("brand", [] if search.brand is None else [search.brand]),
    ):
        if wanted:
            filters.append({"terms": {field: [clean(value) for value in wanted]}})
    if search.complaint is not None:
        filters.append({"term": {"complaint": search.complaint}})
    limits = {
        comparison: answers.microseconds(limit)
        for comparison, limit in (("gte", search.since), ("lt", search.until))
        if limit is not None
    }
    if limits:
        filters.append({"range": {"created": limits}})
    terms = read_question(search.text) if terms is None else terms
    if terms is not None:
        filters += [_match(term) for term in terms] or [{"match_none": {}}]
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def _match(term: Term) -> dict[str, Any]:
    readings = [("lemmas", lemmas) for lemmas in term.lemmas] + [("forms", term.form)]
    return {"bool": {"should": [{"match_phrase": {field: " ".join(words)}} for field, words in readings]}}
