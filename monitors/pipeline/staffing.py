"""Duties that are nobody's in truth: their people may handle nothing, or no message reaches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from models.rota import Rota
from monitors.ledger import people
from monitors.ledger.engine import Tx
from monitors.pipeline.roster import Roster

AHEAD = timedelta(days=366)
"""How far ahead swaps are made."""


@dataclass(frozen=True, slots=True)
class Unstaffed:
    """Names of people with a duty whom nobody can count on, in the order of the duties.

    ``idle`` may handle nothing: nobody knows them, they only look, or they were locked out. ``unreached`` may, and have
    no channel in the settings. The next person is called in the place of both.
    """

    idle: Sequence[str] = ()
    unreached: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.idle or self.unreached)


def unstaffed(tx: Tx, roster: Roster, duty: Rota) -> Unstaffed:
    """Find who has a duty in a rota, as far as it was read, and cannot be called to anything."""
    able = {person.name for person in people.everybody(tx)} - duty.unable
    idle = tuple(name for name in duty.named() if name not in able)
    unreached = tuple(name for name in duty.named() if name in able and not roster.channels.get(name))
    return Unstaffed(idle, unreached)
