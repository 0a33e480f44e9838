"""What each part of the readers is worth by itself: why they are joined, and what lost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from models.encoder import Encoder
from models.linear_reader import LinearReader
from models.opinion import Batch
from models.training.encoder.examples import Lesson, signal_table

AS_LIKELY_AS_NOT = 0.0
"""The log-odds from which a part by itself says yes."""


def parts(encoders: Mapping[str, Encoder], fast: LinearReader, lessons: Sequence[Lesson]) -> Iterator[dict[str, Any]]:
    """Measure each part alone on ``lessons``: micro-F1 of signals, macro-F1 of complaints."""
    batch = Batch.of([lesson.text for lesson in lessons], [lesson.language for lesson in lessons])
    known = fast.weigh(batch)
    yield _row("patterns", lessons, known.matched > 0, None)
    yield _row("n-grams and phrases", lessons, known.odds > AS_LIKELY_AS_NOT, np.array(known.chances) >= 0.5)
    for name, encoder in encoders.items():
        reading = encoder.read(batch.texts)
        complaints = reading.heads["complaint"][:, 0] > AS_LIKELY_AS_NOT
        yield _row(f"network of {name}", lessons, reading.signals > AS_LIKELY_AS_NOT, complaints)


def _row(part: str, lessons: Sequence[Lesson], said: Any, complaints: Any) -> dict[str, Any]:
    truth = signal_table(lessons)
    real = [lesson.complaint for lesson in lessons]
    return {
        "part by itself": part,
        "signals, micro-F1": round(f1_score(truth, said, average="micro", zero_division=0.0), 3),
        "complaint, macro-F1": "" if complaints is None else round(f1_score(real, complaints, average="macro"), 3),
    }
