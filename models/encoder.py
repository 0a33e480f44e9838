"""The fine-tuned encoder that comes with Kuula, on ONNX Runtime: texts in, logits and marked pieces out.

``models.training.encoder`` makes its files: the tokenizer, the word embeddings as 4-bit blocks, and networks with 8-bit
weights. Nothing here decides anything: ``models.encoder_reader`` turns logits into probabilities and labels.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.labels import HEADS, SIGNALS

FILES = Path(str(files("models").joinpath("artifacts", "encoder")))
"""Where the networks of the package are."""

LONGEST = 128
"""Pieces that are read at once; 99 of 100 posts are shorter, and the others are read in windows that overlap."""

OVERLAP = 32
"""Pieces that a window shares with the one before it: few complaints need more words than that to be understood."""

MOST_WINDOWS = 16
"""Windows of one post that are read: all of what a scorer looks at, as people write."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half a character: no piece, and nothing that UTF-8 can write. One character takes its place, so that spans hold."""

PAD = 1
"""The piece that fills up the shorter texts of a batch."""

BATCH = 16
_MOST_THREADS = 4
"""Batches that are read side by side at most: each thread keeps some megabytes for its answers."""


_SLOWER = ["SkipLayerNormFusion"]
"""Optimisations of ONNX Runtime that we do without: its fused sum and layer norm takes six times as long as the two."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder says of a batch: ``heads`` by name and ``signals`` are logits (texts × labels).

    ``marks`` holds for each text the logits of its pieces (pieces × signals), ``places`` the characters of each piece.
    Of a text of several windows, the one that complains most speaks for the heads, and the surest one for each signal.
    """

    heads: Mapping[str, Any]
    signals: Any
    marks: Sequence[Any]
    places: Sequence[Sequence[tuple[int, int]]]


class Encoder:
    """One network with its tokenizer; ``threads`` batches are read side by side (absent: one a core, at most 4).

    A network this small gains nothing from several cores on one batch: they wait for each other after every product.
    """

    def __init__(self, folder: Path, network: str, *, threads: int | None = None) -> None:
        # Both libraries take a tenth of a second to load: only who reads posts should wait for them.
        import numpy as np
        import onnxruntime
        from joblib import cpu_count  # which knows what a container may use
        from tokenizers import Tokenizer

        file = folder / f"{network}.onnx"
        digest = hashlib.sha256()
        for part in (file, folder / "words.npy", folder / "tokenizer.json"):
            digest.update(part.read_bytes())
        self.name, self.version = network, digest.hexdigest()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST, stride=OVERLAP)
        self._blocks = np.load(folder / "words.npy", mmap_mode="r", allow_pickle=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._pool = ThreadPoolExecutor(threads or min(_MOST_THREADS, cpu_count()), thread_name_prefix="encoder")
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
        )

    @classmethod
    def builtin(cls, network: str) -> "Encoder":
        """Load one of the networks that come with the package."""
        return cls(FILES, network)

    def read(self, texts: Sequence[str]) -> Reading:
        """Read texts, in any order; they are batched by length, so that padding costs little.

        All of a text is cut into pieces before ``MOST_WINDOWS`` are read: cut texts that may be huge beforehand.
        """
        import numpy as np

        cut = self._tokenizer.encode_batch([_HALF.sub("\ufffd", text) for text in texts])
        windows = [[one, *one.overflowing[: MOST_WINDOWS - 1]] for one in cut]
        encoded = [window for found in windows for window in found]
        # The longest first: a long batch that begins last keeps one core busy and the others waiting.
        order = sorted(range(len(encoded)), key=lambda row: -len(encoded[row].ids))
        whole = np.zeros((len(encoded), sum(HEADS.values())), np.float32)
        signals = np.zeros((len(encoded), len(SIGNALS)), np.float32)
        marks: list[Any] = [None] * len(encoded)
        batches = list(_in_batches(order))
        answers = self._pool.map(self._run, ([encoded[row].ids for row in rows] for rows in batches))
        for rows, found in zip(batches, answers, strict=True):
            whole[rows], signals[rows] = found[0], found[1]
            for row, marked in zip(rows, found[2], strict=True):
                marks[row] = marked[: len(encoded[row].ids)]
        places = [one.offsets for one in encoded]
        if len(encoded) > len(texts):
            whole, signals, marks, places = _put_together(list(map(len, windows)), whole, signals, marks, places)
        return Reading(dict(_by_head(whole)), signals, marks, places)

    def _run(self, pieces: Sequence[Sequence[int]]) -> Sequence[Any]:
        ids, mask = _padded(pieces)
        answer: Sequence[Any] = self._session.run(None, {"words": self._embed(ids), "mask": mask})
        return answer

    def _embed(self, ids: Any) -> Any:
        import numpy as np

        # Each piece is unpacked once a batch: the table takes 11 MB as blocks, 80 MB unpacked.
        pieces, places = np.unique(ids, return_inverse=True)
        words = unpack_blocks(self._blocks[pieces]).reshape(len(pieces), -1)
        return words[places.reshape(ids.shape)]


def unpack_blocks(blocks: Any) -> Any:
    """Turn blocks (… × 18 bytes: a half-precision scale, then nibbles, the low ones first) into … × 32 weights."""
    import numpy as np

    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1)
    return (nibbles.astype(np.float32) - 8.0) * scales


def _put_together(counts: Sequence[int], whole: Any, signals: Any, marks: Any, places: Any) -> tuple[Any, ...]:
    """Make one row a text of the rows of its windows; ``counts`` says how many each text has."""
    import numpy as np

    complaining = dict(_by_head(whole))["complaint"][:, 0]
    starts = np.cumsum([0, *counts[:-1]])
    rows = [range(start, start + count) for start, count in zip(starts, counts, strict=True)]
    speaking = [max(found, key=complaining.__getitem__) for found in rows]
    return (
        whole[speaking],
        np.maximum.reduceat(signals, starts, axis=0),
        [np.concatenate([marks[row] for row in found]) for found in rows],
        [[place for row in found for place in places[row]] for found in rows],
    )


def _in_batches(order: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(order), BATCH):
        yield list(order[start : start + BATCH])


def _padded(pieces: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    import numpy as np

    longest = max(map(len, pieces))
    ids = np.full((len(pieces), longest), PAD, np.int64)
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
