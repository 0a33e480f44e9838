"""Writes the trained network of the reply check: its body as ONNX with 8-bit weights, its heads as arrays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.replies.network import cut, open_tokenizer
from models.training.encoder.export import write_body
from models.training.replies.network import Upper, state_of
from models.training.replies.reading import Lesson

HEADS = ("marks.weight", "marks.bias", "shown", "context.weight", "context.bias")
_SAMPLED = 10
"""Of so many drafts, one shows how far activations range."""


def write(body: Any, upper: Upper, sizes: Any, found: Sequence[Lesson], network: Path, heads: Path) -> None:
    """Write both files."""
    state = state_of(body, upper)
    tokenizer = open_tokenizer()
    windows = [cut(tokenizer, lesson.draft)[0] for lesson in found[::_SAMPLED]]
    sample = [(np.array([w.ids]), np.ones((1, len(w.ids)), np.int64), np.array([w.parts], np.int64)) for w in windows]
    network.parent.mkdir(parents=True, exist_ok=True)
    write_body(state, sizes.heads, sizes.epsilon, network, sample)
    np.savez(heads, **{name: state[name].astype(np.float32) for name in HEADS})
