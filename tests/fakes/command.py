"""``kuula`` as people run it, in this process: in a folder of its own, with nothing of this machine's settings."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitors.__main__ import main

Kuula = Callable[..., tuple[int, str, str]]
"""Runs a command: the exit code, what it printed and what it complained of."""


def in_folder(
    folder: Path, settings: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Kuula:
    """Go to a folder, write settings there, and give what runs commands beside them."""
    for name in [name for name in os.environ if name.startswith("KUULA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    Path("kuula.toml").write_text(settings, "utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        shown = capsys.readouterr()
        return left.value.code if isinstance(left.value.code, int) else 0, shown.out, shown.err

    return run
