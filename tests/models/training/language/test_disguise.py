"""How clean texts are made to look like posts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.language.disguise import bare, chatted, disguised, is_cyrillic, mistyped, transliterated, window


@given(st.integers())
def test_transliteration_leaves_no_cyrillic(seed: int) -> None:
    """In whatever way somebody types it, it is in Latin letters and keeps spaces, signs and capitals."""
    typed = transliterated("Где мой заказ, чёрт возьми? Щас ЖАЛОБУ напишу, съем объявление", random.Random(seed))
    assert not any("Ѐ" <= char <= "ԯ" for char in typed)
    assert typed.startswith("G")
    assert typed.count(" ") == 9
    assert "," in typed


def test_ways_of_typing_differ_but_hold_within_a_text() -> None:
    """People differ in how they type a letter; one person types it the same way throughout."""
    typed = {transliterated("шум, шаг, шок", random.Random(seed)) for seed in range(50)}
    assert len(typed) > 3
    assert all(len({word[:-2] for word in text.split(", ")}) == 1 for text in typed)


def test_bare_letters() -> None:
    """Marks go from Latin letters; й and ё are letters of their own and stay."""
    assert bare("Õhtusöök, täna, śląsk, йод ёж") == "Ohtusook, tana, slask, йод ёж".replace("slask", bare("śląsk"))
    assert bare("õäöüšž") == "oaousz"


def test_chat_letters() -> None:
    """Estonian chats write letters that the keyboard has not as digits."""
    assert chatted("KÕIK on järel") == "k6ik on j2rel"


@pytest.mark.parametrize(
    ("text", "expected"), [("Где мой новый iPhone", True), ("raha tagasi давай", False), ("", False), ("123", False)]
)
def test_is_cyrillic(text: str, expected: bool) -> None:
    """Most letters decide; a text without letters is in no script."""
    assert is_cyrillic(text) is expected


def test_windows_are_words_of_the_text() -> None:
    """A window is a stretch of the words of the text, all of them at most."""
    words = ["üks", "kaks", "kolm", "neli", "viis", "kuus", "seitse"]
    cut = {window(" ".join(words), random.Random(seed)) for seed in range(60)}
    assert {len(part.split()) for part in cut} >= {1, 2, 3, 7}
    assert all(part in " ".join(words) for part in cut)


@given(st.text(), st.integers(), st.sampled_from(["et", "ru", "ru-latin", "lv"]))
def test_any_text_can_be_disguised(text: str, seed: int, column: str) -> None:
    """No text fails, and typos change only a few letters."""
    rng = random.Random(seed)
    assert isinstance(disguised(text, column, rng), str)
    assert abs(len(mistyped(text, rng)) - len(text)) <= len(text)
