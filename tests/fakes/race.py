"""Two people, or two workers, who act on the ledger at the same moment."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.outbox import Letter
from monitors.ledger.refusals import NotPossible
from monitors.pipeline.roster import Roster

SECONDS = 60


@dataclass(frozen=True)
class Paused(Roster):
    """Holds whoever asks it for letters, in the middle of a transaction, until it may ``go`` on."""

    inside: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def letters(
        self, person: str, kind: str, key: str, incident_id: int | None, payload: Mapping[str, Any]
    ) -> list[Letter]:
        """The same letters, later."""
        self.inside.set()
        assert self.go.wait(SECONDS)
        return Roster.letters(self, person, kind, key, incident_id, payload)


def race(ledger: Ledger, first: Callable[[Tx], object], second: Callable[[Tx], object]) -> list[NotPossible]:
    """Do two things in two transactions at once; gives how the second was refused, if it was."""
    refused: list[NotPossible] = []
    acted = threading.Event()

    def later() -> None:
        acted.wait()
        try:
            with ledger.write() as tx:
                second(tx)
        except NotPossible as error:
            refused.append(error)

    other = threading.Thread(target=later)
    other.start()
    with ledger.write() as tx:
        first(tx)
        acted.set()
        # Whoever does not wait for us has read by then what we are changing.
        other.join(0.3)
    other.join()
    return refused
