"""What is said of answers whose rights and wrongs are known."""

from dataclasses import replace
from typing import Any

import pytest

from models.evaluation.figures import figures, worst
from models.evaluation.rows import Labelled, Task
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal, missing_scores

NEGATIVE = Scores(
    language=Language("en", 0.9),
    sentiment=Sentiment.NEGATIVE,
    sentiment_probabilities={Sentiment.NEGATIVE: 0.8, Sentiment.NEUTRAL: 0.15, Sentiment.POSITIVE: 0.05},
    complaint=True,
    complaint_probability=0.7,
    severity=2,
    lemmas=(),
    signature=(),
    model="test",
)
CALM = replace(NEGATIVE, complaint=False, complaint_probability=0.1)


def _row(*truth: str, hard: tuple[str, ...] = (), text: str = "Where is it?", place: str = "here") -> Labelled:
    return Labelled(text, "en", frozenset(truth), frozenset(hard), place)


def _with_signals(*found: tuple[Signal, float]) -> Scores:
    return replace(NEGATIVE, signals=[FoundSignal(signal, 0, 5, probability) for signal, probability in found])


def _in(code: str | None, confidence: float = 0.9) -> Scores:
    return replace(NEGATIVE, language=Language(code, confidence))


def test_sentiment_is_measured_with_what_the_models_claimed() -> None:
    """Half of the answers are right, each was claimed at 0.8."""
    found = figures(Task.SENTIMENT, [_row("negative"), _row("neutral")], [NEGATIVE, NEGATIVE])
    assert (found["n"], found["accuracy"], found["macro_recall"]) == (2, 0.5, 0.5)
    assert found["macro_f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["expected_calibration_error"] == 0.3
    assert found["per_label"]["negative"] == {"n": 1, "precision": 0.5, "recall": 1.0, "f1": 0.6667}
    assert "micro_f1" not in found
    assert "hard_negatives" not in found


def test_what_is_no_complaint_is_claimed_with_the_rest_of_the_chance() -> None:
    """A complaint at 0.7 that is none, and none at 0.1 that is right; one of two hard negatives was flagged."""
    rows = [_row("other", hard=("complaint",)), _row("other", hard=("complaint",)), _row("complaint")]
    found = figures(Task.COMPLAINT, rows, [NEGATIVE, CALM, NEGATIVE])
    assert found["expected_calibration_error"] == pytest.approx((abs(1.4 - 1) + abs(0.9 - 1)) / 3, abs=1e-4)
    assert (found["hard_negatives"], found["hard_negatives_wrongly_flagged"]) == (2, 0.5)


def test_signals_are_measured_together_and_each() -> None:
    """Two of three are found, one is a hard negative, and one that is found twice counts once, at its surest."""
    rows = [_row("no_answer", "refund_demand"), _row(hard=("media_threat",)), _row("no_answer", hard=("churn_threat",))]
    answers = [
        _with_signals((Signal.NO_ANSWER, 0.6), (Signal.NO_ANSWER, 0.95)),
        _with_signals((Signal.MEDIA_THREAT, 0.55)),
        _with_signals((Signal.NO_ANSWER, 0.95)),
    ]
    found = figures(Task.SIGNALS, rows, answers)
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["micro_f1"] == pytest.approx(4 / 6, abs=1e-4)
    assert (found["hard_negatives"], found["hard_negatives_wrongly_flagged"]) == (2, 0.5)
    assert found["expected_calibration_error"] == pytest.approx((2 * 0.05 + 0.55) / 3, abs=1e-4)
    assert found["per_label"]["no_answer"] == {"n": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found["per_label"]["churn_threat"]["n"] == 0


def test_where_nothing_was_claimed_there_is_no_error_of_claims() -> None:
    """A share of nothing is null, not a perfect 0."""
    found = figures(Task.SIGNALS, [_row()], [NEGATIVE])
    assert found["accuracy"] == 1.0
    assert found["expected_calibration_error"] is None
    assert found["hard_negatives_wrongly_flagged"] is None


@pytest.mark.parametrize(
    ("true", "said", "right"),
    [
        ("et", "et", True),
        ("et", "fi", False),
        ("et", "lv", False),
        ("et", None, False),
        ("other", "lv", True),
        ("other", None, True),
        ("other", "ru", False),
    ],
)
def test_of_other_languages_any_answer_but_the_four_is_right(true: str, said: str | None, right: bool) -> None:
    """What the house does not read must only not be taken for what it reads; undecided is wrong where it reads."""
    found = figures(Task.LANGUAGE, [_row(true)], [_in(said)])
    assert found["accuracy"] == float(right)
    assert found["per_label"][true]["recall"] == float(right)


def test_an_undecided_language_claims_nothing() -> None:
    """Only answers are held against their confidence."""
    found = figures(Task.LANGUAGE, [_row("other"), _row("et"), _row("et")], [_in(None, 0.5), _in(None, 0.5), _in("et")])
    assert found["expected_calibration_error"] == pytest.approx(0.1)
    assert found["per_label"]["other"]["precision"] == 1.0


@pytest.mark.parametrize(("task", "truth"), [(Task.SENTIMENT, "neutral"), (Task.COMPLAINT, "other")])
def test_what_the_models_could_not_read_is_no_right_answer(task: Task, truth: str) -> None:
    """What stands in the place of scores is not taken for an answer."""
    assert figures(task, [_row(truth)], [missing_scores()])["accuracy"] == 0.0
    (mistake,) = worst(task, [_row(truth)], [missing_scores()], 1)
    assert mistake["said"] is None


def test_the_worst_mistakes_come_first() -> None:
    """More labels wrong before fewer, surer before less sure; what is right is not among them."""
    rows = [_row("no_answer", place=str(number)) for number in range(5)]
    answers = [
        _with_signals((Signal.NO_ANSWER, 1.0)),
        _with_signals(),
        _with_signals((Signal.NO_ANSWER, 0.9), (Signal.MEDIA_THREAT, 0.6)),
        _with_signals((Signal.NO_ANSWER, 0.9), (Signal.RUDE_STAFF, 0.8)),
        _with_signals((Signal.RUDE_STAFF, 0.5)),
    ]
    found = worst(Task.SIGNALS, rows, answers, 4)
    assert [mistake["place"] for mistake in found] == ["4", "3", "2", "1"]
    assert found[1] == {
        "lang": "en",
        "place": "3",
        "true": ["no_answer"],
        "said": ["no_answer", "rude_staff"],
        "shown_by": {"no_answer": "Where", "rude_staff": "Where"},
        "probability": 0.8,
        "hard_negative_for": [],
        "text": "Where is it?",
    }
    assert len(worst(Task.SIGNALS, rows, answers, 2)) == 2


@pytest.mark.parametrize(("said", "shown"), [("lv", ["lv"]), (None, ["undecided"])])
def test_a_mistaken_language_is_named(said: str | None, shown: Any) -> None:
    """The mistake says which of the others it was taken for."""
    (mistake,) = worst(Task.LANGUAGE, [_row("et")], [_in(said)], 1)
    assert (mistake["true"], mistake["said"]) == (["et"], shown)
