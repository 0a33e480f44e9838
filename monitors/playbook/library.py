"""Which files of the playbook are in use: ours, each replaced by the team's file of the same name.

A file that cannot be used does not leave people without words: its last good version stays, which the ledger has kept,
as it has every text that was ever in use.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from monitors.errors import BadSettings
from monitors.ledger import playbooks
from monitors.ledger.engine import Ledger
from monitors.playbook.plays import LONGEST_FILE, BrokenPlay, Play, Problem
from monitors.playbook.reading import parse
from monitors.team_files import printable, read_start

OURS, THEIRS = "kuula", "team"
MOST_FILES = 60
_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files in use by name. ``theirs`` are the team's; ``problems`` is what is wrong in files that are not used."""

    plays: Mapping[str, Play]
    theirs: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    def of(self, name: str) -> list[Problem]:
        """What is wrong with one file."""
        return [problem for problem in self.problems if problem.file == f"{name}.md"]


class Library:
    """Knows the playbook of a team, and notices when somebody edits it. ``folder`` None: ours alone."""

    def __init__(self, ledger: Ledger, folder: Path | None, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._folder = folder
        self._now = now
        self._lock = Lock()
        self._stamp: _Stamp | None = None
        self._shelf = Shelf({})

    def shelf(self) -> Shelf:
        """What is in use now."""
        with self._lock:
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                self._shelf = self._read()
                self._stamp = stamp
            return self._shelf

    def _read(self) -> Shelf:
        found, problems = read_folder(self._folder) if self._folder else ({}, [])
        broken = {Path(problem.file).stem for problem in problems} - {""}
        with self._ledger.read() as tx:
            newest = {row.name: row for row in playbooks.in_use(tx)}
        used = {**defaults(), **found}
        for name in broken:
            last = _last_good(name, newest[name].text) if name in newest else None
            if last is not None:
                used[name] = last
        theirs = frozenset(name for name in used if used[name] is not defaults().get(name))
        fresh = [play for play in used.values() if play.name not in newest or newest[play.name].version != play.version]
        if fresh:
            with self._ledger.write() as tx:
                for play in fresh:
                    by = THEIRS if play.name in theirs else OURS
                    playbooks.keep(tx, playbooks.Version(play.name, play.version, play.text, by), self._now())
        return Shelf(used, theirs, tuple(problems))


def _last_good(name: str, text: str) -> Play | None:
    """A text of an earlier time; what this version of Kuula reads differently is not used."""
    try:
        return parse(name, text)
    except BrokenPlay:
        return None


@cache
def defaults() -> Mapping[str, Play]:
    """Ours, by name."""
    folder = files("monitors.playbook") / "defaults"
    texts = {one.name.removesuffix(".md"): one.read_text("utf-8") for one in folder.iterdir()}
    return {name: parse(name, text) for name, text in sorted(texts.items())}


def read_folder(folder: Path) -> tuple[dict[str, Play], list[Problem]]:
    """The good files of a folder by name, and what is wrong with the others."""
    found: dict[str, Play] = {}
    problems: list[Problem] = []
    try:
        paths = _files(folder)
    except OSError as error:
        remedy = f"`kuula playbook new` makes it: {folder}."
        return {}, [Problem(folder.name, 0, f"the folder cannot be read: {error.strerror}", remedy)]
    if len(paths) > MOST_FILES:
        problems.append(Problem("", 0, f"there are more than {MOST_FILES} files", "Keep those that people use."))
    for path in paths[:MOST_FILES]:
        try:
            found[path.stem] = parse(printable(path.stem), _text(path))
        except BrokenPlay as error:
            problems += error.problems
        except UnicodeDecodeError:
            problems.append(Problem(printable(path.name), 0, "the file is not written in UTF-8", _SAVE_AGAIN))
        except OSError as error:
            told = f"the file cannot be read: {error.strerror}"
            problems.append(Problem(printable(path.name), 0, told, "Put a plain file there that Kuula may read."))
    return found, problems


_SAVE_AGAIN = "Save it again as UTF-8."
_MOST_BYTES = 4 * LONGEST_FILE + 4
"""No text that is not too long has as many."""


def _text(path: Path) -> str:
    start = read_start(path, _MOST_BYTES)
    # Where it was cut a letter may be broken; it is too long anyway.
    return start.decode("utf-8", "ignore" if len(start) == _MOST_BYTES else "strict")


def copy_defaults(folder: Path) -> list[str]:
    """Put those of our files into a folder that are not there yet; gives their names."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, play in defaults().items():
            path = folder / f"{name}.md"
            if not path.exists():
                path.write_text(play.text, "utf-8")
                written.append(path.name)
    except OSError as error:
        raise BadSettings(f"{folder} cannot be written: {error.strerror}", remedy="Choose another folder.") from None
    return written


def _files(folder: Path) -> list[Path]:
    """Hidden ones are an editor's own, such as Emacs' lock, which is a link that leads nowhere."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".md" and _is_theirs(path))


def _is_theirs(path: Path) -> bool:
    return path.stem.casefold() != "readme" and not path.name.startswith(".")


def _stamp(folder: Path | None) -> _Stamp:
    return tuple(_stamps(folder)) if folder else ()


def _stamps(folder: Path) -> Iterable[tuple[str, int, int]]:
    try:
        paths = _files(folder)
    except OSError:
        yield "", 0, 0
        return
    for path in paths:
        try:
            seen = path.stat()
        except OSError as error:
            # The others are looked at all the same: whoever edits one of them waits for no mended link.
            yield path.name, 0, -(error.errno or 1)
        else:
            yield path.name, seen.st_mtime_ns, seen.st_size
