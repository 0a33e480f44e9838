"""Measures of the models on texts that they have not learnt from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from models import signals
from models.classifier import Classifier
from models.complaint import COMPLAINT
from models.evaluation.measures import calibration_error
from models.opinion import Batch
from models.scores import FoundSignal
from models.sentiment import LABELS
from models.signal_model import SignalModel, matches
from models.training.corpus.reading import LabelledPost
from models.training.data import Example

Found = Sequence[FoundSignal]

Row = dict[str, Any]
"""One line of the card's tables and of the command's output."""


def measure_sentiment(model: Classifier, examples: Mapping[str, Sequence[Example]]) -> Iterator[Row]:
    """Give the figures of each language and source that has held-out texts."""
    for language, found in examples.items():
        for source, held in _held_out(found).items():
            predicted = model.predict([example.text for example in held], [language] * len(held))
            yield {"model": "sentiment", "language": language, "source": source} | _sentiment_figures(held, predicted)


def measure_complaint(model: Classifier, examples: Mapping[str, Sequence[Example]]) -> Iterator[Row]:
    """Give the figures of each language and source that has held-out texts."""
    for language, found in examples.items():
        for source, held in _held_out(found).items():
            predicted = model.predict([example.text for example in held], [language] * len(held))
            chances = np.array([answer[COMPLAINT] for answer in predicted])
            yield {"model": "complaint", "language": language, "source": source} | _complaint_figures(held, chances)


def measure_signals(model: SignalModel, posts: Sequence[LabelledPost]) -> Iterator[Row]:
    """Give the figures of each language, with those of the patterns alone, as if each match were believed."""
    for language in dict.fromkeys(post.author.language for post in posts):
        held = [post for post in posts if post.author.language == language]
        batch = Batch.of([post.text for post in held], [language] * len(held))
        matched = list(map(signals.find, batch.texts, batch.words, batch.languages))
        sure = model.probabilities(model.odds(batch), matches(matched))
        shown = [model.shown(*post) for post in zip(batch.words, sure, matched, strict=True)]
        truth = matches([post.signals for post in held])
        figures = _signal_figures(held, truth, shown, matched)
        figures["calibration_error"] = round(calibration_error(sure.ravel(), truth.ravel()), 3)
        yield {"model": "signals", "language": language, "source": "corpus"} | figures


def _signal_figures(held: Sequence[LabelledPost], truth: Any, shown: Sequence[Found], matched: Sequence[Found]) -> Row:
    said, patterns = matches(shown), matches(matched)
    options: Mapping[str, Any] = {"average": "micro", "zero_division": 0.0}
    alike = [
        any(found.signal.value in post.hard_negative_for for found in found_here)
        for post, found_here in zip(held, shown, strict=True)
        if post.hard_negative_for - {COMPLAINT}
    ]
    return {
        "texts": len(held),
        "micro_f1": round(f1_score(truth, said, **options), 3),
        "precision": round(precision_score(truth, said, **options), 3),
        "recall": round(recall_score(truth, said, **options), 3),
        "look_alikes_flagged": round(float(np.mean(alike)), 3) if alike else "",
        "patterns_alone": round(f1_score(truth, patterns, **options), 3),
    }


def _held_out(examples: Sequence[Example]) -> dict[str, list[Example]]:
    held: dict[str, list[Example]] = {}
    for example in examples:
        if example.held_out:
            held.setdefault(example.source, []).append(example)
    return held


def _sentiment_figures(held: Sequence[Example], predicted: Sequence[Mapping[str, float]]) -> Row:
    truth = [example.label for example in held]
    guess = [max(found, key=found.__getitem__) for found in predicted]
    options: Mapping[str, Any] = {"labels": sorted(set(truth)), "average": "macro", "zero_division": 0.0}
    negative: Mapping[str, Any] = {"labels": [LABELS[0]], "average": "macro", "zero_division": 0.0}
    return {
        "texts": len(held),
        "macro_f1": round(f1_score(truth, guess, **options), 3),
        "macro_recall": round(recall_score(truth, guess, **options), 3),
        "negative_precision": round(precision_score(truth, guess, **negative), 3),
        "negative_recall": round(recall_score(truth, guess, **negative), 3),
        "calibration_error": round(
            calibration_error(
                [found[label] for found, label in zip(predicted, guess, strict=True)],
                [a == b for a, b in zip(truth, guess, strict=True)],
            ),
            3,
        ),
    }


def _complaint_figures(held: Sequence[Example], chances: Any) -> Row:
    truth = np.array([example.label == COMPLAINT for example in held])
    guess = chances >= 0.5
    return {
        "texts": len(held),
        "f1": round(f1_score(truth, guess, zero_division=0.0), 3),
        "precision": round(precision_score(truth, guess, zero_division=0.0), 3),
        "recall": round(recall_score(truth, guess, zero_division=0.0), 3),
        "auc": round(float(roc_auc_score(truth, chances)), 3),
        "calibration_error": round(calibration_error(chances, truth), 3),
    }
