"""Who is called, in which order, and how long each has before the next is called.

``as_of`` reads what people changed since: swaps, absences, quiet hours, and who may handle anything at all. It is one
look at the ledger for a whole batch, in the transaction that calls people, so that none of them is called by
yesterday's rota. Whoever has no channel, only looks or was locked out is passed over, on duty or not: the next person
is called in their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from models.calling import Business, Haste, Team, longest_ago
from models.hours import Hours, Quiet
from models.pickup import Press
from models.rota import Rota
from monitors.ledger import outbox, people, rota
from monitors.ledger.engine import Tx
from monitors.ledger.outbox import Letter
from monitors.ledger.rota import Standing

CALLS = ("alert", "again", "escalation")
"""Kinds of messages by which people are called to an incident."""


@dataclass(frozen=True, slots=True)
class Roster:
    """People in the order in which they are called, their channels, and how long each has before the next is.

    ``again`` is the pause before everybody is called once more, when all were called and nobody answered; ``haste``
    shortens all pauses as risk rises. ``duty`` says who is on duty, ``quiet`` when each person is not to be disturbed,
    ``last`` who is called after all others, and ``business`` when only what is risky calls anybody. A shift
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
    duty: Rota = field(default_factory=Rota)
    quiet: Mapping[str, Sequence[Hours]] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    haste: Haste = field(default_factory=Haste)
    business: Business = field(default_factory=Business)
    team: Team = field(default_factory=Team)

    def __post_init__(self) -> None:
        if not self.team.order:
            object.__setattr__(self, "team", self._team(self.duty, {}))

    def as_of(self, tx: Tx, now: datetime) -> "Roster":
        """The same with what people changed in the rota and in their quiet hours by now, and who may do nothing."""
        duty = self.duty_between(tx, now, now)
        quiet = {
            one.name: Quiet(self.quiet.get(one.name, ()) if one.quiet is None else one.quiet, one.zone or duty.zone)
            for one in rota.rules(tx)
        }
        return replace(self, team=self._team(duty, quiet))

    def duty_between(self, tx: Tx, begin: datetime, end: datetime) -> Rota:
        """The rota with what the ledger knows of a time: the changes that stand then, and who may handle nothing."""
        return self.duty_with(tx, rota.standing(tx, begin, end))

    def duty_with(self, tx: Tx, standing: Sequence[Standing]) -> Rota:
        """The rota with these changes, and without those who may handle nothing."""
        return self.duty.changed([one.change for one in standing]).without(people.unable(tx))

    def _team(self, duty: Rota, quiet: Mapping[str, Quiet]) -> Team:
        reached = frozenset(name for name, channels in self.channels.items() if channels) - duty.unable
        return Team(self.order, duty, quiet, self.last, reached)

    def shift_began(self, now: datetime) -> datetime:
        """When the shift of that time began (UTC)."""
        days = {(now - timedelta(days=number)).astimezone(self.zone).date() for number in (0, 1)}
        starts = (datetime.combine(day, start, self.zone).astimezone(UTC) for day in days for start in self.shifts)
        return max((start for start in starts if start <= now), default=now)

    def person(self, escalation: int, now: datetime, *, urgent: bool = False) -> str | None:
        """Who is called at this escalation (0 is the first alert); it starts again after the last."""
        chain = self.team.chain(now, urgent=urgent)
        return chain[escalation % len(chain)] if chain else None

    def next_for(self, tx: Tx, incident_id: int, now: datetime, *, urgent: bool = False) -> str | None:
        """Who is called next to an incident: whoever was not called yet, whatever the rota said at that time."""
        return longest_ago(self.team.chain(now, urgent=urgent), outbox.called(tx, incident_id, CALLS))

    def reachable(self, name: str | None, now: datetime) -> str | None:
        """The person, or the first to whom a message can go instead of one to whom none can."""
        if name and self.channels.get(name) and self.team.reaches(name):
            return name
        return next((other for other in self.team.chain(now) if self.channels.get(other)), None)

    def instead_of(self, name: str | None, now: datetime, *, urgent: bool = False) -> str | None:
        """The person, or who is called in the place of somebody who is away or not to be disturbed."""
        if name and self.channels.get(name) and self.team.may_call(name, now, urgent=urgent):
            return name
        return self.reachable(self.person(0, now, urgent=urgent), now)

    def calls(self, now: datetime, risk: float, *, urgent: bool = False) -> bool:
        """Whether anybody is called at that time, or it waits until ``opens_at``."""
        return self.business.calls(now, risk, urgent=urgent)

    def least_risk(self, now: datetime) -> float:
        """The risk from which on people are called at that time to what is not urgent."""
        return self.business.least_risk(now)

    def opens_at(self, now: datetime) -> datetime:
        """When the team is there again."""
        return self.business.opening.opens_at(now)

    def wait(self, escalation: int, risk: float = 0.0, *, urgent: bool = False) -> timedelta:
        """How long the person called at this escalation has before the next one is called: the riskier, the less."""
        plain = self.following
        if escalation == 0:
            plain = self.first
        elif (escalation + 1) % max(1, sum(map(self.team.reaches, self.order))) == 0:
            plain = self.again
        return self.haste.shortened(plain, risk, urgent=urgent)

    def sooner(self, row: Any, risk: float, now: datetime) -> datetime | None:
        """When the next person is called to an incident whose risk has risen: never later than was said before.

        From now on nobody has longer than that risk leaves them; one to which nobody was called yet calls at once.
        """
        due: datetime | None = row.escalate_at
        if due is None or not self.calls(now, risk, urgent=row.urgent):
            return due
        wait = self.wait(row.escalation, risk, urgent=row.urgent) if row.escalation >= 0 else timedelta(0)
        return min(due, now + wait)

    def after(self, name: str, now: datetime) -> str | None:
        """The next person after ``name``, once around."""
        chain = self.team.chain(now)
        if name not in chain:
            return self.person(0, now)
        return chain[(chain.index(name) + 1) % len(chain)]

    def stand_in(self, name: str, now: datetime) -> str | None:
        """Who is called when ``name`` did not do it: whoever else is on duty, else the next who may be disturbed."""
        chain = self.team.chain(now)
        place = chain.index(name) + 1 if name in chain else 0
        others = [*self.team.rota.on_duty(now), *chain[place:], *chain[:place]]
        free = (other for other in others if other != name and self.team.may_call(other, now))
        return next(free, self.after(name, now))

    def letters(
        self, person: str, kind: str, key: str, incident_id: int | None, payload: Mapping[str, Any]
    ) -> list[Letter]:
        """One message to a person by each of their channels, with keys that cannot repeat."""
        return [
            Letter(f"{key}:{person}:{channel}", person, channel, kind, incident_id, payload)
            for channel in self.channels.get(person, ())
        ]
