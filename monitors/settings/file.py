"""Reading ``kuula.toml`` into plain values, and knowing on which line each key stands."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitors.errors import BadSettings
from monitors.settings.explaining import to_toml_key
from monitors.settings.mistakes import Key

FILE_NAME = "kuula.toml"
MADE_HERE = ".kuula"
_LARGEST = 1_000_000
_NO_FILE = "Run `kuula init` to write one, or give its path: --settings PATH."
_SYNTAX = 'Write `key = "text"`, `key = 5` or `key = ["one", "two"]`, one on each line.'


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a settings file, the values in it, and where it was."""

    path: Path
    text: str
    values: dict[str, Any] = field(repr=False)


def usual(folder: Path) -> tuple[Path, Path]:
    """Where the settings of a folder are if nobody says: its own first, then those that ``make run`` wrote there."""
    return folder / FILE_NAME, folder / MADE_HERE / FILE_NAME


def find(explicit: Path | None, environ: Mapping[str, str], folder: Path) -> Path:
    """Give the settings file: the one asked for, else ``KUULA_SETTINGS``, else ``kuula.toml`` in ``folder``.

    Where there is none it is the one that ``make run`` wrote: whoever began with that asks about what they see there.
    """
    if explicit is not None:
        asked, by = explicit, "--settings"
    elif environ.get("KUULA_SETTINGS"):
        asked, by = Path(environ["KUULA_SETTINGS"]), "KUULA_SETTINGS"
    else:
        asked, by = next(filter(Path.is_file, usual(folder)), folder / FILE_NAME), ""
    if asked.is_file():
        return asked.absolute()
    if by:
        raise BadSettings(f"{by} names {asked}, which is not a file", remedy="Correct the path.")
    raise BadSettings(f"there is no {FILE_NAME} in this folder", remedy=_NO_FILE)


def read(path: Path) -> Text:
    """Read and parse a file; a mistake of syntax is ``BadSettings`` with its line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}", remedy="Let this user read it.") from None
    if len(data) > _LARGEST:
        raise BadSettings(f"{path} is larger than 1 MB", remedy="Name the settings file, not a file of posts.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadSettings("this is not UTF-8 text", line=line, remedy="Save it with the encoding UTF-8.") from None
    return Text(path, text, _parse(text))


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        what = re.sub(r"\s*\(at .*\)$", "", str(error).splitlines()[0])
        raise BadSettings(f"this is not TOML: {printable(what)}", line=line, remedy=_SYNTAX) from None
    except RecursionError:
        raise BadSettings("brackets are nested too deeply", remedy="Use fewer brackets.") from None
    except ValueError:
        raise BadSettings("a number or a date is impossible", remedy="Write numbers such as 60.") from None


def printable(text: str) -> str:
    """Show control characters instead of sending them to somebody's terminal."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def dotted(key: Key) -> str:
    """Write a key as TOML does, list places in brackets: ``brands.Omniva.names[0]``."""
    written = ""
    for part in key:
        written += f"[{part}]" if isinstance(part, int) else "." * bool(written) + to_toml_key(part)
    return written


def lines(text: str) -> dict[Key, int]:
    """Find the line on which each key of a valid TOML text first stands.

    The standard parser gives no positions, so it is asked about one statement at a time: a statement is the fewest
    lines that parse alone. Values inside a statement that spans lines are placed on its first line.
    """
    places: dict[Key, int] = {}
    table: Key = ()
    repeated: dict[Key, int] = {}
    for number, values, is_header in _statements(text):
        if not is_header:
            for path in _paths(values):
                places.setdefault(table + path, number)
            continue
        table = next(path for path, value in _paths_with_values(values) if value in ({}, [{}]))
        for depth in range(1, len(table) + 1):
            places.setdefault(table[:depth], number)
        if _value_at(values, table) == [{}]:
            table = (*table, repeated.setdefault(table, 0))
            repeated[table[:-1]] += 1
            places.setdefault(table, number)
    return places


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    start, waiting = 1, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not waiting:
            start = number
        waiting += line + "\n"
        try:
            values = tomllib.loads(waiting)
        except ValueError:
            continue
        if values:
            yield start, values, waiting.lstrip().startswith("[")
        waiting = ""


def _value_at(values: Any, path: Key) -> Any:
    for part in path:
        values = values[part]
    return values


def _paths_with_values(values: Any, before: Key = ()) -> Iterator[tuple[Key, Any]]:
    inner = values.items() if isinstance(values, Mapping) else enumerate(values) if isinstance(values, list) else ()
    for part, value in inner:
        yield (*before, part), value
        yield from _paths_with_values(value, (*before, part))


def _paths(values: Any) -> Iterator[Key]:
    return (path for path, _ in _paths_with_values(values))


def line_of(key: Key, places: Mapping[Key, int]) -> int | None:
    """Give the line of a key or, where it is missing, of the nearest table around it."""
    while key and key not in places:
        key = key[:-1]
    return places.get(key)
