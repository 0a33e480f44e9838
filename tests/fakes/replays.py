"""A team that tries its policy on the past: settings, models that know two words, and a file of posts."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.pipeline import Reader

from models.scores import Scores
from monitors.bootstrap import House
from monitors.settings import load

LONG_AGO = datetime(2015, 2, 16, 9, tzinfo=UTC)
SETTINGS = """
[ledger]
url = "{ledger}"
[index]
url = "sqlite:///index.db"
[brands.acme]
names = ["acme"]
own_accounts = ["acme_help"]
[brands.other]
names = ["other"]
[channels.log]
kind = "log"
[people.ann]
channels = ["log"]
"""


def team(folder: Path, url: str, scores: Callable[..., Scores]) -> House:
    """Somebody to alert, two brands, and a reader of words in the place of the models."""
    (folder / "kuula.toml").write_text(SETTINGS.format(ledger=url), encoding="utf-8")
    house = House(load(folder / "kuula.toml", {}))
    house.__dict__["scorer"] = Reader(scores)
    return house


def posts_csv(folder: Path) -> Path:
    """Posts of February 2015: a story that swells, dangers, praise, two brands, and rows that are broken."""
    rows: list[Sequence[Any]] = [("id", "created_at", "author", "text", "likes")]
    for number in range(40):
        at = LONG_AGO + timedelta(minutes=11 * number)
        words = ("acme parcel is late at the locker again", "acme is fine today, thank you", "other lost my shoes")
        text = (
            f"danger: the acme oven number {number} exploded and burned my child, I will sue you"
            if number % 13 == 5
            else words[number % 3]
        )
        rows.append((f"{number:03}", at.isoformat(), f"author {number}", text, number % 4))
    rows[20:20] = [("500", "never", "somebody", "acme is bad", 1), ("501", LONG_AGO.isoformat(), "x", "", 1), ("502",)]
    path = folder / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
