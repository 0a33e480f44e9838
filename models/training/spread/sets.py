"""Public sets of posts whose engagement was followed, as they lie in a folder: which files, what counts as the end.

The README beside the data says where each is from. Three of its traps are minded here: ``twitter_url2010`` is cut by
the end of its crawl, so only posts that could be followed for a day count, and their end is the count after a day;
counters of the news set that are -1 were not read yet, which is not zero; counts at crawl time are the future.
"""

import csv
import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.growth import Polls

_DAY = 24 * 60.0
_TWO_DAYS = 2 * _DAY
_LAST_WHOLE_DAY = 1285485988
"""Unix time: posts of ``twitter_url2010`` that are younger were not followed for a day."""

LEARNT = "learnt.json"
"""Beside the artefacts: the SHA-256 of each file that they learnt from."""

_SETTLING = 60.0
"""Minutes before an earlier post of an author says what is usual."""

_EARLY = (1, 2, 3, 5, 7, *range(10, 60, 5), *range(60, 120, 15), *range(120, 721, 60))
"""Ages in minutes at which the counts of cascades are polled, as a scheduler would that can afford it."""

_NEWS_STEP = 20.0
_NEWS = "Facebook"


@dataclass(frozen=True, slots=True)
class Followed:
    """One post: its author's group, all its polls, and how large it became."""

    group: str
    polls: Polls
    final: float

    def until(self, age: float) -> Polls | None:
        """Give the polls up to an age in minutes; None if none had been made at exactly that age."""
        known = self.polls.until(age)
        return known if known is not None and known.ages[-1] == age else None


@dataclass(frozen=True, slots=True)
class Kind:
    """One set: its file, the ages to measure at, and whether a post that nobody has answered yet takes part.

    ``end`` is the age in minutes whose count is the end (None: the last count there is). ``large`` is the size that
    counts as large; None: what one post in ten of those learnt from reached. ``posted_until`` is the Unix time
    after which posts could not be followed to their end.
    """

    file: str
    ages: tuple[float, ...]
    lessons: tuple[float, ...]
    end: float | None = None
    silent: bool = False
    large: float | None = None
    posted_until: float | None = None


_LESSONS = (5, 10, 15, 20, 30, 45, 60, 90, 120)

KINDS = {
    "twitter1516": Kind("twitter1516.jsonl.gz", (10, 30, 60), _LESSONS),
    "twitter_url2010": Kind("twitter_url2010.jsonl.gz", (10, 60), _LESSONS, end=_DAY, posted_until=_LAST_WHOLE_DAY),
    "auspol": Kind("auspol.jsonl.gz", (10, 60), _LESSONS, silent=True, large=5.0),
    "weibo_ced": Kind("weibo_ced.jsonl.gz", (10, 30, 60), _LESSONS),
    "news_feedback": Kind(
        "news_feedback_20min.csv.gz", (20, 60, 120), (20, 40, 60, 80, 120, 160, 240), end=_TWO_DAYS, silent=True
    ),
}


def read(folder: Path, name: str) -> list[Followed]:
    """Read one set of a folder; a missing file is a ``FileNotFoundError``."""
    kind = KINDS[name]
    rows = _news(folder / kind.file, kind) if kind.file.endswith(".csv.gz") else _cascades(folder / kind.file, kind)
    return list(rows)


def _cascades(file: Path, kind: Kind) -> Iterator[Followed]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    if kind.posted_until:
        rows = [row for row in rows if row.get("t0") is not None and row["t0"] <= kind.posted_until]
    shared = [np.sort(np.array(row["ev"], float)) / 60 for row in rows]
    for row, minutes, usual in zip(rows, shared, _usual(rows, shared, kind), strict=True):
        posted = row.get("t0")
        hour = None if posted is None else posted % 86_400 / 3_600
        followers = _known(row.get("followers"))
        polls = Polls(tuple(map(float, _EARLY)), tuple(_counts(minutes, _EARLY)), followers, hour, usual)
        end = len(minutes) if kind.end is None else _counts(minutes, [kind.end])[0]
        yield Followed(str(row["grp"]), polls, float(end))


def _usual(rows: Sequence[Mapping[str, Any]], shared: Sequence[Any], kind: Kind) -> Iterator[float | None]:
    """Give what was usual for the author when a post was published: counts of earlier posts, as they stood then."""
    by_author: dict[str, list[tuple[float, Any]]] = defaultdict(list)
    for row, minutes in zip(rows, shared, strict=True):
        if row.get("t0") is not None:
            by_author[row["grp"]].append((row["t0"], minutes))
    for row in rows:
        now = -math.inf if row.get("t0") is None else row["t0"]
        ages = [((now - posted) / 60, minutes) for posted, minutes in by_author[row["grp"]]]
        then = [_counts(minutes, [min(age, kind.end or age)])[0] for age, minutes in ages if age >= _SETTLING]
        yield float(np.expm1(np.log1p(then).mean())) if then else None


def _counts(minutes: Any, ages: Sequence[float]) -> list[float]:
    found: list[float] = np.searchsorted(minutes, np.asarray(ages, float), side="right").astype(float).tolist()
    return found


def _known(followers: float | None) -> float | None:
    return None if followers is None or followers < 0 else float(followers)


def _news(file: Path, kind: Kind) -> Iterator[Followed]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        for row in rows:
            counts = [float(row[f"TS{step}"]) for step in range(1, 145)]
            if row["network"] != _NEWS or counts[round((kind.end or 0.0) / _NEWS_STEP) - 1] < 0:
                continue
            polled = [(_NEWS_STEP * step, count) for step, count in enumerate(counts, 1) if count >= 0]
            yield Followed(row["IDLink"], Polls.of(polled), polled[-1][1])


def remembered(folder: Path, name: str) -> bool:
    """Say whether a set is the very file that the shipped models learnt from."""
    known = json.loads(files("models").joinpath("artifacts", "spread", LEARNT).read_text(encoding="utf-8"))
    return bool(known.get(KINDS[name].file) == sha256((folder / KINDS[name].file).read_bytes()).hexdigest())
