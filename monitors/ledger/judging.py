"""Posts that wait for a decision, in the order in which they came in, and the decisions made on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select, update

from models.decision import Action, Decision, Reason
from models.post import Post, Snapshot
from models.scores import Scores
from models.virality import Forecast
from monitors.ledger.engine import Tx
from monitors.ledger.posts import POST_COLUMNS, post_of, snapshots_of
from monitors.ledger.schema import decisions, mentions, posts, scores
from monitors.ledger.scoring import scores_of
from monitors.ledger.statements import among, upsert

_OUTLOOK = tuple(field.name for field in fields(Forecast))


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A scored post that mentions the brand: everything that a decision needs but the story.

    ``earlier`` is how it was decided on before, if it was, with the story it was counted in and whether as a complaint.
    """

    seq: int
    post: Post
    scores: Scores
    snapshots: Sequence[Snapshot]
    earlier_story: str | None = None
    earlier_complaint: bool = False
    earlier: tuple[Action, Reason] | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision on a post for a brand, to be stored."""

    item: Unjudged
    story_id: str
    decision: Decision
    forecast: Forecast
    incident_id: int | None


def waiting(tx: Tx, brand: str, limit: int) -> list[Unjudged]:
    """The next scored posts of a brand without a decision of their present state."""
    joined = mentions.join(posts, posts.c.seq == mentions.c.post_seq).join(scores, scores.c.post_seq == posts.c.seq)
    same = and_(decisions.c.post_seq == mentions.c.post_seq, decisions.c.brand == mentions.c.brand)
    joined = joined.outerjoin(decisions, same)
    columns = [column for column in scores.c if column.name != "post_seq"]
    before = (
        decisions.c.story_id.label("earlier_story"),
        decisions.c.complaint.label("earlier_complaint"),
        decisions.c.action.label("earlier_action"),
        decisions.c.reason.label("earlier_reason"),
    )
    unjudged = (mentions.c.brand == brand) & mentions.c.judged.is_(False)
    ready = (posts.c.scored_version == posts.c.version) & posts.c.gone_at.is_(None)
    statement = select(*POST_COLUMNS, *columns, *before).select_from(joined).where(unjudged, ready)
    # A post that is deleted at its source meanwhile waits for the decision, and is then removed with all it led to.
    statement = statement.order_by(mentions.c.post_seq).limit(limit).with_for_update(read=True, of=posts)
    rows: Sequence[Any] = tx.execute(statement).all()
    taken = snapshots_of(tx, [row.seq for row in rows])
    return [
        Unjudged(
            row.seq,
            post_of(row),
            scores_of(row),
            taken[row.seq],
            row.earlier_story,
            bool(row.earlier_complaint),
            (Action(row.earlier_action), Reason(row.earlier_reason)) if row.earlier_action else None,
        )
        for row in rows
    ]


def brands_waiting(tx: Tx) -> list[str]:
    """Brands that have posts without a decision."""
    return list(tx.execute(select(mentions.c.brand).where(mentions.c.judged.is_(False)).distinct()).scalars())


def write(tx: Tx, brand: str, judged: Sequence[Judged], now: datetime) -> None:
    """Store decisions; a post that is judged again keeps only the latest."""
    if not judged:
        return
    rows = [_row(brand, one, now) for one in judged]
    statement = upsert(tx, decisions)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in {"post_seq", "brand"}}
    tx.execute(statement.on_conflict_do_update(index_elements=["post_seq", "brand"], set_=fresh), rows)
    decided = among(tx, mentions.c.post_seq, [one.item.seq for one in judged])
    tx.execute(update(mentions).where(decided, mentions.c.brand == brand).values(judged=True))


def judge_again(tx: Tx, seqs: Sequence[int]) -> None:
    """These posts changed: put them in line for a new decision."""
    if seqs:
        tx.execute(update(mentions).where(mentions.c.post_seq.in_(list(seqs))).values(judged=False))


def outlook_of(stored: Mapping[str, Any]) -> Forecast:
    """The forecast in a decision's document; what an earlier version did not know yet is unknown."""
    known = {name: stored[name] for name in _OUTLOOK if name in stored}
    sizes = {int(size): chance for size, chance in stored.get("thresholds", {}).items()}
    peak = stored.get("peak_at")
    known |= {"thresholds": sizes, "peak_at": datetime.fromisoformat(peak) if peak else None}
    return Forecast(**{**_UNKNOWN, **known})


_UNKNOWN = {"median": None, "low": None, "high": None, "usual_multiple": None, "method": "none", "age_minutes": 0.0}


def outlooks_of(tx: Tx, brand: str, story_id: str, most: int) -> list[Forecast]:
    """The forecasts of up to so many posts of a story, the riskiest first."""
    statement = select(decisions.c.forecast).where(decisions.c.brand == brand, decisions.c.story_id == story_id)
    # A sum has no index: SQLite would go through all posts of the brand by their risk until it has those of the story.
    rows = tx.execute(statement.order_by((decisions.c.risk + 0).desc(), decisions.c.post_seq).limit(most))
    return [outlook_of(row.forecast) for row in rows]


def _row(brand: str, one: Judged, now: datetime) -> dict[str, Any]:
    outlook = {name: getattr(one.forecast, name) for name in _OUTLOOK}
    outlook["thresholds"] = {str(size): chance for size, chance in one.forecast.thresholds.items()}
    outlook["peak_at"] = one.forecast.peak_at.isoformat() if one.forecast.peak_at else None
    risk = one.decision.risk
    return {
        "post_seq": one.item.seq,
        "brand": brand,
        "story_id": one.story_id,
        "action": one.decision.action.value,
        "reason": one.decision.reason.value,
        "complaint": one.item.scores.complaint,
        "risk": risk.value,
        "figures": {**one.decision.figures, "calibrated": one.forecast.calibrated},
        "forecast": outlook,
        "incident_id": one.incident_id,
        "at": one.item.post.observed_at,
        "decided_at": now,
    }


def decisions_on(tx: Tx, uid: str) -> list[Row[Any]]:
    """Every decision on a post, one a brand."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    return list(tx.execute(select(decisions).select_from(joined).where(posts.c.uid == uid).order_by(decisions.c.brand)))


def outcome_by_brand(tx: Tx) -> dict[str, Mapping[str, int]]:
    """For each brand: posts judged, complaints among them, and decisions by action."""
    counted: dict[str, dict[str, int]] = {}
    statement = select(decisions.c.brand, decisions.c.action, decisions.c.complaint, func.count())
    for brand, action, complaint, number in tx.execute(
        statement.group_by(decisions.c.brand, decisions.c.action, decisions.c.complaint)
    ):
        row = counted.setdefault(brand, {"judged": 0, "complaints": 0})
        row["judged"] += number
        row["complaints"] += number if complaint else 0
        row[action] = row.get(action, 0) + number
    return dict(counted)
