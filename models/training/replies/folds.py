"""Trains the networks: one with all drafts, which is shipped, and one without each author, to fit and measure with."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.training.replies.export import write
from models.training.replies.mixing import mixed
from models.training.replies.network import PASSES, answers, examples, fit, read_body
from models.training.replies.reading import lessons

ANSWERS, HEADS, MADE = "answers.npz", "heads.npz", "made.md"
MIXED = 400
"""Drafts that are made from two others, beside those that were written."""

_HOW = """\
The network that is shipped has learnt from all drafts and {mixed} that were made of two, in {passes} passes; those that
it is measured on learnt in the same way, from the {authors} other authors.
"""
"""How the networks were made, for the card."""

EVERYBODY = ""
"""The author whom nobody is: without this one, all are learnt from."""


def make_networks(base: Path, work: Path, out: Path, side_by_side: int) -> None:
    """Train a network without each author, and the one with all of them, which is written to ``out``."""
    work.mkdir(parents=True, exist_ok=True)
    authors = sorted({lesson.author for lesson in lessons()})
    # The one with all drafts takes longest, so it begins first.
    jobs = [(base, work, out, author) for author in [EVERYBODY, *authors]]
    with ProcessPoolExecutor(side_by_side, max_tasks_per_child=1) as pool:
        answered = list(pool.map(_train, *zip(*jobs, strict=True)))[1:]
    rows = [lesson.author for lesson in lessons()]
    logits, surest = (np.zeros((len(rows), answered[0][0].shape[1]), np.float32) for _ in range(2))
    for author, (said, shown) in zip(authors, answered, strict=True):
        theirs = np.array([row == author for row in rows])
        logits[theirs], surest[theirs] = said, shown
    np.savez(work / ANSWERS, logits=logits, surest=surest)
    (work / MADE).write_text(_HOW.format(mixed=MIXED, passes=PASSES, authors=len(authors) - 1), encoding="utf-8")


def _train(base: Path, work: Path, out: Path, author: str) -> tuple[Any, Any]:
    torch.set_num_threads(1)
    body, sizes = read_body(base)
    met = [lesson for lesson in lessons() if lesson.author != author]
    upper = fit(body, examples(body, [*met, *mixed(met, MIXED)]), author or "all")
    if author == EVERYBODY:
        write(body, upper, sizes, met, out / "network.onnx", work / HEADS)
        return None, None
    # The upper layers of ``body`` are those that were trained: what is asked of it are the frozen ones only.
    return answers(upper, examples(body, [lesson for lesson in lessons() if lesson.author == author]))
