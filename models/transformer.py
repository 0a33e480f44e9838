"""Any Hugging Face sequence classifier as a ``Classifier``, on ONNX Runtime or torch.

This is the only module that knows these libraries, and it imports them when a model is made: they take gigabytes and
seconds, and the built-in models need none of them.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from models.classifier import Prediction, logistic, softmax

Logits: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""A padded batch (token arrays by name, texts × tokens) to raw scores (texts × classes)."""

LONGEST_TOKENS = 256
"""Tokens of a text that the model sees: more than a long post has, and cost grows with the square."""

LONGEST_NAME = 20
"""Characters of a folder's name that its version repeats: versions of all models together have room for 200."""

_ONNX_FILES = ("model.onnx", "onnx/model.onnx")
_WEIGHTS = {".safetensors", ".bin", ".pt", ".h5", ".msgpack"}
_NOT_ANSWERS = {"kuula.json", "README.md"}


class ModelUnavailable(ValueError):
    """A model that cannot be used as the settings have it: says what is missing and what to do."""


class TransformerClassifier:
    """A sequence classifier by local folder or Hugging Face name; only the name makes anything come over the network.

    A folder that holds ``model.onnx`` runs on ONNX Runtime, anything else on torch. ``labels`` maps the model's own
    labels to ours (``{"LABEL_0": "negative"}``); a label that is not named keeps its own name, in lower case. Every
    ``required`` label must then be there. A model with one class says how likely that is; the rest is ``other``.
    """

    def __init__(
        self, name: str, labels: Mapping[str, str] | None = None, *, required: Sequence[str] = (), batch_size: int = 32
    ) -> None:
        with needing("transformers"):
            import transformers
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=is_folder(name))
            config = transformers.AutoConfig.from_pretrained(name, local_files_only=is_folder(name))
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"{name}: no such model here, or no tokenizer or config in it ({error})") from error
        if self._tokenizer.pad_token is None:  # models that were made to go on writing have none
            self._tokenizer.pad_token = self._tokenizer.eos_token or self._tokenizer.unk_token
        self._labels = _named(name, config, labels or {}, required)
        self._several = config.problem_type == "multi_label_classification"
        self._longest = min(LONGEST_TOKENS, getattr(config, "max_position_embeddings", LONGEST_TOKENS + 2) - 2)
        self._batch_size = batch_size
        onnx = next((path for file in _ONNX_FILES if (path := Path(name) / file).is_file()), None)
        self._logits = _onnx_logits(onnx) if onnx else _torch_logits(transformers, name, self._tokenizer.pad_token_id)
        self.version = f"transformer-{_fingerprint(name, config, self._labels, weights=onnx is None)}"

    def predict(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Prediction]:
        """Give each text the probabilities of the labels; texts of like length share a batch, so little is padding."""
        del languages  # the port passes them; a multilingual model reads the language off the text
        if not texts:
            return []  # the tokenizers fail on nothing
        encoded = self._tokenizer(list(map(_readable, texts)), truncation=True, max_length=self._longest)["input_ids"]
        by_length = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        answers: dict[int, Prediction] = {}
        for start in range(0, len(texts), self._batch_size):
            places = by_length[start : start + self._batch_size]
            batch = self._tokenizer.pad({"input_ids": [encoded[place] for place in places]}, return_tensors="np")
            for place, row in zip(places, self._probabilities(self._logits(batch)).tolist(), strict=True):
                answers[place] = _summed(self._labels, row)
        return [answers[place] for place in range(len(texts))]

    def _probabilities(self, logits: Any) -> Any:
        import numpy as np

        if logits.shape[1] == 1:
            return softmax(np.hstack([logits, np.zeros_like(logits)]))
        if self._several:  # each class was learnt by itself; here one of them is the answer
            chances = logistic(logits)
            return chances / chances.sum(axis=1, keepdims=True)
        return softmax(logits)


def is_folder(name: str) -> bool:
    """Whether a name means a folder of this machine: a model on the hub is always ``owner/name``."""
    if name.startswith(("/", ".", "~")) or name.count("/") != 1:
        return True
    try:
        return Path(name).exists()
    except OSError:
        return False


def _onnx_logits(path: Path) -> Logits:
    with needing("transformers"):
        import onnxruntime
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = [argument.name for argument in session.get_inputs()]
    given_names = [argument.name for argument in session.get_outputs()]
    answer = "logits" if "logits" in given_names else given_names[0]

    def logits(batch: Mapping[str, Any]) -> Any:
        import numpy as np

        # Models with segment ids want them even for single texts, where all are 0.
        given = {key: batch[key] if key in batch else np.zeros_like(batch["input_ids"]) for key in wanted}
        (found,) = session.run([answer], {key: array.astype(np.int64) for key, array in given.items()})
        return found.astype(np.float64)

    return logits


def _torch_logits(transformers: Any, name: str, padding: int) -> Logits:
    with needing("torch"):
        import torch
        from safetensors import SafetensorError
    try:
        loaded = transformers.AutoModelForSequenceClassification.from_pretrained(name, local_files_only=is_folder(name))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(f"{name}: holds neither model.onnx nor weights that torch can load ({error})") from error

    model = loaded.eval()
    model.config.pad_token_id = padding

    def logits(batch: Mapping[str, Any]) -> Any:
        with torch.inference_mode():
            tensors = {key: torch.from_numpy(array) for key, array in batch.items()}
            return model(**tensors).logits.float().numpy()

    return logits


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Say which extra brings a library that is not installed."""
    try:
        yield
    except ImportError as error:
        message = f"this model needs {error.name}, which is not installed: install the extra, kuula[{extra}]"
        raise ModelUnavailable(message) from error


def _named(name: str, config: Any, labels: Mapping[str, str], required: Sequence[str]) -> list[str]:
    """Give our name of each class, in the order of the columns."""
    own = [config.id2label[place] for place in sorted(config.id2label)]
    if strangers := sorted(set(labels) - set(own)):
        raise ModelUnavailable(f"{name}: it has no label {', '.join(strangers)}; its own labels: {', '.join(own)}")
    if config.problem_type == "regression":
        raise ModelUnavailable(f"{name}: it gives a number, not labels")
    named = [labels.get(label, label.lower()) for label in own]
    if len(named) == 1:
        named.append("other")
    if missing := sorted(set(required) - set(named)):
        raise ModelUnavailable(f"{name}: no label means {', '.join(missing)}; map its own labels: {', '.join(own)}")
    return named


def _readable(text: str) -> str:
    """Drop half characters, which tokenizers refuse."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _summed(labels: Sequence[str], row: Sequence[float]) -> Prediction:
    """Add up classes that the label map makes one, such as one and two stars."""
    answer = dict.fromkeys(labels, 0.0)
    for label, probability in zip(labels, row, strict=True):
        answer[label] += probability
    return answer


def _fingerprint(name: str, config: Any, labels: Sequence[str], *, weights: bool) -> str:
    """Tell models apart: by the files of a folder that take part, or the commit on the hub, and by the label map."""
    told = (config.to_json_string(), str(getattr(config, "_commit_hash", "")), *labels)
    digest = hashlib.sha256("\0".join(told).encode())
    for path in sorted(path for path in Path(name).rglob("*") if path.is_file()):
        if path.name not in _NOT_ANSWERS and (weights or path.suffix not in _WEIGHTS):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{Path(name).name[:LONGEST_NAME]}-{digest.hexdigest()[:8]}"
