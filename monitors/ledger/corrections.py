"""What people say that the models got wrong about a post: one word a person and field, the last one counts.

A correction holds labels and places, never words: the text stays in its post. So the words of a correction are gone
with a post that is deleted at its source, and what was said about an earlier version of a text teaches nothing. Nothing
here changes scores, decisions or incidents; the models learn from ``labelled`` when they are trained the next time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from typing import Any

from sqlalchemy import Row, delete, select

from models.decision import Verdict
from models.scores import Remedy, Sentiment, Signal
from monitors.ledger import audit
from monitors.ledger.engine import Tx
from monitors.ledger.posts import POST_COLUMNS, post_of
from monitors.ledger.refusals import NotPossible
from monitors.ledger.schema import corrections, incident_events, incidents, posts, scores
from monitors.ledger.statements import among, held, upsert
from monitors.ledger.stories import author_key

YES, NO = "yes", "no"
COMPLAINT, SENTIMENT, SEVERITY, REMEDY = "complaint", "sentiment", "severity", "remedy"
VERDICT = "verdict"
"""A field of ``labelled`` only: it is said by resolving an incident, about the post that opened it."""

VALUES: Mapping[str, frozenset[str]] = {
    COMPLAINT: frozenset({YES, NO}),
    SENTIMENT: frozenset(Sentiment),
    SEVERITY: frozenset("01234"),
    REMEDY: frozenset(Remedy),
    **{signal.value: frozenset({YES, NO}) for signal in Signal},
}
"""What can be corrected, and to what; a signal is a field of its own."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one person says of one field of ``VALUES``; ``span`` is where the text shows a signal that was missed.

    ``version`` is that of the text that the person read.
    """

    post_seq: int
    version: int
    person: str
    field: str
    value: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """All that one person (``author``) said about one post, as data to learn from; what they left alone is None.

    ``signals`` says of each signal that the person named whether the post has it, ``spans`` where. ``verdict`` is
    theirs on the incident that the post opened: where they said nothing else, noise is no complaint, and what was right
    or already handled is one. ``model`` made the scores that they saw; ``written_by`` stands for the post's author,
    whose posts belong in one part of a split.
    """

    uid: str
    text: str
    language: str | None
    written_by: str
    author: str
    at: datetime
    model: str
    complaint: bool | None = None
    sentiment: Sentiment | None = None
    severity: int | None = None
    remedy: Remedy | None = None
    verdict: Verdict | None = None
    signals: Mapping[Signal, bool] = field(default_factory=dict)
    spans: Mapping[Signal, tuple[int, int]] = field(default_factory=dict)


def add(tx: Tx, word: Word, now: datetime) -> None:
    """Store what somebody says; it replaces what they said before about the same field.

    ``NotPossible`` where the post is gone or its text is not the one that the person read.
    """
    if word.value not in VALUES.get(word.field, ()):
        raise NotPossible(f"{word.field} cannot be {word.value}")
    post = _hold(tx, word.post_seq)
    if post.gone_at is not None or post.version != word.version:
        raise NotPossible(f"the text of {post.uid} is not the one that was read")
    start, end = word.span or (None, None)
    if start is not None and end is not None and not 0 <= start < end <= len(post.text):
        raise NotPossible(f"the text of {post.uid} has no characters {start} to {end}")
    model = tx.execute(select(scores.c.model).where(scores.c.post_seq == word.post_seq)).scalar() or ""
    key = {"post_seq": word.post_seq, "field": word.field, "person": word.person}
    said = {
        "value": word.value,
        "span_start": start,
        "span_end": end,
        "version": word.version,
        "model": model,
        "at": now,
    }
    statement = upsert(tx, corrections).values(**key, **said)
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=said))
    audit.record(tx, now, word.person, "corrected", f"post {post.uid}", {word.field: word.value})


def undo(tx: Tx, post_seq: int, field: str, person: str, now: datetime) -> None:
    """Take back what a person said of a field. Doing it twice changes nothing."""
    post = _hold(tx, post_seq)
    this = (corrections.c.post_seq == post_seq) & (corrections.c.field == field) & (corrections.c.person == person)
    if tx.execute(delete(corrections).where(this)).rowcount:
        audit.record(tx, now, person, "uncorrected", f"post {post.uid}", {"field": field})


def _hold(tx: Tx, post_seq: int) -> Row[Any]:
    columns = (posts.c.uid, posts.c.text, posts.c.version, posts.c.gone_at)
    row = tx.execute(held(select(*columns).where(posts.c.seq == post_seq))).first()
    if row is None:
        raise NotPossible(f"there is no post {post_seq}")
    return row


def of_post(tx: Tx, post_seq: int) -> list[Row[Any]]:
    """What was said about one post, as in ``of_posts``."""
    return of_posts(tx, [post_seq])[post_seq]


def of_posts(tx: Tx, seqs: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What was said about each post as rows of the table, the latest last."""
    said: dict[int, list[Row[Any]]] = {seq: [] for seq in seqs}
    about = select(corrections).where(among(tx, corrections.c.post_seq, seqs))
    for row in tx.execute(about.order_by(corrections.c.at, corrections.c.field, corrections.c.person)):
        said[row.post_seq].append(row)
    return said


def labelled(tx: Tx) -> Iterator[Correction]:
    """Everything to learn from, a post and person at a time in the order in which the posts came in.

    Posts that are gone teach nothing, nor does what was said about a text that was edited since.
    """
    words = sorted(chain(_corrected(tx), _verdicts(tx)), key=lambda word: (word.post_seq, word.person))
    said = [(key, list(group)) for key, group in groupby(words, key=lambda word: (word.post_seq, word.person))]
    columns = (*POST_COLUMNS, posts.c.version, scores.c.language)
    joined = posts.outerjoin(scores, scores.c.post_seq == posts.c.seq)
    there = among(tx, posts.c.seq, {seq for (seq, _), _ in said}) & posts.c.gone_at.is_(None)
    rows = {row.seq: row for row in tx.execute(select(*columns).select_from(joined).where(there))}
    for (seq, person), group in said:
        row = rows.get(seq)
        true_still = [word for word in group if row is not None and word.version == row.version]
        if row is not None and true_still:
            yield _correction(row, person, true_still)


@dataclass(frozen=True, slots=True)
class _Said:
    post_seq: int
    person: str
    field: str
    value: str
    version: int
    model: str
    at: datetime
    span: tuple[int, int] | None = None


def _corrected(tx: Tx) -> Iterator[_Said]:
    for row in tx.execute(select(corrections)):
        span = None if row.span_start is None else (row.span_start, row.span_end)
        yield _Said(row.post_seq, row.person, row.field, row.value, row.version, row.model, row.at, span)


def _verdicts(tx: Tx) -> Iterator[_Said]:
    """The verdicts that stand; each is the last that was said of its incident."""
    joined = incident_events.join(incidents, incidents.c.id == incident_events.c.incident_id)
    resolved = (incident_events.c.kind == "resolved") & incidents.c.verdict.is_not(None)
    statement = select(incident_events).select_from(joined).where(resolved).order_by(incident_events.c.id)
    last = {event.incident_id: event for event in tx.execute(statement)}
    told = [event for event in last.values() if event.data.get("post")]
    uids = {event.data["post"] for event in told}
    known = tx.execute(select(posts.c.uid, posts.c.seq).where(among(tx, posts.c.uid, uids)))
    seqs: dict[str, int] = dict(known.all())
    for event in told:
        data = event.data
        if data["post"] in seqs:
            seq, version, model = seqs[data["post"]], data.get("version", 1), data.get("model") or ""
            yield _Said(seq, event.actor, VERDICT, data["verdict"], version, model, event.at)


def _correction(row: Row[Any], person: str, words: Iterable[_Said]) -> Correction:
    said = {word.field: word for word in sorted(words, key=lambda word: word.at)}
    latest = max(said.values(), key=lambda word: word.at)
    signals = {signal: said[signal.value] for signal in Signal if signal.value in said}

    def value(name: str) -> str | None:
        return said[name].value if name in said else None

    verdict = Verdict(said[VERDICT].value) if VERDICT in said else None
    complaint = value(COMPLAINT) or (None if verdict is None else NO if verdict is Verdict.NOISE else YES)
    sentiment, severity, remedy = value(SENTIMENT), value(SEVERITY), value(REMEDY)
    return Correction(
        uid=row.uid,
        text=row.text,
        language=row.language,
        written_by=author_key(post_of(row)),
        author=person,
        at=latest.at,
        model=latest.model,
        complaint=None if complaint is None else complaint == YES,
        sentiment=None if sentiment is None else Sentiment(sentiment),
        severity=None if severity is None else int(severity),
        remedy=None if remedy is None else Remedy(remedy),
        verdict=verdict,
        signals={signal: word.value == YES for signal, word in signals.items()},
        spans={signal: word.span for signal, word in signals.items() if word.span and word.value == YES},
    )
