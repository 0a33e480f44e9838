"""Complaints as a rate: 300 complaints on 300,000 deliveries are 0.1 %, and a rate without its interval misleads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import sqrt
from statistics import NormalDist

_SIDES = NormalDist().inv_cdf(0.975)
"""Standard deviations to either side of the middle that hold 95 % of a normal distribution."""

LEAST_WATCHED = timedelta(hours=6)
"""Orders and deliveries go by the time of day: a rate on an hour at night would be wrong by much."""

DAY = timedelta(days=1)
CLOCK_CHANGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Against:
    """What a brand's complaints are counted against: orders, deliveries or customers, and how many a day."""

    what: str
    per_day: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Complaints per unit of the denominator with its 95 % interval; all three are 0 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BrandRate:
    """One brand's complaints against its denominator, both counted in the same time.

    ``rate`` is None where no denominator is set and where it is too ``early``. ``watched`` is since when the brand is
    watched, where that is less than the whole period, or None where nobody wrote about it yet.
    """

    brand: str
    complaints: int
    units: int = 0
    what: str = ""
    rate: Rate | None = None
    watched: datetime | None = None
    early: bool = False


def brand_rate(
    brand: str,
    complaints: int,
    against: Against | None,
    period: tuple[datetime, datetime],
    watched: datetime | None,
    heard: Callable[[], int],
) -> BrandRate:
    """Complaints of a period as a rate, on the part of it in which the brand was ``watched``.

    Where that is not the whole, ``heard`` counts those that were written since then: the first look also finds what was
    written long before, on deliveries that are not counted. A period of whole days of the calendar has the deliveries
    of so many days, whatever the clocks did in it.
    """
    if against is None:
        return BrandRate(brand, complaints)
    since, until = period
    start = max(since, watched or since)
    if watched is None or until - start < LEAST_WATCHED:
        return BrandRate(brand, complaints, what=against.what, watched=watched, early=True)
    cut = start > since
    lasted, days = until - start, round((until - start) / DAY)
    whole = not cut and all(at.time() == time() for at in period) and abs(lasted - days * DAY) <= CLOCK_CHANGE
    units = round(against.per_day * (days if whole else lasted / DAY))
    complaints = heard() if cut else complaints
    return BrandRate(brand, complaints, units, against.what, rate(complaints, units), start if cut else None)


def rate(complaints: int, denominator: int) -> Rate | None:
    """Give the complaint rate with the Wilson 95 % interval, or None where no denominator is known (0 or less).

    More complaints than deliveries happen (a late wave about an earlier day): the rate is then held at 1.
    """
    if denominator <= 0:
        return None
    counted = min(max(complaints, 0), denominator)
    share = counted / denominator
    # By hand: scipy.stats, which has it, takes most of a second and 80 MB of every process that shows a rate.
    scale = 2 * (denominator + _SIDES**2)
    centre = (2 * counted + _SIDES**2) / scale
    reach = _SIDES / scale * sqrt(4 * counted * (1 - share) + _SIDES**2)
    return Rate(share, centre - reach if counted else 0.0, centre + reach if counted < denominator else 1.0)
