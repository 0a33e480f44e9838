"""Whether two posts are about the same matter, though they may share no word: evidence added up from their facets.

Two facets together make a key, by which the ledger finds the few stories that may be about the same; ``evidence`` then
adds up what speaks for it and against it.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from zlib import crc32

from models.facets import Facet, kind_of

WORTH: Mapping[Facet, float] = {
    Facet.NUMBER: 3.0,
    Facet.SHARED_TROUBLE: 2.0,
    Facet.NAME: 2.0,
    Facet.PLACE: 1.5,
    Facet.SUM: 2.0,
    Facet.OWN_TROUBLE: 1.0,
    Facet.THING: 1.0,
    Facet.CLOCK: 0.5,
    Facet.DAY: 0.5,
}
"""What a facet that two posts share adds to the evidence that they are about the same."""

AGAINST: Mapping[Facet, float] = {
    Facet.PLACE: 4.0,
    Facet.NUMBER: 2.5,
    Facet.SHARED_TROUBLE: 1.5,
    Facet.SUM: 1.0,
}
"""What it takes away that both name facets of this kind and none is the same."""

SAME_MATTER = 3.5
"""Evidence from which two posts are about the same matter."""

MATTER_WINDOW = timedelta(hours=48)
"""The same trouble in the same place after a longer silence is a new one."""

COMMON_PAIR = 6
"""Stories from which a key of two facets says nothing: where so many late parcels are told of, the next is its own."""

COMMON_FACET = 25
"""Stories from which one facet says little: all that an airline's customers tell of are flights."""

WORTH_OF_COMMON = 0.25
"""What is left of a common facet's worth."""

FRESH = timedelta(hours=12)
"""How long a story without place, name, number or sum takes others in: "flight cancelled" is no story for ever."""

MOST_KEYS = 16
"""Keys that a story is filed under, at most."""

_ABOUT = frozenset({Facet.SHARED_TROUBLE, Facet.OWN_TROUBLE, Facet.THING})
_WHICH = frozenset({Facet.NUMBER, Facet.NAME, Facet.PLACE, Facet.SUM})
_WHERE = frozenset({Facet.PLACE, Facet.NAME})
_TELLING = 2.0
"""Worth of shared troubles and things from which a place beside them tells one matter."""

_MOST_ABOUT = 4.0
_MOST_WHICH = 4.0
_WHEN = frozenset({Facet.CLOCK, Facet.DAY})
_NEAR = (timedelta(hours=6), timedelta(hours=24))
_PAIRED = 6
_PAIR_PLACE, _FACET_PLACE = 64, 65
"""Where keys stand among the bands of signatures, which take the places below them."""

FIRST_OF_MATTER = _PAIR_PLACE << 32
"""The least of all keys: bands of signatures are below it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for one matter, and the facets that do; ``against`` are kinds that contradict."""

    score: float
    shared: tuple[Facet, ...]
    against: tuple[Facet, ...]
    gap: timedelta

    @property
    def enough(self) -> bool:
        """Whether two posts with this evidence are about the same matter."""
        return self.score >= SAME_MATTER

    def __str__(self) -> str:
        """The reason in words: "same place, thing and trouble within 6 hours"."""
        names = [facet.name.lower().replace("_", " ") for facet in dict.fromkeys(self.shared)]
        hours = max(1, -(-self.gap // timedelta(hours=1)))
        said = f"same {', '.join(names)} within {hours} hours" if names else "nothing in common"
        other = f", but another {' and '.join(facet.name.lower().replace('_', ' ') for facet in self.against)}"
        return said + (other if self.against else "")


def keys(found: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Give pairs of facets as numbers for the ledger's bands, each with its two facets.

    One facet alone would find half of all stories; a trouble with its thing, or either with a name, finds few.
    """
    about = [facet for facet in found if kind_of(facet) in _ABOUT][:_PAIRED]
    which = [facet for facet in found if kind_of(facet) in _WHICH][:_PAIRED]
    pairs = [
        (a, b) for a, b in combinations(about, 2) if kind_of(a) is not Facet.THING or kind_of(b) is not Facet.THING
    ]
    pairs += [(a, b) for b in about for a in which]
    return {_key(a, b): (a, b) for a, b in pairs[:MOST_KEYS]}


def filing_keys(found: Sequence[int]) -> tuple[int, ...]:
    """Give what a story is filed under: its keys, and its facets alone, which count how common each is."""
    return (*keys(found), *map(facet_key, found))


def facet_key(facet: int) -> int:
    """Give one facet as a number for the ledger's bands."""
    return _FACET_PLACE << 32 | facet


def is_common(key: int, stories: int) -> bool:
    """Whether so many stories are filed under a key that it says little."""
    return stories > (COMMON_FACET if key >> 32 == _FACET_PLACE else COMMON_PAIR)


def evidence(
    found: Sequence[int],
    story: Sequence[int],
    gap: timedelta,
    age: timedelta,
    common: Callable[[int], bool] = lambda _key: False,
) -> Evidence:
    """Add up what speaks for a post being about the matter of a story last heard of ``gap`` ago.

    A shared facet counts only in a key that is not ``common``, at most 4 points for what happened to what, and 4 for
    where, to whom and which. Up to 6 hours apart adds a point, up to 24 half a point, unless all that is shared is one
    trouble or thing at one place: in a large town something is late at any hour. Kinds that both name, and none of it
    the same, take away. There is no evidence without a shared trouble or thing, after 48 hours, or where neither
    place nor name nor number is shared and the story began an ``age`` of over 12 hours ago.
    """
    known = frozenset(story)
    shared = known.intersection(found)
    if len(shared) < 2 or gap > MATTER_WINDOW:
        return Evidence(0.0, (), (), gap)
    counted: set[int] = set()
    for key, pair in keys(found).items():
        if pair[0] in shared and pair[1] in shared and not common(key):
            counted.update(pair)
    if not counted:
        return Evidence(0.0, (), (), gap)
    counted.update(facet for facet in shared if kind_of(facet) in _WHEN)
    kinds = sorted(map(kind_of, counted))
    if age > FRESH and not _WHICH.intersection(kinds):
        return Evidence(0.0, (), (), gap)
    worth = {facet: WORTH[kind_of(facet)] * (WORTH_OF_COMMON if common(facet_key(facet)) else 1) for facet in counted}
    about = sum(worth[facet] for facet in counted if kind_of(facet) in _ABOUT)
    telling = about >= _TELLING or not _WHICH.intersection(kinds) <= _WHERE
    score = (
        min(about, _MOST_ABOUT)
        + min(sum(worth[facet] for facet in counted if kind_of(facet) in _WHICH), _MOST_WHICH)
        + sum(worth[facet] for facet in counted if kind_of(facet) in _WHEN)
        + sum(0.5 for near in _NEAR if telling and gap <= near)
    )
    against = contradictions(found, story)
    return Evidence(score - sum(AGAINST[kind] for kind in against), tuple(kinds), against, gap)


def contradictions(found: Sequence[int], story: Sequence[int]) -> tuple[Facet, ...]:
    """Name the kinds of which both sides have facets, and none in common."""
    ours, theirs = _by_kind(found), _by_kind(story)
    return tuple(kind for kind in AGAINST if kind in ours and kind in theirs and not ours[kind] & theirs[kind])


def _by_kind(found: Sequence[int]) -> dict[Facet, set[int]]:
    kinds: dict[Facet, set[int]] = {}
    for facet in found:
        kinds.setdefault(kind_of(facet), set()).add(facet)
    return kinds


def _key(a: int, b: int) -> int:
    return _PAIR_PLACE << 32 | crc32(struct.pack("<2I", *sorted((a, b))))
