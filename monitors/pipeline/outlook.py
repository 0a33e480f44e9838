"""Outlook: the forecasts of a batch of posts, with what is usual for their authors and sources.

What is usual is that of the day on which a post was observed, not of the present, so that a replay of the past
forecasts as the past would have.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from models.forecaster import Forecaster, Usual, Watched
from models.post import Post
from models.traits import traits_of
from models.virality import Forecast
from monitors.ledger import finished
from monitors.ledger.engine import Tx
from monitors.ledger.judging import Unjudged

REMEMBERED = 1000
"""Sources and days whose usual is kept in memory."""


class Outlooks:
    """Forecasts batches; ``choose`` gives the models that are in use now."""

    def __init__(self, choose: Callable[[], Forecaster] = Forecaster) -> None:
        self._choose = choose
        self._forecaster: Forecaster | None = None
        self._of_sources: OrderedDict[tuple[str, datetime], float] = OrderedDict()

    def prepare(self) -> None:
        """Look which models are wanted now, before a transaction begins that others wait for."""
        self._forecaster = self._choose()

    def of(self, tx: Tx, batch: Sequence[Unjudged], thresholds: Sequence[int]) -> list[Forecast]:
        """Forecast each post of a batch as of when it was observed."""
        if self._forecaster is None:
            self.prepare()
        assert self._forecaster is not None
        usual = self._usual(tx, [item.post for item in batch])
        watched = [
            Watched(
                item.post.source,
                item.snapshots,
                item.post.author.followers,
                item.post.created_at,
                item.post.observed_at,
                one,
                traits_of(item.post.text, item.scores) if item.post.source in self._forecaster.own else (),
            )
            for item, one in zip(batch, usual, strict=True)
        ]
        return self._forecaster.forecasts(watched, thresholds)

    def _usual(self, tx: Tx, batch: Sequence[Post]) -> list[Usual | None]:
        days = [post.observed_at.replace(hour=0, minute=0, second=0, microsecond=0) for post in batch]
        authors: dict[tuple[str, datetime], set[str]] = defaultdict(set)
        for post, day in zip(batch, days, strict=True):
            authors[post.source, day].add(post.author.native_id)
        of_authors = {
            place: finished.usual_of_authors(tx, place[0], known, place[1]) for place, known in authors.items()
        }
        of_sources = {place: self._of_source(tx, *place) for place in authors}
        usual: list[Usual | None] = []
        for post, day in zip(batch, days, strict=True):
            own = of_authors[post.source, day].get(post.author.native_id)
            size, of = (of_sources[post.source, day], "source") if own is None else (own, "author")
            usual.append(None if size is None else Usual(size, of))
        return usual

    def _of_source(self, tx: Tx, source: str, day: datetime) -> float | None:
        place = (source, day)
        if place in self._of_sources:
            return self._of_sources[place]
        size = finished.usual_of_source(tx, source, day)
        if size is not None:  # a source that is only just being filled may have one by the next batch
            self._of_sources[place] = size
            if len(self._of_sources) > REMEMBERED:
                self._of_sources.popitem(last=False)
        return size
