"""Pieces of the pipeline for its tests: a source that is told what to bring, a scorer that reads words, a bench."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from models.answering import Patience
from models.decision import Policy
from models.post import Metric, Post
from models.scores import Scores, Signal
from monitors.ledger import posts
from monitors.ledger.engine import Ledger
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.outlook import Outlooks
from monitors.pipeline.roster import Roster
from monitors.pipeline.score import score_all
from monitors.ports import Can, Json, Page, Query, Window

BRAND = "acme"
# Only what a story is decides: neither the likes nor the risk of a single post.
POLICY = Policy(alert_at=1000, spread_probability=2)


@dataclass
class Told:
    """A source that yields the pages it was given, or raises the errors among them."""

    pages: Sequence[Page | Exception] = ()
    again: Page | Exception = field(default_factory=Page)
    name: str = "file"
    asked: list[Sequence[str]] = field(default_factory=list)
    kind: ClassVar[str] = "told"
    can: ClassVar[frozenset[Can]] = frozenset({Can.WATCH, Can.REFRESH})
    overlap: ClassVar[timedelta] = timedelta(0)

    def collect(self, query: Query, state: Json | None, window: Window) -> Iterator[Page]:
        """The pages after the one that ``state`` names."""
        for page in self.pages[state or 0 :]:
            if isinstance(page, Exception):
                raise page
            yield page

    def refresh(self, ids: Sequence[str]) -> Page:
        """What was prepared."""
        self.asked.append(list(ids))
        if isinstance(self.again, Exception):
            raise self.again
        return self.again

    def parse(self, item: Json, at: datetime) -> Post:
        """Nothing to parse."""
        raise NotImplementedError


class Reader:
    """Scores by plain words: "danger" is a danger, "lawyer" a legal threat, and "fine" is no complaint."""

    version = "test"

    def __init__(self, scores: Callable[..., Scores]) -> None:
        self._scores = scores

    def score(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[Scores]:
        """Scores of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Scores:
        named = {"danger": Signal.SAFETY_ISSUE, "lawyer": Signal.LEGAL_THREAT}
        signals = [signal for word, signal in named.items() if word in text]
        return self._scores(text, *signals, complaint="fine" not in text)


@dataclass
class Bench:
    """A ledger with everything that the steps need to run on it."""

    ledger: Ledger
    clock: Callable[[], datetime]
    reader: Reader
    roster: Roster
    policy: Policy = POLICY
    outlooks: Outlooks = field(default_factory=Outlooks)
    patience: Patience = field(default_factory=Patience)

    def store(self, *found: Post, brands: Sequence[str] = (BRAND,)) -> None:
        """Put posts into the ledger."""
        with self.ledger.write() as tx:
            posts.store(tx, found, lambda _post: brands, self.clock())

    def judged(self, *found: Post, limit: int = 300) -> int:
        """Store, score and judge; gives the number of alerts."""
        self.store(*found)
        return self.respond(limit=limit)

    def respond(self, *, limit: int = 300, brand: str = BRAND) -> int:
        """Score and judge what waits; gives the number of alerts."""
        for _ in score_all(self.ledger, self.reader, self.clock, limit=limit):
            pass
        alerts = 0
        while (
            verdicts := judge(
                self.ledger,
                brand,
                Rules(self.policy, self.roster, self.outlooks, self.patience),
                self.clock,
                limit=limit,
            )
        ).posts:
            alerts += verdicts.alerts
        return alerts


def liked(likes: int) -> dict[Metric, int]:
    """So many likes."""
    return {Metric.LIKES: likes}
