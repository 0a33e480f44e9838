"""The rota: who is on duty when, by the clocks of a place, with the changes that people have made to it.

A duty begins and ends at times that clocks show. Where they are put forward or back in between, it is an hour
shorter or longer, and no duty is lost or doubled.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from dateutil.rrule import rrule, rrulestr

from models.hours import Holiday, moment, no_holiday
from models.moments import in_zone

FIRST = date(2024, 1, 1)
"""The day from which turns are counted, unless it is said otherwise: a Monday."""

LONGEST = timedelta(days=31)
_WEEK = timedelta(days=7)
_KEPT_WEEKS = 120
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


class Turn(StrEnum):
    """Which of a duty's people have it: all of them at once, or one after the other by the day or the week."""

    ALL = "all"
    DAY = "day"
    WEEK = "week"


class OnHolidays(StrEnum):
    """What a public holiday does to a duty that would begin on it."""

    USUAL = "usual"
    SUNDAY = "sunday"
    OFF = "off"
    ONLY = "only"


class ChangeKind(StrEnum):
    """What people change: somebody is away, has somebody else's duty, or is there besides.

    ``ASK`` is a swap that the one who is asked, or anybody where nobody is named, has not said yes to.
    """

    AWAY = "away"
    SWAP = "swap"
    EXTRA = "extra"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty that comes again by ``rule`` (RFC 5545): ``begins`` as clocks show it, ``length`` is what they go on by.

    The rule and turns are counted from the day ``first``.
    """

    name: str
    people: Sequence[str]
    begins: time
    length: timedelta
    rule: str = "FREQ=DAILY"
    first: date = FIRST
    turn: Turn = Turn.ALL
    holidays: OnHolidays = OnHolidays.USUAL

    def whose(self, day: date) -> tuple[str, ...]:
        """Who has the duty that begins on a day."""
        if self.turn is Turn.ALL or not self.people:
            return tuple(self.people)
        passed = (day - self.first).days // (7 if self.turn is Turn.WEEK else 1)
        return (self.people[passed % len(self.people)],)

    def comes(self, start: datetime, end: datetime, holiday: Holiday) -> Iterator[datetime]:
        """When it begins from one time to before another, as clocks show it."""
        first = datetime.combine(self.first, self.begins)
        found = parsed(self.rule, first).between(start, end + _WEEK, inc=True)
        for begin in _by_day(found, start, end):
            if holiday(begin.date()) is None:
                if self.holidays is not OnHolidays.ONLY:
                    yield begin
            elif self.holidays in {OnHolidays.USUAL, OnHolidays.ONLY}:
                yield begin
        if self.holidays is OnHolidays.SUNDAY:
            yield from _as_on_sundays(found, start, end, holiday)


def _by_day(found: Iterable[datetime], start: datetime, end: datetime) -> Iterator[datetime]:
    return (begin for begin in found if start <= begin < end)


def _as_on_sundays(found: Sequence[datetime], start: datetime, end: datetime, holiday: Holiday) -> Iterator[datetime]:
    """The times of the Sunday of that week on each public holiday."""
    day = start.date()
    while day < end.date():
        if holiday(day) is not None:
            sunday = day + timedelta(days=6 - day.weekday())
            yield from (datetime.combine(day, begin.time()) for begin in found if begin.date() == sunday)
        day += timedelta(days=1)


def parsed(rule: str, first: datetime) -> rrule:
    """A rule of RFC 5545 that counts from a time, or ``ValueError`` with what is wrong with it.

    UNTIL may have any of its forms: its digits are read as clocks show them, and a day of it is the whole day.
    """
    said = dict(part.partition("=")[::2] for part in rule.upper().removeprefix("RRULE:").split(";"))
    if said.get("FREQ") not in _FREQUENCIES or re.search(r"[\r\n]|BYHOUR|BYMINUTE|BYSECOND|DTSTART", rule.upper()):
        raise ValueError("a duty comes DAILY, WEEKLY, MONTHLY or YEARLY, at the time that `from` says")
    plain = re.sub(r"(UNTIL=\d{8}T\d{6})Z", r"\1", rule.upper())
    plain = re.sub(r"(UNTIL=\d{8})(?!T)", r"\1T235959", plain)
    found = rrulestr(plain, dtstart=first)
    if not isinstance(found, rrule):
        raise ValueError("one rule is needed, not a set of them")
    return found


@dataclass(frozen=True, slots=True)
class Shift:
    """One time of a duty (UTC): who has it by the settings, and who has it after the changes."""

    duty: str
    begins: datetime
    ends: datetime
    planned: tuple[str, ...]
    people: tuple[str, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Whether it lies at that time."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changed for a time: see ``ChangeKind``. The later of two changes has the last word."""

    kind: ChangeKind
    person: str
    begins: datetime
    ends: datetime
    substitute: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it applies at that time."""
        return self.begins <= at < self.ends


@dataclass(frozen=True)
class Rota:
    """All duties, the first before the others; ``changes`` are in the order in which they were made.

    Who is ``unable`` has no duty, whatever duties and changes say: they may not handle what they would be called to.
    """

    duties: Sequence[Duty] = ()
    zone: tzinfo = UTC
    holiday: Holiday = no_holiday
    changes: Sequence[Change] = ()
    unable: frozenset[str] = frozenset()
    _weeks: dict[date, list[Shift]] = field(default_factory=dict, compare=False, repr=False)

    def changed(self, changes: Sequence[Change]) -> "Rota":
        """The same rota with these changes; what was worked out of the duties is kept."""
        return replace(self, changes=tuple(changes))

    def without(self, unable: Iterable[str]) -> "Rota":
        """The same rota with nobody of these on duty."""
        return replace(self, unable=frozenset(unable))

    def named(self) -> tuple[str, ...]:
        """Everybody whom a duty or a change puts on duty at some time, whether they are able or not."""
        planned = (name for duty in self.duties for name in duty.people)
        besides = (one.person for one in self.changes if one.kind is ChangeKind.EXTRA)
        instead = (one.substitute for one in self.changes if one.kind is ChangeKind.SWAP)
        return tuple(dict.fromkeys(name for name in (*planned, *besides, *instead) if name))

    def on_duty(self, at: datetime) -> tuple[str, ...]:
        """Who is on duty, in the order of the duties, with those who came besides at the end."""
        planned = [name for shift in self._planned(at) for name in shift.planned]
        return self._after_changes(planned, at)

    def away(self, at: datetime) -> frozenset[str]:
        """Who said that they are away, and has no duty all the same."""
        gone = {one.person for one in self.changes if one.kind is ChangeKind.AWAY and one.holds(at)}
        return frozenset(gone - set(self.on_duty(at))) if gone else frozenset()

    def shifts(self, begin: datetime, end: datetime) -> list[Shift]:
        """Every shift that lies between two times, cut where a change begins or ends, the earliest first."""
        found: list[Shift] = []
        for shift in self._between(begin, end):
            edges = {edge for one in self.changes for edge in (one.begins, one.ends)}
            cuts = sorted({shift.begins, shift.ends, *(edge for edge in edges if shift.holds(edge))})
            for start, stop in pairwise(cuts):
                people = self._after_changes(shift.planned, start, extra=False)
                found.append(replace(shift, begins=start, ends=stop, people=people))
        return sorted(found, key=lambda shift: shift.begins)

    def next_after(self, at: datetime, within: timedelta = LONGEST) -> Shift | None:
        """The first shift that begins after a time with somebody to do it."""
        return next((one for one in self.shifts(at, at + within) if one.begins > at and one.people), None)

    def gaps(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The times between two in which nobody is on duty."""
        found: list[tuple[datetime, datetime]] = []
        reached = begin
        for shift in self.shifts(begin, end):
            if not shift.people:
                continue
            if shift.begins > reached:
                found.append((reached, shift.begins))
            reached = max(reached, shift.ends)
        return [*found, (reached, end)] if reached < end else found

    def _after_changes(self, planned: Iterable[str], at: datetime, *, extra: bool = True) -> tuple[str, ...]:
        people: list[str | None] = list(planned)
        for one in self.changes:
            if not one.holds(at):
                continue
            if one.kind in {ChangeKind.SWAP, ChangeKind.AWAY}:
                people = [one.substitute if name == one.person else name for name in people]
            elif one.kind is ChangeKind.EXTRA and extra:
                people.append(one.person)
        return tuple(dict.fromkeys(name for name in people if name and name not in self.unable))

    def _planned(self, at: datetime) -> list[Shift]:
        monday = _monday(in_zone(at, self.zone).date())
        return [shift for shift in self._week(monday) if shift.holds(at)]

    def _between(self, begin: datetime, end: datetime) -> list[Shift]:
        monday, last = _monday(in_zone(begin, self.zone).date()), in_zone(end, self.zone).date()
        found: dict[tuple[datetime, int], Shift] = {}
        while monday <= last:
            for shift in self._week(monday):
                if shift.begins < end and shift.ends > begin:
                    found[shift.begins, self._place(shift)] = shift
            monday += _WEEK
        return [found[key] for key in sorted(found)]

    def _place(self, shift: Shift) -> int:
        return next(number for number, duty in enumerate(self.duties) if duty.name == shift.duty)

    def _week(self, monday: date) -> list[Shift]:
        """The shifts that lie in a week, in the order of the duties."""
        known = self._weeks.get(monday)
        if known is None:
            if len(self._weeks) >= _KEPT_WEEKS:
                self._weeks.clear()
            known = self._weeks[monday] = [
                shift for duty in self.duties for shift in self._of(duty, datetime.combine(monday, time()))
            ]
        return known

    def _of(self, duty: Duty, start: datetime) -> Iterator[Shift]:
        end = start + _WEEK
        first, last = moment(start, self.zone), moment(end, self.zone)
        earliest = datetime.combine((start - duty.length).date(), time())
        for begin in sorted(duty.comes(earliest, end, self.holiday)):
            begins, ends = moment(begin, self.zone), moment(begin + duty.length, self.zone)
            if begins < ends and ends > first and begins < last:
                yield Shift(duty.name, begins, ends, duty.whose(begin.date()))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
