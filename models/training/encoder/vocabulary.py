"""Cuts the tokenizer's vocabulary to what the four languages use, and makes the tokenizer.

Of 250,000 pieces most spell languages that Kuula does not read, and their embeddings are four fifths of the encoder.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from models.encoder import LONGEST

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""The first pieces: their places are their ids, as in the pretrained encoder."""

UNKNOWN = 3
_FEWEST, _FEWEST_FORMS = 2, 10
_MARK = "▁"
_ALPHABETS = ((0x20, 0x17F), (0x400, 0x45F), (0x2010, 0x2044), (0x20A0, 0x20BF))


def choose_pieces(pieces: Sequence[str], met: Counter[int], forms: Iterable[Counter[int]]) -> list[int]:
    """Give the ids to keep, in order: the special ones, all letters, what was met in texts, what many words need.

    ``met`` counts the pieces of texts, ``forms`` those of each language's dictionary: it has inflected forms that no
    text holds.
    """
    kept = {number for number, count in met.items() if count >= _FEWEST}
    kept |= {number for counts in forms for number, count in counts.items() if count >= _FEWEST_FORMS}
    kept |= {number for number, piece in enumerate(pieces) if _is_letter(piece.removeprefix(_MARK) or _MARK)}
    return [*range(len(SPECIAL)), *sorted(kept - set(range(len(SPECIAL))))]


def count_pieces(tokenizer: Any, texts: Iterable[str]) -> Counter[int]:
    """Count the pieces of texts."""
    counts: Counter[int] = Counter()
    for encoded in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoded.ids)
    return counts


def make_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    """Make the tokenizer of some pieces; web addresses and account names become one word each, which places survive."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"(?:https?://|www\.)\S+"), "http"),
            normalizers.Replace(Regex(r"(?<![\w@])@\w+"), "@user"),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_MARK, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def _is_letter(piece: str) -> bool:
    return len(piece) == 1 and (
        piece == _MARK or any(first <= ord(piece) <= last for first, last in _ALPHABETS) or ord(piece) >= 0x1F300
    )
