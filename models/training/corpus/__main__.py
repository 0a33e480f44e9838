"""The corpus on the command line.

``python -m models.training.corpus`` prints what it holds and how far two labellers agreed, as JSON lines; ``python -m
models.training.corpus export --split test --out FILE`` writes the posts of one part for ``kuula evaluate``.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from models.training.corpus.agreement import agreement
from models.training.corpus.export import row as exported
from models.training.corpus.reading import LabelledPost, Split, posts


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


def describe() -> None:
    """Print one line of sizes a language, then one of agreement a language."""
    by_language: dict[str, list[LabelledPost]] = {}
    for post in posts():
        by_language.setdefault(post.author.language, []).append(post)
    for language, found in by_language.items():
        print(json.dumps(_size(language, found)))
    for row in agreement([post for found in by_language.values() for post in found]):
        print(json.dumps(row))


def export(split: Split, out: Path) -> None:
    """Write the posts of one part as JSON Lines."""
    lines = (json.dumps(exported(post), ensure_ascii=False) for post in posts(split))
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.corpus", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    exporting = commands.add_parser("export", help="write posts for `kuula evaluate`")
    exporting.add_argument("--split", type=Split, choices=list(Split), required=True, help="which part of the authors")
    exporting.add_argument("--out", type=Path, required=True, help="the file of JSON Lines")
    chosen = parser.parse_args(arguments)
    if chosen.command == "export":
        export(chosen.split, chosen.out)
    else:
        describe()


if __name__ == "__main__":
    main(sys.argv[1:])
