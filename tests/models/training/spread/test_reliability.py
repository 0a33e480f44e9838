"""Reliability of the models that come with Kuula: each post forecast by what other authors' posts taught."""

from pathlib import Path

import pytest
from fakes import followed

from models.calibration import BINS, Reliability, error_of, joined, of_public_sets, refit_needed
from models.evaluation.measures import calibration_error
from models.training.spread.fit import large
from models.training.spread.measure import in_folds
from models.training.spread.reliability import reliability
from models.training.spread.sets import KINDS, read


def test_every_post_is_counted_once_an_age(tmp_path: Path) -> None:
    """The bins of an age hold all posts that had begun by then, and say the error that is told."""
    followed.write_cascades(tmp_path, "twitter1516", followed.cascades(120))
    kind, posts = KINDS["twitter1516"], read(tmp_path, "twitter1516")
    lines = list(reliability(in_folds(posts, kind, 2), large(posts, kind)))
    assert [line["age_minutes"] for line in lines] == [10, 30, 60]
    for line in lines:
        assert sum(count for *_, count in line["bins"]) == line["posts"] <= 120
        assert error_of(line["bins"]) == pytest.approx(line["error"], abs=1e-3)


def test_what_is_shipped_is_whole() -> None:
    """The pages find every set, with ten bins at each of its ages."""
    lines = of_public_sets()
    assert {line["set"] for line in lines} == set(KINDS)
    assert all(len(line["bins"]) == BINS and line["posts"] > 500 for line in lines)


def test_sums_say_what_the_measure_says() -> None:
    """Chances taken in one by one give the error of the measure, also when two checks are joined."""
    chances = [place / 97 for place in range(97)]
    came_true = [place % 3 == 0 for place in range(97)]
    whole, parts = Reliability(), [Reliability(), Reliability()]
    for place, (chance, true) in enumerate(zip(chances, came_true, strict=True)):
        whole.add(chance, true)
        parts[place % 2].add(chance, true)
    assert whole.error == pytest.approx(calibration_error(chances, came_true))
    assert whole.posts == 97
    together = joined([part.bins for part in parts])
    assert error_of(together) == pytest.approx(whole.error, abs=1e-3)
    assert Reliability().bins == joined([]) == [(0.0, 0.0, 0)] * BINS


def test_a_refit_is_due_when_the_error_is_large_and_no_accident() -> None:
    """A large error on few posts, or a small one on many, is no reason."""
    assert refit_needed([(0.01, 900), (0.06, 300)])
    assert not refit_needed([(0.4, 299), (0.05, 9000)])
