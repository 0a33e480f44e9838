import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores import FoundSignal, Sentiment, Signal
from models.severity import TONE, moved_by, severity

FURIOUS = {Sentiment.NEGATIVE: 1.0, Sentiment.NEUTRAL: 0.0, Sentiment.POSITIVE: 0.0}
CALM = {Sentiment.NEGATIVE: 0.1, Sentiment.NEUTRAL: 0.8, Sentiment.POSITIVE: 0.1}


def _said(*kinds: Signal) -> list[FoundSignal]:
    return [FoundSignal(kind, 0, 1) for kind in kinds]


@pytest.mark.parametrize(
    ("level", "chance", "tone", "kinds"),
    [
        (0, 0.4, FURIOUS, [Signal.SAFETY_ISSUE, Signal.VULNERABLE_PERSON]),
        (1, 0.9, CALM, []),
        (1, 0.9, FURIOUS, []),
        (1, 0.9, CALM, [Signal.REFUND_DEMAND]),
        (1, 0.9, FURIOUS, [Signal.CHURN_THREAT]),
        (2, 0.9, FURIOUS, [Signal.NO_ANSWER]),
        (2, 0.9, FURIOUS, [Signal.NO_ANSWER, Signal.REFUND_DEMAND]),
        (2, 0.9, CALM, [Signal.LEGAL_THREAT]),
        (3, 0.9, FURIOUS, [Signal.LEGAL_THREAT]),
        (3, 0.9, FURIOUS, [Signal.VULNERABLE_PERSON]),
        (3, 0.9, FURIOUS, [Signal.VULNERABLE_PERSON, Signal.FRAUD_ACCUSATION, Signal.NO_ANSWER]),
        (4, 0.9, CALM, [Signal.SAFETY_ISSUE]),
    ],
)
def test_levels(level: int, chance: float, tone: dict[Sentiment, float], kinds: list[Signal]) -> None:
    """Each level has its plain cases, from news about danger (nothing) to a child that is hurt (harm)."""
    assert severity(tone, chance, _said(*kinds)) == level


@given(
    kinds=st.lists(st.sampled_from(Signal)), more=st.sampled_from(Signal), chance=st.floats(0, 1), calm=st.booleans()
)
def test_one_more_signal_never_lowers(kinds: list[Signal], more: Signal, chance: float, calm: bool) -> None:
    """A further signal makes a post as bad or worse, the same signal twice changes nothing, and 0 to 4 is kept."""
    tone = CALM if calm else FURIOUS
    before = severity(tone, chance, _said(*kinds))
    assert 0 <= before <= severity(tone, chance, _said(*kinds, more)) <= 4
    assert before == severity(tone, chance, _said(*kinds, *kinds))


def test_the_reasons_of_a_severity_are_told_the_weightiest_first() -> None:
    """A reader sees what moved the severity most, each signal once, and nothing where there is no complaint."""
    said = _said(Signal.NO_ANSWER, Signal.LEGAL_THREAT, Signal.NO_ANSWER)
    assert [name for name, _ in moved_by(FURIOUS, 0.9, said)] == [Signal.LEGAL_THREAT, Signal.NO_ANSWER, TONE]
    assert moved_by(FURIOUS, 0.1, said) == []
