"""Fine-tuning: all tasks at once, in batches of texts of like length."""

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch.nn import functional

from models.encoder import PAD
from models.labels import SIGNALS
from models.training.encoder.examples import UNKNOWN, Lesson
from models.training.encoder.network import Network

BATCH = 32
_POOL = 40
"""Batches that are sorted by length together: padding is wasted work."""

KEPT_EVERY = 500
"""Batches after which the weights are kept, for when a run is interrupted."""

WEIGHTS = {"sentiment": 1.0, "complaint": 1.0, "severity": 0.4, "remedy": 0.3, "signals": 40.0, "marks": 20.0}
"""What each task's loss counts. The losses of signals and marks are means over all signals, nearly all of them absent:
with a weight of 3 the first run hardly learnt them."""

_MARKED = 3.0
"""How much more a piece counts that shows a signal than one that does not."""

SMOOTHING = 0.05
"""Of the labels of sentiment, on which people agree least (Szegedy et al. 2016, CVPR, section 7)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How fast to learn: the highest rates of body and heads, the share of batches in which they rise."""

    body_rate: float = 1.5e-4
    heads_rate: float = 2e-3
    seed: int = 7
    warm_up: float = 0.06
    frozen_layers: int = 0
    done: int = 0
    """Batches that an interrupted run had done; the optimiser begins anew, its rates where they were."""
    most: int | None = None
    """Batches after which to stop, with rates that end there; absent, all."""


class WithText(Protocol):
    """Anything to learn from has a text."""

    @property
    def text(self) -> str:
        """What is read."""
        ...


Item = TypeVar("Item", bound=WithText)


def fit(
    network: Network,
    passes: Sequence[Sequence[Item]],
    loss_of: Callable[[Sequence[Item]], torch.Tensor],
    plan: Plan,
    checkpoint: Path | None = None,
) -> None:
    """Fine-tune ``network`` in place on the items of each pass, by the loss that ``loss_of`` gives for a batch of them.

    Tells its progress on standard output, a line every hundred batches, and keeps the weights in ``checkpoint``.
    """
    torch.manual_seed(plan.seed)
    chance = random.Random(plan.seed)
    for layer in network.body.encoder.layer[: plan.frozen_layers]:
        for parameter in layer.parameters():
            parameter.requires_grad = False
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in network.body.parameters() if p.requires_grad], "lr": plan.body_rate},
            {"params": list(network.heads.parameters()), "lr": plan.heads_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    steps = min(plan.most or sys.maxsize, sum(-(-len(items) // BATCH) for items in passes))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [plan.body_rate, plan.heads_rate],
        total_steps=steps + 1,
        pct_start=plan.warm_up,
        anneal_strategy="linear",
    )
    network.train()
    began, read, running = time.perf_counter(), 0, 0.0
    for step, batch in enumerate(islice(_batches(passes, chance), steps), start=1):
        if step <= plan.done:
            schedule.step()
            continue
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_of(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        read, running = read + len(batch), 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            rate = read / (time.perf_counter() - began)
            left = (steps - step) * BATCH / rate / 60
            smoothed = running / (1 - 0.98 ** (step - plan.done))
            print(f"step {step}/{steps}  loss {smoothed:.3f}  {rate:.1f} texts/s  {left:.0f} min left", flush=True)
        if checkpoint and step % KEPT_EVERY == 0:
            torch.save(network.state_dict(), checkpoint)
    network.eval()


def _batches(passes: Sequence[Sequence[Item]], chance: random.Random) -> Iterator[Sequence[Item]]:
    for items in passes:
        for start in range(0, len(items), BATCH * _POOL):
            pool = sorted(items[start : start + BATCH * _POOL], key=lambda item: len(item.text))
            batches = [pool[place : place + BATCH] for place in range(0, len(pool), BATCH)]
            chance.shuffle(batches)
            yield from batches


def collate(tokenizer: Any, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, list[Any]]:
    """Cut texts into pieces: ids and mask (texts × pieces), and the encodings with the pieces' places."""
    encoded = tokenizer.encode_batch(list(texts))
    longest = max(len(one.ids) for one in encoded)
    ids = torch.full((len(encoded), longest), PAD)
    mask = torch.zeros((len(encoded), longest), dtype=torch.long)
    for row, one in enumerate(encoded):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
    return ids, mask, encoded


def loss_of(network: Network, tokenizer: Any, batch: Sequence[Lesson]) -> torch.Tensor:
    """Give the loss of a batch over all tasks that its texts have answers for."""
    ids, mask, encoded = collate(tokenizer, [lesson.text for lesson in batch])
    answers = {name: logits.float() for name, logits in network(ids, mask).items()}
    return loss_of_answers(answers, batch, mask, encoded)


def loss_of_answers(
    answers: Mapping[str, torch.Tensor], batch: Sequence[Lesson], mask: torch.Tensor, encoded: Sequence[Any]
) -> torch.Tensor:
    """Give the same from what the network answered."""
    losses = dict(_whole_losses(answers, batch)) | dict(_signal_losses(answers, batch, mask, encoded))
    return torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()


def _whole_losses(answers: Mapping[str, torch.Tensor], batch: Sequence[Lesson]) -> Iterator[tuple[str, torch.Tensor]]:
    for name, smoothing in (("sentiment", SMOOTHING), ("severity", 0.0), ("remedy", 0.0)):
        truth = torch.tensor([getattr(lesson, name) for lesson in batch])
        if (truth != UNKNOWN).any():
            share = (truth != UNKNOWN).float().mean()
            loss = functional.cross_entropy(answers[name], truth, ignore_index=UNKNOWN, label_smoothing=smoothing)
            yield name, loss * share
    truth = torch.tensor([lesson.complaint for lesson in batch])
    known = truth != UNKNOWN
    if known.any():
        logits = answers["complaint"][known, 0]
        loss = functional.binary_cross_entropy_with_logits(logits, truth[known].float())
        yield "complaint", loss * known.float().mean()


def _signal_losses(
    answers: Mapping[str, torch.Tensor], batch: Sequence[Lesson], mask: torch.Tensor, encoded: Sequence[Any]
) -> Iterator[tuple[str, torch.Tensor]]:
    rows = [row for row, lesson in enumerate(batch) if lesson.signals is not None]
    if not rows:
        return
    truth = torch.zeros((len(rows), len(SIGNALS)))
    marked = torch.zeros((len(rows), mask.shape[1], len(SIGNALS)))
    for place, row in enumerate(rows):
        truth[place, list(batch[row].signals or ())] = 1.0
        for column, start, end in batch[row].spans:
            for piece, (first, last) in enumerate(encoded[row].offsets):
                if first < end and last > start and last > first:
                    marked[place, piece, column] = 1.0
    share = len(rows) / len(batch)
    loss = functional.binary_cross_entropy_with_logits(answers["signals"][rows], truth, reduction="none")
    yield "signals", loss.mean() * share
    there = mask[rows].unsqueeze(-1).float()
    weight = there * (1.0 + (_MARKED - 1.0) * marked)
    loss = functional.binary_cross_entropy_with_logits(answers["marks"][rows], marked, reduction="none")
    yield "marks", (loss * weight).sum() / (there.sum() * len(SIGNALS)) * share
