"""Fit the lines of ``models.virality``: ``python -m models.training.virality --data FOLDER``.

Only the news feedback set is fitted (UCI "News Popularity in Multiple Social Media Platforms", Moniz and Torgo 2018,
CC BY 4.0): truly polled counts, the natural mix of posts, and clear to ship. The big Twitter cascades (TiDeH, MIT)
were chosen for having grown big, so they would teach that everything grows: they check the upper end. The
research-only sets check how the lines travel to other networks; nothing of them is in the artefact.
"""

import argparse
import csv
import gzip
import json
import math
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import virality
from models.post import Metric, Snapshot

LEVELS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99)
AGES = (20, 60, 120, 240, 480, 960)
BEND = math.log1p(20)
# Early counts over 20 are rare in the set, and left alone their line goes flat; the full slope of 1 lies far above the
# big cascades at 10 minutes, half of it holds three quarters of them.
STEEP = 0.5
STEP = 20
TAIL = 0.5
# Nothing that may be shipped joins followers and engagement, so these four are set by hand in round numbers: engagement
# grows with the square root of followers, 1,000 followers usually bring two interactions, one author in ten
# gets five times as much, and after a quarter of an hour counts weigh as much as followers.
USUAL = {"offset": -2.3, "slope": 0.5, "trust_minutes": 15}
USUAL_SIGMA = 1.3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Polls:
    """Polled counts of many posts: ``counts[i, j]`` at age ``(j + 1) * STEP`` minutes, NaN where not seen yet."""

    counts: Floats
    groups: NDArray[np.str_]

    def at(self, minutes: float) -> Floats:
        """Counts at an age."""
        return np.asarray(self.counts[:, int(minutes) // STEP - 1])


def read_news(path: Path) -> Polls:
    """Read the polled share counts of news items on three networks; the group is the item."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    counts = np.array([[float(value) for value in row[2:]] for row in rows])
    return Polls(np.fmax.accumulate(np.where(counts < 0, np.nan, counts), axis=1), np.array([row[1] for row in rows]))


def fit_line(sizes: Floats, finals: Floats, level: float) -> list[float]:
    """Fit one quantile of the final size as a rising line with one bend, by linear programming."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity

    pairs, weights = np.unique(np.column_stack([sizes, finals]), axis=0, return_counts=True)
    sizes, finals, count = pairs[:, 0], pairs[:, 1], len(pairs)
    design = np.column_stack([np.ones_like(sizes), np.minimum(sizes, BEND), np.maximum(sizes - BEND, 0)])
    constraints = hstack([csr_matrix(design), identity(count), -identity(count)], format="csr")
    cost = np.concatenate([np.zeros(3), level * weights, (1 - level) * weights])
    bounds = [(0, None), (0, None), (STEEP, None)] + [(0, None)] * (2 * count)
    solved = linprog(cost, A_eq=constraints, b_eq=finals, bounds=bounds)
    return [round(float(value), 4) for value in solved.x[:3] + 0.0]


def fit(polls: Polls, keep: NDArray[np.bool_]) -> dict[str, Any]:
    """Fit every age and level on the chosen rows; rows not yet seen at an age do not take part in it."""
    final = polls.at(virality.HORIZON_MINUTES)
    ages = []
    for minutes in AGES:
        count = polls.at(minutes)
        usable = keep & ~np.isnan(count) & ~np.isnan(final)
        sizes, finals = np.log1p(count[usable]), np.log1p(final[usable])
        ages.append({"minutes": minutes, "lines": [fit_line(sizes, finals, level) for level in LEVELS]})
    normal = [-2.054, -1.282, -0.674, 0.0, 0.674, 1.282, 1.881, 2.326]
    spread = [round(USUAL_SIGMA * score, 3) for score in normal]
    return {"levels": LEVELS, "bend": BEND, "tail": TAIL, "ages": ages, "usual": {**USUAL, "spread": spread}}


@dataclass(frozen=True)
class Checked:
    """How forecasts compare with what happened, at one age."""

    posts: int
    inside: float
    rank: float
    auc: float
    brier: float
    base: float


def check(counts: Floats, finals: Floats, minutes: float, limit: int = 10) -> Checked:
    """Forecast from one poll and compare: share inside the 80 % band, Spearman, and the probability of ``limit``."""
    from scipy.stats import spearmanr
    from sklearn.metrics import roc_auc_score

    start = datetime(2026, 1, 1, tzinfo=UTC)
    now = start + timedelta(minutes=minutes)
    forecasts = [
        virality.forecast([Snapshot(now, {Metric.SHARES: int(count)})], None, start, now, (limit,)) for count in counts
    ]
    inside = np.mean([f.low - 0.5 <= n <= f.high + 0.5 for f, n in zip(forecasts, finals, strict=True)])  # type: ignore[operator]
    chance = np.array([f.thresholds[limit] for f in forecasts])
    reached = finals >= limit
    rank = float(spearmanr([f.median for f in forecasts], finals).statistic)
    auc = float(roc_auc_score(reached, chance)) if 0 < reached.mean() < 1 else math.nan
    return Checked(
        len(counts), float(inside), rank, auc, float(np.mean((chance - reached) ** 2)), float(reached.mean())
    )


def cascades(path: Path) -> list[tuple[int, Floats]]:
    """Read the author's followers (-1 where unknown) and the reshare times in seconds of each cascade."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        (-1 if row.get("followers") is None else row["followers"], np.array(row["ev"], dtype=float)) for row in rows
    ]


def check_cascades(path: Path, minutes: float) -> Checked:
    """Check on a set of cascades, with the reshares by then as the only poll."""
    events = [times for _, times in cascades(path)]
    counts = np.array([float((times <= minutes * 60).sum()) for times in events])
    finals = np.array([float((times <= virality.HORIZON_MINUTES * 60).sum()) for times in events])
    return check(counts, finals, minutes)


def followers_rank(path: Path) -> float:
    """Give the AUC of "at least 5 reshares" by followers alone, at age 0."""
    from sklearn.metrics import roc_auc_score

    rows = [row for row in cascades(path) if row[0] >= 0]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    chances = [virality.forecast([], followers, start, start, (5,)).thresholds[5] for followers, _ in rows]
    return float(roc_auc_score([len(times) >= 5 for _, times in rows], chances))


CARD = """## Virality: `virality.json`

Written by `python -m models.training.virality --data FOLDER`. Rising lines with one bend in ln(1 + count), one for
each of {levels} quantiles at the ages {ages} minutes; the target is the count after 24 hours.

Fitted on {fitted} posts (80 % of the items) of the UCI set "News Popularity in Multiple Social Media Platforms", topic
Palestine (N. Moniz and L. Torgo, 2018, CC BY 4.0): share counts on Facebook, GooglePlus and LinkedIn every 20 minutes.
What followers usually bring is set by hand in round numbers (slope {slope}, offset {offset}, spread {sigma}): no set
that may be shipped has both. The big Twitter cascades (TiDeH, MIT) and the research-only sets are checks, not training:
nothing of them is in the file.

Each forecast below rests on one poll at that age, without followers. *inside*: share of posts in the 80 % band (ties at
zero put it above 0.8); *rank*: Spearman; *AUC* and *Brier*: "at least 10 within a day"; *constant*: the Brier score of
giving every post the set's own share.

| set | age, min | posts | inside | rank | AUC | Brier | constant |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

Followers alone, at age 0, on #auspol ("at least 5 reshares"): AUC {followers:.2f}.

Limits: ranks travel to other networks, sizes do not. News items grow all day; where most happens in the first hour
(Twitter, Weibo) the forecast for posts that already have many is too high, by 2 to 5 times on the big cascades.
Younger than 20 minutes, a count is read as if it had been reached by then: cautious. Polls before the newest one are
not used: with lines that may only rise, their fitted weight was 0.
"""


def main() -> None:
    """Fit, write the artefact, check it, write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the engagement sets")
    data: Path = parser.parse_args().data
    folder = Path(virality.__file__).parent / "artifacts"
    polls = read_news(data / "news_feedback_20min.csv.gz")
    held_out = np.array([zlib.crc32(group.encode()) % 5 == 0 for group in polls.groups])
    fitted = fit(polls, ~held_out)
    (folder / "virality.json").write_text(json.dumps(fitted, separators=(",", ":")) + "\n", encoding="utf-8")

    final = polls.at(virality.HORIZON_MINUTES)
    checked: list[tuple[str, float, Checked]] = []
    for minutes in (20, 60, 240):
        usable = held_out & ~np.isnan(polls.at(minutes)) & ~np.isnan(final)
        checked.append(("news feedback, held out", minutes, check(polls.at(minutes)[usable], final[usable], minutes)))
    for name in ("twitter_big_followers", "twitter_url2010", "auspol", "twitter1516", "weibo_ced"):
        path = data / f"{name}.jsonl.gz"
        checked += [(name, minutes, check_cascades(path, minutes)) for minutes in (10, 60) if path.exists()]
    rows = "\n".join(
        f"| {name} | {minutes} | {c.posts} | {c.inside:.2f} | {c.rank:.2f} | {c.auc:.2f} | {c.brier:.3f} "
        f"| {c.base * (1 - c.base):.3f} |"
        for name, minutes, c in checked
    )
    card = CARD.format(
        levels=len(LEVELS), ages=", ".join(map(str, AGES)), fitted=int((~held_out).sum()), sigma=USUAL_SIGMA,
        slope=USUAL["slope"], offset=USUAL["offset"], rows=rows, followers=followers_rank(data / "auspol.jsonl.gz"),
    )  # fmt: skip
    (folder / "virality-card.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
