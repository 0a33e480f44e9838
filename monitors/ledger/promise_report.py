"""What became of promises: kept, late, broken and extended, by person and together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from monitors.ledger.engine import Tx
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.schema import incidents, promises
from monitors.ledger.statements import unsought


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises ended in which way; what is withdrawn, or still runs, is not counted."""

    kept: int = 0
    late: int = 0
    broken: int = 0
    extended: int = 0

    @property
    def total(self) -> int:
        """All whose time was over, or was moved: taking longer is no keeping."""
        return self.kept + self.late + self.broken + self.extended

    def plus(self, other: "Kept") -> "Kept":
        """Both together."""
        return Kept(
            self.kept + other.kept,
            self.late + other.late,
            self.broken + other.broken,
            self.extended + other.extended,
        )


def by_owner(tx: Tx, since: datetime, now: datetime, brand: str | None = None) -> dict[str, Kept]:
    """What became of the promises that fell due since a time, by who answered for them then.

    One that was handed over with its case before its time counts for whoever has it since, not for who promised it.
    One whose time is over counts as broken at once, before the guard has come by.
    """
    over = (promises.c.status == PromiseStatus.OPEN.value) & (promises.c.due_at <= now)
    became = case((over, PromiseStatus.BROKEN.value), else_=promises.c.status).label("became")
    statement = select(promises.c.owner, became, func.count().label("number")).where(promises.c.due_at >= since)
    if brand:
        joined = promises.join(incidents, incidents.c.id == promises.c.incident_id)
        statement = statement.select_from(joined).where(unsought(tx, incidents.c.brand) == brand)
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(statement.group_by(promises.c.owner, became)):
        if row.became in Kept.__dataclass_fields__:
            found.setdefault(row.owner, {})[row.became] = int(row.number)
    return {owner: Kept(**numbers) for owner, numbers in sorted(found.items())}
