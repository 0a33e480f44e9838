"""How well the patterns do on posts written for this purpose, in each language."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.scores import Signal
from models.signals import LANGUAGES
from models.signals.__main__ import main, measure

FIXTURES = Path(__file__).parents[2] / "fixtures" / "signals"


def posts(pattern: str) -> Iterator[dict[str, Any]]:
    """Read the labelled posts of the files that match a pattern."""
    for path in sorted(FIXTURES.glob(pattern)):
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quality_stays_above_the_floor(language: str) -> None:
    """On all posts together signals are mostly right, and what only looks like one is rarely flagged."""
    figures = measure(posts(f"{language}_*.jsonl"))[language]
    assert figures["micro_f1"] >= 0.9
    assert figures["hard_negatives_flagged"] <= 0.1


@pytest.mark.parametrize("language", LANGUAGES)
def test_quality_holds_on_posts_that_no_pattern_was_tuned_on(language: str) -> None:
    """The held-out posts, fewer and harder, keep a floor of their own."""
    assert measure(posts(f"{language}_held.jsonl"))[language]["micro_f1"] >= 0.8


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_posts_cover_every_signal(language: str) -> None:
    """Each signal has a post that shows it and one that only looks like it; a third of the posts are such traps."""
    own = list(posts(f"{language}_*.jsonl"))
    assert {signal for post in own for signal in post["signals"]} == set(Signal)
    assert {post["hard_negative_for"] for post in own} - {None} == set(Signal)
    assert 3 * sum(post["hard_negative_for"] is not None for post in own) >= len(own)


def test_the_command_prints_a_line_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    """The command's figures are JSON, one line for each language of its files."""
    main([str(FIXTURES / "et_held.jsonl"), str(FIXTURES / "fi_held.jsonl")])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["language"] for line in lines] == ["et", "fi"]
    assert all(line["posts"] == 15 for line in lines)


def test_misses_are_shown_on_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whoever tunes a pattern sees each post on which patterns and labels differ."""
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(json.dumps({"text": "scam", "lang": "en", "signals": [], "hard_negative_for": None}), "utf-8")
    main(["--misses", str(wrong)])
    assert '"wrong": ["fraud_accusation"]' in capsys.readouterr().out
