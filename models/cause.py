"""What a burst is about: the story, the source, the language and the words that explain what is above the usual.

What is usual is known as a number, and what it is made of by the posts of the same hours of the past days. A story, a
source or a language explains as much as it has above its share of the usual. Words are compared by their log odds in
both, in standard errors: a word that is always there says nothing, however often it is written now.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import log, sqrt

from models.stopwords import STOP_WORDS

LEAST_SHARE = 0.5
"""Of the excess, for a source or a language to be named: it is mainly there."""

LEAST_STORY_SHARE = 0.25
"""Of the excess, for a story to be named: one matter rarely is all that people write about."""

LEAST_POSTS = 3
"""That say a word, or tell a story: less is chance, and a word that fewer share may be somebody's own."""

MOST_WORDS = 4
_LEAST_WORD_SHARE = 0.15
_LEAST_ODDS = 2.0
_LEAST_LETTERS = 3
_PRIOR = 0.5
"""Posts that are added to each count, so that odds of what was never said are odds too."""


@dataclass(frozen=True, slots=True)
class Said:
    """One post as far as causes look at it; ``story`` and ``language`` are None where nobody knows them."""

    story: str | None
    source: str
    language: str | None
    lemmas: Collection[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A story, a source or a language with its posts among those of the burst, and its share of the excess, 0 to 1."""

    name: str
    posts: int
    share: float


@dataclass(frozen=True, slots=True)
class Cause:
    """What explains a burst, as far as anything does; ``words`` have the number of posts that say each."""

    story: Part | None = None
    source: Part | None = None
    language: Part | None = None
    words: dict[str, int] = field(default_factory=dict)


def cause(seen: Sequence[Said], past: Sequence[Said], usual: float, names: Iterable[str] = ()) -> Cause:
    """Say what explains the posts of a burst, where about ``usual`` of them are usual, made up as the ``past`` ones.

    ``names`` are words that say nothing here, such as the brand's own.
    """
    if not seen:
        return Cause()
    return Cause(
        story=_leading(seen, past, usual, lambda post: post.story, LEAST_STORY_SHARE),
        source=_leading(seen, past, usual, lambda post: post.source, LEAST_SHARE),
        language=_leading(seen, past, usual, lambda post: post.language, LEAST_SHARE),
        words=_words(seen, past, {name.casefold() for name in names}),
    )


def _leading(
    seen: Sequence[Said], past: Sequence[Said], usual: float, what: Callable[[Said], str | None], least: float
) -> Part | None:
    now, before = (Counter(name for post in posts if (name := what(post))) for posts in (seen, past))
    excess = max(len(seen) - usual, 1.0)
    scale = usual / len(past) if past else 0.0
    parts = [
        Part(name, number, min(1.0, max(0.0, (number - before[name] * scale) / excess)))
        for name, number in now.items()
        if number >= LEAST_POSTS
    ]
    best = max(parts, key=lambda part: (part.share, part.posts, part.name), default=None)
    return best if best and best.share >= least else None


def _words(seen: Sequence[Said], past: Sequence[Said], names: Collection[str]) -> dict[str, int]:
    now, before = (Counter(word for post in posts for word in set(post.lemmas)) for posts in (seen, past))
    least = max(LEAST_POSTS, _LEAST_WORD_SHARE * len(seen))
    odds = {
        word: _odds(number, len(seen), before[word], len(past))
        for word, number in now.items()
        if number >= least and _says_something(word, names)
    }
    telling = sorted((word for word in odds if odds[word] >= _LEAST_ODDS), key=lambda word: (-odds[word], word))
    return {word: now[word] for word in telling[:MOST_WORDS]}


def _says_something(word: str, names: Collection[str]) -> bool:
    return len(word) >= _LEAST_LETTERS and not word.isdecimal() and word not in STOP_WORDS and word not in names


def _odds(now: int, posts: int, before: int, past: int) -> float:
    """How many standard errors a word is likelier now than before; where nothing was before, how often it is now."""
    if not past:
        return float(now)
    now_yes, now_no = now + _PRIOR, posts - now + _PRIOR
    past_yes, past_no = before + _PRIOR, past - before + _PRIOR
    return log(now_yes / now_no * past_no / past_yes) / sqrt(1 / now_yes + 1 / now_no + 1 / past_yes + 1 / past_no)
