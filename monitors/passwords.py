"""Passwords: argon2 hashes, renewed when the library's advice changes, and equally slow for names that do not exist."""

from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right; ``renewed`` is a new hash to store when the old one's parameters are outdated."""

    right: bool
    renewed: str | None = None


def hashed(password: str) -> str:
    """Give what the ledger stores for a password."""
    return _hasher.hash(password)


def check(password: str, stored: str | None) -> Checked:
    """Compare a password with its stored hash; with None (nobody of that name) it takes as long and is wrong."""
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return Checked(right=False)
    if stored is None:
        return Checked(right=False)
    return Checked(right=True, renewed=hashed(password) if _hasher.check_needs_rehash(stored) else None)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
