"""The shape of the house: small files, short functions, named places for catch-alls, a sentence for every test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
CODE = sorted(path for name in ("dags", "monitors", "models", "dashboards") for path in (HOUSE / name).rglob("*.py"))
TESTS = sorted((HOUSE / "tests").rglob("test_*.py"))
GENERATED = HOUSE / "monitors" / "ledger" / "migrations"

LONGEST_FILE = 400
LONGEST_ADAPTER = 200
LONGEST_FUNCTION = 50
MOST_ARGUMENTS = 6
DEEPEST_NESTING = 4
# The command line and the process of the models are the two places where everything unexpected may be caught.
CATCH_ALLS = {"monitors/__main__.py", "monitors/scorers.py"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield node


def _lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _nesting(node: ast.AST, depth: int = 0) -> int:
    blocks = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)
    deepest = depth
    for child in ast.iter_child_nodes(node):
        # "elif" is a branch beside the one before it, not a level below it.
        beside = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deepest = max(deepest, _nesting(child, depth + (isinstance(child, blocks) and not beside)))
    return deepest


def test_files_are_small() -> None:
    """No file is longer than a reader can hold; a source or a channel is shorter still."""
    long = []
    for path in CODE:
        lines = len(path.read_text("utf-8").splitlines())
        adapter = path.parent.name in {"sources", "channels"}
        if lines > (LONGEST_ADAPTER if adapter else LONGEST_FILE) and GENERATED not in path.parents:
            long.append(f"{_name(path)}: {lines}")
    assert long == []


def test_functions_are_short() -> None:
    """No function is longer than a page, takes too many arguments or is nested too deep."""
    wrong = []
    for path in CODE:
        if GENERATED in path.parents:
            continue
        for function in _functions(path):
            arguments = function.args
            count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
            count -= bool(arguments.args) and arguments.args[0].arg in {"self", "cls"}
            # A command's and a form's arguments are its options: they are a table for people, each with its help.
            options = any("command" in ast.dump(one) or "router" in ast.dump(one) for one in function.decorator_list)
            if _lines(function) > LONGEST_FUNCTION:
                wrong.append(f"{_name(path)}:{function.name} has {_lines(function)} lines")
            if count > MOST_ARGUMENTS and not options:
                wrong.append(f"{_name(path)}:{function.name} has {count} arguments")
            if _nesting(function) > DEEPEST_NESTING:
                wrong.append(f"{_name(path)}:{function.name} is nested {_nesting(function)} deep")
    assert wrong == []


def test_no_file_is_called_after_nothing() -> None:
    """A file is named after what is in it."""
    nothing = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py", "base.py", "core.py"}
    assert [_name(path) for path in CODE if path.name in nothing] == []


def test_everything_is_caught_in_named_places_only() -> None:
    """A catch-all except hides mistakes: there are two named places for it."""
    found = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                named = ast.unparse(node.type) if node.type else "everything"
                if named in {"everything", "Exception", "BaseException"}:
                    found.add(_name(path))
    assert found <= CATCH_ALLS


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """A test without a sentence proves something that nobody can name."""
    silent = [one.name for one in _functions(path) if one.name.startswith("test_") and not ast.get_docstring(one)]
    assert silent == []


def test_nothing_is_skipped_in_silence() -> None:
    """A skip hides a failure; only a missing server is one, and the fixtures say so loudly."""
    skips = {"skip", "skipif", "xfail", "importorskip"}
    marks = [
        f"{_name(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in skips
    ]
    assert marks == []
