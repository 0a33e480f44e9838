"""``kuula evaluate replies FILE…``: how good the reply check is on drafts with known findings, and where it errs."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from models.evaluation.reply_figures import Checked, reply_figures
from models.evaluation.reply_mistakes import worst_drafts
from models.evaluation.reply_rows import LabelledDraft, understand_draft
from models.evaluation.rows import BrokenRowError, LeftOutError
from models.replies import KINDS, check
from monitors.cli.labelled_files import Counted, lines, parse, tell_left_out
from monitors.cli.mistakes_file import opened
from monitors.cli.task_names import REPLIES
from monitors.errors import BadSettings

_EVERYTHING = "all"


def evaluate_replies(files: Sequence[Path], mistakes: Path | None, most: int) -> None:
    """Measure the reply check, and print a JSON line for each language and one for all together.

    ``mistakes`` is the file to which the worst of each language go, at most so many.
    """
    if folder := next((file for file in files if file.is_dir()), None):
        raise typer.BadParameter(f"{folder} is a folder; {REPLIES} takes files")
    with opened(mistakes, files) as write:
        examples = _read(files)
        check(next(iter(examples.values()))[0].draft)  # what loading takes is not what a draft takes
        everything: list[Checked] = []
        wrong: list[Mapping[str, Any]] = []
        seconds = 0.0
        for language, rows in sorted(examples.items()):
            began = time.perf_counter()
            found = [check(row.draft) for row in rows]
            took = time.perf_counter() - began
            checked = [
                Checked(row.findings, {one.kind for one in said}, row.hard)
                for row, said in zip(rows, found, strict=True)
            ]
            everything, seconds = everything + checked, seconds + took
            wrong += worst_drafts(rows, found, most)
            _tell(language, checked, took)
        _tell(_EVERYTHING, everything, seconds)
        write(wrong)


def _tell(language: str, checked: Sequence[Checked], seconds: float) -> None:
    measured = reply_figures(checked, KINDS)
    per_finding = measured.pop("per_finding")
    speed = round(1000 * seconds / len(checked), 1)
    line = {"task": REPLIES, "lang": language, **measured, "ms_per_draft": speed, "per_finding": per_finding}
    typer.echo(json.dumps(line))


def _read(files: Sequence[Path]) -> dict[str, list[LabelledDraft]]:
    """The drafts that are measured, by language."""
    rows: dict[str, list[LabelledDraft]] = {}
    left_out = Counted()
    for row in _understood(files, left_out):
        rows.setdefault(row.draft.language, []).append(row)
    tell_left_out(left_out, sum(map(len, rows.values())))
    if not rows:
        raise BadSettings("there is nothing to measure in these files", remedy=f"Give examples for {REPLIES}.")
    return rows


def _understood(files: Sequence[Path], left_out: Counted) -> Iterator[LabelledDraft]:
    for file in files:
        for number, line in enumerate(lines(file), start=1):
            place = f"{file.name} line {number}"
            if not line.strip():
                continue
            try:
                yield understand_draft(parse(line), place)
            except (LeftOutError, BrokenRowError) as error:
                left_out.add(str(error), place)
