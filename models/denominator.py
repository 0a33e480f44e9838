"""Complaints as a rate: 300 complaints on 300,000 deliveries are 0.1 %, and a rate without its interval misleads."""

from dataclasses import dataclass


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
    # Importing scipy.stats takes most of a second, and only pages and reports show rates.
    from scipy.stats import binomtest

    counted = min(max(complaints, 0), denominator)
    interval = binomtest(counted, denominator).proportion_ci(confidence_level=0.95, method="wilson")
    return Rate(counted / denominator, float(interval.low), float(interval.high))
