"""The signals of a post: what is found, what must not be, and where it stands in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lemmas import tokenize
from models.scores import Signal
from models.signals import LANGUAGES, MEANINGS, find


def signals(text: str, language: str | None) -> set[str]:
    """Name the signals of a text."""
    return {found.signal.value for found in find(text, tokenize(text, language), language)}


def shown(text: str, language: str | None, signal: Signal) -> list[str]:
    """Give the stretches of a text that show one signal."""
    return [
        text[found.start : found.end]
        for found in find(text, tokenize(text, language), language)
        if found.signal is signal
    ]


def test_a_negated_demand_is_none() -> None:
    """Someone who says that they do not want money back demands no refund."""
    assert "refund_demand" not in signals("I don't even want my money back, just apologise", "en")
    assert "refund_demand" in signals("I want my money back, just don't apologise", "en")


def test_a_condition_keeps_the_threat() -> None:
    """A negation inside the condition does not cancel what follows from it."""
    assert "legal_threat" in signals("if this isn't fixed I'll see you in court", "en")


def test_a_dare_of_the_staff_is_rude_and_no_threat() -> None:
    """Being told to sue is what staff did, not what the author will do."""
    found = signals("they told me to sue if I don't like it", "en")
    assert "rude_staff" in found
    assert "legal_threat" not in found


def test_words_in_quotation_marks_are_somebody_elses() -> None:
    """A threat that the author quotes is not the author's, unless the whole post is one quotation."""
    assert "churn_threat" not in signals('My neighbour wrote "I am cancelling my contract today" on the wall', "en")
    assert "churn_threat" in signals('"I am cancelling my contract today"', "en")


def test_the_span_shows_the_signal() -> None:
    """A span covers the words that show the signal and nothing else."""
    assert shown("Ausalt, tahan oma raha tagasi! Muud midagi.", "et", Signal.REFUND_DEMAND) == ["tahan oma raha tagasi"]


def test_spelling_without_diacritics_is_understood() -> None:
    """Estonian and Finnish typed on a foreign keyboard, and the chat spelling of õ, read as the proper words."""
    assert signals("Naeme kohtus, nouan hyvitist", "et") >= {"legal_threat"}
    assert signals("v6tan yhendust oma advokaadiga, see on pettus", "et") >= {"fraud_accusation"}
    assert signals("nahdaan karajilla", "fi") == {"legal_threat"}


def test_russian_in_latin_letters_is_understood() -> None:
    """Transliterated Russian is found, also when its language is undecided."""
    assert signals("verni dengi, moshenniki!", "ru") == {"refund_demand", "fraud_accusation"}
    assert "refund_demand" in signals("verni dengi", None)


def test_letters_yo_and_ye_are_one() -> None:
    """Spelling with and without ё gives the same signals."""
    assert signals("верните деньги, ворьё", "ru") == signals("верните деньги, ворье", "ru")


def test_an_undecided_language_tries_all_four() -> None:
    """A post whose language nobody knows is read in every language that has patterns."""
    assert "refund_demand" in signals("tahan raha tagasi", None)
    assert "refund_demand" in signals("I want my money back", "lv")


def test_a_russian_remark_in_an_estonian_post_is_read() -> None:
    """Switching to Cyrillic letters switches to the Russian patterns as well."""
    assert "fraud_accusation" in signals("No tore teenindus, Bolt. Мошенники!", "et")


def test_a_tagged_newspaper_is_a_media_threat() -> None:
    """A mention counts although it is no word, and its span is the mention."""
    assert shown("Siin teile lugu @Postimees", "et", Signal.MEDIA_THREAT) == ["@Postimees"]


def test_every_signal_has_a_meaning() -> None:
    """Documentation can explain each signal in one sentence."""
    assert set(MEANINGS) == set(Signal)
    assert all(meaning.endswith(".") for meaning in MEANINGS.values())


POSTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ["raha", "tagasi", "не", "верните", "деньги", "I'll", "sue", "kukaan", "ei", "vastaa", "@bbc", "3."]
        ),
        max_size=40,
    ).map(" ".join),
    st.lists(
        st.sampled_from(["õ", "o\u0303", "’", '"', "«", "»", "…", "\n", "ё", "raha ", "tagasi", "\U0001f600"])
    ).map("".join),
)


@given(POSTS, st.sampled_from([*LANGUAGES, None, "lv"]))
def test_spans_always_lie_inside_the_text(text: str, language: str | None) -> None:
    """No text whatever makes it fail, point outside, or give one place twice; reading order is kept."""
    found = find(text, tokenize(text, language), language)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert list(found) == sorted(set(found), key=lambda one: (one.start, one.end, one.signal))


@given(POSTS, st.sampled_from(LANGUAGES))
def test_spans_begin_and_end_with_words(text: str, language: str) -> None:
    """However a word is folded, a span starts where a word or mention starts and ends where one ends."""
    tokens = tokenize(text, language)
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    for one in find(text, tokens, language):
        assert one.start in starts or text[one.start] == "@"
        assert one.end in ends or "@" in text[one.start : one.end]


@pytest.mark.parametrize("text", ["", " ", "\x00", "@", "!!!", "a" * 10_000])
def test_empty_and_strange_texts_have_no_signals(text: str) -> None:
    """Texts without words give nothing."""
    assert find(text, tokenize(text, None), None) == ()


def test_a_pasted_book_is_read_as_far_as_a_post_goes() -> None:
    """A signal at the start of an endless post is found; what stands after thousands of words is not looked for."""
    text = "I want my money back. " + "and so on " * 2_000 + "See you in court."
    assert signals(text, "en") == {"refund_demand"}
