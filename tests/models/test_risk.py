"""How bad, how far, how fast."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from models.risk import Risk, explain, risk
from models.scores import Language, Scores, Sentiment
from models.virality import Forecast

ANGRY = Scores(
    language=Language("en", 0.99),
    sentiment=Sentiment.NEGATIVE,
    sentiment_probabilities={Sentiment.NEGATIVE: 0.9, Sentiment.NEUTRAL: 0.08, Sentiment.POSITIVE: 0.02},
    complaint=True,
    complaint_probability=0.9,
    severity=1,
    lemmas=(),
    signature=(),
    model="test",
)
UNKNOWN = Forecast(None, None, None, {}, None, "none", 0)


def spreading(median: float) -> Forecast:
    """A forecast of that many interactions."""
    return Forecast(median, median / 2, median * 2, {}, None, "polls", 30)


severities = st.integers(0, 4)
chances = st.floats(0, 1)
sizes = st.floats(0, 1e7)
speeds = st.floats(0, 1e5)
audiences = st.none() | st.integers(0, 10**9)


@given(severities, chances, sizes, audiences, speeds)
def test_risk_is_the_product_of_its_parts_between_nothing_and_a_hundred(
    severity: int, chance: float, size: float, followers: int | None, speed: float
) -> None:
    """What ``explain`` shows is exactly the arithmetic that was done."""
    scores = replace(ANGRY, severity=severity, complaint_probability=chance)
    found = risk(scores, spreading(size), followers, speed)
    parts = explain(scores, spreading(size), followers, speed)
    assert [part.name for part in parts] == ["bad", "far", "fast"]
    assert math.isclose(found.value, 100 * math.prod(part.factor for part in parts))
    assert all(0 <= value <= 1 for value in (found.bad, found.far, found.fast))
    assert 0 <= found.value <= 100


@given(severities, chances, sizes, speeds, st.integers(0, 10**8), st.floats(0, 1e4))
def test_more_of_anything_never_lowers_the_risk(
    severity: int, chance: float, size: float, speed: float, followers: int, more: float
) -> None:
    """A worse, surer, farther, faster complaint of a louder author is never less of a risk."""
    scores = replace(ANGRY, severity=severity, complaint_probability=chance)
    base = risk(scores, spreading(size), followers, speed).value
    worse: list[Risk] = [
        risk(replace(scores, severity=min(severity + 1, 4)), spreading(size), followers, speed),
        risk(replace(scores, complaint_probability=min(chance + 0.1, 1)), spreading(size), followers, speed),
        risk(scores, spreading(size + more), followers, speed),
        risk(scores, spreading(size), followers + int(more), speed),
        risk(scores, spreading(size), followers, speed + more),
    ]
    assert all(other.value >= base - 1e-9 for other in worse)


def test_harm_that_nobody_sees_is_worse_than_grumbling_that_many_see() -> None:
    """A small audience does not make danger small."""
    harm = risk(replace(ANGRY, severity=4), UNKNOWN, None, 0)
    grumbling = risk(ANGRY, spreading(1000), 1000, 0)
    assert harm.value > grumbling.value > risk(ANGRY, UNKNOWN, None, 0).value


def test_a_post_that_is_no_complaint_is_a_small_risk_however_negative() -> None:
    """Ill will alone stays below what any complaint of the same reach weighs."""
    ill_will = replace(ANGRY, complaint=False, complaint_probability=0.1, severity=0)
    assert 0 < risk(ill_will, spreading(50), None, 0).value < risk(ANGRY, spreading(50), None, 0).value
