"""What a draft is, and what may be wrong with one: the twelve findings of the reply check."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""First character and the one after the last."""


@unique
class FindingKind(StrEnum):
    """What a draft lacks, or does that harms; in this order they are learnt and shown."""

    NO_EMPATHY = "no_empathy"
    NO_APOLOGY = "no_apology"
    NO_SOLUTION_OR_TIME = "no_solution_or_time"
    PROMISE_WITHOUT_TIME = "promise_without_time"
    NO_OWNER = "no_owner"
    OFFICIALESE = "officialese"
    BLAMES_CUSTOMER = "blames_customer"
    DISMISSIVE = "dismissive"
    PUBLIC_ARGUMENT = "public_argument"
    PERSONAL_DATA = "personal_data"
    EXCEPTION_TRICK = "exception_trick"
    CONTRADICTS_EARLIER = "contradicts_earlier"


KINDS: tuple[FindingKind, ...] = tuple(FindingKind)
"""All findings, in the order of the columns of everything that is learnt."""

MISSING = frozenset(
    {FindingKind.NO_EMPATHY, FindingKind.NO_APOLOGY, FindingKind.NO_SOLUTION_OR_TIME, FindingKind.NO_OWNER}
)
"""Findings about what is not there: they have no place in the text."""

PUBLIC_ONLY = frozenset({FindingKind.PUBLIC_ARGUMENT, FindingKind.PERSONAL_DATA})
"""Findings about what everybody can read: in a direct answer they are none."""

MEANINGS: Mapping[FindingKind, str] = {
    FindingKind.NO_EMPATHY: "Nothing shows that the customer's trouble was understood.",
    FindingKind.NO_APOLOGY: "There is no apology.",
    FindingKind.NO_SOLUTION_OR_TIME: "There is neither a solution, nor a next step, nor a time to hear again.",
    FindingKind.PROMISE_WITHOUT_TIME: "Something is promised without saying when.",
    FindingKind.NO_OWNER: "No name of a person and no direct contact is given.",
    FindingKind.OFFICIALESE: "It hides behind the language of offices.",
    FindingKind.BLAMES_CUSTOMER: "It says or implies that the customer is at fault.",
    FindingKind.DISMISSIVE: "It belittles, sends away, or refuses to look at the matter.",
    FindingKind.PUBLIC_ARGUMENT: "It argues in public, or shows details of the case there.",
    FindingKind.PERSONAL_DATA: "It shows personal data in public.",
    FindingKind.EXCEPTION_TRICK: "It sells as a favour what is the customer's due.",
    FindingKind.CONTRADICTS_EARLIER: "It says something else than was told before in this case.",
}
"""What each finding means, in one sentence for people."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it goes out: what it says, where, and what it answers.

    ``language`` is an ISO 639-1 code; ``earlier`` is what was told before in the same case, the oldest first.
    """

    text: str
    language: str
    public: bool
    earlier: tuple[str, ...] = ()
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a draft, how sure that is (0 to 1), where, and better words for it ("" if none)."""

    kind: FindingKind
    probability: float
    spans: tuple[Span, ...] = ()
    wording: str = ""


def possible(draft: Draft, kind: FindingKind) -> bool:
    """Whether a finding can be there at all: some are only of public drafts, one only of cases with earlier answers."""
    if kind in PUBLIC_ONLY:
        return draft.public
    return kind is not FindingKind.CONTRADICTS_EARLIER or bool(draft.earlier)
