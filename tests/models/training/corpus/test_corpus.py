"""The corpus that is shipped is whole, varied and labelled twice."""

from collections import Counter

import pytest

from models.scores import Signal
from models.training.corpus.agreement import agreement
from models.training.corpus.reading import LabelledPost, Split, posts

LEAST_POSTS = 1500
LEAST_SHARE_OF_A_SIGNAL = 0.04


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[LabelledPost]]:
    """Every post, by language."""
    found: dict[str, list[LabelledPost]] = {}
    for post in posts():
        found.setdefault(post.author.language, []).append(post)
    return found


def test_each_language_has_enough_of_everything(corpus: dict[str, list[LabelledPost]]) -> None:
    """In each language: posts, every signal, hard negatives, and authors to learn from, to tune and to measure with."""
    assert sorted(corpus) == ["en", "et", "fi", "ru"]
    for found in corpus.values():
        assert len(found) >= LEAST_POSTS
        counted = Counter(signal for post in found for signal in {mark.signal for mark in post.signals})
        assert all(counted[signal] >= LEAST_SHARE_OF_A_SIGNAL * len(found) for signal in Signal)
        assert sum(bool(post.hard_negative_for) for post in found) * 3 >= len(found)
        assert {post.author.split for post in found} == set(Split)


def test_no_text_is_there_twice_and_no_author_in_two_parts(corpus: dict[str, list[LabelledPost]]) -> None:
    """What is learnt is not measured: ids and texts are unique, and an author's posts stay together."""
    everything = [post for found in corpus.values() for post in found]
    assert len({post.id for post in everything}) == len(everything)
    assert len({post.text for post in everything}) == len(everything)
    parts = {(post.author.id, post.author.split) for post in everything}
    assert len(parts) == len({author for author, _ in parts})


def test_everything_was_labelled_twice(corpus: dict[str, list[LabelledPost]]) -> None:
    """The second labels name the same posts, and agreement on what is a complaint is far beyond chance."""
    rows = {row["lang"]: row for row in agreement([post for found in corpus.values() for post in found])}
    for language, found in corpus.items():
        assert rows[language]["labelled_twice"] == len(found)
        assert rows[language]["complaint"] > 0.9
        assert 0 < rows[language]["differing"] < len(found)
