"""Teaches a network of few layers to answer as the full one does.

The student begins as some of the teacher's own layers (Sanh et al. 2019, arXiv 1910.01108) and learns the teacher's
probabilities, which say more than labels (Hinton, Vinyals, Dean 2015, arXiv 1503.02531), and the true labels where
there are some.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from models.encoder import Encoder
from models.labels import HEADS
from models.training.encoder.examples import Lesson
from models.training.encoder.fit import WEIGHTS, collate, loss_of_answers
from models.training.encoder.network import Network

TRUTH = 0.3
"""What the labels count beside the teacher's answers."""

_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Taught:
    """A text with what is known about it, and the teacher's logits: of the heads, the signals and the pieces."""

    lesson: Lesson
    whole: Any
    signals: Any
    marks: Any

    @property
    def text(self) -> str:
        """What is read."""
        return self.lesson.text


def ask(teacher: Encoder, lessons: Sequence[Lesson]) -> Iterator[Taught]:
    """Let the teacher read the texts, each once."""
    texts = list(dict.fromkeys(lesson.text for lesson in lessons))
    known: dict[str, tuple[Any, Any, Any]] = {}
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        reading = teacher.read(some)
        whole = np.concatenate([reading.heads[name] for name in HEADS], axis=1)
        for row, text in enumerate(some):
            known[text] = (whole[row], reading.signals[row], reading.marks[row].astype(np.float16))
        print(f"taught {start + len(some):,} of {len(texts):,}", flush=True)
    for lesson in lessons:
        yield Taught(lesson, *known[lesson.text])


def shorten(teacher: Network, student: Network, layers: Sequence[int]) -> None:
    """Let the student begin with the teacher's embeddings, heads and some of its layers."""
    known: Mapping[str, torch.Tensor] = teacher.state_dict()
    kept = {name: value for name, value in known.items() if not name.startswith("body.encoder.layer.")}
    for place, layer in enumerate(layers):
        prefix = f"body.encoder.layer.{layer}."
        for name, value in known.items():
            if name.startswith(prefix):
                kept[f"body.encoder.layer.{place}.{name.removeprefix(prefix)}"] = value
    student.load_state_dict(kept)


def distilling_loss(network: Network, tokenizer: Any, batch: Sequence[Taught]) -> torch.Tensor:
    """Give the distance from the teacher's answers, and from the labels where there are some."""
    ids, mask, encoded = collate(tokenizer, [taught.text for taught in batch])
    answers = {name: logits.float() for name, logits in network(ids, mask).items()}
    wanted = torch.tensor(np.stack([taught.whole for taught in batch]))
    losses, start = [], 0
    for name, size in HEADS.items():
        target = wanted[:, start : start + size]
        start += size
        losses.append(WEIGHTS[name] * _distance(answers[name], target))
    signals = torch.tensor(np.stack([taught.signals for taught in batch]))
    losses.append(WEIGHTS["signals"] * _agreement(answers["signals"], signals).mean())
    marks = torch.zeros_like(answers["marks"])
    for row, taught in enumerate(batch):
        length = min(len(taught.marks), marks.shape[1])
        marks[row, :length] = torch.tensor(taught.marks[:length].astype(np.float32))
    there = mask.unsqueeze(-1).float()
    spread = (_agreement(answers["marks"], marks) * there).sum() / (there.sum() * marks.shape[-1])
    losses.append(WEIGHTS["marks"] * spread)
    truth = loss_of_answers(answers, [taught.lesson for taught in batch], mask, encoded)
    return torch.stack(losses).sum() + TRUTH * truth


def _distance(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    if logits.shape[1] == 1:
        return _agreement(logits, target).mean()
    return functional.kl_div(logits.log_softmax(1), target.softmax(1), reduction="batchmean")


def _agreement(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(logits, target.sigmoid(), reduction="none")
