"""The points of a severity are near what labelled posts say."""

import json

import pytest

from models.scores import Signal
from models.severity import TONE, WEIGHTS
from models.training.corpus.reading import read
from models.training.severity import fit, main, right

LINES = ["# en-f02 | 40 F | Leeds | facebook | plain"] + [
    line
    for _ in range(20)
    for line in (
        "c|neg|1|none|bank||Bad app",
        "c|neg|2|answer|bank||{noa:Nobody answers}",
        "c|neg|3|other|bank||{leg:See you in court}",
        "c|neg|4|other|bank||{saf:It caught fire}",
    )
]


def test_graver_signals_get_more_points() -> None:
    """From posts of one signal each, the points come out in the order of the levels, and each level has its bound."""
    points, bounds = fit(list(read(LINES)))
    assert points[TONE] >= 0
    assert 0 < points[Signal.NO_ANSWER] < points[Signal.LEGAL_THREAT] < points[Signal.SAFETY_ISSUE]
    assert bounds == sorted(bounds)
    assert len(bounds) == 3


def test_the_rule_in_use_is_near_what_is_fitted(capsys: pytest.CaptureFixture[str]) -> None:
    """It tells most of plain posts that it was not fitted on, and no signal is far from its fitted points."""
    main()
    fitted, plain, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert plain["severity_right"] > 0.8
    assert all(abs(fitted["points"][signal] - points) < 1.5 for signal, points in WEIGHTS.items())


def test_right_counts_what_the_rule_tells() -> None:
    """One wrong label of four is a quarter."""
    posts = list(read([*LINES[:4], "c|neg|1|other|bank||{saf:Smoke} everywhere"]))
    assert right(posts) == 0.75
