import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.linear_reader import complaint_chance
from models.scorer import Scorer, builtin
from models.scores import FoundSignal, Sentiment, Signal
from models.story import PLACES
from models.visible import LONGEST_SCORED

ANGRY = "Tellimus ei saabunud, keegi ei vasta juba nädal aega. Tahan oma raha tagasi!"
HOSTILE = [
    "",
    " \n\t",
    "🤬🤬🤬",
    "\x00\x01\x1b[31m",
    "\ud800\udfff",
    "a" * 10_000,
    "\u202e\u0301" * 50,
    "¯\\_(ツ)_/¯",
    "@x http://",
]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """The scorer of the built-in models."""
    return builtin()


def test_complaint_from_end_to_end(scorer: Scorer) -> None:
    """An obvious complaint comes out with its language, tone, signals with spans, base forms and versions."""
    (scores,) = scorer.score([ANGRY], [None])
    assert (scores.language.code, scores.sentiment, scores.complaint) == ("et", Sentiment.NEGATIVE, True)
    assert scores.severity >= 2
    shown = {found.signal: ANGRY[found.start : found.end] for found in scores.signals}
    assert "vasta" in shown[Signal.NO_ANSWER]
    assert "raha tagasi" in shown[Signal.REFUND_DEMAND]
    assert {"tellimus", "nädal", "raha"} <= set(scores.lemmas)
    assert len(scores.signature) == PLACES
    assert scores.model == scorer.version
    assert all(name in scorer.version for name in ("sentiment-", "complaint-", "rules-"))


def test_hostile_input(scorer: Scorer) -> None:
    """Empty, emoji-only, control characters and broken characters are scored as nothing, and harm no neighbour."""
    (alone,) = scorer.score([ANGRY], [None])
    scored = scorer.score([*HOSTILE, ANGRY], [None] * (len(HOSTILE) + 1))
    assert scored[-1] == alone
    assert [(scores.complaint, scores.severity) for scores in scored[:-1]] == [(False, 0)] * len(HOSTILE)
    assert scorer.score([], []) == []


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(), max_size=4))
def test_scores_are_probabilities(scorer: Scorer, texts: list[str]) -> None:
    """Whatever the text, probabilities are probabilities, the label is the likeliest, and spans lie within the text."""
    for text, scores in zip(texts, scorer.score(texts, [None] * len(texts)), strict=True):
        assert math.isclose(sum(scores.sentiment_probabilities.values()), 1.0)
        assert scores.sentiment_probabilities[scores.sentiment] == max(scores.sentiment_probabilities.values())
        assert 0.0 <= scores.complaint_probability <= 1.0
        assert all(0 <= found.start < found.end <= len(text) for found in scores.signals)


def test_only_the_beginning_of_a_huge_post_counts(scorer: Scorer) -> None:
    """A post of ten million characters gives the scores of its stated first part."""
    start = (ANGRY + " ") * (LONGEST_SCORED // len(ANGRY) + 1)
    huge, cut = scorer.score([start + "x" * 10_000_000, start[:LONGEST_SCORED]], [None, None])
    assert huge == cut


@pytest.mark.parametrize(
    ("text", "hint", "code"),
    [("ok", "fi", "fi"), ("ok", "FI-fi", "fi"), ("ok", "und", None), ("ok", "", None), (ANGRY, "en", "et")],
)
def test_hints(scorer: Scorer, text: str, hint: str, code: str | None) -> None:
    """The language that a source claims is believed for an unclear text only, and only when we know that language."""
    assert scorer.score([text], [hint])[0].language.code == code


def test_signals_speak_for_a_complaint_unless_it_is_praise() -> None:
    """A signal makes a complaint likelier as far as the tone agrees, several more so, and praise keeps it unlikely."""
    calm = {Sentiment.NEGATIVE: 0.4, Sentiment.NEUTRAL: 0.6, Sentiment.POSITIVE: 0.0}
    happy = {Sentiment.NEGATIVE: 0.0, Sentiment.NEUTRAL: 0.0, Sentiment.POSITIVE: 1.0}
    refund, silence = FoundSignal(Signal.REFUND_DEMAND, 0, 1), FoundSignal(Signal.NO_ANSWER, 2, 3)
    assert complaint_chance(0.3, calm, []) == 0.3
    assert 0.3 < complaint_chance(0.3, calm, [refund]) < complaint_chance(0.3, calm, [refund, silence]) < 1.0
    assert complaint_chance(0.3, calm, [refund, refund]) == complaint_chance(0.3, calm, [refund])
    assert complaint_chance(0.3, happy, [refund]) == pytest.approx(0.3)
    assert complaint_chance(0.0, calm, [refund]) < 0.01
    assert complaint_chance(1.0, calm, [refund]) <= 1.0
