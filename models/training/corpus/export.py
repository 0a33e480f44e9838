"""The corpus as JSON Lines, as ``kuula evaluate`` reads them."""

from typing import Any

from models.training.corpus.reading import LabelledPost


def row(post: LabelledPost) -> dict[str, Any]:
    """Give a post and its labels as plain values; ``spans`` are in characters of ``text``."""
    return {
        "text": post.text,
        "lang": post.author.language,
        "sentiment": post.sentiment.value,
        "complaint": post.complaint,
        "signals": sorted({found.signal.value for found in post.signals}),
        "spans": [{"signal": found.signal.value, "start": found.start, "end": found.end} for found in post.signals],
        "severity": post.severity,
        "remedy": post.remedy.value,
        "hard_negative_for": sorted(post.hard_negative_for),
        "author": post.author.id,
        "id": post.id,
        "flags": sorted(post.flags),
    }
