"""Measure the patterns on labelled posts: ``python -m models.signals FILE...`` prints one JSON line a language.

A file holds JSON Lines with ``text``, ``lang``, ``signals`` and ``hard_negative_for`` (the signal that the post only
looks like, or null). ``--misses`` also prints each post on which the patterns and the labels differ.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from models.lemmas import tokenize
from models.signals import find


def measure(posts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Give per language the micro-averaged F1 of the signals and the share of hard negatives that are flagged."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        said, found = set(post["signals"]), signals_in(post)
        count = counts[post["lang"]]
        count.update(posts=1, right=len(said & found), wrong=len(found - said), missed=len(said - found))
        if post["hard_negative_for"]:
            count.update(negatives=1, flagged=post["hard_negative_for"] in found)
    return {language: _summary(count) for language, count in counts.items()}


def signals_in(post: Mapping[str, Any]) -> set[str]:
    """Give the names of the signals that the patterns find in a labelled post."""
    tokens = tokenize(post["text"], post["lang"])
    return {found.signal.value for found in find(post["text"], tokens, post["lang"])}


def _summary(count: Counter[str]) -> dict[str, float]:
    errors = count["wrong"] + count["missed"]
    return {
        "posts": count["posts"],
        "precision": round(count["right"] / max(count["right"] + count["wrong"], 1), 3),
        "recall": round(count["right"] / max(count["right"] + count["missed"], 1), 3),
        "micro_f1": round(2 * count["right"] / max(2 * count["right"] + errors, 1), 3),
        "hard_negatives": count["negatives"],
        "hard_negatives_flagged": round(count["flagged"] / max(count["negatives"], 1), 3),
    }


def _read(paths: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for path in paths:
        for line in Path(path).read_text("utf-8").splitlines():
            yield json.loads(line)


def main(arguments: list[str]) -> None:
    """Print the figures of all files together, one line a language."""
    posts = list(_read(argument for argument in arguments if argument != "--misses"))
    for language, figures in sorted(measure(posts).items()):
        sys.stdout.write(json.dumps({"language": language, **figures}) + "\n")
    for post in posts if "--misses" in arguments else []:
        said, found = set(post["signals"]), signals_in(post)
        if said != found:
            difference = {"missed": sorted(said - found), "wrong": sorted(found - said), "text": post["text"]}
            sys.stdout.write(json.dumps(difference, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
