"""Playing a tape to one policy: the steps of production in an empty ledger, with the time of the tape for a clock.

Nobody answers in a replay: what was alerted stays open and unacknowledged, and its story alerts again on growth. The
ledger of a replay knows of no models of the team's own: they have learnt from how these very posts ended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from models.backtest import Alert
from models.decision import Policy
from monitors.backtest.tape import DRILL_START, Progress, Tape, Workshop
from monitors.bootstrap import House
from monitors.ledger import replaying
from monitors.ledger.replaying import Look
from monitors.loop import Loop

STEP = timedelta(minutes=15)
"""The longest time between two moments at which posts are judged."""

LARGEST = 500
"""The most posts that are judged at one moment, as many as a page of a file has."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy made of a tape: its alerts, and the ledger in which they came about."""

    policy: Policy
    alerts: list[Alert]
    house: House


class Player:
    """Plays a tape again and again; ``progress`` hears of each step."""

    def __init__(self, shop: Workshop, tape: Tape, progress: Progress) -> None:
        self._shop = shop
        self._tape = tape
        self._progress = progress
        self._time = DRILL_START

    @contextmanager
    def play(self, policy: Policy) -> Iterator[Replayed]:
        """Replay the whole tape with a policy; the ledger that comes of it is there as long as the block."""
        settings = self._tape.house.settings.model_copy(update={"policy": policy})
        house = self._shop.house(settings, lambda: self._time)
        try:
            yield Replayed(policy, self._alerts(house), house)
        finally:
            self._shop.forget(house)

    def _alerts(self, house: House) -> list[Alert]:
        loop = Loop(house)
        found: list[Alert] = []
        last = 0
        with self._tape.house.ledger.read() as tape:
            for step in steps(replaying.looks(tape)):
                self._time = step[-1].at
                posts = replaying.taped(tape, [look.seq for look in step])
                with house.ledger.write() as tx:
                    replaying.feed(tx, [(look, posts[look.seq]) for look in step], self._time)
                loop.respond()
                known_at = {posts[look.seq].post.uid: look.at for look in step}
                with house.ledger.read() as tx:
                    last, new = replaying.alerts_after(tx, last, known_at)
                found += new
                self._progress("replay", sum(look.is_first for look in step))
        # At one moment posts are judged as their ids are sorted.
        return sorted(found, key=lambda alert: alert.at)


def steps(looks: Iterator[Look]) -> Iterator[list[Look]]:
    """Looks that belong to one moment: of at most 15 minutes and 500 posts, none of them looked at twice."""
    step: list[Look] = []
    seen: set[int] = set()
    for look in looks:
        if step and (look.at - step[0].at >= STEP or look.seq in seen or len(step) >= LARGEST):
            yield step
            step, seen = [], set()
        step.append(look)
        seen.add(look.seq)
    if step:
        yield step
