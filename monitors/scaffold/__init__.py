"""``kuula sources new``: the files of a new source, which pass the suite before anything of them is changed."""

import keyword
import re
import tomllib
from collections.abc import Collection
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitors.errors import BadSettings
from monitors.ports import Can
from monitors.sources import kinds

# A longer name makes longer lines than the linter lets through.
_NAME = re.compile(r"[a-z][a-z0-9_]{1,23}")

# One of them says how posts are found; the others are there besides.
FINDING = frozenset({Can.SEARCH, Can.WATCH})

_PORTS = {Can.REFRESH: ("Gone", "Rereading"), Can.FOLLOW: ("Conversation",), Can.REPLY: ("Replying",)}
_SUITES = {Can.REPLY: "ReplySourceChecks", Can.FOLLOW: "FollowSourceChecks"}
_WORLD = {Can.REPLY: ("said=said",), Can.FOLLOW: ("talk=talk", "ours=OURS")}


def checkout(start: Path) -> Path:
    """The checkout of Kuula that ``start`` is in: an installed package is no place to write code into."""
    for folder in (start, *start.parents):
        if _is_ours(folder / "pyproject.toml") and (folder / "monitors" / "sources").is_dir():
            return folder
    raise BadSettings(
        "a source is written in a checkout of Kuula, and this folder is in none",
        remedy="Clone Kuula's repository and run this in it. A package of your own needs no checkout: give it an entry "
        "point kuula.sources.",
    )


def write(root: Path, name: str, can: Collection[Can] = frozenset({Can.SEARCH})) -> list[Path]:
    """Write the source called ``name`` that ``can`` do that, its test and its recorded page below ``root``.

    Nothing is written over.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadSettings(
            f"{name} cannot be the name of a source",
            remedy="Use 2 to 24 lower-case letters, digits and underscores, a letter first, such as hackernews.",
        )
    if name in kinds():
        raise BadSettings(f"there is a source called {name} already", remedy="Choose another name.")
    if len(FINDING & {*can}) != 1:
        remedy = "Have one of them: search if the service is asked for words, watch if it brings whatever there is."
        raise BadSettings("a source finds posts in one way, by search or by watch", remedy=remedy)
    files = {
        root / "monitors" / "sources" / f"{name}.py": "source.py.template",
        root / "tests" / "monitors" / "sources" / f"test_{name}.py": "test_source.py.template",
        root / "tests" / "fixtures" / name / "page.json": "page.json.template",
    }
    if there := next((path for path in files if path.exists()), None):
        raise BadSettings(f"{there.relative_to(root)} is there already", remedy="Remove it, or choose another name.")
    filled = _filled(name, can)
    templates = Environment(
        loader=PackageLoader(__name__, "."),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(templates.get_template(template).render(filled), "utf-8")
    return list(files)


def _filled(name: str, can: Collection[Can]) -> dict[str, object]:
    words = name.split("_")
    ports = {"Can", "Json", "Page", "Query", "Skipped", "Window"}.union(*(_PORTS.get(one, ()) for one in can))
    world = [part for one in _WORLD if one in can for part in _WORLD[one]]
    return {
        "name": name,
        "Name": "".join(map(str.capitalize, words)),
        "title": " ".join(words).strip().capitalize(),
        **{one.value: one in can for one in Can},
        "abilities": ", ".join(f"Can.{one.name}" for one in Can if one in can),
        "others": [one for one in Can if one not in can and one not in FINDING],
        "ports": ", ".join(sorted(ports)),
        "suites": ", ".join(_SUITES[one] for one in _SUITES if one in can) or "NetworkSourceChecks",
        "world": ", ".join(["settings", "ids", "server", *world, "publish=publish"]),
    }


def _is_ours(project: Path) -> bool:
    try:
        table = tomllib.loads(project.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(table.get("project", {}).get("name") == "kuula")
