"""Rates of complaints against a denominator."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from models.denominator import Against, brand_rate, rate


def test_three_hundred_complaints_on_three_hundred_thousand_deliveries_are_a_tenth_of_a_percent() -> None:
    """The rate is the plain share, and its Wilson interval is the one in the textbooks."""
    found = rate(300, 300_000)
    assert found is not None
    assert found.value == 0.001
    assert (found.low, found.high) == pytest.approx((0.000893, 0.001120), abs=1e-6)


def test_no_complaints_do_not_prove_that_there_are_none() -> None:
    """Nothing in ten has an upper bound well above nothing."""
    found = rate(0, 10)
    assert found is not None
    assert found.low == 0.0
    assert found.high == pytest.approx(0.2775, abs=1e-4)


@pytest.mark.parametrize("denominator", [0, -5])
def test_an_unknown_denominator_gives_no_rate(denominator: int) -> None:
    """Nobody is shown a rate of something that nobody counted."""
    assert rate(5, denominator) is None


@settings(deadline=None)
@given(st.integers(1, 10**9).flatmap(lambda most: st.tuples(st.integers(0, most), st.just(most))))
@example((0, 1))
@example((1, 1))
def test_the_interval_is_that_of_scipy(counted: tuple[int, int]) -> None:
    """Whatever was counted, both ends are those that a library of statistics gives."""
    found = rate(*counted)
    theirs = binomtest(*counted).proportion_ci(confidence_level=0.95, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-7, abs=1e-15)


def test_pages_show_rates_without_a_library_of_statistics() -> None:
    """Nothing that a rate needs loads what takes 80 MB of every process of the pages."""
    seen = "from models.denominator import rate; import sys; rate(3, 10); sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", seen], check=False).returncode == 0


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_interval_holds_the_rate_and_stays_between_nothing_and_all(complaints: int, denominator: int) -> None:
    """Even more complaints than deliveries give an ordered interval inside 0 to 1."""
    found = rate(complaints, denominator)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high + 1e-12 <= 1 + 1e-12


DELIVERIES = Against("deliveries", 24_000)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("watched", "units", "since"),
    [
        (MONDAY - timedelta(days=90), 168_000, None),
        (MONDAY + timedelta(days=6), 24_000, MONDAY + timedelta(days=6)),
        (MONDAY + timedelta(days=6, hours=18), 6_000, MONDAY + timedelta(days=6, hours=18)),
    ],
)
def test_a_rate_counts_what_was_delivered_while_somebody_listened(
    watched: datetime, units: int, since: datetime | None
) -> None:
    """Who began to listen on Saturday divides by no delivery of Monday, and says since when."""
    found = brand_rate("Acme", 3, DELIVERIES, (MONDAY, MONDAY + timedelta(days=7)), watched, lambda: 2)
    assert (found.units, found.watched, found.early) == (units, since, False)
    assert found.complaints == (3 if since is None else 2)
    assert found.rate == rate(found.complaints, units)


@pytest.mark.parametrize("watched", [None, MONDAY + timedelta(days=7) - timedelta(hours=5, minutes=59)])
def test_an_hour_of_listening_is_no_rate(watched: datetime | None) -> None:
    """Deliveries go by the time of day: too early is said as such."""
    found = brand_rate("Acme", 3, DELIVERIES, (MONDAY, MONDAY + timedelta(days=7)), watched, lambda: 0)
    assert (found.rate, found.early, found.complaints) == (None, True, 3)


def test_a_week_whose_clocks_change_has_the_deliveries_of_seven_days() -> None:
    """On 29 March 2026 Estonia's clocks go forward: those 167 hours are a week all the same."""
    tallinn = ZoneInfo("Europe/Tallinn")
    since, until = (datetime(2026, 3, day, tzinfo=tallinn) for day in (23, 30))
    sent = [datetime.fromisoformat(at.isoformat()) for at in (since, until)]
    for period in ((since, until), (sent[0], sent[1])):
        assert brand_rate("Acme", 3, DELIVERIES, period, MONDAY, lambda: 0).units == 168_000
