"""``python -m models.training.corpus``: what the corpus holds, and how far two labellers agreed, as JSON lines."""

import json
from collections import Counter

from models.training.corpus.agreement import agreement
from models.training.corpus.reading import LabelledPost, posts


def _size(language: str, found: list[LabelledPost]) -> dict[str, object]:
    signals = Counter(name for post in found for name in {mark.signal.value for mark in post.signals})
    return {
        "lang": language,
        "posts": len(found),
        "authors": len({post.author.id for post in found}),
        "complaints": sum(post.complaint for post in found),
        "hard_negatives": sum(bool(post.hard_negative_for) for post in found),
        "splits": dict(Counter(post.author.split.value for post in found)),
        "signals": dict(signals.most_common()),
    }


def main() -> None:
    """Print one line of sizes a language, then one of agreement a language."""
    by_language: dict[str, list[LabelledPost]] = {}
    for post in posts():
        by_language.setdefault(post.author.language, []).append(post)
    for language, found in by_language.items():
        print(json.dumps(_size(language, found)))
    for row in agreement([post for found in by_language.values() for post in found]):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
