"""Who is called, in which order, and how soon the next one is: by the rota, quiet hours, time and risk."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.hours import Opening, Quiet
from models.rota import Rota


@dataclass(frozen=True)
class Team:
    """The people who may be called: ``order`` is the one of the settings, ``last`` are called after the others.

    ``quiet`` are the hours of each person. Who is on duty is called in them, and so is everybody when people may come
    to harm or the press is there, or when all others were called and nobody answered. ``reached`` are those to whom a
    message can go; empty: to everybody, as far as is known.
    """

    order: Sequence[str] = ()
    rota: Rota = field(default_factory=Rota)
    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    last: Collection[str] = ()
    reached: Collection[str] = ()

    def chain(self, at: datetime, *, urgent: bool = False) -> tuple[str, ...]:
        """Everybody who is called at that time, first to last: never nobody, as long as there is anybody.

        Whom no message reaches is passed over, on duty or not, as long as there is anybody else.
        """
        on_duty, away = self.rota.on_duty(at), self.rota.away(at)
        named = dict.fromkeys((*on_duty, *self.order))
        everybody = [name for name in named if self.reaches(name)] or list(named)

        def rank(name: str) -> int:
            if name in on_duty:
                return 0
            if name in away:
                return 4
            if not urgent and self.is_quiet(name, at):
                return 3
            return 2 if name in self.last else 1

        return tuple(sorted(everybody, key=rank))

    def reaches(self, name: str) -> bool:
        """Whether a message can go to a person, as far as is known."""
        return not self.reached or name in self.reached

    def is_quiet(self, name: str, at: datetime) -> bool:
        """Whether these are a person's quiet hours."""
        return name in self.quiet and self.quiet[name].holds(at)

    def may_call(self, name: str, at: datetime, *, urgent: bool = False) -> bool:
        """Whether a person may be called before all others were: they are on duty, or neither away nor quiet."""
        if not self.reaches(name):
            return False
        if name in self.rota.on_duty(at):
            return True
        return name not in self.rota.away(at) and (urgent or not self.is_quiet(name, at))


def longest_ago(chain: Sequence[str], called: Sequence[str]) -> str | None:
    """Who of a chain is called next; ``called`` are those who were, the latest last, as often as they were.

    Those who were not called yet come first, in the order of the chain; then whoever was called longest ago.
    """
    ago = {name: number for number, name in enumerate(called)}
    return min(chain, key=lambda name: ago.get(name, -1), default=None)


@dataclass(frozen=True, slots=True)
class Haste:
    """How waits shorten as risk rises: ``wait`` becomes ``shortest`` at ``risk``, and all others in proportion.

    Up to half of ``risk`` they stay as they are, and from it on they are shortest; in between they shrink evenly.
    """

    risk: float = 60.0
    wait: timedelta = timedelta(minutes=10)
    shortest: timedelta = timedelta(minutes=10)

    def shortened(self, wait: timedelta, risk: float, *, urgent: bool = False) -> timedelta:
        """A wait at a risk of 0 to 100; ``urgent`` is as hasty as it gets."""
        least = min(1.0, self.shortest / self.wait)
        way = 1.0 if urgent else min(1.0, max(0.0, 2 * risk / self.risk - 1))
        return timedelta(seconds=round(wait.total_seconds() * (1 - (1 - least) * way)))


@dataclass(frozen=True, slots=True)
class Business:
    """When the team is there, and from which risk on people are called when it is not."""

    opening: Opening = field(default_factory=Opening)
    risk: float = 0.0

    def calls(self, at: datetime, risk: float, *, urgent: bool = False) -> bool:
        """Whether people are called at that time."""
        return risk >= self.least_risk(at, urgent=urgent)

    def least_risk(self, at: datetime, *, urgent: bool = False) -> float:
        """The risk from which on people are called at that time."""
        return 0.0 if urgent or self.opening.is_open(at) else self.risk

    def over_at(self, begins: datetime, length: timedelta, risk: float, *, urgent: bool = False) -> datetime:
        """When a length of time is over in which people are called; it begins at a moment."""
        if urgent or risk >= self.risk:
            return begins + length
        return self.opening.after(begins, length)
