"""Writes how well chances come true on the public sets: ``python -m models.training.spread.reliability --data FOLDER``.

Every post is forecast by a model of other authors' posts, as for the card. The pages show it to a team that has no
finished posts of its own yet.
"""

import argparse
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.calibration import Reliability
from models.growth import columns_of
from models.training.spread.__main__ import FOLDER, FOLDS
from models.training.spread.fit import examples, large, made
from models.training.spread.sets import KINDS, Followed, Kind, read

FILE = "reliability.json"


def reliability(posts: Sequence[Followed], kind: Kind, folds: int = FOLDS) -> Iterator[dict[str, Any]]:
    """Cross-validate by author; gives age, size that counts as large, posts, error and bins, one mapping an age."""
    found: dict[float, Reliability] = defaultdict(Reliability)
    places = np.array([zlib.crc32(one.group.encode()) % folds for one in posts])
    for fold in range(folds):
        learnt = [one for one, place in zip(posts, places, strict=True) if place != fold]
        asked = [one for one, place in zip(posts, places, strict=True) if place == fold]
        size = large(learnt, kind)
        model = made("reliability", examples(learnt, kind, kind.lessons), size)
        for age in kind.ages:
            cut = examples(asked, kind, [age])
            columns = columns_of([polls for polls, _ in cut])
            chances = model.chances(columns, np.full(len(cut), size)) if cut else []
            for (_, final), chance in zip(cut, chances, strict=True):
                found[age].add(float(chance), final >= size)
    for age, one in found.items():
        yield {
            "age_minutes": age,
            "size": round(large(posts, kind)),
            "posts": one.posts,
            "error": round(one.error, 4),
            "bins": one.bins,
        }


def main() -> None:
    """Cross-validate every set that is there and write the file beside the artefacts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the engagement sets")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the file goes")
    chosen = parser.parse_args()
    lines = []
    for name, kind in KINDS.items():
        lines += [{"set": name, **line} for line in reliability(read(chosen.data, name), kind)]
        print(f"{name}: done", flush=True)
    (chosen.out / FILE).write_text("[\n" + ",\n".join(json.dumps(line) for line in lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
