"""A team's labels: what is held out, and the layer that is fitted on the rest."""

import tracemalloc
from collections.abc import Sequence

import pytest
from fakes import slang
from hypothesis import given
from hypothesis import strategies as st

from models.artifact import Artifact
from models.classifier import Prediction
from models.correction import Correction
from models.evaluation.rows import Labelled, Task, understand
from models.hashing import plain
from models.training.own import FEWEST, HELD_OUT, Taught, TooLittle, fit_correction, hold_out
from models.visible import LONGEST_SCORED

LABELS = ["complaint", "other"]
UNDECIDED: Prediction = {"complaint": 0.5, "other": 0.5}


def _taught(rows: Sequence[dict[str, object]]) -> list[Taught]:
    return [Taught(understand(Task.COMPLAINT, row, "here"), str(row["author"])) for row in rows]


def _one(text: str, label: str, author: str | None) -> Taught:
    return Taught(Labelled(text, "en", frozenset({label}), frozenset(), "here"), author)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["x1", "y2", "zz", "zq"])), max_size=60))
def test_no_hand_and_no_text_is_on_both_sides(drawn: list[tuple[str, str]]) -> None:
    """However few texts there are: an author, and a text whoever wrote it, teaches or measures, never both."""
    plenty = _taught(slang.rows(authors=30))
    taught = [*plenty, *(_one(text, "other", author) for author, text in drawn)]
    parts = hold_out(taught, LABELS)
    assert parts.by == "author"
    assert not {one.author for one in parts.kept} & {one.author for one in parts.held}
    assert not {plain(one.row.text) for one in parts.kept} & {plain(one.row.text) for one in parts.held}
    assert HELD_OUT * len(taught) * 0.9 <= len(parts.held) <= 0.4 * len(taught)
    assert hold_out(taught, LABELS) == parts


def test_without_authors_texts_are_split_by_themselves() -> None:
    """One author, or none, cannot be on one side: the same texts still split the same way each time."""
    letters = "abcdefghijklmnopqrst"
    texts = [f"{one * 2}{other}" for one in letters for other in letters]
    parts = hold_out([_one(text, LABELS[n % 2], None) for n, text in enumerate(texts)], LABELS)
    assert parts.by == "text"
    assert len(parts.kept) + len(parts.held) == len(texts)
    assert len(parts.held) == pytest.approx(HELD_OUT * len(texts), rel=0.1)


def test_too_few_labels_are_refused_by_name() -> None:
    """A model of one label, or of three texts, would answer anything: what is missing is said."""
    only = [_one(f"text {chr(97 + n)}", "other", f"a{n}") for n in range(20)]
    with pytest.raises(TooLittle, match="complaint has 0"):
        hold_out(only, LABELS)
    with pytest.raises(TooLittle, match=f"at least {FEWEST}"):
        hold_out([], LABELS)


def test_a_layer_learns_the_words_of_the_team() -> None:
    """What the built-in models cannot know is read off the labels, and holds for texts that were not seen."""
    parts = hold_out(_taught(slang.rows()), LABELS)
    layer = Correction(Artifact("team", fit_correction(parts.kept, [UNDECIDED] * len(parts.kept), LABELS)))
    answers = layer.correct([UNDECIDED] * len(parts.held), [one.row.text for one in parts.held])
    assert all(answer[one.label] > 0.8 for answer, one in zip(answers, parts.held, strict=True))
    assert all(sum(answer.values()) == pytest.approx(1.0) for answer in answers)
    assert layer.correct([], []) == []
    assert layer.version.startswith("team-")


def test_one_long_text_costs_no_memory() -> None:
    """A text of a million characters, or such a name of its author, is learnt from as it is read: by its beginning."""
    taught = [*_taught(slang.rows()), _one("blorped " * 125_000, "complaint", "x" * 1_000_000)]
    cut = [*taught[:-1], _one(("blorped " * 125_000)[:LONGEST_SCORED], "complaint", "someone else")]
    said = [UNDECIDED] * len(taught)
    tracemalloc.start()
    layer = fit_correction(taught, said, LABELS)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert layer == fit_correction(cut, said, LABELS)
    assert most < 100_000_000


def test_where_nothing_was_learnt_the_built_in_answer_stands() -> None:
    """Labels that only confirm the built-in models leave their opinion of strangers' words in force."""
    taught = _taught(slang.rows())
    said: list[Prediction] = [
        {"complaint": 0.9, "other": 0.1} if one.label == "complaint" else {"complaint": 0.1, "other": 0.9}
        for one in taught
    ]
    layer = Correction(Artifact("team", fit_correction(taught, said, LABELS)))
    sure, unsure = layer.correct([{"complaint": 0.9, "other": 0.1}, {"complaint": 0.1, "other": 0.9}], ["щщщ"] * 2)
    assert sure["complaint"] > 0.6
    assert unsure["complaint"] < 0.4


def test_three_labels_are_corrected_alike() -> None:
    """Sentiment has three labels, of which the team's word may mean the middle one."""
    words = {"negative": "blorped", "neutral": "zippy", "positive": "grand"}
    labels = list(words)
    taught = [_one(f"so {words[labels[n % 3]]} {n // 3 % 7}", labels[n % 3], f"a{n % 11}") for n in range(120)]
    even: Prediction = dict.fromkeys(labels, 1 / 3)
    layer = Correction(Artifact("team", fit_correction(taught, [even] * len(taught), labels)))
    answers = layer.correct([even] * 3, [f"it is {word}" for word in words.values()])
    assert [max(answer, key=answer.__getitem__) for answer in answers] == labels
