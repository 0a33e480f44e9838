"""The network that is fine-tuned: one body for all languages and tasks, and a small head for each task."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel

from models.labels import HEADS, SIGNALS
from models.training.encoder.pretrained import Base

DROPOUT = 0.1

_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def make_body(base: Base, kept: Sequence[int], layers: Sequence[int]) -> BertModel:
    """Make the pretrained body with the pieces ``kept`` and the ``layers`` named by number, from the lowest."""
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=base.hidden,
        num_hidden_layers=len(layers),
        num_attention_heads=base.heads,
        intermediate_size=base.intermediate,
        max_position_embeddings=base.positions,
        layer_norm_eps=base.epsilon,
        hidden_dropout_prob=DROPOUT,
        attention_probs_dropout_prob=DROPOUT,
    )
    body = BertModel(config, add_pooling_layer=False)
    missing, unexpected = body.load_state_dict(dict(_state(base, kept, layers)), strict=False)
    if unexpected or any("position_ids" not in name and "token_type_ids" not in name for name in missing):
        raise ValueError(f"the file holds another encoder: {missing} {unexpected}")
    return body


def _state(base: Base, kept: Sequence[int], layers: Sequence[int]) -> Any:
    width = base.hidden
    tensors = base.tensors
    yield "embeddings.word_embeddings.weight", torch.tensor(tensors["emb.word"].reshape(-1, width)[list(kept)])
    yield "embeddings.position_embeddings.weight", torch.tensor(tensors["emb.pos"].reshape(-1, width))
    yield "embeddings.token_type_embeddings.weight", torch.tensor(tensors["emb.type"].reshape(-1, width))
    yield "embeddings.LayerNorm.weight", torch.tensor(tensors["emb.ln.w"])
    yield "embeddings.LayerNorm.bias", torch.tensor(tensors["emb.ln.b"])
    for place, layer in enumerate(layers):
        for short, name in _NAMES.items():
            bias = torch.tensor(tensors[f"l{layer}.{short}.b"])
            weight = torch.tensor(tensors[f"l{layer}.{short}.w"])
            yield f"encoder.layer.{place}.{name}.bias", bias
            yield f"encoder.layer.{place}.{name}.weight", weight if "LayerNorm" in name else weight.view(len(bias), -1)


class Heads(nn.Module):
    """What is read from the last layer.

    ``sentiment``, ``complaint``, ``severity`` and ``remedy`` are read from the mean of the pieces. A signal is read
    from the pieces that show it: each signal has its own attention over the pieces, taught by the marked spans, so
    that the place that a reader is shown is the place that decided (label attention: Mullenbach et al. 2018, NAACL,
    section 3).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.whole = nn.ModuleDict({name: nn.Linear(width, size) for name, size in HEADS.items()})
        self.marks = nn.Linear(width, len(SIGNALS))
        self.shown = nn.Parameter(torch.zeros(len(SIGNALS), width))
        self.context = nn.Linear(width, len(SIGNALS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """Give logits by head (texts × labels), ``signals`` (texts × signals), ``marks`` (texts × pieces × signals)."""
        there = mask.unsqueeze(-1).to(hidden.dtype)
        mean = self.dropout((hidden * there).sum(1) / there.sum(1))
        marks = self.marks(hidden)
        attention = marks.masked_fill(~mask.bool().unsqueeze(-1), -1e4).softmax(1)
        pooled = torch.einsum("bts,btd->bsd", attention, hidden)
        signals = (self.dropout(pooled) * self.shown).sum(-1) + self.context(mean)
        answers = {name: head(mean) for name, head in self.whole.items()}
        return answers | {"signals": signals, "marks": marks}


class Network(nn.Module):
    """Body and heads; the word embeddings stay as they are, so that the shipped ones can stay 4-bit blocks."""

    def __init__(self, body: BertModel) -> None:
        super().__init__()
        self.body = body
        self.body.embeddings.word_embeddings.weight.requires_grad = False
        self.heads = Heads(body.config.hidden_size)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """Read texts (ids and mask: texts × pieces)."""
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        answers: Mapping[str, torch.Tensor] = self.heads(hidden, mask)
        return answers
