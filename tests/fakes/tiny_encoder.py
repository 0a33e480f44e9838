"""A pretrained encoder so small that tests make it: the file format of the real one, random weights."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.training.encoder.export import pack_blocks

HIDDEN, LAYERS, HEADS, WIDE, PLACES = 32, 3, 2, 64, 160
WORDS = ["▁raha", "▁tagasi", "▁keegi", "▁ei", "▁vasta", "▁money", "▁back", "▁деньги", "▁верните", "▁rahat", "▁http"]
LETTERS = "▁abcdefghijklmnopqrstuvwxyzäöõüšžабвгдежзийклмнопрстуфхцчшщъыьэюя0123456789.,!?@'-ABCDEFGHIJKLMNOPRSTUVÕÄÖÜ"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *WORDS, *LETTERS]


def tensors() -> dict[str, Any]:
    """Random weights by the names of the pretrained file; the matrices hold what 4-bit blocks can hold."""
    random = np.random.default_rng(5)

    def matrix(*shape: int) -> Any:
        scales = random.uniform(0.01, 0.05, int(np.prod(shape)) // 32).astype(np.float16).astype(np.float32)
        levels = random.integers(-8, 8, (len(scales), 32))
        levels[:, 0] = -8
        return (levels * scales[:, None]).astype(np.float32).reshape(-1)

    found = {
        "emb.word": matrix(len(PIECES), HIDDEN),
        "emb.pos": random.normal(0, 0.1, PLACES * HIDDEN).astype(np.float32),
        "emb.type": np.zeros(2 * HIDDEN, np.float32),
        "emb.ln.w": np.ones(HIDDEN, np.float32),
        "emb.ln.b": np.zeros(HIDDEN, np.float32),
    }
    sizes = {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": WIDE, "fo": HIDDEN}
    for layer in range(LAYERS):
        for name, out in sizes.items():
            found[f"l{layer}.{name}.w"] = matrix(out, WIDE if name == "fo" else HIDDEN)
            found[f"l{layer}.{name}.b"] = np.zeros(out, np.float32)
        for name in ("aln", "oln"):
            found[f"l{layer}.{name}.w"] = np.ones(HIDDEN, np.float32)
            found[f"l{layer}.{name}.b"] = np.zeros(HIDDEN, np.float32)
    return found


def write(file: Path, weights: Mapping[str, Any]) -> None:
    """Write the encoder as the pretrained one is written."""
    words = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, words)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-3.0] * len(WORDS) + [-6.0] * len(LETTERS), "<f4")
    head = b"tinytiny" + struct.pack("<7i", HIDDEN, LAYERS, HEADS, WIDE, len(PIECES), PLACES, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", sum(map(len, words))) + ends.tobytes() + scores.tobytes() + b"".join(words)
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(weights))
    packed = {name: _packed(name, values) for name, values in weights.items()}
    entry = struct.calcsize("<H") + struct.calcsize("<B") + struct.calcsize("<I") + struct.calcsize("<QQ")
    place = len(head) + sum(entry + len(name.encode()) for name in weights)
    directory = b""
    for name, values in weights.items():
        title = name.encode()
        directory += struct.pack("<H", len(title)) + title + struct.pack("<B", len(packed[name]) != 4 * len(values))
        directory += struct.pack("<I", len(values)) + struct.pack("<QQ", place, len(packed[name]))
        place += len(packed[name])
    file.write_bytes(head + directory + b"".join(packed.values()))


def _packed(name: str, values: Any) -> bytes:
    plain = name.endswith((".b", "ln.w", "emb.pos", "emb.type"))
    return bytes(values.tobytes() if plain else pack_blocks(values.reshape(-1, 32)).tobytes())
