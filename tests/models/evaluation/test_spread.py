"""Figures of forecasts, counted by hand, and the published methods that stand beside ours."""

from dataclasses import replace

import numpy as np
import pytest

from models.bursts import Burst
from models.evaluation.burst_figures import Mentions, burst_figures
from models.evaluation.spread import Forecasts, spread_figures
from models.evaluation.spread_peers import PEERS, Hawkes, Seismic, SzaboHuberman
from models.growth import Polls

TEN = Forecasts(
    now=np.array([6.0, 6, 6, 6, 6, 1, 1, 1, 1, 1]),
    finals=np.array([12.0, 6, 20, 6, 100, 1, 1, 1, 1, 2]),
    medians=np.array([6.0, 6, 20, 12, 50, 1, 1, 1, 1, 1]),
    large=np.array([0.3, 0.1, 0.2, 0.1, 0.9, 0, 0, 0, 0, 0]),
    doubled=np.array([0.9, 0.1, 0.8, 0.2, 0.7, 0, 0, 0, 0, 1.0]),
    earlier=np.array([0.3, 0.1, 0.2, 0.1, 0.9, 0, 0, 0, 0, 0]),
    size=np.full(10, 50.0),
    seconds=0.02,
)


def test_figures_are_those_counted_by_hand() -> None:
    """One of ten is large and rated highest; of the five that have interactions, doubling is ranked right."""
    found = spread_figures(TEN)
    assert found["share_large"] == 0.1
    assert found["median_ape"] == 0.0
    assert found["auc_top"] == found["auc_doubling"] == found["recall_at_budget"] == 1.0
    assert found["precision_at_1_percent"] == 1.0
    assert found["expected_calibration_error"] == pytest.approx((0.3 + 0.2 + 0.1 * 2 + 0.1) / 10, abs=1e-4)
    assert found["milliseconds_a_post"] == 2.0


def test_figures_of_nothing_are_none() -> None:
    """Where every post is alike there is nothing to rank, and scores that are no chances have no calibration."""
    alike = replace(TEN, finals=np.ones(10), medians=np.ones(10), calibrated=False)
    found = spread_figures(alike)
    nothing = ("spearman", "auc_top", "auc_doubling", "recall_at_budget", "expected_calibration_error")
    assert [found[name] for name in nothing] == [None] * 5


def test_bursts_are_counted_by_where_they_begin() -> None:
    """One window is met ten minutes after its moment, one is missed, one burst is outside: half and one a week."""
    mentions = Mentions("acme", np.zeros(2016), [(100.0, 200.0), (300.0, 400.0)], [150.0, 350.0])
    found = burst_figures([(mentions, [Burst(152, 30.0), Burst(1000, 30.0)])])
    assert found == {
        "windows": 2, "recall": 0.5, "bursts": 2, "false_alarms_a_week": 1.0, "median_delay_minutes": 10.0,
    }  # fmt: skip


def _growing(rate: float, total: float) -> tuple[Polls, float]:
    return Polls.of([(age, round(total * (1 - np.exp(-rate * age)))) for age in (5, 10, 20, 30, 45, 60)]), total


def test_szabo_and_huberman_scale_the_count() -> None:
    """Where everything doubles, the factor is two."""
    peer = SzaboHuberman()
    peer.learn([(Polls.of([(10, 4)]), 8.0), (Polls.of([(10, 50)]), 100.0)])
    assert peer.sizes([Polls.of([(10, 7)])]).tolist() == pytest.approx([14.0])


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_hawkes_finds_the_end_of_an_exponential_curve(rate: float) -> None:
    """A curve of its own family is extended to its true end, within what rounding and its grid of rates allow."""
    peer = Hawkes()
    peer.learn([_growing(rate, total) for total in (100.0, 300.0, 900.0)])
    assert peer.sizes([_growing(rate, 500.0)[0]])[0] == pytest.approx(500, rel=0.25)


def test_seismic_expects_more_of_what_still_spreads() -> None:
    """Of two posts with one count, the one that was shared lately is expected to go further; neither shrinks."""
    peer = Seismic()
    late, early = Polls.of([(30, 5), (55, 20), (60, 60)]), Polls.of([(30, 58), (55, 60), (60, 60)])
    of_late, of_early = peer.sizes([late, early])
    assert of_late > of_early >= 60


@pytest.mark.parametrize("name", PEERS)
def test_peers_survive_posts_that_nobody_answered(name: str) -> None:
    """A set of silent posts teaches little and breaks nothing."""
    silent = Polls.of([(5, 0), (10, 0)])
    peer = PEERS[name]()
    peer.learn([(silent, 0.0), (silent, 1.0)])
    assert np.isfinite(peer.sizes([silent])).all()
