"""How the lines of the virality forecast are fitted."""

import csv
import gzip
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from models.training.virality import BEND, STEEP, check, fit, fit_line, read_news


@pytest.mark.parametrize(("level", "offset"), [(0.1, 0.0), (0.5, 0.4), (0.9, 0.8)])
def test_a_quantile_line_is_found_again(level: float, offset: float) -> None:
    """Data made by known lines gives their offsets and slopes back, below and beyond the bend."""
    sizes = np.repeat(np.linspace(0, 6, 40), 101)
    spread = np.tile(np.linspace(-0.1, 0.9, 101), 40)
    finals = 1.5 * np.minimum(sizes, BEND) + 0.8 * np.maximum(sizes - BEND, 0) + spread
    found = fit_line(sizes, np.maximum(finals, 0), level)
    assert found == pytest.approx([offset, 1.5, 0.8], abs=0.03)


def test_a_line_never_falls_even_where_the_data_does() -> None:
    """Monotone by construction: falling data gives the flattest line that is allowed."""
    sizes = np.linspace(0, 6, 200)
    offset, first, second = fit_line(sizes, 6 - sizes, 0.5)
    assert offset >= 0
    assert first == pytest.approx(0, abs=1e-6)
    assert second == pytest.approx(STEEP, abs=1e-6)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Forty items polled for two days, growing at different speeds; some are not seen at first."""
    path = tmp_path / "news.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["network", "IDLink", *(f"TS{step}" for step in range(1, 145))])
        for item in range(40):
            row = [item * step // 10 if step > item % 3 else -1 for step in range(1, 145)]
            writer.writerow(["Facebook", item, *row])
    return path


def test_polls_that_were_not_seen_are_unknown_and_not_zero(news: Path) -> None:
    """The set writes -1 for "not yet seen": such a poll takes no part."""
    polls = read_news(news)
    assert np.isnan(polls.at(20)).sum() == 26
    assert not np.isnan(polls.at(60)).any()
    assert polls.at(24 * 60)[10] == 72


def test_a_fit_has_the_shape_of_what_is_shipped(news: Path) -> None:
    """The command writes what the forecast reads: the same keys, ages and levels."""
    polls = read_news(news)
    fitted = json.loads(json.dumps(fit(polls, np.ones(40, dtype=bool))))
    shipped = json.loads(resources.files("models.artifacts").joinpath("virality.json").read_text(encoding="utf-8"))
    assert fitted.keys() == shipped.keys()
    assert fitted["levels"] == shipped["levels"]
    assert [age["minutes"] for age in fitted["ages"]] == [age["minutes"] for age in shipped["ages"]]
    assert fitted["usual"] == shipped["usual"]


def test_what_is_shipped_can_only_rise() -> None:
    """No slope of the shipped lines is negative, so that more engagement never lowers a forecast."""
    shipped = json.loads(resources.files("models.artifacts").joinpath("virality.json").read_text(encoding="utf-8"))
    lines = [line for age in shipped["ages"] for line in age["lines"]]
    assert len(lines) == len(shipped["ages"]) * len(shipped["levels"])
    assert all(offset >= 0 and first >= 0 and second >= STEEP for offset, first, second in lines)


def test_the_check_sees_a_good_forecast_and_a_bad_one() -> None:
    """Posts that end as they are counted after a day are inside the band; ones that explode are not."""
    counts = np.array([0.0, 3.0, 30.0, 300.0])
    good, bad = check(counts, counts, 24 * 60), check(counts, counts * 1000 + 10**6, 24 * 60)
    assert (good.inside, good.rank, good.brier) == (1.0, pytest.approx(1.0), 0.0)
    assert bad.inside == 0.0
