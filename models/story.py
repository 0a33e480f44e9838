"""Which posts are about the same grievance: near-duplicates, shared wording, the same thread.

A post's content words become a MinHash signature: the share of equal places in two signatures estimates the share of
words the posts have in common. Slices of it (bands) are stored beside the post, so that the ledger finds the few
candidates by equality instead of comparing with every post. A story's id is the uid of its first post.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import eq
from zlib import crc32

from models.stopwords import STOP_WORDS

PLACES = 64
"""Length of a signature. Similarity is then off by about 0.06 (one standard deviation)."""

ROWS = 3
"""Places in one band. 21 bands of 3 offer 94 % of the pairs that share half of their words, 16 % at a fifth."""

SAME_GRIEVANCE = 0.4
"""Similarity from which two posts tell the same story."""

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


def choose(signature: Sequence[int], thread_id: str | None, candidates: Iterable[StoryKey], at: datetime) -> str | None:
    """Name the known story a post belongs to, or None where it starts its own; the order of candidates does not matter.

    The same thread comes first, then the most similar story, then the one heard of last.
    """
    best: tuple[bool, float, datetime, str] | None = None
    for key in candidates:
        if abs(at - key.last_at) > WINDOW:
            continue
        same_thread = thread_id is not None and thread_id == key.thread_id
        alike = similarity(signature, key.signature)
        if not same_thread and alike < SAME_GRIEVANCE:
            continue
        rank = (same_thread, alike, key.last_at, key.id)
        if best is None or rank > best:
            best = rank
    return best[3] if best else None
