"""Reading the corpus: marks become places, labels must fit each other, and a wrong line is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores import FoundSignal, Sentiment, Signal
from models.training.corpus.reading import CODES, MangledError, Remedy, Split, read, unmark

AUTHOR = "# et-a07 | 61 F | Valga | facebook | long sentences"
POST = "c|neg|2|money_back|parcels|typos,hn=legal_threat|Pakk kadus, {noa:keegi ei {bro:vasta}}.\\nHäbi"


def test_a_post_with_all_its_labels() -> None:
    """Marks are taken out and become places in the text; a written line break becomes one."""
    (post,) = read([AUTHOR, "", POST])
    assert post.id == "et-a07.1"
    assert post.text == "Pakk kadus, keegi ei vasta.\nHäbi"
    assert post.signals == (
        FoundSignal(Signal.BROKEN_PROMISE, 21, 26),
        FoundSignal(Signal.NO_ANSWER, 12, 26),
    )
    assert (post.complaint, post.sentiment, post.severity, post.remedy) == (
        True,
        Sentiment.NEGATIVE,
        2,
        Remedy.MONEY_BACK,
    )
    assert (post.flags, post.hard_negative_for) == ({"typos"}, {"legal_threat"})
    assert (post.author.language, post.author.split) == ("et", Split.TRAIN)


def test_an_author_who_comes_back_goes_on_counting() -> None:
    """Two posts never share an id, also where a writer opened an author twice."""
    assert [post.id for post in read([AUTHOR, POST, AUTHOR, POST])] == ["et-a07.1", "et-a07.2"]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("# et-a7 | 61 F | Valga | facebook | long", "line 2: an author is"),
        ("# et-a08 | 61 F | Valga", "line 2: an author is"),
        ("c|neg|2|none|bank|Text", "7 fields, not 6"),
        ("x|neg|2|none|bank||Text", "no labels: x"),
        ("c|bad|2|none|bank||Text", "no labels: c|bad"),
        ("c|neg|5|none|bank||Text", "no labels: c|neg|5"),
        ("c|neg|0|none|bank||Text", "no labels"),
        ("o|neg|1|none|bank||Text", "no labels"),
        ("c|neg|1|candy|bank||Text", "no remedy 'candy'"),
        ("c|neg|1|none|bank|loud|Text", "no flag 'loud'"),
        ("c|neg|1|none|bank|hn=noise|Text", "no flag 'noise'"),
        ("c|neg|1|none|bank|hn=complaint|Text", "a hard negative for what it is"),
        ("c|neg|1|none|bank|hn=no_answer|{noa:Silence}", "a hard negative for what it is"),
        ("c|neg|1|none|bank||{xyz:Text}", "no signal 'xyz'"),
        ("c|neg|1|none|bank||{noa:Text", "does not end"),
        ("c|neg|1|none|bank||Text}", "did not begin"),
        ("c|neg|1|none|bank||{noa: }", "encloses nothing"),
        ("c|neg|1|none|bank||{Text}", "opens no mark"),
    ],
)
def test_a_wrong_line_is_named(line: str, wrong: str) -> None:
    """Whoever edits the corpus learns the number of the line and what does not fit."""
    with pytest.raises(MangledError) as error:
        list(read([AUTHOR, line]))
    assert wrong in str(error.value)


def test_a_post_without_an_author() -> None:
    """A file begins with an author."""
    with pytest.raises(MangledError, match="line 1: a post without an author"):
        list(read([POST]))


WORDS = st.text(st.characters(exclude_characters="{}\\\n\r", exclude_categories=["Cs", "Zl", "Zp", "Cc"]), min_size=1)
MARKED = st.recursive(
    WORDS.filter(str.strip),
    lambda inner: st.tuples(st.sampled_from(sorted(CODES)), inner, WORDS).map(lambda m: f"{{{m[0]}:{m[1]}}}{m[2]}"),
    max_leaves=5,
)


@given(MARKED)
def test_marks_leave_the_words_alone(marked: str) -> None:
    """Whatever is marked, and however deep: only the marks go, and each place holds words."""
    text, signals = unmark(marked)
    assert len(signals) == marked.count("{")
    assert len(text) == len(marked) - len("{noa:}") * len(signals)
    assert all(text[found.start : found.end].strip() for found in signals)
