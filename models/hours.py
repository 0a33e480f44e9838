"""Hours of the week by the clocks of a place: when a team is there, and when a person is not to be disturbed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from models.moments import in_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_LOOK_AHEAD = 40
"""Days in which a team opens again: no country has so many holidays in a row."""

Holiday: TypeAlias = Callable[[date], str | None]
"""What gives the name of a public holiday, or None for an ordinary day."""


def no_holiday(_day: date) -> str | None:
    """No day is a holiday."""
    return None


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of day to another on some days (0 is Monday), which are those on which they begin.

    Over midnight where they end before they begin; a whole day where they end when they begin.
    """

    days: frozenset[int]
    begins: time
    ends: time

    def hold(self, shown: datetime) -> bool:
        """Whether a time, as the clocks show it, lies in these hours."""
        clock = shown.time()
        today, yesterday = shown.weekday() in self.days, (shown.weekday() - 1) % 7 in self.days
        if self.begins < self.ends:
            return today and self.begins <= clock < self.ends
        return (today and clock >= self.begins) or (yesterday and clock < self.ends)

    def over(self, shown: datetime) -> datetime | None:
        """When these hours are over that a time lies in, as clocks show it; None where it lies in none."""
        if not self.hold(shown):
            return None
        next_day = self.begins >= self.ends and shown.time() >= self.begins
        return datetime.combine(shown.date() + timedelta(days=next_day), self.ends)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which a person is not called unless they have to be, by the clocks where they are."""

    hours: Sequence[Hours] = ()
    zone: tzinfo = UTC

    def holds(self, at: datetime) -> bool:
        """Whether it is quiet at that time."""
        shown = in_zone(at, self.zone)
        return any(one.hold(shown) for one in self.hours)

    def over_at(self, at: datetime) -> datetime | None:
        """When the last of the quiet hours is over that a time lies in (UTC); None where it is not quiet."""
        shown = in_zone(at, self.zone)
        return max((moment(over, self.zone) for one in self.hours if (over := one.over(shown))), default=None)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a team is there; without hours it always is. It is closed in hours that begin on a public holiday."""

    hours: Sequence[Hours] = ()
    zone: tzinfo = UTC
    holiday: Holiday = no_holiday

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at that time."""
        return not self.hours or any(begins <= at < ends for begins, ends in self._around(at, 1))

    def opens_at(self, at: datetime) -> datetime:
        """When it next opens (UTC): now, where it is open."""
        if self.is_open(at):
            return at
        later = [begins for begins, _ in self._around(at, _LOOK_AHEAD) if begins > at]
        return min(later, default=at + timedelta(days=1))

    def after(self, begins: datetime, length: timedelta) -> datetime:
        """When a length of opening time that begins at a moment is over (UTC)."""
        if not self.hours:
            return begins + length
        at, left = begins, length
        for opens, closes in self._spans(begins, _LOOK_AHEAD):
            from_then = max(at, opens)
            if closes - from_then >= left:
                return from_then + left
            if closes > from_then:
                at, left = closes, left - (closes - from_then)
        return at + left

    def _around(self, at: datetime, days: int) -> list[tuple[datetime, datetime]]:
        return list(self._spans(at, days))

    def _spans(self, at: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """From the day before ``at`` on, each with its begin and its end, in the order in which they begin."""
        today = in_zone(at, self.zone).date()
        for day in (today + timedelta(days=number) for number in range(-1, days + 1)):
            if self.holiday(day) is None:
                begun = (span(day, one.begins, one.ends, self.zone) for one in self.hours if day.weekday() in one.days)
                yield from sorted(begun)


def span(day: date, begins: time, ends: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """Both ends (UTC) of hours that begin on a day, as the clocks show them on that day and the next."""
    last = day if begins < ends else day + timedelta(days=1)
    return moment(datetime.combine(day, begins), zone), moment(datetime.combine(last, ends), zone)


def moment(shown: datetime, zone: tzinfo) -> datetime:
    """The time (UTC) at which clocks show this for the first time; what they leave out is as much later."""
    return shown.replace(tzinfo=zone).astimezone(UTC)
