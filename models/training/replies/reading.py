"""The drafts that the reply check learns from: ``corpus/<author>-<language>.jsonl``, a labelled draft a line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.replies.finding import KINDS, Draft, FindingKind, Span, possible

FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A draft with what is wrong with it, where, and what it may be mistaken for; who wrote it."""

    draft: Draft
    author: str
    findings: frozenset[FindingKind]
    hard: frozenset[FindingKind]
    spans: Mapping[FindingKind, Sequence[Span]]


def lessons(folder: Path = FOLDER) -> list[Lesson]:
    """Read all drafts, in the order of files and lines."""
    return [lesson for file in sorted(folder.glob("*.jsonl")) for lesson in _of_file(file, file.name.partition("-")[0])]


def truth(found: Sequence[Lesson]) -> Any:
    """Give the findings as a table (drafts × findings, bool)."""
    import numpy as np

    return np.array([[kind in lesson.findings for kind in KINDS] for lesson in found])


def known(found: Sequence[Lesson]) -> Any:
    """Give which findings each draft says anything about (drafts × findings, bool)."""
    import numpy as np

    return np.array([[possible(lesson.draft, kind) for kind in KINDS] for lesson in found])


def _of_file(file: Path, author: str) -> Iterator[Lesson]:
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        draft = Draft(row["text"], row["lang"], row["public"], tuple(row["earlier"]), row["complaint"])
        yield Lesson(
            draft,
            author,
            frozenset(map(FindingKind, row["findings"])),
            frozenset(map(FindingKind, row["hard_negative_for"])),
            {FindingKind(kind): [_place(draft.text, words) for words in found] for kind, found in row["spans"].items()},
        )


def _place(text: str, words: str) -> Span:
    start = text.index(words)
    return start, start + len(words)
