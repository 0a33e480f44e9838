"""The conformance suite of sources. To join it, a test module says how the source is built and what it must bring::

    class TestMine(NetworkSourceChecks):
        case = MyCase()

A source without a network joins ``SourceChecks`` alone. Each check has a broken twin in ``tests/broken`` that fails it
and only it.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from models.post import Post
from monitors.http import Budget, Http
from monitors.parsing import understand
from monitors.ports import Can, Json, Page, Query, Source, Window
from monitors.source_settings import SourceSettings
from monitors.sources import SourceClass
from monitors.testing.banned_calls import banned_in

NAME = "under-test"

# More pages than any case has: a source that is not done by then will never be.
ENOUGH = 40

# The same where a sweep is followed to its end, and for the calls of one source.
MOST_PAGES = 500
MOST_CALLS = 1000

_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-fA-F]+);")
_SECRET_NAME = re.compile(r"token|secret|password|api_?key")


@dataclass(frozen=True)
class World:
    """Something for the source to read: how to reach it, and the ids of everything that collecting must bring.

    It fills at least ``case.pages`` pages, and one post in it is dated days ahead by a wrong clock
    (``ids`` leaves that out) where the source's dates are a stranger's; a world of a network shows that or another item
    that is broken.
    """

    settings: Mapping[str, Any]
    ids: frozenset[str]


class SourceCase(ABC):
    """What the suite must know about one source."""

    source: ClassVar[SourceClass]
    query: ClassVar[Query]
    window: ClassVar[Window]
    now: ClassVar[datetime]
    missing: ClassVar[str] = ""
    """A native id that the world does not have, for a source that can REFRESH."""
    optional: ClassVar[Sequence[str]] = ()
    """Dotted keys of the recorded items that a service may leave out."""
    pages: ClassVar[int] = 3
    """How many pages the world fills at least; 1 only for a service that gives everything at once."""
    publishes: ClassVar[bool] = True
    """Whether its ``NetworkWorld`` has ``publish``; False only where nothing can be added to what the service shows."""

    @abstractmethod
    def items(self) -> Sequence[Json]:
        """Recorded items, as the source's ``parse`` takes them."""

    @abstractmethod
    def expected(self) -> Sequence[Post]:
        """The posts that those items are, written by hand; ``source`` is ``NAME``, ``raw`` is not compared."""

    @abstractmethod
    def world(self) -> AbstractContextManager[World]:
        """A fresh world, and the same each time."""

    def build(
        self, world: World, *, budget: Budget | None = None, at: datetime | None = None, **changes: Any
    ) -> tuple[Source, Http]:
        """The source over that world, its clock at ``at`` or ``now``; ``changes`` override settings that it has.

        One that calls without end is ended by its budget, with an error that no source is to catch.
        """
        now = at or self.now
        settings_class: type[SourceSettings] = self.source.Settings
        known = {key: value for key, value in changes.items() if key in settings_class.model_fields}
        settings = settings_class.model_validate({**world.settings, **known})
        http = Http(settings, budget=budget or _Bound(), now=lambda: now, sleep=lambda _: None)
        return self.source(NAME, settings, http), http


class SourceChecks:
    """What every source promises."""

    case: ClassVar[SourceCase]

    def test_it_declares_what_it_is(self) -> None:
        """Kind, abilities, overlap and settings are there, settings are closed, and what is secret is typed so."""
        declared = self.case.source
        assert re.fullmatch(r"[a-z][a-z0-9_]*", declared.kind)
        assert declared.can
        assert declared.can <= frozenset(Can)
        assert declared.can & {Can.SEARCH, Can.WATCH}, "a source must find something"
        joined = {one.__name__ for one in type(self).__mro__}
        for ability, suite in ((Can.REPLY, "ReplySourceChecks"), (Can.FOLLOW, "FollowSourceChecks")):
            able = ability in declared.can
            assert not able or suite in joined, f"a source that can {ability.name} joins {suite}"
            assert able == hasattr(declared, ability.value), (
                f"it declares Can.{ability.name} and has no `{ability.value}`"
                if able
                else f"it has `{ability.value}` and nobody calls it: declare Can.{ability.name} in `can`"
            )
        assert declared.overlap >= timedelta(0)
        assert issubclass(declared.Settings, SourceSettings)
        assert declared.Settings.model_config.get("extra") == "forbid"
        for name, field in declared.Settings.model_fields.items():
            assert not _SECRET_NAME.search(name) or SecretStr.__name__ in str(field.annotation), (
                f"{name} is no SecretStr"
            )

    def test_it_reads_again_only_if_it_says_so(self) -> None:
        """A source that reads posts again and does not declare it would never be asked to."""
        if Can.REFRESH not in self.case.source.can:
            with self.case.world() as world:
                page = self.case.build(world)[0].refresh(sorted(world.ids)[:1])
            assert page == Page(), "its `refresh` works and nobody calls it: declare Can.REFRESH in `can`"

    def test_it_reads_no_clock_and_never_sleeps(self) -> None:
        """The time is what it is told, and waiting is the framework's: a clock of its own cannot be replayed."""
        banned = banned_in(self.case.source)
        assert banned == [], (
            f"use `http.now` and the `at` of `parse`, and raise RetryLater instead of waiting: {banned}"
        )

    def test_its_world_fills_its_pages(self) -> None:
        """A world that fits into a page or two would let every check of paging and resuming pass unproved."""
        with self.case.world() as world:
            brought = [{post.native_id for post in page.found} & world.ids for page in self._pages(world, None)]
        filled = sum(map(bool, brought))
        assert filled >= self.case.pages, (
            f"the world fills {filled} of the {self.case.pages} pages that paging is proved with: "
            "put more posts into it or set a smaller page_size; a source that never pages says `pages = 1` in its case"
        )

    def test_posts_carry_the_configured_name(self) -> None:
        """Two sources of one kind stay apart, because posts are named after the configured source."""
        assert {post.source for post in self._all(self._collected())} == {NAME}

    def test_the_recorded_page_is_understood(self) -> None:
        """Nothing of the recorded page is skipped, and it gives exactly the posts written down by hand."""
        found, skipped = self._parsed(self.case.items())
        assert skipped == []
        assert [_plain(post) for post in found] == [_plain(post) for post in self.case.expected()]

    def test_the_same_page_gives_the_same_keys(self) -> None:
        """An item keeps its identity when it is read again, later, by another instance."""
        first, _ = self._parsed(self.case.items())
        again, _ = self._parsed(self.case.items(), later=timedelta(hours=1))
        assert [post.native_id for post in first] == [post.native_id for post in again]

    def test_keys_are_unique_in_a_page(self) -> None:
        """No page holds one identity twice."""
        for page in self._collected():
            keys = [post.native_id for post in page.found]
            assert len(keys) == len(set(keys))

    def test_resuming_after_any_page_loses_nothing(self) -> None:
        """Stop after each page in turn, keep its state as JSON, start anew from it: all is found in the end."""
        with self.case.world() as world:
            for stop in range(1, len(list(self._pages(world, None))) + 1):
                seen: set[str] = set()
                state: Json | None = None
                for _ in range(ENOUGH):
                    pages = self._first(stop, self._pages(world, state))
                    seen |= {post.native_id for page in pages for post in page.found}
                    state = through_json([page.state for page in pages], state)
                    if len(pages) < stop or seen >= world.ids:
                        break
                assert seen >= world.ids, f"stopping after {stop} pages loses {sorted(world.ids - seen)}"

    def test_unknown_fields_are_harmless(self) -> None:
        """A service adds fields on any day: the posts stay the same."""
        known, _ = self._parsed(self.case.items())
        found, skipped = self._parsed([_with_unknown(item) for item in self.case.items()])
        assert skipped == []
        assert [_plain(post) for post in found] == [_plain(post) for post in known]

    def test_missing_optional_fields_are_harmless(self) -> None:
        """Each field that may be absent is left out and set to null in turn: the post is still found, under its key."""
        keys = [post.native_id for post in self._parsed(self.case.items())[0]]
        for field in self.case.optional:
            for change in (_without, _with_null):
                found, skipped = self._parsed([change(item, field) for item in self.case.items()])
                assert skipped == [], f"{field}: {skipped}"
                assert [post.native_id for post in found] == keys, field

    def test_absent_counts_are_unknown(self) -> None:
        """A count that a service leaves out is left out of the post, or as it was: 0 would be a guess."""
        before = self._parsed(self.case.items())[0]
        for field in self.case.optional:
            for change in (_without, _with_null):
                found, _ = self._parsed([change(item, field) for item in self.case.items()])
                for old, new in zip(before, found, strict=False):
                    guessed = new.engagement.items() - old.engagement.items()
                    assert not guessed, f"without {field} it counts {dict(guessed)}; leave out what is not there"
                    assert new.author.followers in {None, old.author.followers}, f"without {field}: its followers"

    def test_times_are_utc_and_not_ahead(self) -> None:
        """Whatever clocks strangers have, the times that come in are aware, in UTC and never later than now."""
        for post in self._all(self._collected()):
            for moment in (post.created_at, post.observed_at, post.edited_at):
                assert moment is None or moment.utcoffset() == timedelta(0)
            assert post.created_at <= post.observed_at <= self.case.now

    def test_text_has_no_markup(self) -> None:
        """Tags and entities are a service's business; the words are ours."""
        for post in self._all(self._collected()):
            assert not _MARKUP.search(post.text), post.text

    def test_a_missing_id_is_gone(self) -> None:
        """Reading an id that is no longer there gives the event, not an error and not silence."""
        if Can.REFRESH in self.case.source.can:
            assert self.case.missing, "give `missing` in your case: an id that the world does not have"
            with self.case.world() as world:
                page = self.case.build(world)[0].refresh([self.case.missing])
            assert [gone.native_id for gone in page.gone] == [self.case.missing], "say it by a Gone: it was deleted"
            assert [gone.at for gone in page.gone] == [self.case.now], "`Gone.at` is the client's `now`"

    def test_reading_again_keeps_keys(self) -> None:
        """What was collected is found again by its native id, under the same id."""
        if Can.REFRESH in self.case.source.can:
            with self.case.world() as world:
                source, _ = self.case.build(world)
                ids = sorted(world.ids)
                page = source.refresh(ids)
            assert sorted(post.native_id for post in page.found) == ids
            assert not page.gone

    def _parsed(self, items: Sequence[Json], *, later: timedelta = timedelta(0)) -> Any:
        with self.case.world() as world:
            source, _ = self.case.build(world)
            numbered = [(str(number), item) for number, item in enumerate(items)]
            return understand(numbered, source.parse, self.case.now + later)

    def _collected(self) -> list[Page]:
        with self.case.world() as world:
            return list(self._pages(world, None))

    def _pages(self, world: World, state: Json | None, **changes: Any) -> Iterator[Page]:
        source, _ = self.case.build(world, **changes)
        yield from self._first(ENOUGH, source.collect(self.case.query, state, self.case.window))

    @staticmethod
    def _first(count: int, pages: Iterator[Page]) -> list[Page]:
        return [page for page, _ in zip(pages, range(count), strict=False)]

    @staticmethod
    def _all(pages: Sequence[Page]) -> list[Post]:
        posts = [post for page in pages for post in page.found]
        assert posts, "nothing was collected"
        return posts


class _Bound:
    """The budget of whoever has no other: all that a source in its senses asks for."""

    def __init__(self) -> None:
        self._asked = 0

    def spend(self, *, calls: int, cost: float) -> None:  # noqa: ARG002 - of the port
        self._asked += max(calls, 0)
        assert self._asked <= MOST_CALLS, f"{MOST_CALLS} calls and no end: what tells the source that it is done?"


def _plain(post: Post) -> dict[str, Any]:
    # Slots and frozen: compare field by field, except what the service sent.
    return {name: getattr(post, name) for name in Post.__slots__ if name not in {"raw", "observed_at"}}


def _with_unknown(item: Json) -> Json:
    changed = deepcopy(item)
    if isinstance(changed, dict):
        changed["field_of_tomorrow"] = {"deep": [1, None, "x"]}
        for value in changed.values():
            if isinstance(value, dict):
                value["field_of_tomorrow"] = [{}]
    return changed


def _without(item: Json, field: str) -> Json:
    return _changed(item, field, lambda holder, key: holder.pop(key, None))


def _with_null(item: Json, field: str) -> Json:
    return _changed(item, field, lambda holder, key: holder.__setitem__(key, None))


def _changed(item: Json, field: str, change: Callable[[dict[str, Any], str], object]) -> Json:
    changed = deepcopy(item)
    *path, last = field.split(".")
    holder = changed
    for key in path:
        holder = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(holder, dict) and last in holder:
        change(holder, last)
    return changed


def through_json(states: Sequence[Json | None], before: Json | None) -> Json | None:
    """The newest state that was given, or the one before, as it comes back from being stored as JSON."""
    known = [state for state in states if state is not None]
    try:
        return json.loads(json.dumps(known[-1])) if known else before
    except TypeError as error:
        raise AssertionError(f"a `state` is stored as JSON: {error}") from None
