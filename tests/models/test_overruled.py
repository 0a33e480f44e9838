"""A team's own model in the place of the built-in one."""

import math
from collections.abc import Sequence

import pytest

from models.classifier import Prediction
from models.scorer import with_models


class Sure:
    """A classifier that gives every text the same chance of a complaint."""

    version = "sure"

    def __init__(self, chance: float) -> None:
        self._chance = chance

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give it."""
        return [{"complaint": self._chance, "other": 0.0} for _ in zip(texts, languages, strict=True)]


@pytest.mark.parametrize("chance", [math.nan, math.inf, -math.inf, -0.5, 1.5])
def test_an_answer_that_is_no_probability_is_a_failure(chance: float) -> None:
    """Taken as an answer it would make every post no complaint, and nobody would hear of any."""
    with pytest.raises(ValueError, match=r"sure answers .*, which is no probability"):
        with_models(complaint=Sure(chance), reader="fast").score(["Where is my parcel?"], [None])


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0, 1.0 + 1e-7])
def test_an_answer_that_is_one_is_taken(chance: float) -> None:
    """From never to always, as 32-bit numbers add up to it."""
    (scores,) = with_models(complaint=Sure(chance), reader="fast").score(["Where is my parcel?"], [None])
    assert scores.complaint_probability == min(chance, 1.0)
