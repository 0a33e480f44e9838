"""What was worked out lately, by a digest of what it was worked out from: of a draft no word stays here."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Recent(Generic[Given, Made]):
    """Keeps the ``most`` answers that were last asked for; many threads may ask at the same time.

    ``key`` gives the digest of what is asked about: whatever is not in it must not change the answer.
    """

    def __init__(self, key: Callable[[Given], bytes], most: int) -> None:
        self._key, self._most = key, most
        self._kept: OrderedDict[bytes, Made] = OrderedDict()
        self._lock = Lock()

    def each(self, asked: Sequence[Given], make: Callable[[Sequence[Given]], Iterable[Made]]) -> list[Made]:
        """Give the answer to each; ``make`` works out those that nobody asked for lately, each once, in their order."""
        keys = [self._key(one) for one in asked]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: one for key, one in zip(keys, asked, strict=True) if key not in found}
        found |= zip(new, make(list(new.values())), strict=True)
        with self._lock:
            for key, made in found.items():
                self._kept[key] = made
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return [found[key] for key in keys]
