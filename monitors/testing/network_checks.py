"""The checks for sources that call servers: faults, place, budget, and what leaves this machine."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from monitors.errors import KuulaError, RetryLater, StopSource
from monitors.http import Http
from monitors.ports import Can, Json, Page, Source, Window
from monitors.source_settings import secrets_of
from monitors.testing.budgets import Counter
from monitors.testing.leaks import loud_log, watched_sockets
from monitors.testing.server import FakeServer, Fault
from monitors.testing.source_checks import MOST_PAGES, SourceCase, SourceChecks, World, through_json

STOPS = (Fault.UNAUTHORIZED, Fault.FORBIDDEN_JSON, Fault.FORBIDDEN_HTML, Fault.GONE)
# Some services say by 410 of a single post that it was deleted.
STOPS_FOR_A_POST = tuple(stop for stop in STOPS if stop is not Fault.GONE)
WAITS = (
    Fault.LIMITED,
    Fault.LIMITED_SILENTLY,
    Fault.LIMITED_STALE,
    Fault.UNAVAILABLE,
    Fault.CUT_CONNECTION,
    Fault.SLOW,
    Fault.HUGE,
)
# An answer that says nothing: neither that there are no posts, nor that they are gone.
EMPTY = (Fault.EMPTY_OBJECT, Fault.NULL, Fault.EMPTY_LIST)


@dataclass(frozen=True)
class NetworkWorld(World):
    """A world behind a server that misbehaves on demand; ``said`` gives the replies that the service has by now.

    ``talk`` has an account of ours answer one of the posts and its author answer that; a stranger answers the post as
    well, and its author answers the stranger. Nobody names the brand. It gives the five ids in that order, and ``ours``
    is that account. ``publish`` has somebody write a post that collecting must bring, as
    of a time, and gives its id.
    """

    server: FakeServer
    said: Callable[[], Sequence[str]] = tuple
    talk: Callable[[], Sequence[str]] = tuple
    ours: str = ""
    publish: Callable[[datetime], str] | None = None


@dataclass
class Outcome:
    """How a collection under a fault went."""

    pages: list[Page]
    error: KuulaError | None
    state: Any

    @property
    def seen(self) -> set[str]:
        """The ids of all that was found."""
        return {post.native_id for page in self.pages for post in page.found}

    @property
    def largest(self) -> int:
        """How many posts the fullest page has."""
        return max((len(page.found) for page in self.pages), default=0)


class NetworkSourceChecks(SourceChecks):
    """What every source that calls a server promises; ``case.world()`` gives a ``NetworkWorld``."""

    case: ClassVar[SourceCase]

    def test_each_fault_ends_in_its_error(self) -> None:
        """Refusals stop the source, load and network faults wait, and a broken page is an error or a counted skip."""
        for fault in (*STOPS, *WAITS, Fault.HTML, Fault.CUT_BODY):
            with self._world() as world:
                world.server.fail(fault)
                got = self._attempt(world, seconds=patience(fault))
            expected = StopSource if fault in STOPS else RetryLater if fault in WAITS else (RetryLater, StopSource)
            seen = any(page.skipped for page in got.pages)
            broken_but_seen = fault is Fault.CUT_BODY and seen
            assert isinstance(got.error, expected) or broken_but_seen, f"{fault}: {got.error!r}"
            assert not isinstance(got.error, StopSource) or got.error.remedy

    def test_what_is_skipped_is_told(self) -> None:
        """A broken item of the world is no post, and a page says so: what is left out in silence is lost."""
        assert any(page.skipped for page in self._collected()), (
            "no page has anything in `skipped`: give what `understand` skipped, and have the world show an item that "
            "is broken, such as one dated days ahead, or one without a text where the service is asked by time"
        )

    def test_posts_are_observed_when_they_are_read(self) -> None:
        """A service is read now, and now is what ``parse`` is told."""
        later = timedelta(hours=1)
        observed = {post.observed_at for post in self._parsed(self.case.items(), later=later)[0]}
        assert observed == {self.case.now + later}, "`observed_at` is the `at` of `parse`"

    def test_a_limit_says_when(self) -> None:
        """A reset time reaches the scheduler; one that is absent or in the past gives none, so nobody spins."""
        for fault, known in ((Fault.LIMITED, True), (Fault.LIMITED_SILENTLY, False), (Fault.LIMITED_STALE, False)):
            with self._world() as world:
                world.server.fail(fault)
                error = self._attempt(world).error
            after = getattr(error, "after", None)
            right = (after is not None and after > self.case.now) if known else after is None
            assert right, f"{fault}: {error!r} with after={after}; let the errors of the client pass"

    def test_a_failed_fetch_keeps_the_place(self) -> None:
        """A fault at any request moves nothing: after it has passed, all that was not stored is found."""
        for fault in (Fault.UNAVAILABLE, Fault.CUT_BODY, Fault.CUT_CONNECTION, Fault.HTML):
            for good in range(4):
                with self._world() as world:
                    world.server.fail(fault, after=good)
                    broken = self._attempt(world)
                    world.server.fail(None)
                    healed = self._attempt(world, broken.state)
                seen = broken.seen | healed.seen
                assert healed.error is None
                assert seen >= world.ids, f"{fault} after {good}: lost {sorted(world.ids - seen)}"

    def test_what_is_written_after_a_sweep_is_found_by_the_next(self) -> None:
        """A sweep that came to its end is no end: what was written since, more than a page, is found by the next."""
        if not self.case.publishes:
            return
        with self._world() as world:
            publish, now = self._publisher(world), self.case.now
            swept = self._swept(world, None, self.case.window)
            for sweep in range(1, 4):
                since, now = now - self.case.source.overlap, now + timedelta(hours=2)
                new = {publish(now - timedelta(minutes=5, seconds=second)) for second in range(swept.largest + 1)}
                swept = self._swept(world, swept.state, Window(since, now))
                lost = sorted(new - swept.seen)
                assert not lost, (
                    f"what was written after sweep {sweep} is not found: {lost}; the state is {swept.state}"
                )

    def test_what_is_shown_late_is_found(self) -> None:
        """Behind a post that was found, one shows up that is older by less than ``overlap``: the next sweep has it."""
        overlap = self.case.source.overlap
        if not overlap or not self.case.publishes:
            return
        news, largest = 1, 1
        # However many are new: a page may end right before the late one, and then nothing but `overlap` leads to it.
        while news <= largest:
            with self._world() as world:
                publish, now = self._publisher(world), self.case.now + max(timedelta(hours=1), 2 * overlap)
                first = self._swept(world, None, self.case.window)
                for moment in (now - overlap / 4, now):
                    publish(moment)
                second = self._swept(world, first.state, Window(self.case.now - overlap, now))
                late = publish(now - overlap / 2)
                new = {publish(now + overlap / 2 * (1 + number / news)) for number in range(news)}
                third = self._swept(world, second.state, Window(now - overlap, now + overlap))
            # That nothing at all is found is another check's business.
            assert late in third.seen or not new <= third.seen, (
                f"shown late by half of `overlap`, behind {news} new posts, and not found; the state was {second.state}"
            )
            news, largest = news + 1, first.largest

    def test_a_sweep_without_news_reads_little(self) -> None:
        """A sweep goes on from where the last one ended: to read all again each time costs money and patience."""
        if not self.case.publishes or self.case.pages == 1:
            return
        with self._world() as world:
            publish, now = self._publisher(world), self.case.now + max(timedelta(hours=1), 2 * self.case.source.overlap)
            first = self._swept(world, None, self.case.window)
            needed = len(world.server.asked)
            publish(now)
            second = self._swept(world, first.state, Window(self.case.now - self.case.source.overlap, now))
            before = len(world.server.asked)
            self._swept(world, second.state, Window(now - self.case.source.overlap, now + timedelta(minutes=1)))
            asked = len(world.server.asked) - before
        assert asked < needed, f"{asked} calls where nothing is new, {needed} for all; the state was {second.state}"

    def test_a_time_without_a_zone_is_not_guessed(self) -> None:
        """A service that leaves out the zone of its ISO times says no time: the item is skipped, or read without it."""
        known = {post.native_id: post for post in self._parsed(self.case.items())[0]}
        for post in self._parsed([_zoneless(item) for item in self.case.items()])[0]:
            before = known.get(post.native_id)
            # Another field may say the time as well, and an item without a time may count as written just now.
            written = {self.case.now, before and before.created_at}
            assert post.created_at in written, f"{post.native_id}: {post.created_at} is a guess"
            assert post.edited_at in {None, *written, before and before.edited_at}, (
                f"{post.native_id}: edited at a guess"
            )

    def test_a_fault_is_no_deletion(self) -> None:
        """A fault while posts are read again is an error, and never the news that they were deleted."""
        if Can.REFRESH not in self.case.source.can:
            return
        for fault in (*STOPS_FOR_A_POST, *WAITS, Fault.HTML, Fault.CUT_BODY, *EMPTY):
            for good in (0, 1):
                with self._world() as world:
                    world.server.fail(fault, after=good)
                    source, _ = self._build(world, patience(fault))
                    page, error = self._read_again(source, sorted(world.ids))
                    met = len(world.server.asked) > good
                assert not page.gone, f"{fault} after {good} good answers: {len(page.gone)} posts are said to be gone"
                told = error is not None or (fault in EMPTY and page.skipped)
                assert told or not met, f"{fault} after {good} good answers: no error"

    def test_a_server_that_repeats_itself_is_left(self) -> None:
        """A page token that leads to the same page for ever ends the collection, with or without an error."""
        with self._world() as world:
            world.server.fail(Fault.REPEATED)
            source, http = self._build(world)
            pages = source.collect(self.case.query, None, self.case.window)
            ended = False
            try:
                for _ in range(100):
                    if next(pages, None) is None:
                        ended = True
                        break
            except (RetryLater, StopSource):
                ended = True
        assert ended, f"{http.calls} calls and no end"

    def test_no_request_leaves_loopback(self) -> None:
        """With the address in the settings on loopback, nothing is resolved or connected to elsewhere."""
        with self._world() as world, watched_sockets() as outside:
            self._attempt(world)
        assert outside == []

    def test_no_secret_is_ever_shown(self) -> None:
        """Errors, their tracebacks, representations and the log at its loudest are free of every secret."""
        for fault in (None, Fault.UNAUTHORIZED, Fault.FORBIDDEN_HTML, Fault.LIMITED, Fault.HTML, Fault.CUT_CONNECTION):
            with self._world() as world, loud_log() as log:
                world.server.fail(fault)
                source, http = self._build(world)
                error = self._attempt(world, source=source).error
                settings = self.case.source.Settings.model_validate(dict(world.settings))
            shown = [repr(source), repr(http), repr(settings), str(settings), *log]
            if error is not None:
                shown += [str(error), repr(error), getattr(error, "remedy", ""), *traceback.format_exception(error)]
            for secret in secrets_of(settings):
                told = [text for text in shown if secret in text]
                assert not told, f"{fault or 'no fault'}: a secret is shown in {told[0].replace(secret, '***')[:300]}"

    def test_the_budget_is_asked_before_each_call(self) -> None:
        """The server sees exactly as many requests as the budget allowed, and a refusal reaches the scheduler."""
        with self._world() as world:
            self._attempt(world)
            needed = len(world.server.asked)
        for allowed in range(needed):
            with self._world() as world:
                budget = Counter(allowed)
                source, _ = self.case.build(world, budget=budget)
                error = self._attempt(world, source=source).error
                assert len(world.server.asked) == budget.asked == allowed
            assert isinstance(error, RetryLater) or allowed > 0, f"the budget refused, and the source said {error!r}"

    @staticmethod
    def _read_again(source: Source, ids: Sequence[str]) -> tuple[Page, KuulaError | None]:
        try:
            return source.refresh(ids), None
        except (RetryLater, StopSource) as error:
            return Page(), error

    @staticmethod
    def _publisher(world: NetworkWorld) -> Callable[[datetime], str]:
        assert world.publish, (
            "give `publish` in your NetworkWorld: it writes a post as of a time and gives its id; "
            "where nothing can be added to what the service shows, say `publishes = False` in the case"
        )
        return world.publish

    def _swept(self, world: NetworkWorld, state: Json, window: Window) -> Outcome:
        """A whole sweep at the end of its window."""
        source, _ = self.case.build(world, at=window.until)
        got = self._attempt(world, state, source=source, window=window)
        assert got.error is None, got.error
        return got

    @contextmanager
    def _world(self) -> Iterator[NetworkWorld]:
        with self.case.world() as world:
            assert isinstance(world, NetworkWorld)
            yield world

    def _build(self, world: World, seconds: float = 20) -> tuple[Source, Http]:
        return self.case.build(world, timeout_seconds=seconds, max_bytes=300_000)

    def _attempt(
        self,
        world: World,
        state: Any = None,
        *,
        source: Source | None = None,
        seconds: float = 20,
        window: Window | None = None,
    ) -> Outcome:
        pages: list[Page] = []
        error: KuulaError | None = None
        source = source or self._build(world, seconds)[0]
        try:
            for page in source.collect(self.case.query, state, window or self.case.window):
                pages.append(page)
                assert len(pages) <= MOST_PAGES, f"{MOST_PAGES} pages and no end: what tells the walk that it is done?"
        except (RetryLater, StopSource) as raised:
            error = raised
        return Outcome(pages, error, through_json([page.state for page in pages], state))


def patience(fault: Fault) -> float:
    """Seconds that a source waits: few only where the time-out is the point, as a busy machine is slow too."""
    return 0.3 if fault is Fault.SLOW else 20


def error_of(call: Callable[[], object]) -> KuulaError | None:
    """The error that a call ends in, of those that a scheduler has an answer to."""
    try:
        call()
    except (RetryLater, StopSource) as error:
        return error
    return None


def _zoneless(value: Json) -> Json:
    """The item with its ISO times an hour earlier and without a zone: whoever guesses one gets a time of no field."""
    if isinstance(value, dict):
        return {key: _zoneless(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_zoneless(inner) for inner in value]
    if not isinstance(value, str) or len(value) < len("2026-03-02T12:00Z"):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (moment - timedelta(hours=1)).replace(tzinfo=None).isoformat() if moment.tzinfo else value
