"""How one row of a file of labelled drafts is understood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluation.rows import UNKNOWN_LANGUAGE, BrokenRowError, LeftOutError, shown, text_of
from models.replies.finding import Draft, FindingKind

MOST_EARLIER = 50
"""Earlier answers of one case that are read, the last ones."""


@dataclass(frozen=True, slots=True)
class LabelledDraft:
    """A draft with its true findings and those that it may be mistaken for; ``place`` is where its row stands."""

    draft: Draft
    findings: frozenset[str]
    hard: frozenset[str]
    place: str


def understand_draft(row: Any, place: str) -> LabelledDraft:
    """Read one row, which may have any other fields; ``BrokenRowError`` or ``LeftOutError`` where that cannot be.

    ``text`` and ``findings`` must be there. Without ``public`` a draft is a direct one; without ``earlier`` nothing was
    told before.
    """
    text = text_of(row)
    if row.get("findings") is None:
        raise LeftOutError("`findings` is not there")
    findings, hard = (_kinds(row.get(name), name) for name in ("findings", "hard_negative_for"))
    draft = Draft(text, _language(row), _public(row), tuple(_earlier(row)), _words(row, "complaint"))
    return LabelledDraft(draft, findings, hard - findings, place)


def _kinds(listed: Any, name: str) -> frozenset[str]:
    if listed is None:
        return frozenset()
    if not isinstance(listed, list):
        raise BrokenRowError(f"`{name}` must be a list")
    for kind in listed:
        if kind not in list(FindingKind):
            raise LeftOutError(f"{shown(kind)} is no finding; the findings are {', '.join(FindingKind)}")
    return frozenset(listed)


def _language(row: Mapping[str, Any]) -> str:
    found = row.get("lang")
    return found.partition("-")[0].lower()[:8] or UNKNOWN_LANGUAGE if isinstance(found, str) else UNKNOWN_LANGUAGE


def _public(row: Mapping[str, Any]) -> bool:
    found = row.get("public", False)
    if found not in (True, False, None):
        raise BrokenRowError("`public` must be true or false")
    return bool(found)


def _earlier(row: Mapping[str, Any]) -> Iterable[str]:
    found = row.get("earlier") or []
    if not isinstance(found, list) or not all(isinstance(answer, str) for answer in found):
        raise BrokenRowError("`earlier` must be a list of strings")
    return found[-MOST_EARLIER:]


def _words(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name) or ""
    if not isinstance(found, str):
        raise BrokenRowError(f"`{name}` must be a string")
    return found
