"""When posts are read again: never later than in a week, and sooner the younger and the riskier."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.schedule import WEEK, next_look

ages = st.timedeltas(timedelta(days=-1), timedelta(days=4000))
risks = st.floats(-10, 200)


@given(ages, ages, risks, risks)
def test_looks_thin_out_with_age_and_never_end(one: timedelta, two: timedelta, low: float, high: float) -> None:
    """An older post waits no less, a riskier one no longer, and no post longer than a week."""
    younger, older = sorted((one, two))
    calm, risky = sorted((low, high))
    assert timedelta(minutes=5) <= next_look(younger, calm) <= next_look(older, calm) <= WEEK
    assert next_look(older, risky) <= next_look(older, calm) <= 3 * next_look(older, risky) + timedelta(seconds=1)
