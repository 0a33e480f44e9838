"""How much of a source's budget reading again may take at this moment, and which posts it is spent on.

New posts come first: of what is left of the hour's calls and of the day's money a part is kept for collecting. The part
becomes smaller with the time that it has to last, so that in the end nothing is wasted. For urgent posts less of it is
kept, and so there is something for them at any time, however many others wait. The budget itself refuses what is too
much, whatever is planned here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from models.schedule import DAY, HOUR, is_urgent
from monitors.ledger.looks import Due, Look
from monitors.ledger.spending import Limits
from monitors.ports import Rereading


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a budget that is kept: ``whole`` at the start of a period, ``last`` of the calls to its very end."""

    whole: float
    last: float


KEPT = Share(0.75, 0.2)
"""What is kept from ordinary posts: for collecting, and for urgent ones."""

KEPT_IF_URGENT = Share(0.5, 0.1)
"""What is kept from urgent posts: for collecting."""

EVERY = 4
"""One look in so many is for the posts that have waited longest: deletions are found, however busy a source is."""


@dataclass(frozen=True, slots=True)
class Used:
    """Calls made in this hour, and USD spent on this day."""

    calls: int
    money: float


@dataclass(frozen=True, slots=True)
class Spare:
    """Calls and USD that reading again may take now; infinite where there is no limit."""

    calls: float
    money: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The posts to read now, and how many an hour the budget allows where it kept others from being read."""

    looks: Sequence[Look]
    hourly: int | None


def spare(limits: Limits, used: Used, page: float, now: datetime, kept: Share) -> Spare:
    """What may be taken when that share is kept; collecting asks for ``page`` USD for each of its pages."""
    calls = money = float("inf")
    if limits.calls_per_hour is not None:
        part = max(kept.whole * _left(now, HOUR.total_seconds()), kept.last)
        # Rounded, so that a single call an hour is not kept for ever.
        calls = round(limits.calls_per_hour * (1 - part)) - used.calls
    if limits.money_per_day is not None:
        kept_money = kept.whole * limits.money_per_day * _left(now, DAY.total_seconds())
        # Collecting gives most of a page's money back, and still cannot begin one without it.
        money = limits.money_per_day - max(kept_money, min(page, limits.money_per_day / 2)) - used.money
    return Spare(max(calls, 0), max(money, 0.0))


def choose(due: Due, terms: Rereading, limits: Limits, used: Used, now: datetime, *, limit: int) -> Choice:
    """Up to ``limit`` posts: most by what a look at them is worth, some by how long they have waited.

    What costs money is left out when there is none to spare; what is paid for today is read all the same.
    """
    usual, urgent = (spare(limits, used, terms.page, now, kept) for kept in (KEPT, KEPT_IF_URGENT))
    purse = _Purse(usual.money, urgent.money, terms.price, now)
    # Only as many calls as the urgent ones need; in the last of them others ride along for nothing.
    in_need = sum(purse.has(look) and purse.is_urgent(look) for look in due.valuable)
    calls = max(usual.calls, min(urgent.calls, -(-in_need // terms.at_once)))
    room = int(min(limit, calls * terms.at_once))
    patient = (room + used.calls % EVERY) // EVERY
    chosen: dict[int, Look] = {}
    for looks, until in ((due.valuable, room - patient), (due.waiting, room), (due.valuable, room)):
        purse.fill(chosen, looks, until)
    return Choice(
        list(chosen.values()), _hourly(terms, limits, by_money=purse.refused) if _short(room, limit, purse) else None
    )


class _Purse:
    """The money for looks, of which urgent posts may take more than others."""

    def __init__(self, usual: float, urgent: float, price: float, now: datetime) -> None:
        self._usual = usual
        self._urgent = urgent
        self._price = price
        self._now = now
        self.refused = False

    def is_urgent(self, look: Look) -> bool:
        return is_urgent(self._now - look.created_at, look.risk)

    def has(self, look: Look) -> bool:
        return look.paid or not self._price or self._price <= (self._urgent if self.is_urgent(look) else self._usual)

    def fill(self, chosen: dict[int, Look], looks: Iterable[Look], until: int) -> None:
        for look in looks:
            if len(chosen) >= until:
                break
            if look.seq in chosen:
                continue
            if not self.has(look):
                self.refused = True
                continue
            if not look.paid:
                self._usual -= self._price
                self._urgent -= self._price
            chosen[look.seq] = look


def _left(now: datetime, period: float) -> float:
    """How much of the period of so many seconds (an hour, a day; both UTC) is still to come: 1 at its start."""
    return 1 - now.astimezone(UTC).timestamp() % period / period


def _short(room: int, limit: int, purse: _Purse) -> bool:
    return room < limit or purse.refused


def _hourly(terms: Rereading, limits: Limits, *, by_money: bool) -> int | None:
    if by_money and limits.money_per_day is not None:
        return int(limits.money_per_day * (1 - KEPT_IF_URGENT.whole) / 24 / terms.price)
    calls = limits.calls_per_hour
    return None if calls is None else max(1, int(calls * (1 - KEPT_IF_URGENT.whole))) * terms.at_once
