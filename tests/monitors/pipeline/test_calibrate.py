"""Calibration: forecasts that were due meet what became of the posts, once a week, and only posts not learnt from."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fakes.grown import grow

from models.forecaster import Forecaster, Own
from monitors.ledger import calibrations
from monitors.ledger.engine import Ledger
from monitors.pipeline.calibrate import calibrate, calibrate_weekly

DAY = timedelta(days=1)
SIZES = (5, 50)


class Sure:
    """A model that is sure of everything."""

    version = "sure-1"

    def chances(self, columns: Any, _sizes: Any) -> Any:
        """All are certain."""
        return np.ones(len(columns))

    def sizes(self, columns: Any, levels: Any = (0.1, 0.5, 0.9)) -> Any:
        """All end as they are."""
        return np.repeat(np.expm1(columns[:, :1]), len(levels), axis=1)


def test_a_check_says_how_often_chances_came_true(ledger: Ledger, clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that is always sure is wrong as often as posts stay small; the others' cold start is checked too."""
    start = clock() - 20 * DAY
    grow(ledger, "x", 310, start, every=timedelta(minutes=30))
    grow(ledger, "y", 20, start, every=timedelta(hours=1))
    sure: Any = Sure()
    forecaster = Forecaster({"x": Own(sure, 400, None)})
    found = calibrate(ledger, forecaster, ["x", "y", "empty"], SIZES, clock())
    by_place = {(one.source, one.age_minutes, one.size): one for one in found}
    assert set(by_place) == {(source, age, size) for source in "xy" for age in (10, 30, 60) for size in SIZES}
    large = by_place["x", 30, 50]
    said, true, count = large.bins[-1]
    assert (large.model, large.posts, said, count) == ("sure-1", 310, 1.0, 310)
    assert large.error == pytest.approx(1 - true, abs=1e-3)
    assert 0 < true < 0.5
    assert by_place["y", 10, 5].model == "pooled"
    assert sum(count for *_, count in by_place["y", 10, 5].bins) == 20
    assert "refit" in capsys.readouterr().out
    with ledger.read() as tx:
        newest = calibrations.newest(tx)
    assert newest == {source: [one for one in found if one.source == source] for source in "xy"}


def test_posts_that_a_model_has_learnt_from_do_not_count(ledger: Ledger, clock) -> None:
    """Only those written after the last that it knows."""
    start = clock() - 20 * DAY
    grow(ledger, "x", 40, start, every=timedelta(hours=1))
    sure: Any = Sure()
    forecaster = Forecaster({"x": Own(sure, 400, start + timedelta(hours=29))})
    assert {one.posts for one in calibrate(ledger, forecaster, ["x"], SIZES, clock())} == {10}


def test_it_is_done_once_a_week(ledger: Ledger, clock) -> None:
    """A check that is younger than a week is enough; the next one stands beside it, and the newest is shown."""
    grow(ledger, "x", 10, clock() - 5 * DAY, every=timedelta(hours=1))
    first = calibrate_weekly(ledger, Forecaster(), ["x"], SIZES, clock())
    assert len(first) == 6
    clock.forward(days=6)
    assert calibrate_weekly(ledger, Forecaster(), ["x"], SIZES, clock()) == []
    now = clock.forward(days=1)
    assert len(calibrate_weekly(ledger, Forecaster(), ["x"], SIZES, now)) == 6
    with ledger.read() as tx:
        assert calibrations.newest_at(tx) == now
        assert {one.at for one in calibrations.newest(tx)["x"]} == {now}
