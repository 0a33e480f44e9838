"""Where a post switches from one language to another: the likeliest division of its words into stretches.

Every change costs, less so where a sentence or clause ends, and a stretch stands only with a few words that are surely
in its language: a loan word, a brand or a greeting is no part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHANGE = 4.0
_CHANGE_AT_PUNCTUATION = 2.0
"""What a change of language costs in evidence of the words (log-odds)."""

_FEWEST_WORDS = 3
_UNDECIDED = 0.3
"""By how much (log-odds) a word may speak for another language and still count for a stretch, as short ones do."""

_SURE = 0.9
"""How likely the language of a stretch must be, read by itself."""

_PUNCTUATION = frozenset('.,!?…:;"“”„«»()–—\n')


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words ``first`` up to, not including, ``end`` that are all in language ``choice``, a column of the evidence."""

    choice: int
    first: int
    end: int


def divide(evidence: "NDArray[Any]", breaks: Sequence[bool], chance: Callable[[Stretch], float]) -> list[Stretch]:
    """Divide words into stretches of one language each; a single one where there is no good reason for more.

    ``evidence`` (words × languages) is in log-odds, ``breaks`` says of each word whether punctuation stands before it,
    ``chance`` how likely the words of a stretch are in its language, read by themselves.
    """
    stretches = _runs(_likeliest(evidence.tolist(), breaks))
    while len(stretches) > 1:
        chances = [chance(stretch) if _is_long(stretch, evidence) else 0.0 for stretch in stretches]
        weakest = min(range(len(stretches)), key=chances.__getitem__)
        if chances[weakest] >= _SURE:
            break
        stretches = _without(stretches, weakest)
    return stretches


def has_break(gap: str) -> bool:
    """Whether what stands between two words ends a sentence or a clause."""
    return not _PUNCTUATION.isdisjoint(gap)


def spans(text: str, words: Sequence[tuple[int, int]], stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Give where the stretches stand in the text: with their punctuation, without white space at their ends."""
    borders = [0]
    for stretch in stretches[1:]:
        before, after = words[stretch.first - 1][1], words[stretch.first][0]
        gap = text[before:after]
        cut = max(gap.rfind(" "), gap.rfind("\n"))
        borders.append(before + cut + 1 if cut >= 0 else after)
    found = []
    for start, end in zip(borders, [*borders[1:], len(text)], strict=True):
        part = text[start:end]
        found.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return found


def _likeliest(evidence: list[list[float]], breaks: Sequence[bool]) -> list[int]:
    choices = range(len(evidence[0]))
    best, ways = evidence[0], []
    for word, has_punctuation in zip(evidence[1:], breaks[1:], strict=True):
        top = max(choices, key=best.__getitem__)
        change = best[top] - (_CHANGE_AT_PUNCTUATION if has_punctuation else _CHANGE)
        ways.append([choice if best[choice] >= change else top for choice in choices])
        best = [max(best[choice], change) + word[choice] for choice in choices]
    path = [max(choices, key=best.__getitem__)]
    for way in reversed(ways):
        path.append(way[path[-1]])
    return path[::-1]


def _runs(path: Sequence[int]) -> list[Stretch]:
    starts = [0] + [at for at in range(1, len(path)) if path[at] != path[at - 1]]
    return [Stretch(path[start], start, end) for start, end in zip(starts, [*starts[1:], len(path)], strict=True)]


def _is_long(stretch: Stretch, evidence: "NDArray[Any]") -> bool:
    import numpy as np

    named = evidence[stretch.first : stretch.end, :-1]
    if stretch.choice == named.shape[1]:
        return False
    lead = named[:, stretch.choice] - np.delete(named, stretch.choice, axis=1).max(axis=1)
    return int((lead > -_UNDECIDED).sum()) >= _FEWEST_WORDS


def _without(stretches: Sequence[Stretch], at: int) -> list[Stretch]:
    left = [stretch for place, stretch in enumerate(stretches) if place != at]
    first, end = stretches[at].first, stretches[at].end
    if at:
        left[at - 1] = Stretch(left[at - 1].choice, left[at - 1].first, end)
    else:
        left[0] = Stretch(left[0].choice, first, left[0].end)
    joined = left[:1]
    for stretch in left[1:]:
        if stretch.choice == joined[-1].choice:
            joined[-1] = Stretch(stretch.choice, joined[-1].first, stretch.end)
        else:
            joined.append(stretch)
    return joined
