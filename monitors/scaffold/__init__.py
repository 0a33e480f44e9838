"""``kuula sources new``: the files of a new source, which pass the suite before anything of them is changed."""

import keyword
import re
import tomllib
from importlib import resources
from pathlib import Path
from string import Template

from monitors.errors import BadSettings
from monitors.sources import kinds

# A longer name makes longer lines than the linter lets through.
_NAME = re.compile(r"[a-z][a-z0-9_]{1,23}")


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


def write(root: Path, name: str) -> list[Path]:
    """Write the source called ``name``, its test and its recorded page below ``root``; never over anything."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadSettings(
            f"{name} cannot be the name of a source",
            remedy="Use 2 to 24 lower-case letters, digits and underscores, a letter first, such as hackernews.",
        )
    if name in kinds():
        raise BadSettings(f"there is a source called {name} already", remedy="Choose another name.")
    files = {
        root / "monitors" / "sources" / f"{name}.py": "source.py.template",
        root / "tests" / "monitors" / "sources" / f"test_{name}.py": "test_source.py.template",
        root / "tests" / "fixtures" / name / "page.json": "page.json.template",
    }
    if there := next((path for path in files if path.exists()), None):
        raise BadSettings(f"{there.relative_to(root)} is there already", remedy="Remove it, or choose another name.")
    words = name.split("_")
    filled = {"name": name, "Name": "".join(map(str.capitalize, words)), "title": " ".join(words).strip().capitalize()}
    for path, template in files.items():
        text = resources.files(__name__).joinpath(template).read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(filled), "utf-8")
    return list(files)


def _is_ours(project: Path) -> bool:
    try:
        table = tomllib.loads(project.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(table.get("project", {}).get("name") == "kuula")
