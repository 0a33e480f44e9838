"""Slowing down people who guess passwords, by name and by address."""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from threading import Lock

WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 8
TRIES_PER_ADDRESS = 40
MOST_KEYS = 10_000


class Throttle:
    """Counts sign-ins of the last quarter of an hour that did not succeed, in this process.

    A try counts before its password is looked at, which takes a while: many at once are as many as many in turn.

    Each process counts for itself: with four workers a guesser has four times as many tries, which argon2 still makes
    hopeless, and no visitor can fill the ledger by failing.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tries: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def attempt(self, name: str, address: str) -> timedelta | None:
        """Count a try; or, without counting, how long this name or address has to wait before the next one."""
        with self._lock:
            waits = [self._left(key, most) for key, most in _keys(name, address)]
            wait = max((wait for wait in waits if wait is not None), default=None)
            if wait is None:
                self._count(name, address)
        return wait

    def succeeded(self, name: str, address: str) -> None:
        """Take back the try that knew the password, and forget those of the same name at the address before it."""
        (named, _), (addressed, _) = _keys(name, address)
        with self._lock:
            self._tries.pop(named, None)
            if tries := self._tries.get(addressed):
                tries.pop()

    def _count(self, name: str, address: str) -> None:
        if len(self._tries) > MOST_KEYS:
            self._forget()
        for key, _ in _keys(name, address):
            self._tries[key].append(self._now())

    def _left(self, key: str, most: int) -> timedelta | None:
        tries = self._tries.get(key)
        while tries and tries[0] <= self._now() - WINDOW:
            tries.popleft()
        if not tries or len(tries) < most:
            return None
        return tries[-most] + WINDOW - self._now()

    def _forget(self) -> None:
        over = self._now() - WINDOW
        for key in [key for key, tries in self._tries.items() if not tries or tries[-1] <= over]:
            del self._tries[key]


def _place(address: str) -> str:
    """What an address counts as: of IPv6 its network, as whoever has one address there has 2**64."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address) or known.ipv4_mapped:
        return str(getattr(known, "ipv4_mapped", None) or known)
    return str(ip_network((known, 64), strict=False))


def _keys(name: str, address: str) -> tuple[tuple[str, int], ...]:
    # A name counts together with its address: nobody can lock a colleague out from elsewhere.
    place = _place(address)
    return (f"{name.casefold()} at {place}", TRIES_PER_NAME), (place, TRIES_PER_ADDRESS)
