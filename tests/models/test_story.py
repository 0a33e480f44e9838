"""Which posts tell the same story."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facets import facets_of
from models.matter import COMMON_PAIR
from models.story import (
    FEWEST_WORDS,
    PLACES,
    WINDOW,
    StoryIndex,
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


def _chosen(words: tuple[int, ...], thread: str | None, known: list[StoryKey], at: datetime) -> str | None:
    return choose(StoryKey("x:9", words, at, thread), known)


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
    assert _chosen(short, None, [StoryKey("x:1", short, AT), StoryKey("x:2", signature(PARCEL), AT)], AT) is None


def test_a_retelling_joins_its_story_and_a_stranger_does_not() -> None:
    """The same grievance in other words is the same story; another grievance is not."""
    known = [StoryKey("x:1", signature(PARCEL), AT)]
    assert _chosen(signature(PARCEL_AGAIN), None, known, AT) == "x:1"
    assert _chosen(signature(PIZZA), None, known, AT) is None


def test_a_reply_joins_the_story_of_its_thread_however_short_it_is() -> None:
    """The thread comes before likeness of words."""
    known = [StoryKey("x:1", signature(PARCEL), AT), StoryKey("x:2", signature(PIZZA), AT, thread_id="t")]
    assert _chosen((), "t", known, AT) == "x:2"
    assert _chosen(signature(PARCEL), "t", known, AT) == "x:2"
    assert _chosen((), "other", known, AT) is None


@pytest.mark.parametrize("direction", [1, -1])
def test_a_story_that_is_over_is_not_joined(direction: int) -> None:
    """Beyond the window, the same words and even the same thread start anew; also in a replay of the past."""
    known = [StoryKey("x:1", signature(PARCEL), AT, thread_id="t")]
    assert _chosen(signature(PARCEL), "t", known, AT + direction * WINDOW) == "x:1"
    assert _chosen(signature(PARCEL), "t", known, AT + direction * (WINDOW + timedelta(seconds=1))) is None


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
        assert _chosen(signature(PARCEL), thread, some, AT) == _chosen(signature(PARCEL), thread, shuffled, AT)


NARVA, TARTU = (facets_of(f"in {town}", ["in", town.lower()], AT) for town in ("Narva", "Tartu"))
HALF_OF_PARCEL = (*signature(PARCEL)[: PLACES // 2], *range(PLACES // 2))


def test_the_same_words_about_another_place_are_another_story() -> None:
    """Two parcels that were lost in two towns are two grievances, unless the text is the very same."""
    told = StoryKey("x:9", HALF_OF_PARCEL, AT, None, TARTU)
    assert choose(told, [StoryKey("x:1", signature(PARCEL), AT, None, TARTU)]) == "x:1"
    assert choose(told, [StoryKey("x:1", signature(PARCEL), AT, None, NARVA)]) is None
    assert choose(told, [StoryKey("x:1", told.signature, AT, None, NARVA)]) == "x:1"


def test_one_matter_is_one_story_without_a_shared_word() -> None:
    """What posts are about brings them together where no word does, as in two languages."""
    same = facets_of("Internet is down in Tartu", ["internet", "be", "down", "in", "tartu"], AT)
    told = facets_of("В Тарту нет интернета", ["в", "тарту", "нет", "интернет"], AT)
    known = [StoryKey("x:1", (), AT, None, TARTU), StoryKey("x:2", (), AT, None, same)]
    assert choose(StoryKey("x:9", (), AT + timedelta(hours=1), None, told), known) == "x:2"


def test_what_too_many_stories_are_filed_under_finds_none_of_them() -> None:
    """A key that many stories of a period have says nothing, and no further story is filed under it."""
    index = StoryIndex()
    for number in range(COMMON_PAIR + 1):
        assert index.near([], [5], None, (1,)) == {f"x:{one}" for one in range(number)}
        index.file(f"x:{number}", index.uncommon([5], (1,)), 1)
    assert index.near([], [5], None, (1,)) == set()
    assert index.uncommon([5, 6], (1,)) == [6]
    assert index.near([5], [], None, (1, 2)) == index.filed(5, (1,))
    assert not index.common(5, (2,))
