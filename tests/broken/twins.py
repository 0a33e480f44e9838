"""Broken twins of the toy beside those that each check began with: other ways of failing it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from broken.toy import TWINS, Toy

from monitors.ports import Json, Page, Query, Window


class SweepsOnce(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        if not (state or {}).get("done"):
            yield from super().collect(query, state, window)

    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return (replace(page, state={"after": after, "done": True}) if reached is None else page), reached


class ForgetsTheOverlap(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        floor = window.since + self.overlap if window.since else None
        for page in super().collect(query, state, window):
            yield replace(page, found=[post for post in page.found if floor is None or post.created_at >= floor])


class WalksInCircles(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        while True:
            yield from super().collect(query, None, window)


class CallsInCircles(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        while True:
            self.page(0)
        yield Page()


ALL: Sequence[tuple[str, type[Toy]]] = (
    *TWINS.items(),
    ("test_what_is_written_after_a_sweep_is_found_by_the_next", SweepsOnce),
    ("test_what_is_shown_late_is_found", ForgetsTheOverlap),
)
