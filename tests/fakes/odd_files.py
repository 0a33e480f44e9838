"""What may lie in a folder that people edit, under the name of a file, and is none that can be used."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

GIGABYTE = 10**9


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(GIGABYTE)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


ODD: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "pipe or a device"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "pipe or a device"),
    "terminal": (lambda path: path.symlink_to("/dev/tty"), "pipe or a device"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "No such file"),
    "loop": (_loop, "symbolic links"),
    "folder": (Path.mkdir, "it is a folder"),
    "gigabyte": (_sparse, "more than|longer than"),
}
"""How to make each, and what is to be said of it."""
