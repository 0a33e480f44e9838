"""How rows of files of many origins are understood."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.rows import LABELS, BrokenRowError, LeftOutError, Task, understand

ROW = {"text": "Where is my parcel?", "lang": "en"}


def _truth(task: Task, **fields: Any) -> set[str]:
    return set(understand(task, {**ROW, **fields}, "a.jsonl line 1").truth)


@pytest.mark.parametrize(
    ("task", "fields", "truth"),
    [
        (Task.SENTIMENT, {"label": "negative"}, {"negative"}),
        (Task.SENTIMENT, {"sentiment": " Positive", "label": "complaint"}, {"positive"}),
        (Task.SENTIMENT, {"sentiment": None, "label": "neutral"}, {"neutral"}),
        (Task.COMPLAINT, {"complaint": True}, {"complaint"}),
        (Task.COMPLAINT, {"complaint": False, "label": "complaint"}, {"other"}),
        (Task.COMPLAINT, {"complaint": 1}, {"complaint"}),
        (Task.COMPLAINT, {"label": "other"}, {"other"}),
        (Task.SIGNALS, {"signals": []}, set()),
        (Task.SIGNALS, {"signals": ["no_answer", "refund_demand", "no_answer"]}, {"no_answer", "refund_demand"}),
        (Task.SIGNALS, {"label": ["no_answer"]}, {"no_answer"}),
        (Task.LANGUAGE, {"lang": "et-EE", "label": "negative"}, {"et"}),
        (Task.LANGUAGE, {"lang": "LV"}, {"other"}),
        (Task.LANGUAGE, {"lang": "other"}, {"other"}),
    ],
)
def test_what_is_true_is_read_from_any_of_its_fields(task: Task, fields: dict[str, Any], truth: set[str]) -> None:
    """The task's own field comes before `label`, in either case of letters."""
    assert _truth(task, **fields) == truth


@pytest.mark.parametrize(
    ("said", "language"),
    [
        *(("et", "et"), (" EN_gb ", "en"), ("est", "est"), ("all", "und"), ("ALL-x", "und"), ("model", "und")),
        *(("e", "und"), ("\x1b[31m", "und"), ("ää", "und"), ("x" * 1000, "und"), ("", "und"), (5, "und")),
    ],
)
def test_a_language_is_a_code_or_unknown(said: Any, language: str) -> None:
    """Figures are kept by language, and those of all together by "all": a row cannot take their place."""
    assert understand(Task.COMPLAINT, {**ROW, "lang": said, "complaint": True}, "here").language == language


@pytest.mark.parametrize(
    ("task", "fields", "why"),
    [
        (Task.SENTIMENT, {"label": "skip"}, "its label is 'skip', not negative, neutral or positive"),
        (Task.SENTIMENT, {"label": None}, "it has no `sentiment` or `label`"),
        (Task.SENTIMENT, {"label": 2}, "its label is 2, not"),
        (Task.COMPLAINT, {"label": ["complaint"]}, "its label is ['complaint'], not complaint or other"),
        (Task.COMPLAINT, {"complaint": 2}, "its label is 2"),
        (Task.COMPLAINT, {"label": "yes"}, "its label is 'yes', not complaint or other, nor true or false"),
        (Task.SIGNALS, {"signals": "no_answer"}, "its signals are not a list"),
        (Task.SIGNALS, {}, "it has no `signals` or `label`"),
        (Task.LANGUAGE, {"lang": None}, "it names no language"),
        (Task.LANGUAGE, {"lang": "all"}, "it names no language"),
        (Task.SENTIMENT, {"label": "neutral", "text": " \n"}, "the text is empty"),
    ],
)
def test_rows_that_say_nothing_of_the_task_are_left_out(task: Task, fields: dict[str, Any], why: str) -> None:
    """Each says why, in words that are the same for all such rows."""
    with pytest.raises(LeftOutError) as told:
        _truth(task, **fields)
    assert str(told.value).startswith(why)


def test_a_name_that_is_no_signal_is_ignored_and_kept_in_mind() -> None:
    """The other signals of the row are measured."""
    row = understand(Task.SIGNALS, {**ROW, "signals": ["late", "no_answer"]}, "here")
    assert (row.truth, row.ignored) == ({"no_answer"}, {"late"})


@pytest.mark.parametrize(
    ("task", "hard", "kept"),
    [
        (Task.SIGNALS, ["no_answer", "complaint", "refund_demand"], {"no_answer"}),
        (Task.COMPLAINT, ["no_answer", "complaint"], {"complaint"}),
        (Task.COMPLAINT, "complaint", {"complaint"}),
        (Task.SENTIMENT, ["complaint"], set()),
        (Task.COMPLAINT, None, set()),
    ],
)
def test_a_hard_negative_is_for_its_task_and_never_for_what_is_true(task: Task, hard: Any, kept: set[str]) -> None:
    """A refund that is demanded is no mistake, whatever the list says."""
    fields = {"label": "neutral", "complaint": False, "signals": ["refund_demand"], "hard_negative_for": hard}
    assert understand(task, {**ROW, **fields, "sentiment": "neutral"}, "here").hard_negative_for == kept


def test_a_language_without_a_name_is_undetermined() -> None:
    """The row is measured all the same."""
    assert understand(Task.SENTIMENT, {"text": "Ok", "label": "neutral"}, "here").language == "und"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ["text", "lang", "label", "sentiment", "complaint", "signals", "hard_negative_for"]


@given(task=st.sampled_from(Task), row=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_row_is_understood_left_out_or_broken(task: Task, row: Any) -> None:
    """Whatever JSON can say ends in one of three ways, and what is understood has only the task's labels."""
    with suppress(LeftOutError, BrokenRowError):
        assert understand(task, row, "here").truth <= set(LABELS[task])
