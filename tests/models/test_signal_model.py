"""The linear model of signals: what it learns from marked posts, where it points, and how patterns join in."""

from collections.abc import Iterator

import numpy as np
import pytest

from models.artifact import Artifact
from models.hashing import HashedTexts
from models.lemmas import tokenize
from models.opinion import Batch
from models.scores import FoundSignal, Signal
from models.signal_model import SIGNALS, SignalModel, matches
from models.training.corpus.reading import CODES, LabelledPost, read
from models.training.fit_signals import fit_signals

WORDS = ["plim", "krux", "dorv", "snaf", "blet", "grun", "twap", "yesk", "mulf", "horb", "zint", "quab", "vrem", "jolp"]
"""An invented word for each signal: no pattern knows it."""


def _posts() -> Iterator[LabelledPost]:
    lines = []
    for author in (2, 3, 4, 7, 8, 9, 12, 13, 14, 17):
        lines.append(f"# en-z{author:02} | 30 F | Leeds | X | plain")
        for word, code in zip(WORDS, CODES, strict=True):
            lines.append(f"c|neg|1|none|parcels||The shop did {{{code}:{word}}} to my parcel {author}")
            lines.append(f"o|neu|0|none|parcels||The shop near the {author} station opens at nine, {word[:2]}")
    return read(lines)


@pytest.fixture(scope="module")
def model() -> SignalModel:
    """A model that learnt the invented words."""
    return SignalModel(Artifact("signals", fit_signals(list(_posts()))))


def _batch(*texts: str) -> Batch:
    return Batch(HashedTexts(texts), ["en"] * len(texts), [tokenize(text, "en") for text in texts])


@pytest.mark.parametrize(("word", "code"), list(zip(WORDS, CODES, strict=True)))
def test_a_word_that_no_pattern_knows_shows_its_signal(model: SignalModel, word: str, code: str) -> None:
    """A post with the learnt word has that signal alone, and the span that a reader is shown holds the word."""
    text = f"Yesterday they did {word} again and again"
    batch = _batch(text)
    (sure,) = model.probabilities(model.odds(batch), matches([()]))
    (found,) = model.shown(batch.words[0], sure, [])
    assert found.signal is CODES[code]
    assert word in text[found.start : found.end]
    assert 0.0 < found.probability <= 1.0


def test_a_pattern_keeps_its_place(model: SignalModel) -> None:
    """Where a pattern matched too, its words are shown."""
    batch = _batch(f"They did {WORDS[0]} to me")
    pattern = FoundSignal(Signal.REFUND_DEMAND, 0, 4)
    (sure,) = model.probabilities(model.odds(batch), matches([(pattern,)]))
    (found,) = model.shown(batch.words[0], sure, [pattern])
    assert (found.start, found.end) == (0, 4)


def test_nothing_said_is_nothing_found(model: SignalModel) -> None:
    """A post without words, and one without any learnt word, show nothing; odds have a column a signal."""
    batch = _batch("", "The station opens at nine")
    odds = model.odds(batch)
    assert odds.shape == (2, len(SIGNALS))
    assert np.isfinite(odds).all()
    for row, sure in enumerate(model.probabilities(odds, matches([(), ()]))):
        assert model.shown(batch.words[row], sure, []) == ()


def test_fitting_again_gives_the_same(model: SignalModel) -> None:
    """The same posts give the same file: whoever trains again can tell whether anything changed."""
    assert Artifact("signals", fit_signals(list(_posts()))).version == model.version
