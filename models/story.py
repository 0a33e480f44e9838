"""Which posts are about the same grievance: near-duplicates, shared wording, the same thread, the same matter.

A post's content words become a MinHash signature: the share of equal places in two signatures estimates the share of
words the posts have in common. Slices of it (bands) are stored beside the post, so that the ledger finds the few
candidates by equality instead of comparing with every post. Posts that share no words, as they are in two languages,
are compared by their matter in the same way. A story's id is the uid of its first post.
"""

import struct
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import eq
from zlib import crc32

from models.facets import Facet
from models.matter import contradictions, evidence, is_common
from models.stopwords import STOP_WORDS

PLACES = 64
"""Length of a signature. Similarity is then off by about 0.06 (one standard deviation)."""

ROWS = 3
"""Places in one band. 21 bands of 3 offer 94 % of the pairs that share half of their words, 16 % at a fifth."""

SAME_GRIEVANCE = 0.4
"""Similarity from which two posts tell the same story."""

SAME_TEXT = 0.7
"""Similarity from which two posts are one text, such as news that was passed on, whatever places they name."""

WINDOW = timedelta(hours=72)
"""A story that was silent for longer is over: the same words then start a new one."""

FEWEST_WORDS = 4
"""Content words that a post needs for a signature: "terrible service again" says nothing about which grievance."""


@dataclass(frozen=True, slots=True)
class StoryKey:
    """By what a known story is recognised; a story may come with several keys, one for each of its posts."""

    id: str
    signature: Sequence[int]
    last_at: datetime
    thread_id: str | None = None
    matter: Sequence[int] = ()
    first_at: datetime | None = None


def never(_key: int) -> bool:
    """No key is common."""
    return False


class StoryIndex:
    """Finds stories by what they are filed under: bands, keys of their matter, and threads.

    Stories are filed in periods, so that how common a key is does not hang on how much of the past is at hand.
    """

    def __init__(self) -> None:
        self._by_key: dict[tuple[int, int], set[str]] = {}
        self._by_thread: dict[str, set[str]] = {}

    def file(self, story_id: str, filed_under: Iterable[int], period: int, thread_id: str | None = None) -> None:
        """Have a story found by bands and keys in a period, and by its thread."""
        for key in filed_under:
            self._by_key.setdefault((period, key), set()).add(story_id)
        if thread_id:
            self._by_thread.setdefault(thread_id, set()).add(story_id)

    def filed(self, key: int, periods: Iterable[int]) -> set[str]:
        """Name the stories that are filed under a band or key in any of the periods."""
        return set().union(*(self._by_key.get((period, key), ()) for period in periods))

    def common(self, key: int, periods: Iterable[int]) -> bool:
        """Whether so many stories are filed under a key that it says little."""
        return is_common(key, len(self.filed(key, periods)))

    def uncommon(self, filed_under: Iterable[int], periods: Collection[int]) -> list[int]:
        """Leave out what too many stories are filed under already: filing one more would say nothing new."""
        return [key for key in filed_under if not self.common(key, periods)]

    def near(
        self, found_by: Iterable[int], matter_keys: Iterable[int], thread_id: str | None, periods: Collection[int]
    ) -> set[str]:
        """Name the stories that share a band, a key that is not common, or the thread."""
        near: set[str] = set().union(*(self.filed(band, periods) for band in found_by))
        near.update(*(self.filed(key, periods) for key in self.uncommon(matter_keys, periods)))
        if thread_id:
            near.update(self._by_thread.get(thread_id, ()))
        return near


def content_words(lemmas: Iterable[str]) -> frozenset[str]:
    """Keep the words that say what a post is about: no stop words of the four languages, no numbers or letters."""
    return frozenset(word for word in lemmas if len(word) > 1 and word not in STOP_WORDS and not word.isdigit())


def signature(lemmas: Sequence[str]) -> tuple[int, ...]:
    """Give the MinHash of a post's content words as 64 unsigned 32-bit numbers; empty where there are too few words."""
    return signatures([lemmas])[0]


def signatures(batch: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Give the signature of each post of a batch, in its order."""
    # datasketch brings most of SciPy (0.7 s): only who scores should wait for it, not who compares signatures.
    from datasketch import MinHash

    words = [content_words(lemmas) for lemmas in batch]
    hashed = ([word.encode() for word in each] for each in words)
    minhashes = MinHash.generator(hashed, num_perm=PLACES, seed=1, scheme="affine32")
    return [
        tuple(minhash.hashvalues.tolist()) if len(each) >= FEWEST_WORDS else ()
        for each, minhash in zip(words, minhashes, strict=True)
    ]


def bands(signature: Sequence[int]) -> tuple[int, ...]:
    """Cut a signature into hashes that fit a signed 64-bit column; two similar posts very likely share one of them.

    The upper half is the place of the band, because equal values in different bands are not a match; the lower half is
    the CRC-32 of its values. Two in four billion may be equal by chance: whoever finds a band compares signatures next.
    """
    packed = struct.pack(f"<{len(signature)}I", *signature)
    width = 4 * ROWS
    ends = range(width, len(packed) + 1, width)
    return tuple([place << 32 | crc32(packed[end - width : end]) for place, end in enumerate(ends)])


def similarity(a: Sequence[int], b: Sequence[int]) -> float:
    """Estimate the share of content words that two posts have in common, 0 to 1; 0 where either has no signature."""
    if not a or len(a) != len(b):
        return 0.0
    return float(sum(map(eq, a, b)) / len(a))


def choose(post: StoryKey, candidates: Iterable[StoryKey], common: Callable[[int], bool] = never) -> str | None:
    """Name the known story a post belongs to, or None where it starts its own; the order of candidates does not matter.

    The same thread comes first, then the most similar story, then the most evidence for one matter, then the one heard
    of last. Similar words about another place, number or sum are another story, unless the whole text is the same.
    """
    best: tuple[bool, float, float, datetime, str] | None = None
    for key in candidates:
        gap = abs(post.last_at - key.last_at)
        if gap > WINDOW:
            continue
        same_thread = post.thread_id is not None and post.thread_id == key.thread_id
        alike = similarity(post.signature, key.signature)
        if alike < SAME_GRIEVANCE or (alike < SAME_TEXT and _elsewhere(post, key)):
            alike = 0.0
        found = evidence(post.matter, key.matter, gap, abs(post.last_at - (key.first_at or key.last_at)), common)
        if not (same_thread or alike or found.enough):
            continue
        rank = (same_thread, alike, found.score, key.last_at, key.id)
        if best is None or rank > best:
            best = rank
    return best[-1] if best else None


def _elsewhere(post: StoryKey, story: StoryKey) -> bool:
    return bool({Facet.PLACE, Facet.NUMBER, Facet.SUM}.intersection(contradictions(post.matter, story.matter)))
