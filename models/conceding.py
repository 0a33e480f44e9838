"""Concede or argue: what the demanded remedy costs, against the work, the spread and the customer that arguing costs.

Every amount is rounded before it is added, as people would in their heads, so that what is said always adds up and
never pretends to know cents.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.scores import Remedy, Signal

HELP_FIRST = frozenset({Signal.SAFETY_ISSUE, Signal.VULNERABLE_PERSON})
"""Where these are said nobody is told what is cheaper: help comes first."""

THREATS = frozenset(
    {Signal.LEGAL_THREAT, Signal.REGULATOR_THREAT, Signal.MEDIA_THREAT, Signal.CALL_TO_SHARE, Signal.FRAUD_ACCUSATION}
)
"""What makes arguing take longer."""

ALIKE = 1.2
"""Amounts whose ratio is not above this are said to be about the same."""

MOST = 1e9
LONGEST_TEXT = 20_000
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f.']\d{3}){1,2}(?:,\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?"
_EURO = r"(?:euro(?:t|sid|a|n|ja|s)?|евро)"
_SUM = re.compile(
    rf"(?:€ ?(?P<after>{_NUMBER})|(?<![\d.,])(?P<before>{_NUMBER}) ?(?:€|eur\b|{_EURO}\b))(?!\d)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \u00a0\u202f']")


class Choice(StrEnum):
    """What can be decided about a demand."""

    CONCEDE = "concede"
    PARTLY = "partly"
    ARGUE = "argue"
    LET_GO = "let_go"


class Advice(StrEnum):
    """What the figures say, as far as they may."""

    CONCEDE = "concede"
    ARGUE = "argue"
    ALIKE = "alike"
    HELP_FIRST = "help_first"


@dataclass(frozen=True, slots=True)
class Question:
    """What is known: the remedy's cost, hours still to work and their rate, people who would still react and the cost
    of each, and what a year with the customer is worth, times the share of it that is at stake.
    """

    remedy: float
    hours: float
    hour_rate: float
    people: float = 0.0
    interaction_value: float = 0.0
    customer_value: float = 0.0
    at_stake: float = 0.0
    help_first: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """Both sides in whole amounts, rounded: ``arguing`` is the sum of its parts as they are told."""

    conceding: int
    hours: float
    work: int
    people: int
    spread: int
    customer: int
    help_first: bool

    @property
    def arguing(self) -> int:
        """What arguing costs in all."""
        return self.work + self.spread + self.customer

    @property
    def advice(self) -> Advice:
        """Which side is cheaper."""
        if self.help_first:
            return Advice.HELP_FIRST
        low, high = sorted((self.conceding, self.arguing))
        if high <= low * ALIKE:
            return Advice.ALIKE
        return Advice.CONCEDE if self.conceding < self.arguing else Advice.ARGUE


def weigh(asked: Question) -> Balance:
    """Put both sides of a demand beside each other."""
    return Balance(
        conceding=about(asked.remedy),
        hours=round(max(asked.hours, 0.0), 1),
        work=about(asked.hours * asked.hour_rate),
        people=about(asked.people),
        spread=about(asked.people * asked.interaction_value),
        customer=about(asked.customer_value * asked.at_stake),
        help_first=asked.help_first,
    )


def about(amount: float) -> int:
    """An amount as people say it: below 20 to one, below 100 to five, above to two digits.

    It never falls as the amount grows.
    """
    held = min(max(amount, 0.0), MOST)
    step = 1 if held < 20 else 5 if held < 100 else int(10 ** (len(str(int(held))) - 2))
    return int(held / step + 0.5) * step


def named_sum(texts: Sequence[str]) -> float | None:
    """The largest sum in euros that people name, or None."""
    found = [
        _amount(match["after"] or match["before"]) for text in texts for match in _SUM.finditer(text[:LONGEST_TEXT])
    ]
    return max((one for one in found if one > 0), default=None)


def _amount(written: str) -> float:
    plain = _SPACES.sub("", written)
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+", plain):
        plain = plain.replace(".", "")
    return float(Decimal(plain))


@dataclass(frozen=True, slots=True)
class Habit:
    """How many stories demanded a remedy in so many days, and of how many orders, deliveries or customers."""

    stories: int
    days: int
    of: int

    def yearly(self, cost: float) -> int:
        """What conceding to all of them would cost a year."""
        return about(self.stories / max(self.days, 1) * 365 * cost)


def usual_remedy(demanded: Sequence[Remedy]) -> Remedy:
    """What the posts of a story ask for: the most frequent wish, the first of them where several are."""
    asked = [one for one in demanded if one is not Remedy.NONE]
    return max(asked, key=asked.count, default=Remedy.NONE)
