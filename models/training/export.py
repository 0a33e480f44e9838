"""Writes a sequence classifier as a folder that ONNX Runtime runs: no torch, and no pickles, where it is carried."""

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.transformer import ModelUnavailable, TransformerClassifier, is_folder, needing

_ONNX = "model.onnx"
_SAMPLES = ("Where is my order?", "Raha tagasi! Keegi ei vasta juba kolmandat päeva.", "ок", "Kiitos")
_SAME = 1e-3
"""Difference of a probability up to which two engines give the same answer."""


def export_onnx(name: str, folder: Path) -> None:
    """Write the classifier ``name`` (folder or Hugging Face name) into ``folder``: tokenizer, labels, ``model.onnx``.

    A classifier that is in ONNX already is copied. ``ModelUnavailable`` says when a library is missing, or when the
    written model gives other answers than the one it was made from.
    """
    with needing("transformers"):
        import transformers
    local = is_folder(name)
    before = TransformerClassifier(name)
    folder.mkdir(parents=True, exist_ok=True)
    here = [path for path in (Path(name) / _ONNX, Path(name) / "onnx" / _ONNX) if path.is_file()]
    if here and here[0] != folder / _ONNX:
        shutil.copy(here[0], folder / _ONNX)
    if Path(name) != folder:
        transformers.AutoTokenizer.from_pretrained(name, local_files_only=local).save_pretrained(folder)
        transformers.AutoConfig.from_pretrained(name, local_files_only=local).save_pretrained(folder)
    if not here:
        _trace(transformers, name, folder / _ONNX)
    _compare(before, TransformerClassifier(str(folder)))


def _trace(transformers: Any, name: str, target: Path) -> None:
    with needing("torch"):
        import torch
    # The plain attention is the one that every exporter knows.
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        name, local_files_only=is_folder(name), attn_implementation="eager"
    ).eval()

    class LogitsOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    inputs = ["input_ids", "attention_mask"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # notes on tracing and deprecation: what was written is compared afterwards
        torch.onnx.export(
            LogitsOnly(),
            tuple(torch.ones((2, 8), dtype=torch.int64) for _ in inputs),
            str(target),
            input_names=inputs,
            output_names=["logits"],
            dynamic_axes={key: {0: "texts", 1: "tokens"} for key in inputs} | {"logits": {0: "texts"}},
            dynamo=False,
        )


def _compare(before: TransformerClassifier, after: TransformerClassifier) -> None:
    texts: Sequence[str] = [*_SAMPLES, " ".join(_SAMPLES * 5)]
    languages = [None] * len(texts)
    for one, other in zip(before.predict(texts, languages), after.predict(texts, languages), strict=True):
        if any(abs(one[label] - other[label]) > _SAME for label in one):
            raise ModelUnavailable("written for ONNX Runtime, it gives other answers: its kind cannot be exported")
