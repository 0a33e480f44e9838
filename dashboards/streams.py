"""How many live pages one person may have open: each is a connection, and a look at the ledger every second."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST = 20
"""Streams of one person to each process; who opens one more loses the oldest."""


class Streams:
    """The open streams of each person, the oldest first. All of them run in one event loop."""

    def __init__(self) -> None:
        self._open: defaultdict[str, list[object]] = defaultdict(list)

    @contextmanager
    def one_of(self, name: str) -> Iterator[Callable[[], bool]]:
        """A stream of a person; what is given says whether it is still among their latest."""
        this, mine = object(), self._open[name]
        mine.append(this)
        try:
            yield lambda: this in mine[-MOST:]
        finally:
            mine.remove(this)
            if not mine and self._open.get(name) is mine:
                del self._open[name]
