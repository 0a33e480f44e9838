"""Which posts tell the same story."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.story import (
    FEWEST_WORDS,
    PLACES,
    WINDOW,
    StoryKey,
    bands,
    choose,
    content_words,
    signature,
    signatures,
    similarity,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARCEL = ["my", "parcel", "be", "lose", "in", "the", "depot", "and", "courier", "refuse", "refund"]
PARCEL_AGAIN = ["the", "parcel", "lose", "in", "depot", "courier", "refuse", "refund", "since", "monday"]
PIZZA = ["pizza", "arrive", "cold", "driver", "laugh", "extra", "cheese", "missing"]

words = st.lists(st.text("abcdefghijkõäжц", min_size=2, max_size=8), max_size=30)


def test_the_signature_of_known_words_never_changes() -> None:
    """Signatures are stored: another release of a library must not tear stories apart."""
    assert signature(PIZZA)[:4] == (132935856, 1556940312, 57443536, 373533266)
    assert len(signature(PIZZA)) == PLACES


@given(words)
def test_order_and_repeats_of_words_do_not_change_a_signature(lemmas: list[str]) -> None:
    """Only which words occur counts, and a batch gives what one post alone gives."""
    assert signature(lemmas) == signature([*reversed(lemmas), *lemmas]) == signatures([PIZZA, lemmas])[1]
    assert all(0 <= place < 2**32 for place in signature(lemmas))


@given(words, words)
def test_similarity_is_symmetric_and_between_nothing_and_all(left: list[str], right: list[str]) -> None:
    """A post with a signature is wholly like itself; posts compare the same either way."""
    a, b = signature(left), signature(right)
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, a) == (1.0 if a else 0.0)


@given(words)
def test_bands_fit_a_signed_sixty_four_bit_column_and_are_as_stable_as_the_signature(lemmas: list[str]) -> None:
    """Each band can be stored in SQL, and no two bands of one post are equal by their place."""
    found = bands(signature(lemmas))
    assert all(-(2**63) <= band < 2**63 for band in found)
    assert len(set(found)) == len(found) == (PLACES // 3 if signature(lemmas) else 0)


def test_equal_values_in_two_places_are_two_bands() -> None:
    """A band says where it was cut from, or posts would be compared for a likeness that they do not have."""
    assert len(set(bands([7] * PLACES))) == PLACES // 3


def test_similar_posts_share_a_band_and_strangers_do_not() -> None:
    """The ledger finds a retelling by equality of bands alone."""
    assert set(bands(signature(PARCEL))) & set(bands(signature(PARCEL_AGAIN)))
    assert not set(bands(signature(PARCEL))) & set(bands(signature(PIZZA)))


def test_stop_words_numbers_and_letters_are_no_content() -> None:
    """What every complaint says in any of the four languages says nothing about this one."""
    assert content_words(["the", "ja", "не", "että", "ei", "2024", "x", "parcel"]) == {"parcel"}


def test_a_very_short_post_has_no_signature_and_starts_its_own_story() -> None:
    """ "Terrible service" would otherwise gather everything into one story."""
    short = signature(["terrible", "service", "again"][: FEWEST_WORDS - 1])
    assert short == ()
    assert bands(short) == ()
    assert choose(short, None, [StoryKey("x:1", short, AT), StoryKey("x:2", signature(PARCEL), AT)], AT) is None


def test_a_retelling_joins_its_story_and_a_stranger_does_not() -> None:
    """The same grievance in other words is the same story; another grievance is not."""
    known = [StoryKey("x:1", signature(PARCEL), AT)]
    assert choose(signature(PARCEL_AGAIN), None, known, AT) == "x:1"
    assert choose(signature(PIZZA), None, known, AT) is None


def test_a_reply_joins_the_story_of_its_thread_however_short_it_is() -> None:
    """The thread comes before likeness of words."""
    known = [StoryKey("x:1", signature(PARCEL), AT), StoryKey("x:2", signature(PIZZA), AT, thread_id="t")]
    assert choose((), "t", known, AT) == "x:2"
    assert choose(signature(PARCEL), "t", known, AT) == "x:2"
    assert choose((), "other", known, AT) is None


@pytest.mark.parametrize("direction", [1, -1])
def test_a_story_that_is_over_is_not_joined(direction: int) -> None:
    """Beyond the window, the same words and even the same thread start anew; also in a replay of the past."""
    known = [StoryKey("x:1", signature(PARCEL), AT, thread_id="t")]
    assert choose(signature(PARCEL), "t", known, AT + direction * WINDOW) == "x:1"
    assert choose(signature(PARCEL), "t", known, AT + direction * (WINDOW + timedelta(seconds=1))) is None


keys = st.builds(
    StoryKey,
    id=st.sampled_from(["x:1", "x:2", "x:3", "x:4"]),
    signature=st.sampled_from([(), signature(PARCEL), signature(PARCEL_AGAIN), signature(PIZZA)]),
    last_at=st.sampled_from([AT, AT - timedelta(hours=5), AT - WINDOW * 2]),
    thread_id=st.sampled_from([None, "t", "u"]),
)


@given(st.lists(keys, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_candidates_does_not_matter(pair: tuple[list[StoryKey], list[StoryKey]]) -> None:
    """Two workers that read the same stories in another order choose the same one."""
    some, shuffled = pair
    for thread in (None, "t"):
        assert choose(signature(PARCEL), thread, some, AT) == choose(signature(PARCEL), thread, shuffled, AT)
