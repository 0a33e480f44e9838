"""How long people wait for the command line to say anything."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.table import Row, seconds

_TURNS = 5


def measure() -> Iterator[Row]:
    """``kuula --help`` and the import of everything that a step may need, beside Python itself."""
    python = _typical("-c", "pass")
    helped = _typical("-m", "monitors", "--help")
    peer = f"python -c pass: {python * 1000:.0f} ms"
    yield Row("start, kuula --help", f"{helped * 1000:.0f} ms", peer, helped / python, "500 ms", helped < 0.5)
    loaded = _typical("-c", "import monitors.bootstrap")
    yield Row("start, import monitors.bootstrap", f"{loaded * 1000:.0f} ms", peer, loaded / python)


def _typical(*arguments: str) -> float:
    command = [sys.executable, *arguments]
    run = [seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)) for _ in range(_TURNS)]
    return statistics.median(run)
