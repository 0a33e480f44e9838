"""A search as an SQL condition on ``index_posts p``."""
# ruff: noqa: S608 -- only names of our own are put into statements; values from outside are always bound

from collections.abc import Sequence
from typing import Any

from monitors.index import answers
from monitors.index.matching import Term, clean, read_question
from monitors.ports import Search


def where(search: Search, terms: Sequence[Term] | None = None) -> tuple[str, list[Any]]:
    """Give the condition and its values; ``terms`` are the question already read, where the caller needs them too."""
    conditions: list[str] = []
    values: list[Any] = []
    for column, wanted in (
        ("source", search.sources),
        ("language", search.languages),
        ("sentiment", search.sentiments),
        ("story", [] if search.story is None else [search.story]),
    ):
        if wanted:
            conditions.append(f"p.{column} IN ({_marks(wanted)})")
            values += map(clean, wanted)
    for field, labels in (("brand", [] if search.brand is None else [search.brand]), ("signal", search.signals)):
        if labels:
            among = f"field = '{field}' AND value IN ({_marks(labels)})"
            # Words leave few posts, each of which is looked up; without words reading the list of labels is quicker.
            looked_up = f"EXISTS (SELECT 1 FROM index_labels WHERE {among} AND post = p.id)"
            conditions.append(looked_up if search.text else f"p.id IN (SELECT post FROM index_labels WHERE {among})")
            values += map(clean, labels)
    if search.complaint is not None:
        conditions.append("p.complaint = ?")
        values.append(search.complaint)
    for comparison, limit in ((">=", search.since), ("<", search.until)):
        if limit is not None:
            conditions.append(f"p.created {comparison} ?")
            values.append(answers.microseconds(limit))
    terms = read_question(search.text) if terms is None else terms
    if terms is not None:
        conditions.append("p.id IN (SELECT rowid FROM index_words WHERE index_words MATCH ?)" if terms else "0")
        values += [" AND ".join(map(_match, terms))] if terms else []
    return " AND ".join(conditions) or "1", values


def _marks(wanted: Sequence[str]) -> str:
    return ", ".join("?" * len(wanted))


def _match(term: Term) -> str:
    """A term in FTS5's language. Folded words hold letters, digits, - and ' only, so that quotes are enough."""
    lemmas = " OR ".join(map(_phrase, term.lemmas))
    return f"(lemmas : ({lemmas}) OR forms : {_phrase(term.form)})" if lemmas else f"forms : {_phrase(term.form)}"


def _phrase(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"'
