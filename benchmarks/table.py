"""Rows of the table of figures, and the few ways in which all benchmarks measure."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, the peer's figure and the ratio to it, the goal and whether it was met."""

    what: str
    figure: str
    peer: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def plain(self) -> dict[str, Any]:
        """The row as JSON has it."""
        return asdict(self)


def show(rows: Iterable[Row], title: str) -> None:
    """Print rows as a table that is not cut to the width of a terminal."""
    table = Table(title=title, title_justify="left")
    for name in ("what", "figure", "peer in the same run", "ratio", "goal", "met"):
        table.add_column(name, justify="right" if name == "ratio" else "left")
    for row in rows:
        met = {True: "yes", False: "NO", None: ""}[row.met]
        table.add_row(row.what, row.figure, row.peer, "" if row.ratio is None else f"{row.ratio:.2f}", row.goal, met)
    Console(width=170).print(table)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """How much of one core it takes, on all threads of this process: other programs hardly change it."""
    start = time.process_time()
    work()
    return time.process_time() - start
