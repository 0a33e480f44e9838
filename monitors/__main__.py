"""``kuula``, and ``python -m monitors``: one of the two places where every error is caught (the other is the task)."""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from monitors.cli.app import root
from monitors.cli.frame import Frame
from monitors.errors import BadSettings, KuulaError, RetryLater, StopSource
from monitors.settings import SettingsErrors

WRONG, BAD_SETTINGS, RETRY_LATER = 1, 2, 75


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 done, 2 settings or usage, 75 try again later, 1 all else."""
    frame = Frame()
    try:
        root().main(arguments, prog_name="kuula", obj=frame)
    except KuulaError as error:
        if frame.debug:
            _show(frame, traceback.format_exc())
        _show(frame, explained(error))
        sys.exit(exit_code(error))
    except Exception as error:  # noqa: BLE001 - nobody should be shown a traceback they did not ask for
        details = traceback.format_exc()
        if frame.debug:
            _show(frame, details)
        else:
            _show(frame, f"kuula: something unexpected happened: {type(error).__name__}. {_kept(frame, details)}")
        sys.exit(WRONG)


def exit_code(error: KuulaError) -> int:
    """Choose the code that tells a script what to do: settings to correct, a call to repeat, or neither."""
    if isinstance(error, BadSettings):
        return BAD_SETTINGS
    return RETRY_LATER if isinstance(error, RetryLater) else WRONG


def explained(error: KuulaError) -> str:
    """Say what is wrong and what to do, in a line for each mistake."""
    if isinstance(error, SettingsErrors):
        where = f" in {error.file}" if error.file else ""
        return f"kuula: the settings{where} need correcting:\n{error}"
    if isinstance(error, RetryLater) and error.after:
        return f"kuula: {error}. Try again after {error.after:%Y-%m-%d %H:%M} UTC."
    if isinstance(error, RetryLater):
        return f"kuula: {error}. Try again later."
    remedy = error.remedy if isinstance(error, BadSettings | StopSource) else ""
    return f"kuula: {str(error).rstrip('.')}. {remedy}".rstrip()


def _show(frame: Frame, text: str) -> None:
    typer.echo(frame.redactor.clean(text.rstrip("\n"), lines=True), err=True)


def _kept(frame: Frame, details: str) -> str:
    """Keep the details in a new file that only this user can read, and say where."""
    try:
        handle, name = tempfile.mkstemp(prefix="kuula-error-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(frame.redactor.clean(details, lines=True))
    except OSError:
        return "Run it again with --debug to see where."
    return f"The details are in {Path(name)}; --debug shows them here."


if __name__ == "__main__":
    main()
