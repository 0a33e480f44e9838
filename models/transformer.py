"""Any Hugging Face sequence classifier as a ``Classifier``, on ONNX Runtime or torch.

This is the only module that knows these libraries, and it imports them when a model is made: they take gigabytes and
seconds, and the built-in models need none of them.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from models.classifier import Prediction, softmax

Logits: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""A padded batch (token arrays by name, texts × tokens) to raw scores (texts × classes)."""

LONGEST_TOKENS = 256
"""Tokens of a text that the model sees: more than a long post has, and cost grows with the square."""

_ONNX_FILES = ("model.onnx", "onnx/model.onnx")


class ModelUnavailable(ValueError):
    """A model that cannot be used as the settings have it: says what is missing and what to do."""


class TransformerClassifier:
    """A sequence classifier by Hugging Face name or local folder.

    A folder that holds ``model.onnx`` runs on ONNX Runtime, anything else on torch. ``labels`` maps the model's own
    labels to ours (``{"LABEL_0": "negative"}``); a label that is not named keeps its own name, in lower case. Every
    ``required`` label must then be there.
    """

    def __init__(
        self, name: str, labels: Mapping[str, str] | None = None, *, required: Sequence[str] = (), batch_size: int = 32
    ) -> None:
        with _needing("transformers"):
            import transformers
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(name)
            config = transformers.AutoConfig.from_pretrained(name)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"{name}: no such model here, or no tokenizer or config in it ({error})") from error
        self._labels = [_renamed(config.id2label[place], labels or {}) for place in sorted(config.id2label)]
        if missing := sorted(set(required) - set(self._labels)):
            own = ", ".join(config.id2label.values())
            raise ModelUnavailable(f"{name}: no label means {', '.join(missing)}; map its own labels: {own}")
        self._batch_size = batch_size
        onnx = next((path for file in _ONNX_FILES if (path := Path(name) / file).is_file()), None)
        self._logits = _onnx_logits(onnx) if onnx else _torch_logits(transformers, name)
        self.version = f"transformer-{_fingerprint(name, config)}"

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the labels; texts of like length share a batch, so little is padding."""
        del languages  # the port passes them; a multilingual model reads the language off the text
        if not texts:
            return []  # the tokenizers fail on nothing
        encoded = self._tokenizer(list(map(_readable, texts)), truncation=True, max_length=LONGEST_TOKENS)["input_ids"]
        by_length = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        answers: dict[int, Prediction] = {}
        for start in range(0, len(texts), self._batch_size):
            places = by_length[start : start + self._batch_size]
            batch = self._tokenizer.pad({"input_ids": [encoded[place] for place in places]}, return_tensors="np")
            for place, row in zip(places, softmax(self._logits(batch)).tolist(), strict=True):
                answers[place] = _summed(self._labels, row)
        return [answers[place] for place in range(len(texts))]


def _onnx_logits(path: Path) -> Logits:
    with _needing("transformers"):
        import onnxruntime
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = [argument.name for argument in session.get_inputs()]

    def logits(batch: Mapping[str, Any]) -> Any:
        import numpy as np

        # Models with segment ids want them even for single texts, where all are 0.
        given = {key: batch[key] if key in batch else np.zeros_like(batch["input_ids"]) for key in wanted}
        return session.run(None, {key: array.astype(np.int64) for key, array in given.items()})[0]

    return logits


def _torch_logits(transformers: Any, name: str) -> Logits:
    with _needing("torch"):
        import torch
    try:
        model = transformers.AutoModelForSequenceClassification.from_pretrained(name).eval()
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{name}: holds neither model.onnx nor weights that torch can load ({error})") from error

    def logits(batch: Mapping[str, Any]) -> Any:
        with torch.inference_mode():
            tensors = {key: torch.from_numpy(array) for key, array in batch.items()}
            return model(**tensors).logits.float().numpy()

    return logits


@contextmanager
def _needing(extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        message = f"this model needs {error.name}, which is not installed: install the extra, kuula[{extra}]"
        raise ModelUnavailable(message) from error


def _renamed(label: str, labels: Mapping[str, str]) -> str:
    return labels.get(label, label.lower())


def _readable(text: str) -> str:
    """Drop half characters, which tokenizers refuse."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _summed(labels: Sequence[str], row: Sequence[float]) -> Prediction:
    """Add up classes that the label map makes one, such as one and two stars."""
    answer = dict.fromkeys(labels, 0.0)
    for label, probability in zip(labels, row, strict=True):
        answer[label] += probability
    return answer


def _fingerprint(name: str, config: Any) -> str:
    """Tell weights apart: by the files of a folder, by the commit of a model from the hub."""
    digest = hashlib.sha256(config.to_json_string().encode() + str(getattr(config, "_commit_hash", "")).encode())
    for path in sorted(path for path in Path(name).rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{Path(name).name}-{digest.hexdigest()[:8]}"
