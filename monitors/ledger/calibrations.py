"""How well forecasts came true, check by check: a row a source, age and size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from models.calibration import Bin
from monitors.ledger.engine import Tx
from monitors.ledger.virality_schema import calibrations


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of a source's posts at an age in minutes, how often those that were given a chance of a size reached it.

    ``error`` is the expected calibration error, 0 to 1; ``bins`` are those of ``models.calibration.Reliability``.
    """

    source: str
    age_minutes: int
    size: int
    at: datetime
    model: str
    posts: int
    error: float
    bins: Sequence[Bin]


def write(tx: Tx, found: Sequence[Calibration]) -> None:
    """Keep the rows of one check."""
    if found:
        names = [column.name for column in calibrations.c]
        rows = [{name: getattr(one, name) for name in names} for one in found]
        tx.execute(insert(calibrations), [{**row, "bins": [list(each) for each in row["bins"]]} for row in rows])


def newest_at(tx: Tx) -> datetime | None:
    """When anything was last checked."""
    return tx.execute(select(func.max(calibrations.c.at))).scalar()


def newest(tx: Tx) -> dict[str, list[Calibration]]:
    """The rows of each source's newest check, by age and size."""
    last = select(calibrations.c.source, func.max(calibrations.c.at).label("at")).group_by(calibrations.c.source)
    latest = last.subquery()
    same = (calibrations.c.source == latest.c.source) & (calibrations.c.at == latest.c.at)
    rows = tx.execute(
        select(calibrations)
        .join(latest, same)
        .order_by(*(calibrations.c[name] for name in ("source", "age_minutes", "size")))
    )
    found: dict[str, list[Calibration]] = {}
    for row in rows:
        bins = [(said, true, int(count)) for said, true, count in row.bins]
        one = Calibration(row.source, row.age_minutes, row.size, row.at, row.model, row.posts, row.error, bins)
        found.setdefault(row.source, []).append(one)
    return found
