"""Broken twins of the toy beside those that each check began with: other ways of failing it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from broken.clocks import Waits
from broken.toy import NOW, TWINS, Toy

from models.post import Post
from monitors.errors import RetryLater
from monitors.ports import Can, Conversation, Gone, Json, Page, Query, Window


class SweepsOnce(Toy):
    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        if not (state or {}).get("done"):
            yield from super().collect(query, state, window)

    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return (replace(page, state={"after": after, "done": True}) if reached is None else page), reached


class BeginsAgain(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return (replace(page, state={"after": 0}) if reached is None else page), reached


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


class TakesNothingForDeletion(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        page = super().refresh(ids)
        lost = {*ids} - {one.native_id for one in (*page.found, *page.gone)}
        return replace(page, skipped=(), gone=(*page.gone, *(Gone(one, "deleted", self.http.now()) for one in lost)))


class TakesNothingForSilence(Toy):
    def follow(self, conversation: Conversation) -> Page:
        if not self.http.get(f"/items/{conversation.post.native_id}/below", accept=frozenset({404})).json():
            return Page()
        return super().follow(conversation)


class OverlooksTheSecondFault(Toy):
    def follow(self, conversation: Conversation) -> Page:
        page = super().follow(conversation)
        try:
            self.http.get(f"/items/{conversation.post.native_id}/below", accept=frozenset({404})).json()
        except RetryLater:
            return Page()
        return page


class LeavesStrangersOut(Toy):
    def follow(self, conversation: Conversation) -> Page:
        page = super().follow(conversation)
        two = {*conversation.accounts, conversation.post.author.native_id}
        return replace(page, found=[post for post in page.found if post.author.native_id in two])


class SaysNoRefresh(Toy):
    can = Toy.can - {Can.REFRESH}


class SaysNoFollow(Toy):
    can = Toy.can - {Can.FOLLOW}


class DeletesTomorrow(Toy):
    def refresh(self, ids: Sequence[str]) -> Page:
        page = super().refresh(ids)
        return replace(page, gone=[replace(one, at=NOW + timedelta(days=1)) for one in page.gone])


class ObservesAtAnotherTime(Toy):
    def parse(self, item: Json, at: datetime) -> Post:
        return replace(super().parse(item, at), observed_at=NOW)


class KeepsQuiet(Toy):
    def page(self, after: int) -> tuple[Page, int | None]:
        page, reached = super().page(after)
        return replace(page, skipped=()), reached


ALL: Sequence[tuple[str, type[Toy]]] = (
    *TWINS.items(),
    ("test_what_is_written_after_a_sweep_is_found_by_the_next", SweepsOnce),
    ("test_what_is_shown_late_is_found", ForgetsTheOverlap),
    ("test_a_sweep_without_news_reads_little", BeginsAgain),
    ("test_a_fault_is_no_deletion", TakesNothingForDeletion),
    ("test_a_fault_is_no_silence", TakesNothingForSilence),
    ("test_a_fault_is_no_silence", OverlooksTheSecondFault),
    ("test_a_word_to_a_stranger_comes_with_the_strangers", LeavesStrangersOut),
    ("test_it_reads_again_only_if_it_says_so", SaysNoRefresh),
    ("test_it_declares_what_it_is", SaysNoFollow),
    ("test_a_missing_id_is_gone", DeletesTomorrow),
    ("test_it_reads_no_clock_and_never_sleeps", Waits),
    ("test_posts_are_observed_when_they_are_read", ObservesAtAnotherTime),
    ("test_what_is_skipped_is_told", KeepsQuiet),
)
