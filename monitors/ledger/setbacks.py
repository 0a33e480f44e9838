"""Posts that a step cannot take, each with its error: counted, shown among the skips, and not tried for ever.

A post that no model can read keeps its place with missing scores, so that it is judged and found all the same. It is
tried again when the models are others, when its text changes, and by ``kuula rescore``. One that the index refuses is
tried again when it changes and by ``kuula reindex``. One whose deletion is doubted is asked for again, see
``monitors.pipeline.doubt``.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from monitors.ledger import sweeps
from monitors.ledger.columns import storable
from monitors.ledger.engine import Tx
from monitors.ledger.schema import mentions, posts, setbacks
from monitors.ledger.statements import among, held, upsert
from monitors.ports import Skipped

LONGEST_ERROR = 500


class Stuck(StrEnum):
    """The steps that may have to leave a post behind."""

    SCORE = "score"
    INDEX = "index"
    DELETE = "delete"


_SKIPPED_AS = {Stuck.SCORE: "not_scored", Stuck.INDEX: "not_indexed", Stuck.DELETE: "not_deleted"}


def record(tx: Tx, step: Stuck, errors: Mapping[str, str], now: datetime, *, model: str = "") -> None:
    """Write down why a step cannot take these posts, by uid, and count them among the skips of their sources."""
    known = select(posts.c.seq, posts.c.uid, posts.c.source).where(
        among(tx, posts.c.uid, list(errors)), posts.c.gone_at.is_(None)
    )
    skipped: dict[str, list[Skipped]] = defaultdict(list)
    for row in tx.execute(known.order_by(posts.c.seq)).all():
        error = storable(errors[row.uid])[:LONGEST_ERROR]
        statement = upsert(tx, setbacks).values(post_seq=row.seq, step=step.value, model=model, error=error, at=now)
        fresh = {name: statement.excluded[name] for name in ("model", "error", "at")}
        tx.execute(statement.on_conflict_do_update(index_elements=["post_seq", "step"], set_=fresh))
        # The error may quote the post, which must be forgotten with it: the count of skips outlives both.
        skipped[row.source].append(Skipped(_SKIPPED_AS[step], row.uid))
    # Two workers may leave posts of the same sources behind: in one order, neither waits for the other in a circle.
    for source in sorted(skipped):
        sweeps.count_skips(tx, source, skipped[source], now)


def scored(tx: Tx, seqs: Sequence[int]) -> None:
    """These posts have scores: those that had none before are judged anew."""
    stuck = _at(Stuck.SCORE) & among(tx, setbacks.c.post_seq, seqs)
    healed = list(tx.execute(select(setbacks.c.post_seq).where(stuck)).scalars())
    if healed:
        tx.execute(delete(setbacks).where(stuck))
        named = among(tx, mentions.c.post_seq, healed)
        tx.execute(held(select(mentions.c.post_seq).where(named).order_by(mentions.c.post_seq, mentions.c.brand)))
        tx.execute(update(mentions).where(named).values(judged=False))


def indexed(tx: Tx, uids: Sequence[str]) -> None:
    """The index took these posts."""
    if counts(tx).get(Stuck.INDEX):
        taken = select(posts.c.seq).where(among(tx, posts.c.uid, uids))
        tx.execute(delete(setbacks).where(_at(Stuck.INDEX), setbacks.c.post_seq.in_(taken)))


def score_again(tx: Tx, *, unless: str | None = None) -> int:
    """Put posts that could not be scored in line again, but for those that the models ``unless`` have tried."""
    wanted = _at(Stuck.SCORE) if unless is None else _at(Stuck.SCORE) & (setbacks.c.model != unless)
    stuck = posts.c.seq.in_(select(setbacks.c.post_seq).where(wanted)) & posts.c.gone_at.is_(None)
    seqs = tx.execute(held(select(posts.c.seq).where(stuck).order_by(posts.c.seq))).scalars().all()
    tx.execute(update(posts).where(among(tx, posts.c.seq, seqs)).values(scored_version=0))
    return len(seqs)


def times(tx: Tx, step: Stuck, seqs: Sequence[int]) -> dict[int, datetime]:
    """When each of these posts was left behind by a step; those that were not are not named."""
    statement = select(setbacks.c.post_seq, setbacks.c.at).where(_at(step), among(tx, setbacks.c.post_seq, seqs))
    return dict(tx.execute(statement).all())


def overcome(tx: Tx, step: Stuck, seqs: Sequence[int]) -> None:
    """Nothing is in the way of these posts any more."""
    if times(tx, step, seqs):
        tx.execute(delete(setbacks).where(_at(step), among(tx, setbacks.c.post_seq, seqs)))


def counts(tx: Tx) -> dict[str, int]:
    """How many posts each step has left behind; steps without any are not named."""
    return dict(tx.execute(select(setbacks.c.step, func.count()).group_by(setbacks.c.step)).all())


def of_post(tx: Tx, uid: str) -> list[Row[Any]]:
    """What went wrong with a post: step, model, error, at."""
    joined = setbacks.join(posts, posts.c.seq == setbacks.c.post_seq)
    return list(tx.execute(select(setbacks).select_from(joined).where(posts.c.uid == uid).order_by(setbacks.c.step)))


def _at(step: Stuck) -> ColumnElement[bool]:
    return setbacks.c.step == step.value
