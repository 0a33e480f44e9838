"""Posts as the index holds them, put together from the ledger."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from monitors.ledger.engine import Tx
from monitors.ledger.posts import POST_COLUMNS, brands_of, post_of, snapshots_of
from monitors.ledger.schema import decisions, posts, scores
from monitors.ledger.scoring import scores_of
from monitors.ledger.statements import among
from monitors.ports import Document


def read(tx: Tx, uids: Sequence[str]) -> list[Document]:
    """The documents of these posts; posts that are gone or have no scores yet are left out."""
    columns = [column for column in scores.c if column.name != "post_seq"]
    joined = posts.join(scores, scores.c.post_seq == posts.c.seq)
    wanted = among(tx, posts.c.uid, uids) & posts.c.gone_at.is_(None)
    rows = tx.execute(select(*POST_COLUMNS, *columns).select_from(joined).where(wanted).order_by(posts.c.seq)).all()
    seqs = [row.seq for row in rows]
    taken, brands = snapshots_of(tx, seqs), brands_of(tx, seqs)
    # Of a post that two brands share, the index shows the more serious decision.
    shown = (decisions.c.post_seq, decisions.c.story_id, decisions.c.action, decisions.c.risk)
    decided = {
        row.post_seq: row
        for row in tx.execute(
            select(*shown).where(among(tx, decisions.c.post_seq, seqs)).order_by(decisions.c.risk)
        ).all()
    }
    found = []
    for row in rows:
        latest = taken[row.seq][-1].engagement if taken[row.seq] else {}
        decision = decided.get(row.seq)
        found.append(
            Document(
                post=replace(post_of(row), engagement=latest),
                brands=brands[row.seq],
                scores=scores_of(row),
                story=decision.story_id if decision else None,
                decision=decision.action if decision else None,
                risk=decision.risk if decision else None,
            )
        )
    return found
