"""The models in a process of their own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from monitors.errors import BadSettings
from monitors.scorers import ScorerApart, ScoringFailed, make_scorer
from monitors.settings.sections import Models

TEXTS = ["They refuse to refund me and nobody answers", "Я в восторге!", "\ud800 ok"]
HINTS = [None, "ru", None]


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[ScorerApart]:
    """The built-in models in a process of their own."""
    scorer = ScorerApart(Models(), tmp_path)
    yield scorer
    scorer.close()


def _children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "monitors.scorers" in child.cmdline()]


def test_scores_are_the_same_in_either_process(apart: ScorerApart, tmp_path: Path) -> None:
    """Nothing is lost on the way, not even from a text that is half a character."""
    here = make_scorer(Models(), tmp_path)
    assert apart.score(TEXTS, HINTS) == here.score(TEXTS, HINTS)


def test_a_process_that_is_killed_is_started_again(apart: ScorerApart) -> None:
    """Running out of memory over there costs time here, and no posts."""
    before = apart.score(TEXTS, HINTS)
    os.kill(_children()[0].pid, signal.SIGKILL)
    assert apart.score(TEXTS[:1], HINTS[:1]) == before[:1]
    os.kill(_children()[0].pid, signal.SIGKILL)
    with pytest.raises(ScoringFailed):  # a batch is halved by whoever asked
        apart.score(TEXTS, HINTS)
    assert apart.score(TEXTS, HINTS) == before


def test_closing_leaves_no_process(apart: ScorerApart) -> None:
    """Also when the models are still being loaded."""
    apart.start()
    assert _children()
    apart.close()
    assert not _children()


def test_models_that_cannot_be_loaded_are_a_mistake_of_the_settings(tmp_path: Path) -> None:
    """What is wrong over there is said here, with its remedy."""
    own = {"kind": "transformers", "path": str(tmp_path / "none"), "labels": LABELS}
    chosen = Models.model_validate({"sentiment": own})
    scorer = ScorerApart(chosen, tmp_path)
    with pytest.raises(BadSettings) as told:
        scorer.score(TEXTS, HINTS)
    assert told.value.remedy
    assert not _children()


LABELS = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}
