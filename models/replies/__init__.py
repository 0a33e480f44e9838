"""The reply check: what is missing or harmful in a draft before it goes out, where, and better words for it.

``check`` names twelve findings in Estonian, Russian, Finnish and English; it sends nothing and blocks nothing. A
network and clues (phrases, names, numbers, facts beside those that were told before) are joined by what was learnt from
labelled drafts; ``models/artifacts/replies/CARD.md`` says how good that is.
"""

from models.replies.checker import builtin
from models.replies.finding import KINDS, MEANINGS, Draft, Finding, FindingKind
from models.replies.phrases import BadPhrases, Phrases, builtin_phrases, read_phrases


def check(draft: Draft, phrases: Phrases | None = None) -> tuple[Finding, ...]:
    """Name what is wrong with a draft; ``phrases`` are the team's own words, absent those of Kuula."""
    return builtin().check(draft, phrases or builtin_phrases())


__all__ = [
    "KINDS",
    "MEANINGS",
    "BadPhrases",
    "Draft",
    "Finding",
    "FindingKind",
    "Phrases",
    "builtin_phrases",
    "check",
    "read_phrases",
]
