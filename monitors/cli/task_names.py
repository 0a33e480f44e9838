"""What people call what is read or measured, at the command line."""

from collections.abc import Sequence
from enum import StrEnum

import typer

from models.evaluation.rows import Task
from monitors.settings.mistakes import did_you_mean

TASK_NAMES = "|".join(Task)


REPLIES = "replies"
"""What is measured on files of labelled drafts of answers."""


class DraftTask(StrEnum):
    """What is measured on drafts of answers."""

    REPLIES = REPLIES


class FolderTask(StrEnum):
    """What is measured on a folder of public sets."""

    VIRALITY = "virality"
    BURSTS = "bursts"


def task_of(word: str) -> Task:
    """The task of that name. Typer's own refusal begins with words of a library that nobody here called."""
    _check(word, list(Task))
    return Task(word)


def measured_task_of(word: str) -> StrEnum:
    """The task of that name, whatever it is measured on."""
    _check(word, [*Task, *DraftTask, *FolderTask])
    return next(kind(word) for kind in (Task, DraftTask, FolderTask) if word in set(kind))


def _check(word: str, known: Sequence[str]) -> None:
    if word not in known:
        meant = did_you_mean(word, known)
        raise typer.BadParameter(" ".join(filter(None, (f"{word!r} is none of {', '.join(known)}.", meant))))
