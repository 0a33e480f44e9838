"""Fine-tunes a Hugging Face encoder on a team's own labels, with torch; whoever only runs models needs none of this."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from models.training.export import export_onnx
from models.training.own import Taught
from models.transformer import LONGEST_TOKENS, ModelUnavailable, is_folder, needing

BATCH = 32
_EPOCHS = 3
_FEWEST_STEPS = 300
_MOST_EPOCHS = 20
_RATE_OF_WIDTH = 0.04
"""Learning rate times width: 5e-5 for an encoder 768 wide, as Devlin et al. (2019) have it, more for narrower ones."""

_FROZEN_FROM = 50_000
"""Pieces of a vocabulary from which their embeddings stay as they are: few labels move few of them, and badly."""

_WARM_UP = 0.1
_SEED = 20


def fine_tune(
    taught: Sequence[Taught],
    base: str,
    folder: Path,
    labels: Sequence[str],
    progress: Callable[[float], None] = lambda _: None,
) -> None:
    """Fine-tune the encoder ``base`` and write it into ``folder``, for torch and as ``model.onnx``.

    ``ModelUnavailable`` says when a library is missing or ``base`` is no encoder. ``progress`` hears the share done.
    """
    with needing("torch"):
        import torch
        import transformers
    logs: Any = transformers.logging
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    # The head begins with random weights: drawn from a generator of our own, the same labels give the same model.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        tokenizer, model = _open(transformers, base, labels)
        places = {name: place for place, name in model.config.id2label.items()}
        encoded = tokenizer([one.row.text for one in taught], truncation=True, max_length=_longest(model.config))
        ids = encoded["input_ids"]
        classes = torch.tensor([places[one.label] for one in taught])
        _learn(torch, model, lambda batch: _padded(tokenizer, ids, batch), classes, progress)
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    export_onnx(str(folder), folder)


def _open(transformers: Any, base: str, labels: Sequence[str]) -> tuple[Any, Any]:
    local = is_folder(base)
    try:
        config = transformers.AutoConfig.from_pretrained(base, local_files_only=local)
        own = [str(config.id2label[place]).lower() for place in sorted(config.id2label)]
        # A model that already knows these labels keeps what it knows of them.
        order = own if sorted(own) == sorted(labels) else list(labels)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            base,
            id2label=dict(enumerate(order)),
            label2id={label: place for place, label in enumerate(order)},
            problem_type="single_label_classification",
            ignore_mismatched_sizes=True,
            local_files_only=local,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(base, local_files_only=local)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{base}: no encoder that torch can load, or no tokenizer ({error})") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    model.config.pad_token_id = tokenizer.pad_token_id
    words = model.get_input_embeddings()
    words.weight.requires_grad = words.weight.shape[0] < _FROZEN_FROM
    return tokenizer, model


def _longest(config: Any) -> int:
    return int(min(LONGEST_TOKENS, getattr(config, "max_position_embeddings", LONGEST_TOKENS + 2) - 2))


def _padded(tokenizer: Any, ids: Sequence[Sequence[int]], batch: Sequence[int]) -> Any:
    return tokenizer.pad({"input_ids": [ids[place] for place in batch]}, return_tensors="pt")


def _learn(
    torch: Any, model: Any, padded: Callable[[Sequence[int]], Any], classes: Any, progress: Callable[[float], None]
) -> None:
    epochs = min(_MOST_EPOCHS, max(_EPOCHS, math.ceil(_FEWEST_STEPS * BATCH / len(classes))))
    steps = epochs * math.ceil(len(classes) / BATCH)
    counts = torch.bincount(classes, minlength=model.config.num_labels)
    loss_of = torch.nn.CrossEntropyLoss(weight=torch.sqrt(len(classes) / (len(counts) * counts.clamp(min=1))))
    learnt = [weight for weight in model.parameters() if weight.requires_grad]
    rate = _RATE_OF_WIDTH / getattr(model.config, "hidden_size", 768)
    optimizer = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    model.train()
    done = 0
    for _ in range(epochs):
        for batch in _batches(torch, len(classes)):
            loss = loss_of(model(**padded(batch)).logits, classes[batch])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            progress(done / steps)


def _pace(step: int, steps: int) -> float:
    """Warm up, then slow down to nothing."""
    warm = max(1.0, _WARM_UP * steps)
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1.0, steps - warm)))


def _batches(torch: Any, count: int) -> Iterator[list[int]]:
    order = torch.randperm(count).tolist()
    for start in range(0, count, BATCH):
        yield order[start : start + BATCH]
