"""Pages that are asked again and again: how long each answer takes, by the clock and of one core."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from benchmarks.table import Row

Asked: TypeAlias = tuple[float, float]
"""Seconds by the clock, and seconds of one core: other programs hardly change these."""


def asked(ask: Callable[[], object]) -> Asked:
    """Ask once; a page that is not answered well ends the measuring."""
    used, began = time.process_time(), time.perf_counter()
    answer = ask()
    took, spent = time.perf_counter() - began, time.process_time() - used
    if getattr(answer, "status_code", 500) not in {200, 303}:
        raise SystemExit(f"a page was answered with {getattr(answer, 'status_code', answer)}")
    return took, spent


def row(what: str, took: Sequence[Asked], goal: float, beside: tuple[str, Sequence[Asked]] | None = None) -> Row:
    """The slowest of twenty beside the goal in seconds, and the usual beside that of a named peer."""
    (slow, usual), (most, core) = (
        (statistics.quantiles(each, n=20)[-1] * 1000, statistics.median(each) * 1000)
        for each in zip(*took, strict=True)
    )
    figure = f"p95 {slow:.0f} ms, median {usual:.0f} ms; of one core p95 {most:.0f} ms, median {core:.0f} ms"
    peer, ratio = "", None
    if beside:
        theirs = statistics.median(one for one, _ in beside[1]) * 1000
        peer, ratio = f"{beside[0]}: {theirs:.0f} ms", usual / theirs
    return Row(what, figure, peer, ratio, f"{goal * 1000:.0f} ms", slow < goal * 1000)
