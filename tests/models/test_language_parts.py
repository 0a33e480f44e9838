from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.language import LanguageDetector
from models.language_parts import Stretch, divide, spans

DETECTOR = LanguageDetector()
PIECES = (
    "kuller jättis paki naabri ukse taha",
    "и никто не отвечает на мои письма",
    "eikä kukaan vastaa puhelimeen koko päivänä",
    "and nobody ever answers the phone",
    "ja mina ootan ikka veel oma raha",
    "i uzhe tretij den ne mogu dozvonitsa",
    "🙂",
    "https://example.com/x",
    ", ",
    "\n",
    "lol",
)


def parts(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The language of a text, and its parts with their languages."""
    (found,) = DETECTOR.detect([text])
    return found.code, [(part.code, text[part.start : part.end]) for part in found.parts]


@pytest.mark.parametrize(
    ("pieces", "main"),
    [
        ([("et", "Tere! Minu pakk on kadunud juba teist nädalat."), ("ru", "Моя посылка пропала.")], "et"),
        ([("ru", "я им пишу третий день, а мне отвечают"), ("et", "„teie pöördumine on registreeritud“")], "ru"),
        ([("fi", "Kuljettaja heitti paketin aidan yli ja lähti."), ("en", "I'm literally crying right now 😭")], "fi"),
        (
            [
                ("en", "The driver laughed at me and shouted"),
                ("fi", '"ei kuulu minulle ollenkaan",'),
                ("en", "so I left without my order."),
            ],
            None,
        ),
        ([("ru", "pozvonila v magazin i skazala chto ne rabotaet,"), ("et", "aga keegi ei saanud minust aru.")], None),
    ],
)
def test_code_switching(pieces: list[tuple[str, str]], main: str | None) -> None:
    """A post that switches between languages gives its parts in reading order, with their punctuation."""
    code, found = parts(" ".join(text for _, text in pieces))
    assert found == pieces
    assert main in {code, None}


@pytest.mark.parametrize(
    "text",
    [
        "Tellisin Bolt Food kaudu burgeri ja see oli full scam",
        "кто идёт в кино? у меня есть vaba pilet, отдам",
        "onks @rivakka_fi refund policy vielä 14 päivää jos skippaan sen liittymän?",
        "The driver said kiitos and left, very nice man",
        "Подарок от «Happy Parcel Delivery Group» пришёл вовремя",
        "Ei ole midagi öelda, kõik oli hea, soovitan teistele ka",
    ],
)
def test_a_loan_or_a_name_is_no_part(text: str) -> None:
    """A word or two of another language, and names however long, do not make a post code-switched."""
    assert parts(text)[1] == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8).map(" ".join))
def test_parts_lie_in_the_text_in_order(text: str) -> None:
    """Whatever the text: none or at least two parts, none empty or overlapping, neighbours in different languages."""
    (found,) = DETECTOR.detect([text])
    assert len(found.parts) != 1
    assert all(0 <= part.start < part.end <= len(text) for part in found.parts)
    assert all(text[part.start : part.end] == text[part.start : part.end].strip() for part in found.parts)
    for one, other in pairwise(found.parts):
        assert one.end <= other.start
        assert one.code != other.code


def test_a_change_needs_evidence() -> None:
    """Words that lean a little to another language stay; some that surely are in it make a stretch."""
    leaning = np.array([[2, 0, 0]] * 4 + [[0, 0.5, 0]] * 3 + [[2, 0, 0]] * 4, dtype=np.float32)
    sure = np.array([[2, 0, 0]] * 4 + [[0, 4, 0]] * 3 + [[2, 0, 0]] * 4, dtype=np.float32)
    breaks = [False] * 11
    assert divide(leaning, breaks, lambda _: 1.0) == [Stretch(0, 0, 11)]
    assert divide(sure, breaks, lambda _: 1.0) == [Stretch(0, 0, 4), Stretch(1, 4, 7), Stretch(0, 7, 11)]


def test_a_doubtful_stretch_joins_its_neighbours() -> None:
    """A stretch whose words by themselves are not surely in its language is none, at the beginning as in the middle."""
    evidence = np.array([[0, 4, 0]] * 3 + [[3, 0, 0]] * 3 + [[0, 4, 0]] * 3, dtype=np.float32)
    assert divide(evidence, [False] * 9, lambda stretch: float(stretch.choice == 1)) == [Stretch(1, 0, 9)]
    assert divide(evidence[3:], [False] * 6, lambda stretch: float(stretch.choice == 1)) == [Stretch(1, 0, 6)]


def test_two_words_make_no_stretch() -> None:
    """However sure they are: a greeting or a loan in another language is not a part of the post."""
    evidence = np.array([[0, 9, 0]] * 2 + [[3, 0, 0]] * 5, dtype=np.float32)
    assert divide(evidence, [False] * 7, lambda _: 1.0) == [Stretch(0, 0, 7)]


def test_quotation_marks_go_with_what_they_quote() -> None:
    """A border lies at the white space between two words, not at the word."""
    text = ' He said: "ei ole", then '
    found = spans(
        text, [(1, 3), (4, 8), (11, 13), (14, 17), (20, 24)], [Stretch(0, 0, 2), Stretch(1, 2, 4), Stretch(0, 4, 5)]
    )
    assert [text[start:end] for start, end in found] == ["He said:", '"ei ole",', "then"]
