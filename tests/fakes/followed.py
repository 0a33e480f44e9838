"""Files of followed posts, made up: what grows early grows far, more so where many follow the author."""

import csv
import gzip
import json
import math
import random
from pathlib import Path
from typing import Any


def cascades(posts: int, seed: int = 1) -> list[dict[str, Any]]:
    """Posts with the times of their shares in seconds, as the public sets have them."""
    chance, rows = random.Random(seed), []
    for place in range(posts):
        followers = round(10 ** chance.uniform(1, 5))
        pace, size = 10 ** chance.uniform(2.5, 4), round(chance.lognormvariate(math.log(followers) / 2, 0.7))
        times = sorted(round(chance.expovariate(1 / pace)) for _ in range(size))
        rows.append({"id": place, "grp": f"a{place % 37}", "t0": 1285000000, "followers": followers, "ev": times})
    return rows


def write_cascades(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write a set of cascades into a folder."""
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def write_news(folder: Path, rows: list[tuple[str, str, list[int]]]) -> Path:
    """Write polled counters, by network and item, as the news set has them; the last one is repeated to the end."""
    with gzip.open(folder / "news_feedback_20min.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["network", "IDLink", *(f"TS{step}" for step in range(1, 145))])
        for network, item, counts in rows:
            writer.writerow([network, item, *counts, *[counts[-1]] * (144 - len(counts))])
    return folder
