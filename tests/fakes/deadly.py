"""Models that a text can break, for a scorer in a process of its own: it names this module and finds it by its path."""

import os
from collections.abc import Sequence
from pathlib import Path

from models.scores import NO_MODEL, Scores, missing_scores
from monitors.scorers import ScorerHere
from monitors.settings.sections import Models

MARK = "every text is deadly"
"""A file of this name beside the settings breaks the models altogether."""


class Deadly:
    """Dies with its process on "deadly", raises on "poison", finds the number of letters severe in all others."""

    def __init__(self, home: Path) -> None:
        self._broken = home / MARK
        version = home / "version"
        self.version = version.read_text("utf-8") if version.exists() else "first"

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Score all, or end as the texts want."""
        if any("deadly" in text and self.version == "first" for text in texts) or self._broken.exists():
            os._exit(3)
        if any("poison" in text for text in texts):
            raise ZeroDivisionError("poison in the well")
        return [_scores(text, self.version) for text in texts]


def make(_chosen: Models, home: Path) -> ScorerHere:
    """Make them as the settings' models are made."""
    return ScorerHere(Deadly(home))


def _scores(text: str, version: str) -> Scores:
    blank = missing_scores()
    assert version != NO_MODEL
    nan = float("nan") if "nan" in text else 0.1
    known = {name: getattr(blank, name) for name in blank.__dataclass_fields__}
    return Scores(**{**known, "model": version, "lemmas": tuple(text.split()), "complaint_probability": nan})
