"""Series: how much was said of a brand in each step of the past days, by the clock of the place where it is at home.

Models compare the same hours of days. Days of people follow the clock on the wall, so that steps are put where it
shows them: on the two days of the year that have 23 or 25 hours, an hour is unknown, or the second of two counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.bursts import AROUND, STEP_MINUTES, STEPS_A_DAY, WINDOWS
from models.usual import DAYS, LEAST_DAYS
from monitors.ledger.bursts import COUNTED, EPOCH, Span, Tally

STEP = timedelta(minutes=STEP_MINUTES)
LENGTH = (DAYS + 1) * STEPS_A_DAY
LOOKED_AT = 12
"""Latest steps that are looked at: what comes an hour late to a burst is too late to be news."""

_ONE_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """The steps of a series: they end at ``end`` (UTC, a whole step) and are placed by the clock of ``zone``."""

    end: datetime
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """When the first step begins, at the latest."""
        return self.end - _ONE_DAY * (DAYS + 1) - _HOUR

    def recent(self) -> list[Span]:
        """The times that it takes to look at the latest steps: theirs, and the same hours of the past days."""
        reach = STEP * (LOOKED_AT + max(WINDOWS))
        around = STEP * (AROUND + 1)
        return [(self.end - reach, self.end), *self.past((self.end - reach - around, self.end + around))]

    def whole(self) -> list[Span]:
        """All times of the series."""
        return [(self.start, self.end)]

    def past(self, span: Span) -> list[Span]:
        """The same hours of each of the past days, by the clock."""
        start, end = (at.astimezone(self.zone).replace(tzinfo=None) for at in span)
        return [
            (self._moment(start - _ONE_DAY * day, fold=0), self._moment(end - _ONE_DAY * day, fold=1))
            for day in range(1, DAYS + 1)
        ]

    def _moment(self, shown: datetime, *, fold: int) -> datetime:
        return shown.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)

    def places(self) -> Any:
        """Where in a series each step (UTC) from ``start`` on belongs; negative before its beginning."""
        import numpy as np

        shown = self.end.astimezone(self.zone).replace(tzinfo=None)
        steps = [self.start + STEP * number for number in range((self.end - self.start) // STEP)]
        before = [(at.astimezone(self.zone).replace(tzinfo=None) - shown) // STEP for at in steps]
        return np.array(before) + LENGTH


def frame(now: datetime, zone: ZoneInfo) -> Frame:
    """The frame whose last step is over at ``now``."""
    return Frame(now - (now - EPOCH) % STEP, zone)


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of each of ``COUNTED`` that anything was counted of, NaN where unknown; ``moments`` are their steps."""

    frame: Frame
    counts: Mapping[str, Any]
    moments: Any

    def moment(self, place: int) -> datetime:
        """When the step at a place begins (UTC)."""
        return self.frame.start + STEP * int(self.moments[place])


def series(frame: Frame, tallies: Iterable[Tally], spans: Sequence[Span], since: datetime) -> Series:
    """Place what was counted in ``spans``; what was written before ``since``, when watching began, is unknown."""
    import numpy as np

    places = frame.places()
    steps = len(places)
    known = np.zeros(steps, bool)
    for start, end in [(max(start, since), end) for start, end in spans]:
        known[max(0, -((frame.start - start) // STEP)) : max(0, (end - frame.start) // STEP)] = True
    summed = np.zeros((len(COUNTED), steps))
    for tally in tallies:
        step = (tally.at - frame.start) // STEP
        if 0 <= step < steps:
            summed[:, step] += [tally.counts.get(name, 0) for name in COUNTED]
    known &= (places >= 0) & (places < LENGTH)
    moments = np.full(LENGTH, -1)
    moments[places[known]] = np.nonzero(known)[0]
    counts = {}
    for number, name in enumerate(COUNTED):
        if summed[number].any():
            counts[name] = np.full(LENGTH, np.nan)
            counts[name][places[known]] = summed[number][known]
    return Series(frame, counts, moments)


def is_known(since: datetime, end: datetime) -> bool:
    """Whether what is watched since then has a past to compare with."""
    return since <= end - _ONE_DAY * LEAST_DAYS - _HOUR
