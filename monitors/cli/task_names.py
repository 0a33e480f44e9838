"""What people call what is read or measured, at the command line."""

import typer

from models.evaluation.rows import Task
from monitors.settings.mistakes import did_you_mean

TASK_NAMES = "|".join(Task)


def task_of(word: str) -> Task:
    """The task of that name. Typer's own refusal begins with words of a library that nobody here called."""
    if word not in set(Task):
        meant = did_you_mean(word, Task)
        raise typer.BadParameter(" ".join(filter(None, (f"{word!r} is none of {', '.join(Task)}.", meant))))
    return Task(word)
