"""The embedded index: one SQLite file, full text by FTS5. The file may be the ledger's own.

``index_posts`` is narrow, because counting and drawing read all of it; texts are with their words in ``index_words``.
"""
# ruff: noqa: S608 -- only names of our own are put into statements; values from outside are always bound

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from models.post import Metric
from monitors.errors import BadSettings, RetryLater
from monitors.index import answers, matching
from monitors.index.sqlite_where import where
from monitors.ports import Bucket, Document, Hit, Hits, Search, Skipped

_METRICS = tuple(Metric)
_SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS index_posts (
        id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, source TEXT NOT NULL,
        language TEXT, sentiment TEXT NOT NULL, complaint INTEGER NOT NULL, story TEXT, decision TEXT,
        {", ".join(f"{metric} INTEGER" for metric in _METRICS)}
    );
    CREATE INDEX IF NOT EXISTS index_posts_created ON index_posts (created, uid);
    -- histograms read this index alone and no table rows
    CREATE INDEX IF NOT EXISTS index_posts_drawn ON index_posts (created, complaint, sentiment);
    CREATE INDEX IF NOT EXISTS index_posts_story ON index_posts (story) WHERE story IS NOT NULL;
    CREATE TABLE IF NOT EXISTS index_labels (
        field TEXT NOT NULL, value TEXT NOT NULL, post INTEGER NOT NULL, PRIMARY KEY (field, value, post)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS index_labels_post ON index_labels (post);
    -- words are folded already: this tokenizer only cuts at spaces
    CREATE VIRTUAL TABLE IF NOT EXISTS index_words USING fts5(
        lemmas, forms, text UNINDEXED, tokenize = "ascii tokenchars '-'''"
    );
"""
_POST_COLUMNS = ("uid", "created", "source", "language", "sentiment", "complaint", "story", "decision", *_METRICS)
_INSERT_POST = (
    f"INSERT INTO index_posts (id, {', '.join(_POST_COLUMNS)}) VALUES ({', '.join('?' * (len(_POST_COLUMNS) + 1))})"
)
_IN_CHUNK = 500
_MISFITS = (
    sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError,
    OverflowError, UnicodeError,
)  # fmt: skip
"""What SQLite and its driver raise on a value that they cannot hold."""


class SqliteIndex:
    """Searches and draws from one SQLite file, without a server; any number of processes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self) -> None:
        """Create the tables; the file turns to WAL, so that searching never waits for writing."""
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def put(self, documents: Sequence[Document]) -> Sequence[Skipped]:
        """Write or overwrite by uid; a batch with a post that does not fit is halved until that post is alone."""
        return self._put(list({matching.clean(document.post.uid): document for document in documents}.items()))

    def _put(self, latest: Sequence[tuple[str, Document]]) -> list[Skipped]:
        try:
            with self._writing() as connection:
                self._write(connection, latest)
        except _MISFITS as error:
            half = len(latest) // 2
            if not half:
                return [Skipped("not_indexed", latest[0][1].post.uid, type(error).__name__)]
            return [*self._put(latest[:half]), *self._put(latest[half:])]
        return []

    def remove(self, uids: Sequence[str]) -> None:
        """Forget posts by uid; unknown ones are no error."""
        with self._writing() as connection:
            self._delete(connection, [matching.clean(uid) for uid in uids])

    def purge(self) -> None:
        """Merge the full text and cut the log: the words of removed posts stay on the disk in both until then."""
        with self._writing() as connection:
            connection.execute("INSERT INTO index_words (index_words) VALUES ('optimize')")
        with self._open() as connection:
            # Pages as they were stay in the log until it is cut. Whoever reads it now leaves that to the next time.
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def refresh(self) -> None:
        """Nothing to do: what was written is visible."""

    def search(self, search: Search, *, size: int = 20, after: str | None = None) -> Hits:
        """Newest first; a page starts where the one before ended, whatever arrived meanwhile."""
        terms = matching.read_question(search.text)
        size = max(1, min(size, answers.PAGE_LIMIT))
        condition, values = where(search, terms)
        place = answers.read_cursor(after)
        beyond = " AND (p.created, p.uid) < (?, ?)" if place else ""
        with self._open() as connection:
            connection.execute("BEGIN")
            total = connection.execute(f"SELECT count(*) FROM index_posts p WHERE {condition}", values).fetchone()[0]
            rows = connection.execute(
                f"SELECT p.id, p.uid, p.created, p.language FROM index_posts p WHERE {condition}{beyond} "
                "ORDER BY p.created DESC, p.uid DESC LIMIT ?",
                [*values, *(place[:2] if place else ()), size + 1],
            ).fetchall()
            texts = [_text_of(connection, row[0]) for row in rows[:size]]
        hits = []
        for (_, uid, created, language), text in zip(rows, texts, strict=False):
            places = matching.find_highlights(terms or (), text, language)
            hits.append(Hit(uid, answers.moment(created), float(len(places)), text, places))
        more = len(rows) > size
        return Hits(hits, total, answers.write_cursor(rows[size - 1][2], rows[size - 1][1]) if more else None)

    def histogram(self, search: Search, *, interval: timedelta) -> Sequence[Bucket]:
        """Bars from ``since`` to ``until``, or from the first post to the last where the search does not say."""
        width = answers.bucket_width(interval)
        condition, values = where(search)
        # SQLite's division rounds towards 0, so the time is moved past year 1 first
        offset = answers.bucket_start(-(2**56), interval)
        rows = self._all(
            f"SELECT (p.created - ?) / ? AS bar, count(*), sum(p.complaint), sum(p.sentiment = 'negative'), "
            f"min(p.created), max(p.created) FROM index_posts p WHERE {condition} GROUP BY bar",
            [offset, width, *values],
        )
        counts = {bar * width + offset: (posts, complaints, negative) for bar, posts, complaints, negative, *_ in rows}
        return answers.draw(answers.bars(search, [row[4] for row in rows] + [row[5] for row in rows], interval), counts)

    def facets(self, search: Search, field: str, *, size: int = 20) -> Mapping[str, int]:
        """How many posts have each value, the most frequent first."""
        condition, values = where(search)
        if answers.known_facet(field) in {"brand", "signal"}:
            sql = (
                "SELECT l.value AS v, count(*) FROM index_posts p JOIN index_labels l ON l.post = p.id "
                f"WHERE l.field = '{field}' AND {condition}"
            )
        else:
            sql = f"SELECT p.{field} AS v, count(*) FROM index_posts p WHERE p.{field} IS NOT NULL AND {condition}"
        rows = self._all(f"{sql} GROUP BY v ORDER BY count(*) DESC, v LIMIT ?", [*values, size])
        return dict(rows)

    def percentiles(self, search: Search, metric: Metric, percents: Sequence[float]) -> Mapping[float, float]:
        """Percentiles of one kind of engagement among posts that have it; empty when none has."""
        condition, values = where(search)
        column = Metric(metric).value
        rows = self._all(
            f"SELECT p.{column} FROM index_posts p WHERE p.{column} IS NOT NULL AND {condition} ORDER BY 1", values
        )
        return {percent: answers.percentile([row[0] for row in rows], percent) for percent in percents} if rows else {}

    def count(self, search: Search) -> int:
        """How many posts answer the search."""
        condition, values = where(search)
        return int(self._all(f"SELECT count(*) FROM index_posts p WHERE {condition}", values)[0][0])

    def clear(self) -> None:
        """Forget everything."""
        with self._writing() as connection:
            for table in ("index_posts", "index_labels", "index_words"):
                connection.execute(f"DELETE FROM {table}")

    @staticmethod
    def _write(connection: sqlite3.Connection, latest: Sequence[tuple[str, Document]]) -> None:
        SqliteIndex._delete(connection, [uid for uid, _ in latest])
        first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM index_posts").fetchone()[0]
        numbered = list(enumerate(latest, first))
        connection.executemany(_INSERT_POST, (_post_row(number, uid, each) for number, (uid, each) in numbered))
        connection.executemany(
            "INSERT INTO index_words (rowid, lemmas, forms, text) VALUES (?, ?, ?, ?)",
            (_words_row(number, each) for number, (_, each) in numbered),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO index_labels (field, value, post) VALUES (?, ?, ?)",
            (row for number, (_, each) in numbered for row in _label_rows(number, each)),
        )

    @staticmethod
    def _delete(connection: sqlite3.Connection, uids: Sequence[str]) -> None:
        for start in range(0, len(uids), _IN_CHUNK):
            chunk = uids[start : start + _IN_CHUNK]
            marks = ", ".join("?" * len(chunk))
            found = connection.execute(f"SELECT id FROM index_posts WHERE uid IN ({marks})", chunk).fetchall()
            connection.executemany("DELETE FROM index_words WHERE rowid = ?", found)
            connection.executemany("DELETE FROM index_labels WHERE post = ?", found)
            connection.executemany("DELETE FROM index_posts WHERE id = ?", found)

    def _all(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._open() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of one call: cheap, and never shared between threads or forked processes."""
        try:
            with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                # What was deleted is overwritten: a post that is gone must not be left in the file.
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except _MISFITS:
            raise
        except sqlite3.OperationalError as error:
            raise RetryLater(f"The index file {self._path} cannot be used now: {error}") from error
        except sqlite3.DatabaseError as error:
            raise BadSettings(
                f"The index file {self._path} is damaged: {error}",
                key="index.url",
                remedy="Move the file away and rebuild the index with `kuula reindex`.",
            ) from error


def _post_row(number: int, uid: str, document: Document) -> tuple[Any, ...]:
    post, scores = document.post, document.scores
    counts = (post.engagement.get(metric) for metric in _METRICS)
    return (
        number, uid, answers.microseconds(post.created_at), matching.clean(post.source), scores.language.code,
        scores.sentiment.value, scores.complaint, document.story, document.decision,
        *(None if count is None else answers.countable(count) for count in counts),
    )  # fmt: skip


def _words_row(number: int, document: Document) -> tuple[int, str, str, str]:
    text = matching.indexed_text(document)
    return number, matching.indexed_lemmas(document), matching.indexed_forms(text), text


def _label_rows(number: int, document: Document) -> Iterator[tuple[str, str, int]]:
    yield from (("brand", matching.clean(brand), number) for brand in document.brands)
    yield from (("signal", found.signal.value, number) for found in document.scores.signals)


def _text_of(connection: sqlite3.Connection, number: int) -> str:
    return str(connection.execute("SELECT text FROM index_words WHERE rowid = ?", [number]).fetchone()[0])
