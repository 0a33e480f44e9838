"""What every command is given: where the settings are, how talkative to be, and a place to print."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from monitors.logs import Redactor, set_up
from monitors.settings import Settings, load
from monitors.settings.file import usual


@dataclass(slots=True)
class Frame:
    """The command line's own options, filled in before a command runs. ``ctx.obj`` of every command."""

    settings_path: Path | None = None
    verbose: bool = False
    debug: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    redactor: Redactor = field(default_factory=Redactor)

    def settings(self) -> Settings:
        """Load the settings and set up the logs so that none of their secrets appears in them."""
        settings = load(self.settings_path, self.environ)
        self.redactor.hide(settings.secrets())
        set_up(self.redactor, verbose=self.verbose)
        return settings

    def settings_if_any(self) -> Settings | None:
        """Load the settings; None for whoever has none yet. Mistakes in settings that are there are told."""
        given = self.settings_path is not None or self.environ.get("KUULA_SETTINGS")
        return self.settings() if given or any(path.is_file() for path in usual(Path())) else None


@contextmanager
def counting() -> Iterator[Callable[[str, int], None]]:
    """Show on a terminal how many each named step has dealt with so far; say nothing to a file or a pipe."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description:<8} {task.completed:>9,.0f}"), TimeElapsedColumn())
    screen = console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def show(name: str, count: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None)
            progress.advance(tasks[name], count)

        yield show


def console(stream: TextIO | None = None, *, stderr: bool = False) -> Any:
    """Make a rich console that never wraps or styles what a machine reads."""
    # Rich costs 0.08 s; `--version` and errors do not need it.
    from rich.console import Console

    return Console(file=stream or (sys.stderr if stderr else sys.stdout), highlight=False, soft_wrap=True)


def one_line(text: str) -> str:
    """What strangers wrote, unable to steer the terminal or to begin a line of ours."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
