"""What was decided about demands, by whom and why, and what customers are worth: the newest row is what holds.

A cost that the words of a post name is theirs: it leaves with the post, and no log has it. The decision and its reason,
which are our own people's, stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from models.conceding import Choice
from models.scores import Remedy
from monitors.ledger import audit, incidents
from monitors.ledger.desk_schema import concessions, customers
from monitors.ledger.engine import Tx
from monitors.ledger.schema import decisions, posts, scores
from monitors.ledger.statements import among, held, insert_row, upsert

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of a manager, or a proposal of support; ``figures`` are those that they saw.

    ``named_in`` is the uid of the post whose words name the cost, None where it comes from elsewhere.
    """

    incident_id: int
    actor: str
    choice: Choice
    remedy: Remedy
    cost: float | None
    reason: str
    proposed: bool
    figures: dict[str, Any]
    named_in: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of somebody who writes at a source under a name or number."""

    source: str
    account: str
    value_per_year: float
    since: str | None = None


def record(tx: Tx, decided: Decided, now: datetime) -> int:
    """Write down a decision; what was decided before stays in its own row."""
    # Posts before incidents, as deleting holds them: the post cannot go between this look and the end.
    if decided.named_in is not None and _left(tx, decided.named_in):
        decided = replace(decided, cost=None, figures=_without_sum(decided.figures), named_in=None)
    incidents.lock(tx, decided.incident_id)
    key = insert_row(
        tx,
        concessions,
        incident_id=decided.incident_id,
        at=now,
        actor=decided.actor,
        choice=decided.choice.value,
        remedy=decided.remedy.value,
        cost=decided.cost,
        reason=decided.reason[:LONGEST_REASON],
        proposed=decided.proposed,
        figures=decided.figures,
        named_in=decided.named_in,
    )
    kind = "concession_proposed" if decided.proposed else "concession_decided"
    said: dict[str, Any] = {"choice": decided.choice.value, "note": decided.reason[:LONGEST_REASON]}
    if decided.named_in is None:
        said["cost"] = decided.cost
    incidents.note_change(tx, decided.incident_id, decided.actor, kind, now, said)
    return key


def forget_sums(tx: Tx, uids: Iterable[str]) -> None:
    """These posts leave the ledger: so do the sums that their words named. Whoever asks holds the posts."""
    named = select(concessions).where(among(tx, concessions.c.named_in, uids)).order_by(concessions.c.id)
    for row in tx.execute(held(named)).all():
        values = {"cost": None, "figures": _without_sum(row.figures), "named_in": None}
        tx.execute(update(concessions).where(concessions.c.id == row.id).values(**values))


def _left(tx: Tx, uid: str) -> bool:
    kept = held(select(posts.c.seq).where(posts.c.uid == uid, posts.c.gone_at.is_(None)))
    return tx.execute(kept).first() is None


def _without_sum(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures that do not tell the sum; which side is cheaper goes with it."""
    return {name: value for name, value in figures.items() if name not in {"conceding", "advice"}}


def of_incident(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """What was decided and proposed, the newest first."""
    statement = select(concessions).where(concessions.c.incident_id == incident_id)
    return list(tx.execute(statement.order_by(concessions.c.id.desc())))


def demanded(tx: Tx, brand: str, remedy: Remedy, since: datetime) -> int:
    """How many stories of a brand demanded a remedy since a time."""
    joined = decisions.join(scores, scores.c.post_seq == decisions.c.post_seq)
    asked = (decisions.c.brand == brand) & (decisions.c.at >= since) & decisions.c.complaint.is_(True)
    counted = select(func.count(decisions.c.story_id.distinct())).select_from(joined)
    return int(tx.execute(counted.where(asked, scores.c.remedy == remedy.value)).scalar_one())


def watched_since(tx: Tx, brand: str) -> datetime | None:
    """When the first post of a brand that is known was written."""
    found: datetime | None = tx.execute(select(func.min(decisions.c.at)).where(decisions.c.brand == brand)).scalar()
    return found


def import_customers(tx: Tx, given: Iterable[Customer], actor: str, now: datetime) -> int:
    """Add customers or replace what was known of them; gives how many."""
    rows = {(one.source, account_key(one.account)): one for one in given}
    values = [
        {
            "source": source,
            "account": account,
            "value_per_year": one.value_per_year,
            "customer_since": one.since,
            "imported_at": now,
        }
        for (source, account), one in rows.items()
    ]
    statement = upsert(tx, customers)
    new = {name: statement.excluded[name] for name in ("value_per_year", "customer_since", "imported_at")}
    if values:
        # One statement, prepared once: nobody else can write meanwhile.
        tx.execute(statement.on_conflict_do_update(index_elements=["source", "account"], set_=new), values)
    audit.record(tx, now, actor, "customers_imported", "customers", {"count": len(rows)})
    return len(rows)


def customer(tx: Tx, source: str, accounts: Sequence[str | None]) -> Row[Any] | None:
    """What is known of the author of a post, by handle or id."""
    known = [account_key(account) for account in accounts if account]
    statement = select(customers).where(customers.c.source == source, customers.c.account.in_(known))
    return tx.execute(statement.order_by(customers.c.value_per_year.desc()).limit(1)).first() if known else None


def account_key(account: str) -> str:
    """How an account is compared: in small letters, without the @ and the server's own address."""
    return account.strip().removeprefix("@").casefold()[:200]
