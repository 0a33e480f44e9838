"""Changing models while posts are scored."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from models.scores import Scores, missing_scores
from monitors.errors import BadSettings, RetryLater
from monitors.scorers import Scorer, ScoringFailed
from monitors.settings.sections import Models
from monitors.switching import SwitchingScorer, Wanted

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Kept:
    """Choices in memory, and what was said of those that could not be loaded."""

    now: Wanted
    refusals: list[str] = field(default_factory=list)
    reachable: bool = True

    def wanted(self) -> Wanted:
        """What a test chose."""
        if not self.reachable:
            raise RetryLater("the ledger is busy")
        return self.now

    def refused(self, wanted: Wanted, reason: str) -> None:
        """Remember it."""
        assert wanted == self.now
        self.refusals.append(reason)


@dataclass
class Plain:
    """Says its name instead of scoring."""

    version: str

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Give nothing, or fail where the name says so."""
        if self.version == "mute":
            raise ScoringFailed("it says nothing")
        return [missing_scores() for _ in zip(texts, hints, strict=True)]


def _models(name: str) -> Models:
    return Models.model_validate({"sentiment": {"kind": "own", "path": name}})


Opened = Callable[[Wanted], tuple[SwitchingScorer, Kept]]
loading = threading.Event()


def _make(models: Models) -> Scorer:
    name = models.sentiment.path or "builtin"
    if name == "absent":
        raise BadSettings("there is no model in absent", remedy="Make one.")
    if name == "slow":
        loading.wait(30)
    return Plain(name)


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens a scorer for choices that the test can change."""
    made: list[SwitchingScorer] = []
    loading.clear()

    def open_(first: Wanted) -> tuple[SwitchingScorer, Kept]:
        kept = Kept(first)
        made.append(SwitchingScorer(kept, Models(), _make))
        return made[-1], kept

    yield open_
    loading.set()
    for scorer in made:
        scorer.close()


def test_what_is_chosen_takes_over_between_two_batches(opened: Opened) -> None:
    """While the new models are being loaded the old ones go on; then every batch is scored by the new ones."""
    scorer, kept = opened(Wanted(Models()))
    scorer.score(["a"], [None])
    kept.now = Wanted(_models("slow"), NOW)
    scorer.score(["a"], [None])
    scorer.score(["a"], [None])
    assert scorer.version == "builtin"
    loading.set()
    scorer.wait()
    assert scorer.version == "slow"
    assert kept.refusals == []


@pytest.mark.parametrize(("name", "said"), [("absent", "no model in absent"), ("mute", "it says nothing")])
def test_what_cannot_be_loaded_leaves_the_old_in_use(opened: Opened, name: str, said: str) -> None:
    """It is said once, not with every batch, and tried again when it is chosen again."""
    scorer, kept = opened(Wanted(_models("first"), NOW))
    scorer.score(["a"], [None])
    kept.now = Wanted(_models(name), NOW)
    for _ in range(3):
        scorer.wait()
        scorer.score(["a"], [None])
    assert scorer.version == "first"
    assert len(kept.refusals) == 1
    assert said in kept.refusals[0]
    kept.now = Wanted(_models(name), NOW.replace(hour=1))
    scorer.wait()
    assert len(kept.refusals) == 2


@pytest.mark.parametrize("name", ["absent", "mute"])
def test_a_choice_that_cannot_be_the_first_leaves_it_to_the_settings(opened: Opened, name: str) -> None:
    """A machine that lacks the chosen model, or on which it answers nothing, scores all the same, and says so."""
    scorer, kept = opened(Wanted(_models(name), NOW))
    scorer.score(["a"], [None])
    scorer.score(["a"], [None])
    assert scorer.version == "builtin"
    assert len(kept.refusals) == 1


def test_settings_that_cannot_be_loaded_are_told(opened: Opened) -> None:
    """There is nothing to fall back on where the settings themselves are wrong."""
    kept = Kept(Wanted(_models("absent")))
    scorer = SwitchingScorer(kept, _models("absent"), _make)
    with pytest.raises(BadSettings):
        scorer.score(["a"], [None])
    assert kept.refusals == []


def test_scoring_goes_on_while_the_choice_cannot_be_read(opened: Opened) -> None:
    """A ledger that is busy for a moment changes no models."""
    scorer, kept = opened(Wanted(_models("first"), NOW))
    scorer.score(["a"], [None])
    kept.reachable = False
    scorer.score(["a"], [None])
    assert scorer.version == "first"


def test_closing_ends_what_is_still_loading(opened: Opened) -> None:
    """Whoever stops while new models are on their way waits for them and lets go of both."""
    others = set(threading.enumerate())
    scorer, kept = opened(Wanted(Models()))
    scorer.score(["a"], [None])
    kept.now = Wanted(_models("slow"), NOW)
    scorer.score(["a"], [None])
    loading.set()
    scorer.close()
    assert not [thread for thread in set(threading.enumerate()) - others if "ThreadPoolExecutor" in thread.name]
