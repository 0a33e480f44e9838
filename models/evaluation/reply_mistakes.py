"""The drafts that the reply check judges worst: what is wrong with each in truth, and what was said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.evaluation.reply_rows import LabelledDraft
from models.replies.finding import KINDS, Finding

_DIGITS = 4


def worst_drafts(
    rows: Sequence[LabelledDraft], found: Sequence[Sequence[Finding]], most: int
) -> list[Mapping[str, Any]]:
    """Describe the worst mistakes: drafts with most findings wrong first, and among them the surest.

    Of each: ``true`` and ``said`` findings, those ``missed`` and those ``invented`` with how sure the check is of them
    (0 to 1), and all that it was shown.
    """
    mistakes = []
    for row, findings in zip(rows, found, strict=True):
        sure = {one.kind.value: one.probability for one in findings}
        if wrong := row.findings ^ set(sure):
            surest = max((sure[kind] for kind in wrong if kind in sure), default=0.0)
            mistakes.append((len(wrong), surest, row, sure))
    mistakes.sort(key=lambda mistake: mistake[:2], reverse=True)
    return [_described(row, sure) for _, _, row, sure in mistakes[:most]]


def _described(row: LabelledDraft, sure: Mapping[str, float]) -> Mapping[str, Any]:
    return {
        "place": row.place,
        "lang": row.draft.language,
        "true": [kind for kind in KINDS if kind in row.findings],
        "said": [kind for kind in KINDS if kind in sure],
        "missed": [kind for kind in KINDS if kind in row.findings and kind not in sure],
        "invented": {kind: round(sure[kind], _DIGITS) for kind in KINDS if kind in sure and kind not in row.findings},
        "text": row.draft.text,
        "public": row.draft.public,
        "complaint": row.draft.complaint,
        "earlier": list(row.draft.earlier),
    }
