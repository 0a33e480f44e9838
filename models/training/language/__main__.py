"""Trains what tells languages, or measures what is there.

``nice python -m models.training.language --data FOLDER`` reads the public texts below FOLDER and the corpus, takes four
minutes on one core, writes ``language.npz`` and ``language-card.md`` into the package and prints the figures as JSON
lines; ``python -m models.training.language evaluate --data FOLDER`` only prints them.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from models.artifact import Artifact
from models.language import LanguageDetector
from models.training.language.card import write_card
from models.training.language.fit import fit, pack
from models.training.language.measure import Row, measure
from models.training.language.texts import pools

ARTIFACTS = Path(__file__).parent.parent.parent / "artifacts"


def train(data: Path, out: Path) -> list[Row]:
    """Train on the texts below ``data``, write artefact and card into ``out`` and give the figures of the card."""
    content = pack(*fit(pools(data)))
    (out / "language.npz").write_bytes(content)
    rows = measure(LanguageDetector(Artifact("language", content)), data)
    (out / "language-card.md").write_text(write_card(rows, len(content)), encoding="utf-8")
    return rows


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.language", description=__doc__)
    parser.add_argument("task", nargs="?", choices=["train", "evaluate"], default="train")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help="where the artefact goes (default: the package)")
    chosen = parser.parse_args(arguments)
    rows = train(chosen.data, chosen.out) if chosen.task == "train" else measure(LanguageDetector(), chosen.data)
    for row in rows:
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
