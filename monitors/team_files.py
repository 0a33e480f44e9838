"""Reading files that people of a team write by hand: never more than is asked for, and only what is a file.

A pipe would let whoever reads it wait for ever, a device might never end, and a link may lead round in a circle.
"""

import errno
import os
import stat
from pathlib import Path


def read_start(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file; ``OSError``, whose ``strerror`` says why, of anything else."""
    _require_file(path.stat().st_mode)
    # Between the look and the opening it may have become a pipe: that must not wait either.
    with open(path, "rb", opener=_without_waiting) as file:
        _require_file(os.fstat(file.fileno()).st_mode)
        return file.read(most)


def _require_file(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device and no file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def printable(name: str) -> str:
    """A file's name as it can be shown: names are bytes, and need not be text."""
    return os.fsencode(name).decode("utf-8", "replace")
