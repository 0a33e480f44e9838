"""Slowing down people who guess passwords, by name and by address."""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 8
TRIES_PER_ADDRESS = 40
MOST_KEYS = 10_000


class Throttle:
    """Counts failed sign-ins of the last quarter of an hour, in this process.

    Each process counts for itself: with four workers a guesser has four times as many tries, which argon2 still makes
    hopeless, and no visitor can fill the ledger by failing.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._failed: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def wait(self, name: str, address: str) -> timedelta | None:
        """How long this name or address has to wait before the next try; None: not at all."""
        with self._lock:
            waits = [self._left(key, most) for key, most in _keys(name, address)]
        return max((wait for wait in waits if wait is not None), default=None)

    def failed(self, name: str, address: str) -> None:
        """Count a failed sign-in."""
        with self._lock:
            if len(self._failed) > MOST_KEYS:
                self._forget()
            for key, _ in _keys(name, address):
                self._failed[key].append(self._now())

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name at an address that in the end knew the password."""
        with self._lock:
            self._failed.pop(_keys(name, address)[0][0], None)

    def _left(self, key: str, most: int) -> timedelta | None:
        tries = self._failed.get(key)
        while tries and tries[0] <= self._now() - WINDOW:
            tries.popleft()
        if not tries or len(tries) < most:
            return None
        return tries[-most] + WINDOW - self._now()

    def _forget(self) -> None:
        over = self._now() - WINDOW
        for key in [key for key, tries in self._failed.items() if not tries or tries[-1] <= over]:
            del self._failed[key]


def _keys(name: str, address: str) -> tuple[tuple[str, int], ...]:
    # A name counts together with its address: nobody can lock a colleague out from elsewhere.
    return (f"{name.casefold()} at {address}", TRIES_PER_NAME), (address, TRIES_PER_ADDRESS)
