"""Traits: what a text adds to a forecast."""

from dataclasses import replace

import pytest

from models.growth import TRAITS
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal, missing_scores
from models.traits import traits_of

SCORES = Scores(
    Language("en", 0.9),
    Sentiment.NEGATIVE,
    {Sentiment.NEGATIVE: 0.8, Sentiment.NEUTRAL: 0.2},
    True,
    0.7,
    3,
    (),
    (),
    "test",
    (FoundSignal(Signal.NO_ANSWER, 0, 2), FoundSignal(Signal.NO_ANSWER, 3, 5), FoundSignal(Signal.RUDE_STAFF, 3, 5)),
)


@pytest.mark.parametrize(
    ("code", "text", "speaks"),
    [
        ("en", "Where is my parcel, YOU said today!", 1.0),
        ("en", "You’ve lost it", 1.0),
        ("en", "They lost it; the youth centre is closed", 0.0),
        ("et", "Kas te üldse vastate?", 1.0),
        ("et", "Nad ei vasta", 0.0),
        ("fi", "Missä teidän asiakaspalvelu on", 1.0),
        ("ru", "Вы потеряли посылку", 1.0),
        ("ru", "Они потеряли посылку", 0.0),
        (None, "Где ваша совесть", 1.0),
        ("fi", "sun was shining", 1.0),
        ("en", "sun was shining", 0.0),
    ],
)
def test_a_text_speaks_to_somebody_in_its_own_language(code: str | None, text: str, speaks: float) -> None:
    """The second person is told by the words of the post's language, or of all where that is undecided."""
    found = dict(zip(TRAITS, traits_of(text, replace(SCORES, language=Language(code, 0.9))), strict=True))
    assert found == {"complaint": 0.7, "negative": 0.8, "severity": 3.0, "signals": 2.0, "second_person": speaks}


def test_what_no_model_could_read_has_no_traits() -> None:
    """Nothing is claimed about it."""
    assert traits_of("You!", missing_scores()) == ()
