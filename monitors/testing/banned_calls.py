"""What no source does by itself, found in its code: reading a clock, and sleeping."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from monitors.sources import SourceClass

BANNED = frozenset(
    {
        "asyncio.sleep",
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.sleep",
        "time.time",
        "time.time_ns",
    }
)


def banned_in(source: SourceClass) -> list[str]:
    """``file:line name`` of each banned name in the module of a source; of one that is a folder, in all of it."""
    file = Path(sys.modules[source.__module__].__file__ or "")
    is_folder = file.parent.name == source.kind
    return [found for path in (sorted(file.parent.rglob("*.py")) if is_folder else [file]) for found in _banned(path)]


def _banned(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (called := _dotted(node, names)) in BANNED:
            yield f"{path.name}:{node.lineno} {called}"


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    return f"{_dotted(node.value, names)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
