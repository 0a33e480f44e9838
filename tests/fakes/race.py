"""Two people who act on the ledger at the same moment."""

import threading
from collections.abc import Callable

from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.refusals import NotPossible


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
