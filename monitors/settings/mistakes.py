"""What a mistake in the settings is, and the nearest word to a wrong one."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: at which key, what, and what to write instead."""

    key: Key
    message: str
    remedy: str


class Correctable(ValueError):
    """A value that cannot be, raised by a validator that knows what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Offer the nearest known word, as a sentence; empty when nothing is near."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f"Did you mean `{names[near[0]]}`?" if near else ""
