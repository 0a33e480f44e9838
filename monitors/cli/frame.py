"""What every command is given: where the settings are, how talkative to be, and a place to print."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from monitors.logs import Redactor, set_up
from monitors.settings import Settings, load


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


def console(stream: TextIO | None = None, *, stderr: bool = False) -> Any:
    """Make a rich console that never wraps or styles what a machine reads."""
    # Rich costs 0.08 s; `--version` and errors do not need it.
    from rich.console import Console

    return Console(file=stream or (sys.stderr if stderr else sys.stdout), highlight=False, soft_wrap=True)
