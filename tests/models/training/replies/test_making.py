"""How the reply check is made: the drafts, those made of two, and how thresholds are chosen."""

from pathlib import Path

import numpy as np
import pytest

from models.replies.checker import chosen
from models.replies.clues import COLUMNS, clues_of
from models.replies.finding import KINDS, MISSING, Draft, FindingKind, possible
from models.replies.patterns import LANGUAGES
from models.training.replies.combine import micro_f1
from models.training.replies.mixing import mixed
from models.training.replies.reading import Lesson, lessons


@pytest.fixture(scope="module")
def found() -> list[Lesson]:
    """All labelled drafts."""
    return lessons()


def test_every_language_has_enough_of_everything(found: list[Lesson]) -> None:
    """Each language has 150 drafts and more by several authors, good ones among them, and 30 of each finding."""
    for language in LANGUAGES:
        own = [lesson for lesson in found if lesson.draft.language == language]
        assert len(own) >= 150
        assert len({lesson.author for lesson in own}) >= 4
        assert sum(not lesson.findings for lesson in own) >= 50
        assert all(sum(kind in lesson.findings for lesson in own) >= 30 for kind in KINDS)


def test_labels_keep_the_rules_of_the_guide(found: list[Lesson]) -> None:
    """No draft has a finding that it cannot have, nor a promise without time that is no next step."""
    pair = {FindingKind.NO_SOLUTION_OR_TIME, FindingKind.PROMISE_WITHOUT_TIME}
    for lesson in found:
        assert all(possible(lesson.draft, kind) for kind in lesson.findings)
        assert not pair <= lesson.findings
        assert not lesson.findings & lesson.hard
        assert not MISSING & lesson.spans.keys()


def test_a_sentence_that_harms_is_marked_where_it_was_put(found: list[Lesson]) -> None:
    """A draft made of two shows the very words of the harmful one, and is made alike every time."""
    made = mixed(found[:280], 30)
    assert made == mixed(found[:280], 30)
    said = "\n".join(lesson.draft.text for lesson in found[:280])
    for lesson in made:
        assert lesson.findings == lesson.spans.keys() != set()
        for spans in lesson.spans.values():
            assert all(lesson.draft.text[start:end].strip(" .") in said for start, end in spans)


def test_clues_have_their_columns() -> None:
    """Every clue has a name, so that what is learnt for one is not used for another."""
    draft = Draft("Sorry, call me tomorrow. Ann", "en", public=True, earlier=("Today.",), complaint="No call")
    for one in (draft, Draft("", "xx", public=False)):
        assert len(clues_of(one).values) == len(COLUMNS)
    assert dict(zip(COLUMNS, clues_of(draft).values, strict=True))["apology"] == 1


def test_of_promise_and_nothing_the_surer_one_stands() -> None:
    """A promise without time is a next step: both together cannot be, so the weaker gives way."""
    sure = {FindingKind.NO_SOLUTION_OR_TIME: 0.6, FindingKind.PROMISE_WITHOUT_TIME: 0.9}
    assert chosen(sure, 0.5) == [FindingKind.PROMISE_WITHOUT_TIME]
    assert chosen(sure, 0.95) == []


def test_micro_f1_counts_findings() -> None:
    """Two of three said findings are right, one is missed: F1 is two thirds."""
    true = np.array([[True, True], [True, False]])
    said = np.array([[True, True], [False, True]])
    assert micro_f1(true, said) == pytest.approx(2 / 3)


def test_the_datasheet_counts_what_is_there(found: list[Lesson]) -> None:
    """The number of drafts that the datasheet tells is that of the files."""
    sheet = (Path(__file__).parents[4] / "models/training/replies/corpus/DATASHEET.md").read_text("utf-8")
    assert f"{len(found):,} drafts" in sheet
