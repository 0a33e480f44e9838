"""The posts that are measured with: 14,640 real ones where the shared data is, else as many of hand-written parts."""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

REAL = Path(__file__).parents[2] / "shared" / "data" / "airline_stream" / "tweets.csv.gz"
COUNT = 14_640
BRANDS = ("American", "Delta", "Southwest", "US Airways", "United", "Virgin America")
COLUMNS = ("id", "created_at", "brand", "author", "text", "retweet_count")
_SPAN = timedelta(days=10)
_START = datetime(2026, 2, 16, tzinfo=UTC)
_OPENINGS = ("@{0} thank you,", "@{0} seriously?", "Flying with {0} today:", "Dear @{0},", "So {0} did it again:")
_MIDDLES = (
    "my flight {1} was cancelled and nobody at the desk knows why",
    "we have been waiting {1} minutes on the phone",
    "the crew on flight {1} was lovely",
    "my bag with {1} presents did not arrive",
    "is the flight at {1} still on time?",
    "you promised a refund {1} days ago",
    "seat {1} is broken and wet",
    "the new plane is beautiful",
)
_ENDINGS = ("", "Refund me!", "Great service.", "Never again.", "My child is ill and we have no hotel.", "Please help.")


def source() -> str:
    """Say which posts are measured with."""
    return "real posts" if REAL.exists() else "posts of hand-written parts"


def rows() -> list[dict[str, str]]:
    """All posts, each with ``COLUMNS``, in the order of their times."""
    if REAL.exists():
        with gzip.open(REAL, "rt", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    return list(_made())


def texts() -> list[str]:
    """The texts of all posts."""
    return [row["text"] for row in rows()]


def repeated(times: int) -> Iterator[dict[str, str]]:
    """All posts so many times, each time with other ids and ten days later."""
    once = rows()
    for turn in range(times):
        for row in once:
            at = datetime.fromisoformat(row["created_at"]) + turn * _SPAN
            yield {**row, "id": f"{row['id']}-{turn}" if turn else row["id"], "created_at": at.isoformat()}


def write(file: Path, times: int) -> int:
    """Write a CSV file of all posts so many times, and give how many it has."""
    count = 0
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        for row in repeated(times):
            writer.writerow(row)
            count += 1
    return count


def _made() -> Iterator[dict[str, str]]:
    chance = random.Random(7)
    for number in range(COUNT):
        brand = chance.choice(BRANDS)
        parts = (chance.choice(_OPENINGS), chance.choice(_MIDDLES), chance.choice(_ENDINGS))
        yield {
            "id": f"{number:05d}",
            "created_at": (_START + _SPAN * number / COUNT).isoformat(),
            "brand": brand,
            "author": f"author{chance.randrange(COUNT // 2)}",
            "text": " ".join(parts).format(brand.replace(" ", ""), chance.randrange(2, 4000)).strip(),
            "retweet_count": str(int(chance.paretovariate(1.2)) - 1),
        }
