"""The whole chain in one process, without a scheduler: ``kuula run``.

The same steps as the DAGs call, one after the other. Used for small machines, drills, benchmarks and tests.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.pool import ThreadPool

import structlog

from monitors.bootstrap import Errand, House
from monitors.errors import KuulaError, RetryLater, StopSource
from monitors.ledger import indexing, judging, leases, scoring
from monitors.pipeline import hooks
from monitors.pipeline.bursts import notice
from monitors.pipeline.calibrate import calibrate_weekly
from monitors.pipeline.collect import Collected, collect
from monitors.pipeline.couriers import Couriers
from monitors.pipeline.deliver import Delivered
from monitors.pipeline.follow import follow_due
from monitors.pipeline.guard import guard
from monitors.pipeline.housekeeping import keep_house
from monitors.pipeline.index import index_waiting
from monitors.pipeline.judge import BATCH as JUDGED_AT_ONCE
from monitors.pipeline.judge import judge
from monitors.pipeline.refresh import refresh_due
from monitors.pipeline.replies import send_replies
from monitors.pipeline.score import score_all
from monitors.pipeline.weekly import send_weekly

log = structlog.get_logger()

GUARD_EVERY = timedelta(seconds=5)
NOTICE_EVERY = timedelta(minutes=5)
REFRESH_EVERY = timedelta(seconds=30)
KEEP_HOUSE_EVERY = timedelta(days=1)
LONGEST_SLEEP = timedelta(seconds=1)
LEDGER_PAUSE = timedelta(seconds=5)
LOOK_AGAIN = 0.05
# For the page at hand of a source that is being asked when everything stops.
LAST_PAGE_SECONDS = 5.0
LAST_MESSAGE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Step:
    """What has just been done, for whoever shows progress: the step's name and how many it dealt with."""

    name: str
    count: int


@dataclass(slots=True)
class Loop:
    """Runs the steps of a house; ``progress`` hears of each. When ``stop`` is set it ends after the batch at hand."""

    house: House
    progress: Callable[[Step], None] = lambda _step: None
    stop: threading.Event = field(default_factory=threading.Event)
    _due: dict[Errand, datetime] = field(default_factory=dict)
    _guard_due: datetime | None = None
    _notice_due: datetime | None = None
    _refresh_due: datetime | None = None
    _keep_due: datetime | None = None
    _couriers: Couriers | None = None
    _gathers: bool = True

    def begin(self) -> None:
        """Free what an earlier process left claimed."""
        with self.house.ledger.write() as tx:
            leases.release_dead(tx)

    def once(self) -> list[tuple[str, KuulaError]]:
        """Drain every source and carry everything to its end; gives the sources that an error stopped, with it.

        While one page is fetched the ones before it are scored, judged and delivered: the sources, the models and the
        ledger wait for different things.
        """
        self.house.warm_up()
        # Nobody comes by later to send what was gathered.
        self._gathers = False
        self.begin()
        with ThreadPoolExecutor(1) as beside:
            collecting = beside.submit(self._collect_all)
            try:
                while not collecting.done():
                    self.respond()
                    wait([collecting], timeout=LOOK_AGAIN)
            finally:
                # Whoever is interrupted here must not leave the other thread collecting.
                if not collecting.done():
                    self.stop.set()
        self.respond()
        self.tell()
        self.index()
        return collecting.result()

    def forever(self) -> None:
        """Go on until ``stop`` is set, also over times when the ledger cannot be reached.

        Sources are asked, and other systems told, on threads of their own: promises, alerts and messages wait for none.
        """
        self._patiently(self.begin)
        self._guard_due = self._notice_due = self.house.now()
        # The threads of this pool are daemons: a source that never answers must not keep the process from ending.
        pool = ThreadPool(2)
        self._couriers = Couriers(self.house.mailroom)
        beside = [
            pool.apply_async(self._patiently, (step,), callback=self._end, error_callback=self._end)
            for step in (self.gather, self.tell)
        ]
        pool.close()
        try:
            self._patiently(self.turn)
        finally:
            self.stop.set()
            for one in beside:
                one.wait(LAST_PAGE_SECONDS)
            if not self._couriers.close(LAST_MESSAGE):
                log.warning("a channel does not answer; its messages go out at the next start")
        if all(one.ready() for one in beside):
            for one in beside:
                one.get()
        else:
            log.warning("a source or a hook does not answer; what it holds is free again at the next start")

    def gather(self) -> timedelta:
        """Collect, read again and forget whatever is due now; gives how long nothing will be."""
        for errand in self.house.errands():
            now = self.house.now()
            if self._due.get(errand, now) <= now and not self.stop.is_set():
                self._collect(errand)
                self._due[errand] = now + timedelta(seconds=self.house.settings.sources[errand.source].every_seconds)
        now = self.house.now()
        if self._refresh_due is None or self._refresh_due <= now:
            self._refresh()
            self._refresh_due = now + REFRESH_EVERY
        if self._keep_due is None or self._keep_due <= now:
            self.keep_house()
            self._keep_due = now + KEEP_HOUSE_EVERY
        soonest = min(self._due.values(), default=now + LONGEST_SLEEP)
        return max(timedelta(0), min(LONGEST_SLEEP, soonest - self.house.now()))

    def turn(self) -> timedelta:
        """Look at every clock, answer what waits, bring the index up to date; gives how long to pause."""
        self._guard()
        self.respond()
        self._notice()
        self.index()
        return LONGEST_SLEEP

    def tell(self) -> timedelta:
        """Tell other systems what happened, until nothing waits; gives how long to pause."""
        house = self.house
        hooks.announce(house.ledger, house.tellers, house.now)
        while not self.stop.is_set():
            told = hooks.tell(house.ledger, house.tellers, house.settings.pages.address, house.now)
            if not told.tried:
                break
            self.progress(Step("tell", told.sent))
        return LONGEST_SLEEP

    def respond(self) -> None:
        """Score, judge, deliver and send answers until nothing waits."""
        with self.house.ledger.read() as tx:
            unscored = scoring.waiting(tx)
        if unscored:
            self._score()
        self._judge()
        self._deliver()
        self._reply()

    def index(self) -> None:
        """Bring the index up to date; when it is down or refuses, that can wait for whoever mends it."""
        with self.house.ledger.read() as tx:
            if not indexing.length(tx):
                return
        try:
            # An index that was down when the house was opened is made ready now.
            self.house.index.prepare()
            while not self.stop.is_set():
                count = index_waiting(self.house.ledger, self.house.index, self.house.now)
                if not count:
                    break
                self.progress(Step("index", count))
        except (RetryLater, StopSource) as error:
            with self.house.ledger.read() as tx:
                log.warning("the index is behind", waiting=indexing.length(tx), error=str(error))

    def _score(self) -> None:
        with closing(score_all(self.house.ledger, self.house.scorer, self.house.now)) as batches:
            for count in batches:
                self.progress(Step("score", count))
                self._judge()
                # However many posts still wait: an alert does not wait for them, nor does a promise.
                self._guard()
                self._deliver()
                if self.stop.is_set():
                    break

    def _judge(self) -> None:
        house = self.house
        with house.ledger.read() as tx:
            brands = judging.brands_waiting(tx)
        for brand in brands:
            while not self.stop.is_set():
                verdicts = judge(house.ledger, brand, house.rules(brand), house.now)
                self.progress(Step("judge", verdicts.posts))
                if verdicts.posts < JUDGED_AT_ONCE:
                    break

    def _deliver(self) -> None:
        while not self.stop.is_set():
            delivered = self._send()
            if not delivered.tried:
                break
            self.progress(Step("deliver", delivered.sent))

    def _send(self) -> Delivered:
        if self._couriers is not None:
            return self._couriers.send()
        room = self.house.mailroom
        return (room if self._gathers else replace(room, usual=None)).deliver()

    def _reply(self) -> None:
        house = self.house
        while not self.stop.is_set():
            replied = send_replies(house.ledger, house.source, house.now)
            if not replied.tried:
                break
            self.progress(Step("reply", replied.sent))

    def _guard(self) -> None:
        """Look at every clock, where this is the process that has to."""
        now = self.house.now()
        if self._guard_due is not None and self._guard_due <= now:
            self.guard(now)
            self._guard_due = now + GUARD_EVERY

    def guard(self, now: datetime) -> None:
        """Look at every clock once, also at the one of the week."""
        guard(self.house.ledger, self.house.roster, now)
        if self.house.weekly is not None:
            send_weekly(self.house.ledger, self.house.roster, self.house.weekly, now)

    def keep_house(self) -> Mapping[str, int]:
        """Forget what is older than the settings allow, giving how many of each; weekly, see if forecasts come true."""
        house, now = self.house, self.house.now()
        dropped = keep_house(house.ledger, house.index, house.settings.retention, now)
        calibrate_weekly(
            house.ledger, house.forecaster(), house.settings.sources, house.settings.policy.thresholds, now
        )
        return dropped

    def notice(self) -> int:
        """Look for bursts of every brand; gives how often people are told."""
        house = self.house
        told = [
            notice(house.ledger, house.watched(brand), house.roster, house.now()) for brand in house.settings.brands
        ]
        return sum(one.alerts for one in told)

    def _notice(self) -> None:
        """Look for bursts when that is due, where this is the process that has to."""
        now = self.house.now()
        if self._notice_due is not None and self._notice_due <= now:
            self._notice_due = now + NOTICE_EVERY
            if self.notice():
                self._deliver()

    def _collect(self, errand: Errand) -> Collected | None:
        house = self.house
        source = house.source(errand.source)
        collected = collect(house.ledger, source, house.query(errand), house.brands, house.now, stop=self.stop.is_set)
        if collected is not None:
            self.progress(Step("collect", collected.found))
            if collected.error:
                log.warning(
                    "a source stopped early", source=errand.source, brand=errand.brand, error=str(collected.error)
                )
        return collected

    def _collect_all(self) -> list[tuple[str, KuulaError]]:
        swept = [(errand.source, self._collect(errand)) for errand in self.house.errands() if not self.stop.is_set()]
        return [(name, collected.error) for name, collected in swept if collected and collected.error]

    def _refresh(self) -> None:
        house = self.house
        for name in {errand.source for errand in house.errands()}:
            source, limits = house.source(name), house.limits(name)
            refreshed = refresh_due(house.ledger, source, house.now, limits=limits, stop=self.stop.is_set)
            self.progress(Step("refresh", refreshed.read))
            if refreshed.doubted:
                log.warning("a source says that nearly all is deleted", source=name, kept_for_now=refreshed.doubted)
            if refreshed.error:
                log.warning("a source could not be read again", source=name, error=str(refreshed.error))
            followed = follow_due(house.ledger, source, house.scope, house.now, limits=limits, stop=self.stop.is_set)
            self.progress(Step("follow", followed.new))
            if followed.error:
                log.warning("a conversation could not be read", source=name, error=str(followed.error))

    def _patiently(self, step: Callable[[], timedelta | None]) -> None:
        """Take a step again and again, until it gives no pause or ``stop`` is set."""
        while not self.stop.is_set():
            try:
                pause = step()
            except RetryLater as error:
                log.warning("something is not there; trying again", error=str(error))
                pause = LEDGER_PAUSE
            if pause is None:
                break
            self.stop.wait(pause.total_seconds())

    def _end(self, _result: object) -> None:
        """One of two that go on side by side has ended, however it was: the other must not go on alone."""
        self.stop.set()
