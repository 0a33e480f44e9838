"""How labelled drafts are read and measured."""

from typing import Any

import pytest

from models.evaluation.reply_figures import Checked, reply_figures
from models.evaluation.reply_rows import understand_draft
from models.evaluation.rows import BrokenRowError, LeftOutError
from models.replies.finding import Draft

WHOLE = {
    "text": "Sorry.",
    "lang": "en-GB",
    "public": True,
    "earlier": ["Today."],
    "complaint": "Where?",
    "findings": ["no_owner"],
    "hard_negative_for": ["no_owner", "no_apology"],
}


def test_a_whole_row_is_understood() -> None:
    """Everything that a row says reaches the check; what is true is no hard negative."""
    row = understand_draft(WHOLE, "here")
    assert row.draft == Draft("Sorry.", "en", True, ("Today.",), "Where?")
    assert (row.findings, row.hard, row.place) == ({"no_owner"}, {"no_apology"}, "here")


def test_what_is_not_there_is_nothing() -> None:
    """Text and findings are enough: the draft is then a direct one, and the first answer."""
    row = understand_draft({"text": "Tere", "findings": [], "earlier": None, "complaint": None}, "here")
    assert row.draft == Draft("Tere", "und", public=False)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"text": 5}, BrokenRowError, "`text`"),
        ({"text": " "}, LeftOutError, "empty"),
        ({"findings": None}, LeftOutError, "`findings`"),
        ({"findings": "no_owner"}, BrokenRowError, "must be a list"),
        ({"findings": ["rude"]}, LeftOutError, "rude.* the findings are no_empathy"),
        ({"findings": [{}]}, LeftOutError, "no finding"),
        ({"public": "yes"}, BrokenRowError, "`public`"),
        ({"public": []}, BrokenRowError, "`public`"),
        ({"earlier": "Today."}, BrokenRowError, "`earlier`"),
        ({"complaint": []}, None, ""),
        ({"complaint": 5}, BrokenRowError, "`complaint`"),
    ],
)
def test_rows_that_cannot_be_read_say_why(changed: dict[str, Any], error: type[Exception] | None, said: str) -> None:
    """A row of another shape is refused with the name of the field that is wrong."""
    if error is None:
        assert understand_draft(WHOLE | changed, "here").draft.complaint == ""
    else:
        with pytest.raises(error, match=said):
            understand_draft(WHOLE | changed, "here")


def test_rows_that_are_no_objects_are_refused() -> None:
    """A list is no row."""
    with pytest.raises(BrokenRowError, match="JSON object"):
        understand_draft([], "here")


def test_figures_are_counted_by_hand() -> None:
    """Two of three findings found and one wrongly said is an F1 of two thirds; one of two good drafts is flagged."""
    rows = [Checked({"a", "b"}, {"a"}), Checked({"b"}, {"b"}), Checked((), {"a"}, {"a"}), Checked((), (), {"b"})]
    figures = reply_figures(rows, ["a", "b"])
    assert figures["micro_f1"] == pytest.approx(0.6667)
    assert figures["exactly_right"] == 0.5
    assert (figures["clean"], figures["clean_wrongly_flagged"]) == (2, 0.5)
    assert (figures["hard_negatives"], figures["hard_negatives_wrongly_flagged"]) == (2, 0.5)
    assert figures["per_finding"]["b"] == {"n": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}


def test_figures_of_nothing_are_nothing() -> None:
    """No drafts at all give zeros, not an error."""
    assert reply_figures([], ["a"])["micro_f1"] == 0.0
