"""What is usual at an hour: the past days' same hours, without their extremes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.usual import LEAST_DAYS, usual

DAY = 24


def test_one_mad_day_does_not_become_usual() -> None:
    """Of a week the loudest tenth is left out, so that yesterday's burst does not hide today's."""
    counts = np.full(8 * DAY, 10.0)
    counts[7 * DAY - 12 : 7 * DAY - 10] = 5000
    mean, variance = usual(counts, DAY, 1, 0.0, 7 * DAY)
    assert mean.max() == 10
    assert (variance >= mean).all()


@given(st.integers(0, 8 * DAY - 1))
def test_what_begins_later_is_the_same(first: int) -> None:
    """Asked for the last steps only, the answer is that of the whole series."""
    counts = np.random.default_rng(2).poisson(5, 8 * DAY).astype(float)
    counts[30:50] = np.nan
    for whole, part in zip(usual(counts, DAY, 1, 0.5), usual(counts, DAY, 1, 0.5, first), strict=True):
        np.testing.assert_array_equal(whole[first:], part)


def test_nothing_is_usual_before_enough_is_known() -> None:
    """Less than a day of known hours gives no figures, and unknown hours count for none."""
    counts = np.full(3 * DAY, 4.0)
    mean, _ = usual(counts, DAY, 0, 0.0)
    assert np.isnan(mean[: LEAST_DAYS * DAY]).all()
    assert not np.isnan(mean[LEAST_DAYS * DAY :]).any()
    counts[:DAY] = np.nan
    assert np.isnan(usual(counts, DAY, 0, 0.0)[0][: 2 * DAY]).all()
