"""The fine-tuned encoder that comes with Kuula, on ONNX Runtime: texts in, logits and marked pieces out.

``models.training.encoder`` makes its files: the tokenizer, the word embeddings as 4-bit blocks, and networks with 8-bit
weights. Nothing here decides anything: ``models.encoder_reader`` turns logits into probabilities and labels.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.encoder_labels import HEADS, SIGNALS

LONGEST = 128
"""Pieces of a post that are read; 99 of 100 posts are shorter."""

BATCH = 32
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder says of a batch: ``heads`` by name and ``signals`` are logits (texts × labels).

    ``marks`` holds for each text the logits of its pieces (pieces × signals), ``places`` the characters of each piece.
    """

    heads: Mapping[str, Any]
    signals: Any
    marks: Sequence[Any]
    places: Sequence[Sequence[tuple[int, int]]]


class Encoder:
    """One network with its tokenizer; ``threads`` cores read a batch together."""

    def __init__(self, folder: Path, network: str, *, threads: int = 0) -> None:
        # Both libraries take a tenth of a second to load: only who reads posts should wait for them.
        import numpy as np
        import onnxruntime
        from tokenizers import Tokenizer

        file = folder / f"{network}.onnx"
        digest = hashlib.sha256()
        for part in (file, folder / "words.npy", folder / "tokenizer.json"):
            digest.update(part.read_bytes())
        self.version = f"{network}-{digest.hexdigest()[:8]}"
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._blocks = np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    @classmethod
    def builtin(cls, network: str) -> "Encoder":
        """Load one of the networks that come with the package."""
        return cls(Path(str(files("models").joinpath("artifacts", "encoder"))), network)

    def read(self, texts: Sequence[str]) -> Reading:
        """Read texts of any length, in any order; they are batched by length, so that padding costs little."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(encoded)), key=lambda row: len(encoded[row].ids))
        whole = np.zeros((len(encoded), sum(HEADS.values())), np.float32)
        signals = np.zeros((len(encoded), len(SIGNALS)), np.float32)
        marks: list[Any] = [None] * len(encoded)
        for rows in _in_batches(order):
            ids, mask = _padded([encoded[row].ids for row in rows])
            found = self._session.run(None, {"words": self._embed(ids), "mask": mask})
            whole[rows], signals[rows] = found[0], found[1]
            for row, marked in zip(rows, found[2], strict=True):
                marks[row] = marked[: len(encoded[row].ids)]
        return Reading(dict(_by_head(whole)), signals, marks, [one.offsets for one in encoded])

    def _embed(self, ids: Any) -> Any:
        import numpy as np

        # Each piece is unpacked once a batch: the table takes 11 MB as blocks, 80 MB unpacked.
        pieces, places = np.unique(ids, return_inverse=True)
        blocks = self._blocks[pieces]
        scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
        nibbles = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1)
        words = ((nibbles.astype(np.float32) - 8.0) * scales).reshape(len(pieces), -1)
        return words[places.reshape(ids.shape)]


def _in_batches(order: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(order), BATCH):
        yield list(order[start : start + BATCH])


def _padded(pieces: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    import numpy as np

    longest = max(map(len, pieces))
    ids = np.ones((len(pieces), longest), np.int64)
    mask = np.zeros((len(pieces), longest), np.int32)
    for row, found in enumerate(pieces):
        ids[row, : len(found)] = found
        mask[row, : len(found)] = 1
    return ids, mask


def _by_head(whole: Any) -> Iterator[tuple[str, Any]]:
    start = 0
    for name, size in HEADS.items():
        yield name, whole[:, start : start + size]
        start += size
