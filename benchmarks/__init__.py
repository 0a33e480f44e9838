"""Speed and memory, each beside a named peer in the same run: ``python -m benchmarks [NAME...] [--json FILE]``."""

import sys
from pathlib import Path

# The real Elasticsearch is started by the helpers of the tests.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
