"""Complaints as a rate: 300 complaints on 300,000 deliveries are 0.1 %, and a rate without its interval misleads."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_SIDES = NormalDist().inv_cdf(0.975)
"""Standard deviations to either side of the middle that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Complaints per unit of the denominator with its 95 % interval; all three are 0 to 1."""

    value: float
    low: float
    high: float


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
