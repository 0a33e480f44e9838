"""The text that a reader of a post sees: without characters that show nothing, which some put in to hide their words.

The models were taught on what people see: a soft hyphen in every word makes other words of them, and a complaint of
those is none to a model. Soft hyphens, zero-width characters and direction marks also come with copied text.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_SCORED = 5_000
"""Characters of a post that are looked at. A complaint is told by then; a post of 10 MB costs what a long one does."""

_FURTHEST = 100_000
"""Characters among which the visible ones are looked for: no post that is kept has more."""

_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"

# Unicode's format characters, but for Arabic signs that show; with them a joiner of accents, and Mongolian marks.
_SHOW_NOTHING = (
    "\u00ad\u034f\u061c\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# Most texts have none, and one class of characters is looked through ten times faster than what follows.
_PERHAPS = re.compile(f"[{_SHOW_NOTHING}\u200d\ufe00-\ufe0f]")

_INVISIBLE = re.compile(
    # A joiner between two emoji makes one of them, and a selector colours one: that shows. No letter has two forms.
    rf"(?<=[^\W\d_\u2139])[{_SHOW_NOTHING}\u200d\ufe00-\ufe0f]+"
    rf"|(?:[{_SHOW_NOTHING}]|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}]))+"
)


@dataclass(frozen=True, slots=True)
class Visible:
    """What is seen of a text, and where that stands in it: by runs, each with its start here and there."""

    text: str
    _starts: Sequence[int] = (0,)
    _places: Sequence[int] = (0,)

    @property
    def whole(self) -> bool:
        """Whether places here are those in the text itself."""
        return len(self._starts) == 1 and self._places[0] == 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` is in the text as it came: with what is hidden inside it, not around it."""
        first = self._place(start)
        return first, self._place(end - 1) + 1 if end > start else first

    def _place(self, at: int) -> int:
        run = bisect_right(self._starts, at) - 1
        return self._places[run] + at - self._starts[run]


def visible(text: str) -> Visible:
    """What is seen of the part of a text that is looked at; nearly always that part as it is."""
    part = text[:LONGEST_SCORED]
    if part.isascii() or not _PERHAPS.search(part) or not _INVISIBLE.search(part):
        return Visible(part)
    pieces, starts, places = [], [], []
    seen = end = 0
    part = text[:_FURTHEST]
    for start, following in [*(found.span() for found in _INVISIBLE.finditer(part)), (len(part), len(part))]:
        if start > end:
            pieces.append(part[end:start])
            starts.append(seen)
            places.append(end)
            seen += start - end
        end = following
        if seen >= LONGEST_SCORED:
            break
    return Visible("".join(pieces)[:LONGEST_SCORED], starts or (0,), places or (0,))
