"""Posts that wait for scores, claimed in the order in which they came in."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.exc import DataError, IntegrityError

from models.scores import FoundSignal, Language, LanguagePart, Remedy, Scores, Sentiment, Signal
from monitors.errors import KuulaError
from monitors.ledger import setbacks
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.schema import posts, scores
from monitors.ledger.statements import among, claimable, held, upsert


class Unstorable(KuulaError):
    """The database cannot hold these scores, such as a probability that is no number."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """A post that needs scores: what the models read, and the version that they read."""

    seq: int
    uid: str
    text: str
    lang_hint: str | None
    version: int


def claim(tx: Tx, limit: int, now: datetime, lease: timedelta) -> list[Unscored]:
    """Take the next posts without scores of their present version, for as long as the lease."""
    free = or_(posts.c.claimed_until.is_(None), posts.c.claimed_until <= now)
    waiting = (
        select(posts.c.seq).where(posts.c.scored_version < posts.c.version, free).order_by(posts.c.seq).limit(limit)
    )
    seqs = list(tx.execute(claimable(tx, waiting)).scalars())
    if not seqs:
        return []
    tx.execute(
        update(posts).where(among(tx, posts.c.seq, seqs)).values(claimed_until=now + lease, claimed_by=worker_name())
    )
    columns = (posts.c.seq, posts.c.uid, posts.c.text, posts.c.lang_hint, posts.c.version)
    return [
        Unscored(*row)
        for row in tx.execute(select(*columns).where(among(tx, posts.c.seq, seqs)).order_by(posts.c.seq)).all()
    ]


def release(tx: Tx, claimed: Sequence[Unscored]) -> None:
    """Let others have posts that were claimed and not scored."""
    ours = among(tx, posts.c.seq, [post.seq for post in claimed]) & (posts.c.claimed_by == worker_name())
    ordered = held(select(posts.c.seq).where(ours).order_by(posts.c.seq))
    tx.execute(update(posts).where(posts.c.seq.in_(ordered)).values(claimed_until=None, claimed_by=None))


def write(tx: Tx, scored: Sequence[tuple[Unscored, Scores]], now: datetime) -> None:
    """Store scores and mark the versions that they belong to; a post that changed meanwhile stays in line.

    A post that was deleted at its source meanwhile gets none: its words are in its scores. ``Unstorable`` says that the
    transaction must end, as one of the scores cannot be written.
    """
    there = select(posts.c.seq).where(
        among(tx, posts.c.seq, [post.seq for post, _ in scored]), posts.c.gone_at.is_(None)
    )
    alive = set(tx.execute(there.order_by(posts.c.seq).with_for_update()).scalars())
    scored = [(post, result) for post, result in scored if post.seq in alive]
    if not scored:
        return
    statement = upsert(tx, scores)
    try:
        rows = [_row(post, result, now) for post, result in scored]
        fresh = {name: statement.excluded[name] for name in rows[0] if name != "post_seq"}
        tx.execute(statement.on_conflict_do_update(index_elements=["post_seq"], set_=fresh), rows)
    except (DataError, IntegrityError, ValueError, OverflowError, struct.error) as error:
        raise Unstorable(f"the scores cannot be stored ({type(error).__name__})") from error
    setbacks.scored(tx, [post.seq for post, _ in scored])
    for version in {post.version for post, _ in scored}:
        read = among(tx, posts.c.seq, [post.seq for post, _ in scored if post.version == version])
        tx.execute(update(posts).where(read).values(scored_version=version, claimed_until=None, claimed_by=None))


def rescore_all(tx: Tx) -> int:
    """Put every post in line for new scores, as after a change of models; decisions that were made stay."""
    ordered = held(select(posts.c.seq).where(posts.c.gone_at.is_(None)).order_by(posts.c.seq))
    return tx.execute(update(posts).where(posts.c.seq.in_(ordered)).values(scored_version=0)).rowcount


def waiting(tx: Tx) -> int:
    """How many posts wait for scores."""
    return int(
        tx.execute(select(func.count()).select_from(posts).where(posts.c.scored_version < posts.c.version)).scalar_one()
    )


def _row(post: Unscored, result: Scores, now: datetime) -> dict[str, Any]:
    return {
        "post_seq": post.seq,
        "model": result.model,
        "language": result.language.code,
        "language_confidence": result.language.confidence,
        "sentiment": result.sentiment.value,
        "sentiment_probabilities": {name.value: round(p, 4) for name, p in result.sentiment_probabilities.items()},
        "complaint": result.complaint,
        "complaint_probability": result.complaint_probability,
        "severity": result.severity,
        "signals": [
            [found.signal.value, found.start, found.end, round(found.probability, 3)] for found in result.signals
        ],
        "remedy": result.remedy.value,
        "language_parts": [[part.code, part.start, part.end] for part in result.language.parts],
        "lemmas": " ".join(result.lemmas),
        "signature": pack(result.signature),
        "scored_at": now,
    }


def scores_of(row: Row[Any]) -> Scores:
    """The scores that a row of ``scores`` holds."""
    return Scores(
        language=Language(
            row.language, row.language_confidence, tuple(LanguagePart(*part) for part in row.language_parts)
        ),
        sentiment=Sentiment(row.sentiment),
        sentiment_probabilities={Sentiment(name): p for name, p in row.sentiment_probabilities.items()},
        complaint=row.complaint,
        complaint_probability=row.complaint_probability,
        severity=row.severity,
        lemmas=tuple(row.lemmas.split()),
        signature=unpack(row.signature),
        model=row.model,
        signals=tuple(FoundSignal(Signal(name), *rest) for name, *rest in row.signals),
        remedy=Remedy(row.remedy),
    )


def pack(signature: Sequence[int]) -> bytes:
    """A MinHash signature as the ledger stores it: unsigned 32-bit numbers, little-endian."""
    return struct.pack(f"<{len(signature)}I", *signature)


def unpack(stored: bytes) -> tuple[int, ...]:
    """The signature that ``pack`` stored."""
    return struct.unpack(f"<{len(stored) // 4}I", stored)
