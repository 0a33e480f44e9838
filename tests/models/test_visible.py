"""What is seen of a text: characters that show nothing hide no complaint, and change nothing where there are none."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.scorer import Scorer, builtin
from models.visible import LONGEST_SCORED, visible

HIDDEN = "\u200b\u00ad\u2060\ufeff\u200d\u200c\u202e\u200f\u034f\U000e0041\U000e0101"
COMPLAINTS = [
    "Omniva lubas paki teisipäevaks, täna on reede ja keegi ei vasta. Raha tagasi!",
    "Posti kadotti pakettini, asiakaspalvelu ei vastaa. Haluan rahani takaisin!",
    "Омнива второй раз теряет посылку. Подаю жалобу в суд, верните деньги!",
    "Omniva lost my parcel again and nobody answers. I want a refund or I go to court!",
    "Terrible service at the post office again today. Сегодня опять никто не ответил на мое письмо, верните деньги!",
]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """The built-in models, by the fast reader: what is asked here is the same for each."""
    return builtin("fast")


def _bare(text: str) -> str:
    return re.sub(f"[{HIDDEN}]", "", text)


@settings(max_examples=60, deadline=None)
@given(text=st.sampled_from(COMPLAINTS), sown=st.lists(st.tuples(st.integers(0, 120), st.sampled_from(HIDDEN))))
@example(text=COMPLAINTS[4], sown=[(at, "\u00ad") for at in range(120)])
@example(text=COMPLAINTS[0], sown=[(0, "\u200b"), (200, "\ufeff")])
def test_hidden_characters_change_no_score(scorer: Scorer, text: str, sown: list[tuple[int, str]]) -> None:
    """Wherever they are put in, all scores are those of the plain text, and each span shows the same words."""
    sprinkled = text
    for at, character in sown:
        sprinkled = sprinkled[:at] + character + sprinkled[at:]
    plain, hidden = scorer.score([text, sprinkled], [None, None])
    for one, other in (
        (plain.signals, hidden.signals),
        (plain.language.parts, hidden.language.parts),
    ):
        said = [text[place.start : place.end] for place in one]
        shown = [sprinkled[place.start : place.end] for place in other]
        assert [_bare(words) for words in shown] == said
        assert all(words[:1] not in HIDDEN and words[-1:] not in HIDDEN for words in shown if words)
    assert (hidden.complaint_probability, hidden.severity) == (plain.complaint_probability, plain.severity)
    assert (hidden.sentiment_probabilities, hidden.lemmas) == (plain.sentiment_probabilities, plain.lemmas)
    assert (hidden.signature, hidden.remedy, hidden.language.code) == (
        plain.signature,
        plain.remedy,
        plain.language.code,
    )


def test_the_careful_reader_is_not_deceived_either() -> None:
    """A soft hyphen in every word and a zero-width space before it leave a complaint what it is."""
    shy = [re.sub(r"(\w\w)(?=\w)", "\\1\u00ad", text.replace(" ", " \u200b")) for text in COMPLAINTS]
    scored = builtin().score([*COMPLAINTS, *shy], [None] * 10)
    for plain, hidden in zip(scored[:5], scored[5:], strict=True):
        assert hidden.complaint
        assert hidden.complaint_probability == pytest.approx(plain.complaint_probability)


def test_a_complaint_behind_a_screen_of_nothing_is_read() -> None:
    """Only visible characters count towards the part of a post that is looked at, and no more of them than of any."""
    seen = visible("\u200b" * 50_000 + "x" * 20_000)
    assert seen.text == "x" * LONGEST_SCORED
    assert seen.span(0, LONGEST_SCORED) == (50_000, 50_000 + LONGEST_SCORED)
    assert visible("\u200b" * 9).text == ""


@pytest.mark.parametrize("text", ["", "õun", "👩‍💻 👨‍👩‍👧 ❤️ 🏳️‍🌈", "1️⃣ ℹ️ ™️", "й é ṩ", "x" * LONGEST_SCORED])
def test_what_shows_stays(text: str) -> None:
    """Emoji that are joined or coloured, accents and plain texts are read exactly as before."""
    seen = visible(text)
    assert (seen.text, seen.whole) == (text, True)
