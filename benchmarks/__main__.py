"""``python -m benchmarks [NAME...] [--json FILE]``: all of them, or those named."""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from benchmarks.table import Row, show

NAMES = ("startup", "scoring", "virality", "index", "pages", "delivery", "chain", "desk", "replies", "kills")


def main() -> None:
    """Measure, print a table, and fail when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)}; absent: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    before = os.getloadavg()[0]
    rows: list[Row] = []
    for name in chosen.names or NAMES:
        print(f"measuring: {name} ...", file=sys.stderr, flush=True)
        rows.extend(importlib.import_module(f"benchmarks.{name}").measure())
    load = f"load {before:.1f} before and {os.getloadavg()[0]:.1f} after"
    machine = f"{os.cpu_count()} cores, {load}, Python {platform.python_version()}"
    show(rows, machine)
    if chosen.json:
        content = {"machine": machine, "rows": [row.plain() for row in rows]}
        chosen.json.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.exit(any(row.met is False for row in rows))


if __name__ == "__main__":
    main()
