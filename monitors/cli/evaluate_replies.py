"""``kuula evaluate replies FILE…``: how good the reply check is on drafts with known findings."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from models.evaluation.reply_figures import Checked, reply_figures
from models.evaluation.reply_rows import LabelledDraft, understand_draft
from models.evaluation.rows import BrokenRowError, LeftOutError
from models.replies import KINDS, check
from monitors.cli.labelled_files import lines, parse
from monitors.cli.task_names import REPLIES
from monitors.errors import BadSettings

_EVERYTHING = "all"
_REASONS_SHOWN = 8


@dataclass(slots=True)
class _Examples:
    """Drafts by language, and why other rows are not measured, with where that was first."""

    rows: dict[str, list[LabelledDraft]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)


def evaluate_replies(files: Sequence[Path]) -> None:
    """Measure the reply check, and print a JSON line for each language and one for all together."""
    if folder := next((file for file in files if file.is_dir()), None):
        raise typer.BadParameter(f"{folder} is a folder; {REPLIES} takes files")
    examples = _read(files)
    check(next(iter(examples.rows.values()))[0].draft)  # what loading takes is not what a draft takes
    everything: list[Checked] = []
    seconds = 0.0
    for language, rows in sorted(examples.rows.items()):
        began = time.perf_counter()
        checked = [Checked(row.findings, {found.kind for found in check(row.draft)}, row.hard) for row in rows]
        took = time.perf_counter() - began
        everything, seconds = everything + checked, seconds + took
        _tell(language, checked, took)
    _tell(_EVERYTHING, everything, seconds)


def _tell(language: str, checked: Sequence[Checked], seconds: float) -> None:
    measured = reply_figures(checked, KINDS)
    per_finding = measured.pop("per_finding")
    speed = round(1000 * seconds / len(checked), 1)
    line = {"task": REPLIES, "lang": language, **measured, "ms_per_draft": speed, "per_finding": per_finding}
    typer.echo(json.dumps(line))


def _read(files: Sequence[Path]) -> _Examples:
    examples = _Examples()
    for row in _understood(files, examples):
        examples.rows.setdefault(row.draft.language, []).append(row)
    if examples.left_out:
        kept = sum(map(len, examples.rows.values()))
        _say(f"{examples.left_out.total()} of {kept + examples.left_out.total()} rows are left out:")
        for reason, count in examples.left_out.most_common(_REASONS_SHOWN):
            _say(f"    {count}: {reason} (first: {examples.first[reason]})")
        if (more := len(examples.left_out) - _REASONS_SHOWN) > 0:
            _say(f"    and for {more} more reasons")
    if not examples.rows:
        raise BadSettings("there is nothing to measure in these files", remedy=f"Give examples for {REPLIES}.")
    return examples


def _understood(files: Sequence[Path], examples: _Examples) -> Iterator[LabelledDraft]:
    for file in files:
        for number, line in enumerate(lines(file), start=1):
            place = f"{file.name} line {number}"
            if not line.strip():
                continue
            try:
                yield understand_draft(parse(line), place)
            except (LeftOutError, BrokenRowError) as error:
                examples.left_out[str(error)] += 1
                examples.first.setdefault(str(error), place)


def _say(line: str) -> None:
    typer.echo(line, err=True)
