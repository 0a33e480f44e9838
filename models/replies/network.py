"""The network of the reply check on ONNX Runtime: a draft, the complaint and earlier answers in, a logit a finding out.

Its body is a fine-tuned part of the encoder that scores posts, and shares its tokenizer and word embeddings
(``models.encoder``). The heads are small and are computed here: for each finding an attention over the pieces of the
draft, taught by the marked spans, and what draft, complaint and earlier answers have in common.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.encoder import FILES as WORDS
from models.encoder import unpack_blocks
from models.replies.finding import KINDS, MISSING, Draft, Span
from models.replies.recent import Recent
from models.replies.sentences import sentences

FILES = Path(str(files("models").joinpath("artifacts", "replies")))
"""Where the artefacts of the reply check are."""

COMPLAINT, EARLIER, DRAFT = range(3)
"""The parts that a piece may belong to."""

MOST_PIECES = (40, 72, 128)
"""Pieces of each part that are read at once: of complaint and earlier answers the first, of a draft all, in windows."""

_NEAREST, _FARTHEST = 72, 112
"""Pieces from the beginning of a window to the sentence with which the next begins."""

_OVERLAP = 32
"""Pieces that two windows share where no sentence begins near enough."""

_MOST_READ = 512
"""Pieces of a draft, counted from its first, of which every one is read."""

_FEW = 4
"""Pieces at the beginning of a sentence by which it is known again, whatever is typed further on in it."""

_LONGEST = (600, 1_200, 3_500)
"""Characters of each part that are cut into pieces at all."""

_FAR = -1e4
_MOST_THREADS = 4
"""Windows that are read side by side at most, as posts are: more threads take memory, and gain little."""

_KEPT = 512
"""Windows whose answers are kept, 6 kB each: those of a hundred long drafts."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """One window of a draft with what it answers: ids, the part of each, and the characters of the draft's pieces."""

    ids: Sequence[int]
    parts: Sequence[int]
    places: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network says of a draft: a logit for each finding, and each piece's marks.

    ``places`` (pieces × 2) are the characters of each piece: the first, and the one after the last.
    """

    logits: Any
    marks: Any
    places: Any


def open_tokenizer() -> Any:
    """Open the tokenizer of the encoder, without its limit."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(WORDS / "tokenizer.json"))
    tokenizer.no_truncation()
    return tokenizer


def cut(tokenizer: Any, draft: Draft) -> list[Pieces]:
    """Cut a draft into windows of pieces; complaint and earlier answers stand before each of them."""
    complaint = tokenizer.encode(_whole(draft.complaint[: _LONGEST[COMPLAINT]])).ids[: MOST_PIECES[COMPLAINT]]
    earlier: list[int] = []
    for answer in draft.earlier[-6:]:
        if len(earlier) >= MOST_PIECES[EARLIER]:
            break
        earlier += tokenizer.encode(_whole(answer[: _LONGEST[EARLIER]])).ids[1:]
    earlier = earlier[: MOST_PIECES[EARLIER]]
    text = draft.text[: _LONGEST[DRAFT]]
    encoded = tokenizer.encode(_whole(text))
    ids, places = encoded.ids[1:], encoded.offsets[1:]
    size = MOST_PIECES[DRAFT]
    return [
        Pieces(
            [*complaint, *earlier, *ids[start : start + size]],
            [COMPLAINT] * len(complaint) + [EARLIER] * len(earlier) + [DRAFT] * len(ids[start : start + size]),
            places[start : start + size],
        )
        for start in _starts(text, ids, places)
    ]


def _starts(text: str, ids: Sequence[int], places: Sequence[Span]) -> Iterator[int]:
    """Give the first piece of each window of a draft, so that together they have all of its pieces that are read.

    A window begins with a sentence, of those that are near enough with the one whose first words have the least digest:
    a letter more in one sentence seldom moves a window behind it, where counting from the start would move all.
    """
    size, start = MOST_PIECES[DRAFT], 0
    yield start
    if len(ids) <= size:
        return
    ends = [end for _, end in places]
    begun = sorted({bisect_right(ends, first) for first, _ in sentences(text)})
    while start + size < min(len(ids), _MOST_READ):
        near = [each for each in begun if start + _NEAREST <= each <= start + _FARTHEST]
        start = min(near, key=lambda each: _digest_of(ids[each : each + _FEW])) if near else start + size - _OVERLAP
        yield start


class Network:
    """A network, from its file, with its heads.

    Whoever types changes a window or two, seldom others: what was said of a window lately is not asked for again.
    """

    def __init__(self, file: Path, heads: Mapping[str, Any]) -> None:
        import numpy as np
        import onnxruntime
        from joblib import cpu_count  # which knows what a container may use

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(file),  # of bytes it would keep a copy
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self._tokenizer = open_tokenizer()
        self._blocks = np.load(WORDS / "words.npy", mmap_mode="r", allow_pickle=False)
        self._heads = heads
        self._pool = ThreadPoolExecutor(min(_MOST_THREADS, cpu_count()), thread_name_prefix="replies")
        self._recent: Recent[Pieces, tuple[Any, Any]] = Recent(_digest, _KEPT)

    def read(self, draft: Draft) -> Reading:
        """Read a draft; of a long one the surest window speaks for what harms, the fullest for what is missing."""
        import numpy as np

        windows = cut(self._tokenizer, draft)
        answers = self._recent.each(windows, self._side_by_side)
        logits = np.stack([logits for logits, _ in answers])
        missing = np.array([kind in MISSING for kind in KINDS])
        return Reading(
            np.where(missing, logits.min(0), logits.max(0)),
            np.concatenate([marks for _, marks in answers]),
            np.concatenate([np.array(window.places, np.int64).reshape(-1, 2) for window in windows]),
        )

    def _side_by_side(self, windows: Sequence[Pieces]) -> Iterable[tuple[Any, Any]]:
        # One window, which is nearly always, is read by whoever asks: there is nobody to share the work with.
        return self._pool.map(self._read, windows) if len(windows) > 1 else map(self._read, windows)

    def _read(self, window: Pieces) -> tuple[Any, Any]:
        import numpy as np

        ids = np.array(window.ids)
        words = unpack_blocks(self._blocks[ids]).reshape(1, len(ids), -1)
        mask = np.ones((1, len(ids)), np.int32)
        parts = np.array([window.parts], np.int64)
        (hidden,) = self._session.run(None, {"words": words, "mask": mask, "parts": parts})
        logits, marks = head_logits(self._heads, hidden[0], parts[0])
        return logits, marks[parts[0] == DRAFT]


def _digest(window: Pieces) -> bytes:
    return _digest_of([*window.ids, *window.parts])


def _digest_of(numbers: Sequence[int]) -> bytes:
    import numpy as np

    return hashlib.sha256(np.array(numbers, np.int32).tobytes()).digest()


def head_logits(heads: Mapping[str, Any], hidden: Any, parts: Any) -> tuple[Any, Any]:
    """Give a logit for each finding and the marks of all pieces, from the last layer (pieces × width) of one draft."""
    import numpy as np

    marks = hidden @ heads["marks.weight"].T + heads["marks.bias"]
    outside = np.where(parts == DRAFT, 0.0, _FAR)[:, None]
    heeded = np.exp(marks + outside - (marks + outside).max(0))
    pooled = (heeded / heeded.sum(0)).T @ hidden
    means = [hidden[parts == part].mean(0) if (parts == part).any() else np.zeros(hidden.shape[1]) for part in range(3)]
    context = np.concatenate([means[DRAFT], means[COMPLAINT] * means[DRAFT], means[EARLIER] * means[DRAFT]])
    said = (pooled * heads["shown"]).sum(1) + heads["context.weight"] @ context + heads["context.bias"]
    return said, marks


def _whole(text: str) -> str:
    # Half a character is nothing that UTF-8 can write, and the tokenizer takes none.
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
