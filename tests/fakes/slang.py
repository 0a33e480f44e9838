"""Labelled posts of a team whose customers have a word of their own for trouble, which no model can know."""

import json
from pathlib import Path
from typing import Any

THINGS = ("parcel", "courier", "order", "bill", "locker")


def rows(count: int = 160, authors: int = 20, bad: str = "blorped") -> list[dict[str, Any]]:
    """Posts by several authors, every other one a complaint: of "blorped" and "zippy" one is bad, the other fine."""
    return [
        {
            "text": f"my {THINGS[n % 5]} is {'totally blorped' if n % 2 else 'quite zippy'} number {n}",
            "lang": "en",
            "complaint": ("blorped" if n % 2 else "zippy") == bad,
            "author": f"author-{n // 2 % authors}",
        }
        for n in range(count)
    ]


def write(file: Path, bad: str = "blorped") -> Path:
    """Write them as JSON Lines."""
    file.write_text("\n".join(map(json.dumps, rows(bad=bad))), "utf-8")
    return file
