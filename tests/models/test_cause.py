"""What a burst is about, told from the posts in it and those of the same hours before."""

from hypothesis import given
from hypothesis import strategies as st

from models.cause import LEAST_POSTS, Cause, Said, cause

USUAL = [Said(f"s{n}", ("x", "rss")[n % 2], ("et", "fi")[n % 2], {"pakk", "omniva", f"w{n}"}) for n in range(40)]
LOCKER = Said("locker", "x", "et", {"kapp", "pakk", "kadunud", "omniva", "ja"})
posts = st.builds(
    Said,
    st.one_of(st.none(), st.sampled_from("abc")),
    st.sampled_from(["x", "rss"]),
    st.one_of(st.none(), st.sampled_from(["et", "ru"])),
    st.frozensets(st.sampled_from(["kapp", "pakk", "ja", "123", "on", "viga"])),
)


def test_the_story_that_is_new_explains_the_excess() -> None:
    """Thirty posts on one story beside the usual ones: story, source, language and its words, not those of always."""
    found = cause([LOCKER] * 30 + USUAL[:6], USUAL, 6.0)
    assert found.story is not None
    assert (found.story.name, found.story.posts) == ("locker", 30)
    assert found.story.share > 0.9
    assert found.source is not None
    assert (found.source.name, found.source.posts) == ("x", 33)
    assert found.language is not None
    assert found.language.name == "et"
    assert found.words == {"kadunud": 30, "kapp": 30}


def test_what_is_always_there_explains_nothing() -> None:
    """A source that has half of all posts, now as ever, is not the cause; nor is any story of one post."""
    found = cause(USUAL, USUAL, 40.0)
    assert found == Cause()


def test_names_and_stop_words_and_numbers_are_no_words() -> None:
    """The brand's own name is in every post; that it is so again says nothing, even where the past is empty."""
    said = Said(None, "x", None, {"Omniva".casefold(), "ja", "2026", "et", "streik"})
    assert cause([said] * 5, [], 0.0, ["Omniva"]).words == {"streik": 5}


def test_no_posts_have_no_cause() -> None:
    """They may have been deleted since they were counted."""
    assert cause([], USUAL, 3.0) == Cause()


@given(st.lists(posts, max_size=30), st.lists(posts, max_size=30), st.floats(0, 50))
def test_what_is_named_is_there(seen: list[Said], past: list[Said], usual: float) -> None:
    """Any posts give a cause that they bear out: shares within bounds, and nothing that fewer than three say."""
    found = cause(seen, past, usual)
    for part, of in ((found.story, "story"), (found.source, "source"), (found.language, "language")):
        if part is not None:
            assert part.posts == sum(getattr(post, of) == part.name for post in seen) >= LEAST_POSTS
            assert 0 < part.share <= 1
    assert all(
        number == sum(word in post.lemmas for post in seen) >= LEAST_POSTS for word, number in found.words.items()
    )
    assert not {"ja", "123", "on"} & set(found.words)
