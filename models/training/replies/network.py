"""Fine-tunes the network of the reply check: the upper layers of the pretrained encoder, and a head for the findings.

The lower layers stay as they are, so what they say of each draft is worked out once; that is what makes a pass over
the drafts take half a minute. One thread does it, so that every run gives the same network, however many cores there
are; networks for the parts of a cross-validation are made side by side.
"""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.encoder import FILES as WORDS
from models.encoder import PAD
from models.replies.finding import KINDS, MISSING
from models.replies.network import DRAFT, Pieces, cut, open_tokenizer
from models.training.encoder.network import make_body
from models.training.encoder.pretrained import read_base
from models.training.encoder.vocabulary import UNKNOWN
from models.training.replies.reading import Lesson, known, truth

LAYERS = tuple(range(8))
"""Layers of the pretrained encoder that are kept."""

FROZEN = 4
"""Of these, from the lowest, that are not trained."""

PASSES, BATCH, _POOL = 4, 16, 20
BODY_RATE, HEADS_RATE, WARM_UP = 2e-4, 2e-3, 0.1
SEED = 7
_FINDINGS_WEIGHT, _MARKS_WEIGHT, _MARKED = 10.0, 5.0, 3.0


@dataclass(frozen=True, slots=True)
class Example:
    """A draft as the upper layers see it: what the lower ones said of its pieces, their parts, and what is true."""

    lower: torch.Tensor
    parts: torch.Tensor
    marks: torch.Tensor
    truth: torch.Tensor
    known: torch.Tensor


class Upper(nn.Module):
    """The layers that are trained, and the heads that ``models.replies.network.head_logits`` computes."""

    def __init__(self, layers: Sequence[nn.Module], width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.parts = nn.Parameter(torch.zeros(3, width))
        self.marks = nn.Linear(width, len(KINDS))
        self.shown = nn.Parameter(torch.zeros(len(KINDS), width))
        self.context = nn.Linear(3 * width, len(KINDS))
        self.dropout = nn.Dropout(0.1)

    def forward(
        self, lower: torch.Tensor, mask: torch.Tensor, parts: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give logits (drafts × findings) and marks (drafts × pieces × findings)."""
        hidden = run_layers(self.layers, lower + functional.embedding(parts.clamp(min=0), self.parts), mask).float()
        inside = [(parts == part).unsqueeze(-1).float() for part in range(3)]
        complaint, earlier, draft = ((hidden * one).sum(1) / one.sum(1).clamp(min=1) for one in inside)
        marks = self.marks(hidden)
        heeded = marks.masked_fill(inside[DRAFT] == 0, -1e4).softmax(1)
        pooled = torch.einsum("btk,btd->bkd", heeded, hidden)
        context = self.dropout(torch.cat([draft, complaint * draft, earlier * draft], -1))
        return (self.dropout(pooled) * self.shown).sum(-1) + self.context(context), marks


def run_layers(layers: Sequence[nn.Module] | nn.ModuleList, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Run some layers of the body; ``mask`` is drafts × pieces."""
    outside = (1.0 - mask[:, None, None, :].float()) * -1e4
    for layer in layers:
        given = layer(hidden, outside)
        hidden = given[0] if isinstance(given, tuple) else given
    return hidden


def read_body(base_file: Path) -> tuple[Any, Any]:
    """Read the pretrained body with the pieces of the shared tokenizer, and the base's sizes."""
    base = read_base(base_file)
    places = {piece: number for number, piece in enumerate(base.pieces)}
    vocabulary = json.loads((WORDS / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    body = make_body(base, [places.get(piece, UNKNOWN) for piece, _ in vocabulary], LAYERS)
    return body.train(mode=False), base


def examples(body: Any, found: Sequence[Lesson]) -> list[Example]:
    """Prepare all drafts: what the frozen layers say of each."""
    tokenizer = open_tokenizer()
    windows = [cut(tokenizer, lesson.draft)[0] for lesson in found]
    made: list[Example] = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for lesson, window, true, sure in zip(found, windows, truth(found), known(found), strict=True):
            ids = torch.tensor([window.ids])
            lower = run_layers(body.encoder.layer[:FROZEN], body.embeddings(input_ids=ids), torch.ones_like(ids))
            marks, parts = torch.tensor(_marks(lesson, window)), torch.tensor(window.parts)
            made.append(
                Example(lower[0].bfloat16(), parts, marks, torch.tensor(true).float(), torch.tensor(sure).float())
            )
    return made


def _marks(lesson: Lesson, window: Pieces) -> Any:
    marks = np.zeros((len(window.ids), len(KINDS)), np.float32)
    first = len(window.ids) - len(window.places)
    for kind, spans in lesson.spans.items():
        for start, end in spans:
            for piece, (begin, stop) in enumerate(window.places):
                if begin < end and start < stop and begin < stop:
                    marks[first + piece, KINDS.index(kind)] = 1.0
    return marks


def fit(body: Any, taught: Sequence[Example], name: str) -> Upper:
    """Train a copy of the upper layers on some drafts."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    upper = Upper(body.encoder.layer[FROZEN:], body.config.hidden_size)
    layers = list(upper.layers.parameters())
    heads = [parameter for key, parameter in upper.named_parameters() if not key.startswith("layers.")]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": BODY_RATE}, {"params": heads, "lr": HEADS_RATE}], weight_decay=0.01, fused=True
    )
    steps = PASSES * -(-len(taught) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [BODY_RATE, HEADS_RATE], total_steps=steps + PASSES, pct_start=WARM_UP, anneal_strategy="linear"
    )
    upper.train()
    began = time.perf_counter()
    for number in range(1, PASSES + 1):
        losses = []
        for batch in _batches(taught, chance):
            loss = _loss(upper, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
        took = time.perf_counter() - began
        print(f"{name}: pass {number} of {PASSES}, loss {sum(losses) / len(losses):.3f}, {took:.0f} s", flush=True)
    return upper.eval()


def answers(upper: Upper, asked: Sequence[Example]) -> tuple[Any, Any]:
    """Give logits (drafts × findings), and the surest piece's logit for each finding, likewise."""
    logits, surest = [], []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for example in asked:
            lower, parts = example.lower.float()[None], example.parts[None]
            said, marks = upper(lower, torch.ones_like(parts), parts)
            logits.append(said[0].float().numpy())
            surest.append(marks[0].float()[example.parts == DRAFT].max(0).values.numpy())
    return np.stack(logits), np.stack(surest)


def _batches(taught: Sequence[Example], chance: random.Random) -> Iterator[Sequence[Example]]:
    order = list(taught)
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * _POOL):
        pool = sorted(order[start : start + BATCH * _POOL], key=lambda example: len(example.parts))
        batches += [pool[place : place + BATCH] for place in range(0, len(pool), BATCH)]
    chance.shuffle(batches)
    yield from batches


def _loss(upper: Upper, batch: Sequence[Example]) -> torch.Tensor:
    lower = nn.utils.rnn.pad_sequence([example.lower.float() for example in batch], batch_first=True)
    parts = nn.utils.rnn.pad_sequence([example.parts for example in batch], batch_first=True, padding_value=-PAD)
    marked = nn.utils.rnn.pad_sequence([example.marks for example in batch], batch_first=True)
    true, sure = (torch.stack([getattr(one, name) for one in batch]) for name in ("truth", "known"))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, marks = upper(lower, (parts >= 0).long(), parts)
    said = functional.binary_cross_entropy_with_logits(logits.float(), true, reduction="none")
    heeded = (parts == DRAFT).unsqueeze(-1).float() * sure[:, None, :]
    heeded = heeded * torch.tensor([float(kind not in MISSING) for kind in KINDS])
    shown = functional.binary_cross_entropy_with_logits(
        marks.float(), marked, reduction="none", pos_weight=torch.tensor(_MARKED)
    )
    findings = (said * sure).sum() / sure.sum()
    return _FINDINGS_WEIGHT * findings + _MARKS_WEIGHT * (shown * heeded).sum() / heeded.sum()


def state_of(body: Any, upper: Upper) -> Mapping[str, Any]:
    """Give body and trained layers as the exporter takes them, and the heads by their names."""
    state = {f"body.{key}": value.detach().float().numpy() for key, value in body.state_dict().items()}
    for place, layer in enumerate(upper.layers):
        for key, value in layer.state_dict().items():
            state[f"body.encoder.layer.{FROZEN + place}.{key}"] = value.detach().float().numpy()
    heads = {key: value.detach().float().numpy() for key, value in upper.named_parameters()}
    return (
        state
        | {key: value for key, value in heads.items() if not key.startswith("layers.")}
        | {"parts.layer": np.array(FROZEN)}
    )
