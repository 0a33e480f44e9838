"""A twin of the toy with a clock of its own; alone in its module, because the suite reads the whole of that."""

import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime

from broken.toy import Toy

from monitors.ports import Json, Page, Query, Window


class Waits(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        clock.sleep(0)
        yield from super().collect(query, state, window)

    def asked_at(self) -> datetime:
        """Another clock."""
        return datetime.now(UTC)
