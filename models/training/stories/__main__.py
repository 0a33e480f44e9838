"""Measures how posts are put into stories, prints JSON lines and writes the card.

``python -m models.training.stories [--out FOLDER]``
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.training.stories.card import Row, write_card
from models.training.stories.measure import across_languages, assign, pairs, singletons_alone
from models.training.stories.reading import Told, posts

ARTIFACTS = Path(__file__).parents[2] / "artifacts"


def measure(told: Sequence[Told]) -> Iterator[Row]:
    """Measure each part by words alone and by words and matter, and each brand by both."""
    for way in ("words", "matter"):
        found = {}
        for brand in dict.fromkeys(post.brand for post in told):
            found.update(assign([post for post in told if post.brand == brand], by_matter=way == "matter"))
        for part in ("dev", "test"):
            ours = [post for post in told if post.part == part]
            yield _row(f"{part}, all", way, ours, found)
            if way == "matter":
                for brand in dict.fromkeys(post.brand for post in ours):
                    yield _row(f"{part}, {brand}", way, [post for post in ours if post.brand == brand], found)


def _row(name: str, way: str, told: Sequence[Told], found: dict[str, str]) -> Row:
    whole, across = pairs(told, found), across_languages(told, found)
    return {
        "posts of": name,
        "by": way,
        "posts": len(told),
        "stories": len({(post.brand, post.story) for post in told}),
        "pairs": whole.told,
        "precision": round(whole.precision, 3),
        "recall": round(whole.recall, 3),
        "F1": round(whole.f1, 3),
        "precision across": round(across.precision, 3),
        "recall across": round(across.recall, 3),
        "alone": round(singletons_alone(told, found), 3),
    }


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m models.training.stories", description=__doc__)
    parser.add_argument("--out", type=Path, default=ARTIFACTS, help="where the card goes (default: the package)")
    chosen = parser.parse_args(arguments)
    rows = list(measure(posts()))
    (chosen.out / "stories-card.md").write_text(write_card(rows), encoding="utf-8")
    for row in rows:
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
