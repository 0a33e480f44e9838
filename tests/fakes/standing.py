"""``kuula embedded`` with plain processes in the place of Airflow's: for what happens when they end, or do not.

``python standing.py stubborn`` has a scheduler that takes no hint and is given all the time it wants.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from monitors.embedded import run as embedded
from monitors.embedded.scheduling import Scheduling

PATIENT = "import time; time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); " + PATIENT


class Standing(Scheduling):
    """Parts that stand still, and a clean-up that fails."""

    def commands(self) -> Mapping[str, list[str]]:
        """Two processes that wait."""
        scheduler = STUBBORN if "stubborn" in sys.argv else PATIENT
        return {"api-server": [sys.executable, "-c", PATIENT], "scheduler": [sys.executable, "-c", scheduler]}

    def preparation(self) -> list[str]:
        """Nothing to prepare."""
        return [sys.executable, "-c", ""]

    def cleaning(self) -> list[str]:
        """A clean-up that fails."""
        return [sys.executable, "-c", "raise SystemExit('no room')"]

    def is_healthy(self) -> bool:
        """Always."""
        return True


if __name__ == "__main__":
    embedded.FIRST_CLEANING_SECONDS = 0
    if "stubborn" in sys.argv:
        embedded.GRACE_SECONDS = 100_000
    embedded.run(Path.cwd(), os.environ, scheduling=Standing)
