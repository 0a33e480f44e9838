"""From a CSV file to delivered alerts: ``kuula run --once`` as people start it, start-up included.

The peer is what a person would write in an hour: read the file, score by VADER, store in SQLite.
"""

import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import material
from benchmarks.table import Row, seconds

TIMES = 10
_LOOK_EVERY = 0.1
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: posts, wall seconds, seconds of one core, and the peak memory of all its processes."""

    posts: int
    wall: float
    cpu: float
    memory: int
    alerts: int

    @property
    def rate(self) -> float:
        """Posts a second."""
        return self.posts / self.wall


def measure() -> Iterator[Row]:
    """The chain once, with ten times the posts, and with a single post, which is its start-up."""
    with tempfile.TemporaryDirectory() as folder:
        once, more, start = (_run(Path(folder) / str(times), times) for times in (1, TIMES, 0))
        simple = len(material.rows()) / seconds(lambda: _simple(Path(folder) / "1"))
    yield Row(
        f"chain, {once.posts:,} {material.source()}",
        f"{once.rate:,.0f} posts/s ({once.wall:.1f} s, {once.alerts} alerts)",
        f"csv + VADER + sqlite3: {simple:,.0f} posts/s",
        once.rate / simple,
        "1,000 posts/s",
        once.rate >= 1000,
    )
    yield Row("chain, work of all processes", f"{once.cpu / once.posts * 1000:.2f} core ms a post")
    yield Row(
        "chain, memory of all processes", f"{once.memory / _MB:.0f} MB", "", None, "500 MB", once.memory < 500 * _MB
    )
    yield Row(
        f"chain, {more.posts:,} posts",
        f"{more.rate:,.0f} posts/s ({more.wall:.1f} s)",
        f"once: {once.rate:,.0f} posts/s",
        more.rate / once.rate,
        "linear: 0.90 or more",
        more.rate >= 0.9 * once.rate,
    )
    growth = more.memory / once.memory
    peer = f"once: {once.memory / _MB:.0f} MB"
    yield Row("chain, memory of that", f"{more.memory / _MB:.0f} MB", peer, growth, "the same: 1.10", growth <= 1.1)
    yield Row("chain, start to end with one post", f"{start.wall:.1f} s")


def _run(folder: Path, times: int) -> Run:
    folder.mkdir()
    posts = material.write(folder / "posts.csv", max(1, times))
    if times == 0:
        lines = (folder / "posts.csv").read_text("utf-8").splitlines(keepends=True)
        (folder / "posts.csv").write_text("".join(lines[:2]), "utf-8")
        posts = 1
    (folder / "kuula.toml").write_text(_settings(folder / "posts.csv"), "utf-8")
    command = [sys.executable, "-m", "monitors", "--settings", str(folder / "kuula.toml"), "run", "--once"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with (folder / "log").open("w") as log, (folder / "out").open("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=log, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
        peak = _peak(process)
        wall = time.perf_counter() - began
        out.seek(0)
        said = out.read().splitlines()
    if process.returncode:
        raise SystemExit((folder / "log").read_text()[-2000:])
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime
    totals = json.loads(said[-1])
    if totals["stored"] != posts:
        raise SystemExit(f"{posts} posts went in and {totals['stored']} were stored")
    return Run(posts, wall, cpu, peak, totals["alerts"])


def _peak(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the end; shared pages count once for each process, so the sum is never too small."""
    peak = 0
    while process.poll() is None:
        total = 0
        try:
            family = psutil.Process(process.pid)
            for one in [family, *family.children(recursive=True)]:
                total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        peak = max(peak, total)
        time.sleep(_LOOK_EVERY)
    return peak


def _settings(file: Path) -> str:
    brands = "".join(f'[brands."{brand}"]\nnames = ["{brand}"]\n' for brand in material.BRANDS)
    return f'{brands}[sources.file]\npath = "{file}"\n[channels.log]\nkind = "log"\n[people.mari]\nchannels = ["log"]\n'


def _simple(folder: Path) -> None:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    database = sqlite3.connect(folder / "simple.db")
    database.execute("CREATE VIRTUAL TABLE posts USING fts5(id, brand, at, text, score)")
    with (folder / "posts.csv").open(encoding="utf-8", newline="") as file, database:
        for row in csv.DictReader(file):
            score = analyzer.polarity_scores(row["text"])["compound"]
            values = (row["id"], row["brand"], row["created_at"], row["text"], score)
            database.execute("INSERT INTO posts VALUES (?, ?, ?, ?, ?)", values)
    database.close()
