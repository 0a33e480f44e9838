"""Trains the built-in models, or measures those that are there.

``python -m models.training --data FOLDER`` trains everything and writes artefacts and card; ``python -m models.training
evaluate --data FOLDER`` prints the figures of the installed artefacts as JSON lines.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from models.artifact import Artifact
from models.complaint import ComplaintModel
from models.sentiment import SentimentModel
from models.signal_model import SignalModel
from models.training.card import write_card
from models.training.corpus.reading import Split, posts
from models.training.data import CORPUS, SENTIMENT, Example, complaint_examples, sentiment_examples
from models.training.fit import fit_complaint, fit_sentiment
from models.training.fit_signals import fit_signals
from models.training.measure import Row, measure_complaint, measure_sentiment, measure_signals

ARTIFACTS = Path(__file__).parent.parent / "artifacts"


def train(data: Path, out: Path) -> list[Row]:
    """Train on the texts below ``data``, write the models and ``CARD.md`` into ``out``."""
    tones = {language: sentiment_examples(data, language) for language in SENTIMENT}
    complaints = {language: complaint_examples(data, language) for language in SENTIMENT}
    contents = {"sentiment": fit_sentiment(tones)}
    sentiment = SentimentModel(Artifact("sentiment", contents["sentiment"]))
    # What tone says of a complaint must be learnt on posts whose tone was not: it is far too sure of those it has seen.
    others = {language: [one for one in found if one.source != CORPUS.path] for language, found in tones.items()}
    contents["complaint"] = fit_complaint(complaints, SentimentModel(Artifact("others", fit_sentiment(others))))
    contents["signals"] = fit_signals(list(posts(Split.TRAIN)))
    for name, content in contents.items():
        (out / f"{name}.npz").write_bytes(content)
    rows = list(_measure(tones, complaints, sentiment, Artifact("complaint", contents["complaint"])))
    rows += measure_signals(SignalModel(Artifact("signals", contents["signals"])), list(posts(Split.DEV)))
    sizes = [(f"{name}.npz", len(content)) for name, content in contents.items()]
    (out / "CARD.md").write_text(write_card(rows, sizes), encoding="utf-8")
    return rows


def evaluate(data: Path) -> list[Row]:
    """Measure the artefacts of the installed package on the held-out texts below ``data``."""
    tones = {language: sentiment_examples(data, language) for language in SENTIMENT}
    complaints = {language: complaint_examples(data, language) for language in SENTIMENT}
    rows = list(_measure(tones, complaints, SentimentModel.builtin(), Artifact.load("complaint")))
    return rows + list(measure_signals(SignalModel.builtin(), list(posts(Split.DEV))))


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("task", nargs="?", choices=["train", "evaluate"], default="train")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help="where the artefacts go (default: the package)")
    chosen = parser.parse_args(arguments)
    rows = train(chosen.data, chosen.out) if chosen.task == "train" else evaluate(chosen.data)
    for row in rows:
        print(json.dumps(row))
    return 0


def _measure(
    tones: Mapping[str, Sequence[Example]],
    complaints: Mapping[str, Sequence[Example]],
    sentiment: SentimentModel,
    artifact: Artifact,
) -> Iterator[Row]:
    yield from measure_sentiment(sentiment, tones)
    yield from measure_complaint(ComplaintModel(artifact, sentiment), complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
