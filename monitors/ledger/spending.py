"""What each source may spend and has spent, counted in the ledger so that all workers share one budget.

Calls are counted by the hour and money by the day, both UTC: platforms count their days in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from monitors.errors import RetryLater
from monitors.ledger.collecting_schema import spending
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.statements import upsert


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may spend: calls an hour, and USD a day. None is no limit."""

    calls_per_hour: int | None = None
    money_per_day: float | None = None


class LedgerBudget:
    """The budget of one source (see ``monitors.http.budget.Budget``)."""

    def __init__(self, ledger: Ledger, source: str, now: Callable[[], datetime], limits: Limits) -> None:
        self._ledger = ledger
        self._source = source
        self._now = now
        self._limits = limits

    def spend(self, *, calls: int, cost: float) -> None:
        """Take calls and money, or take nothing and raise ``RetryLater`` with when the next period begins."""
        now = self._now()
        with self._ledger.write() as tx:
            # Counting first locks the row: two workers cannot both take the last call. A refusal takes it all back.
            _add(tx, self._source, hour(now), calls, cost)
            _add(tx, self._source, day(now), calls, cost)
            made, _ = used(tx, self._source, hour(now))
            _, paid = used(tx, self._source, day(now))
            if calls > 0 and self._limits.calls_per_hour is not None and made > self._limits.calls_per_hour:
                raise RetryLater("the calls of this hour are used up", after=_start_of_hour(now) + timedelta(hours=1))
            # Prices are tenths of cents: sums of them as floats are off by far less than this.
            if cost > 0 and self._limits.money_per_day is not None and paid > self._limits.money_per_day + 1e-9:
                raise RetryLater("the money of this day is used up", after=_start_of_day(now) + timedelta(days=1))


def used(tx: Tx, source: str, period: str) -> tuple[int, float]:
    """Calls and money that a source has used in a period (see ``hour`` and ``day``)."""
    row = tx.execute(select(spending).where(spending.c.source == source, spending.c.period == period)).first()
    return (int(row.calls), float(row.cost)) if row else (0, 0.0)


def hour(now: datetime) -> str:
    """The name of the hour's period."""
    return _start_of_hour(now).strftime("%Y-%m-%dT%H")


def day(now: datetime) -> str:
    """The name of the day's period."""
    return _start_of_day(now).strftime("%Y-%m-%d")


def _start_of_hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _start_of_day(now: datetime) -> datetime:
    return _start_of_hour(now).replace(hour=0)


def _add(tx: Tx, source: str, period: str, calls: int, cost: float) -> None:
    statement = upsert(tx, spending).values(source=source, period=period, calls=calls, cost=cost)
    more = {"calls": spending.c.calls + calls, "cost": spending.c.cost + cost}
    tx.execute(statement.on_conflict_do_update(index_elements=["source", "period"], set_=more))
