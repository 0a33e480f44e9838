"""``kuula``, and ``python -m monitors``: one of the two places where every error is caught (the other is the task)."""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from monitors.cli.app import root
from monitors.cli.frame import Frame
from monitors.errors import BadSettings, KuulaError, RetryLater, StopSource
from monitors.settings import SettingsErrors

WRONG, BAD_SETTINGS, RETRY_LATER, TERMINATED = 1, 2, 75, 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 done, 2 settings or usage, 75 try again later, 1 all else.

    143 is for whoever was ended by SIGTERM, except commands that run until they are ended.
    """
    frame = Frame()
    try:
        with _ended_in_order():
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


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM ends a command as an error does: what it has opened is closed, and what it laid aside goes.

    It is set before a command's modules are loaded, which takes seconds. Libraries in C that are being loaded make an
    ``ImportError`` of it; whatever became of it, the command was ended.
    """
    asked = False

    def end(*_: object) -> None:
        nonlocal asked
        asked = True
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if asked:
            sys.exit(TERMINATED)


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
