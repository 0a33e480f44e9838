"""Who is told, in which order, and by which channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from models.pickup import Press
from monitors.ledger.outbox import Letter


@dataclass(frozen=True, slots=True)
class Roster:
    """People in the order in which they are called, their channels, and how long each has before the next is.

    ``again`` is the pause before everybody is called once more, when all were called and nobody answered. A shift
    begins at each of ``shifts``, as the clocks of ``zone`` show it; ``digest`` is how long an alert that was held waits
    at most until a digest names it. ``press`` is whom people are called about: journalists, editors and authorities who
    take a story up.
    """

    order: Sequence[str]
    channels: Mapping[str, Sequence[str]]
    first: timedelta = timedelta(minutes=10)
    following: timedelta = timedelta(minutes=10)
    again: timedelta = timedelta(minutes=60)
    shifts: Sequence[time] = (time(0), time(8), time(16))
    zone: tzinfo = UTC
    digest: timedelta = timedelta(minutes=60)
    press: Press = field(default_factory=Press)

    def shift_began(self, now: datetime) -> datetime:
        """When the shift of that time began (UTC)."""
        days = {(now - timedelta(days=number)).astimezone(self.zone).date() for number in (0, 1)}
        starts = (datetime.combine(day, start, self.zone).astimezone(UTC) for day in days for start in self.shifts)
        return max((start for start in starts if start <= now), default=now)

    def person(self, escalation: int) -> str | None:
        """Who is called at this escalation (0 is the first alert); it starts again after the last."""
        return self.order[escalation % len(self.order)] if self.order else None

    def reachable(self, name: str | None) -> str | None:
        """The person, or the first who has a channel instead of one who has none."""
        if name and self.channels.get(name):
            return name
        return next((other for other in self.order if self.channels.get(other)), None)

    def wait(self, escalation: int) -> timedelta:
        """How long the person called at this escalation has before the next one is called."""
        if escalation == 0:
            return self.first
        return self.again if (escalation + 1) % max(1, len(self.order)) == 0 else self.following

    def after(self, name: str) -> str | None:
        """The next person after ``name``, for a promise that its owner did not keep."""
        if name not in self.order:
            return self.person(0)
        return self.order[(list(self.order).index(name) + 1) % len(self.order)]

    def letters(
        self, person: str, kind: str, key: str, incident_id: int | None, payload: Mapping[str, Any]
    ) -> list[Letter]:
        """One message to a person by each of their channels, with keys that cannot repeat."""
        return [
            Letter(f"{key}:{person}:{channel}", person, channel, kind, incident_id, payload)
            for channel in self.channels.get(person, ())
        ]
