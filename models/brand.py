"""Which of the watched brands a text mentions, in whatever case form it mentions them."""

from collections.abc import Mapping, Sequence


class BrandMatcher:
    """Finds brands in a text by their names, compiled once for all brands.

    ``names`` maps a brand to the forms it goes by, in any script; endings need not be listed. A form that begins with
    ``@`` is a handle and matches only as such. ``excluded`` maps a brand to words and phrases that speak of something
    else: a phrase around a name ("Usain Bolt") takes back that mention, a word beside it ("wrench") all but handles.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], excluded: Mapping[str, Sequence[str]] | None = None) -> None:
        raise NotImplementedError

    def find(self, text: str) -> tuple[str, ...]:
        """Name the brands that ``text`` mentions, in the order in which the brands were given."""
        raise NotImplementedError
