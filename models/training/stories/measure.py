"""How well posts are put into stories: pairs of a brand's posts that are rightly or wrongly in one story."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from models.facets import facets_of
from models.lemmas import tokenize
from models.matter import filing_keys, keys
from models.story import StoryIndex, StoryKey, bands, choose, signatures
from models.training.stories.reading import Told

_PERIOD = (0,)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that are in one story as written (``told``), as found, and in both."""

    told: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        """The share of the pairs found that are right."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the pairs told that are found."""
        return self.both / self.told if self.told else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.both / (self.told + self.found) if self.told + self.found else 1.0


def assign(posts: Sequence[Told], *, by_matter: bool = True) -> dict[str, str]:
    """Name each post's story as the ledger chooses it when every post of one brand is a grievance.

    Languages are given. Without ``by_matter`` only words in common count.
    """
    lemmas = [[token.lemma for token in tokenize(told.text, told.language)] for told in posts]
    index, known, found = StoryIndex(), dict[str, StoryKey](), dict[str, str]()
    for told, words, signature in zip(posts, lemmas, signatures(lemmas), strict=True):
        facets = facets_of(told.text, words, told.at, told.brand) if by_matter else ()
        post = StoryKey(told.id, signature, told.at, None, facets, told.at)
        ways = keys(facets)
        near = index.near(bands(signature), ways, None, _PERIOD)
        story = choose(post, [known[name] for name in near], partial(index.common, periods=_PERIOD)) or told.id
        if story == told.id:
            known[story] = post
            index.file(story, [*bands(signature), *index.uncommon(filing_keys(facets), _PERIOD)], *_PERIOD)
        known[story] = replace(known[story], last_at=told.at)
        found[told.id] = story
    return found


def pairs(posts: Iterable[Told], found: Mapping[str, str]) -> Pairs:
    """Count pairs within each brand."""
    rows = [(told.brand, told.story, found[told.id]) for told in posts]
    return Pairs(
        told=_pairs(Counter((brand, story) for brand, story, _ in rows)),
        found=_pairs(Counter((brand, name) for brand, _, name in rows)),
        both=_pairs(Counter(rows)),
    )


def across_languages(posts: Sequence[Told], found: Mapping[str, str]) -> Pairs:
    """Count pairs of posts in two languages."""
    whole = pairs(posts, found)
    same = [pairs([told for told in posts if told.language == code], found) for code in ("et", "ru", "fi", "en")]
    return Pairs(
        whole.told - sum(each.told for each in same),
        whole.found - sum(each.found for each in same),
        whole.both - sum(each.both for each in same),
    )


def singletons_alone(posts: Sequence[Told], found: Mapping[str, str]) -> float:
    """The share of look-alikes that rightly stayed alone."""
    sizes = Counter(found.values())
    alone = [sizes[found[told.id]] == 1 for told in posts if told.story == told.id]
    return sum(alone) / len(alone)


def _pairs(sizes: Counter[tuple[str, ...]]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
