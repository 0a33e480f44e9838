"""The hand-written words by which posts in four languages are seen to be about the same.

They are in ``matter_words.txt``: ``down`` is an outage in any language, ``parcel`` a parcel.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

UTILITIES = frozenset(
    {"internet", "electricity", "heating", "water", "television", "app", "website", "payment", "login"}
)
"""Things whose absence is an outage: "no internet", "нет света"."""

SAFE_PLACES = ("tartu", "narva", "pärnu", "jõhvi")
"""Short names that are no other word, so that they need no capital."""


@cache
def section(title: str) -> Mapping[str, tuple[str, ...]]:
    """Give the words of one section by their common name, in the order of the file.

    ``shared troubles`` befall many customers at once, and that two posts name one says much; ``own troubles`` each
    customer has alone. ``things`` are what they are about; ``places`` and ``countries`` have their names in each
    language; ``phrases`` are words that mean something only together.
    """
    lines = files("models").joinpath("matter_words.txt").read_text("utf-8").splitlines()
    start = lines.index(f"[{title}]") + 1
    named = {}
    for line in lines[start:]:
        if line.startswith("["):
            break
        name, colon, words = line.partition(": ")
        if colon:
            named[name] = tuple(words.split())
    return named
