"""How long each page takes with 100,000 posts and 10,000 incidents in an embedded ledger and index."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from fakes.town import NOON, PASSWORD, Clock, Said, Town, decision, enter, forecast, scores, settle

from benchmarks import material
from benchmarks.table import Row, seconds
from models.post import Author, Metric, Post
from models.scores import Sentiment
from monitors import passwords
from monitors.ledger import documents, incidents, judging, posts, scoring
from monitors.ledger.engine import Tx

POSTS = 100_000
INCIDENTS = 10_000
PAGES = (
    "/overview",
    "/charts/volume.svg",
    "/charts/negative.svg",
    "/inbox",
    "/inbox?brand=Omniva",
    "/incidents/{incident}",
    "/charts/incidents/{incident}.svg",
    "/search",
    "/search?q=flight",
    "/search?q=refund+never&brand=Omniva",
    "/sources",
    "/people",
    "/audit",
    "/account",
)
_TURNS = 40
_AT_ONCE = 2_000
_DAYS = 30
_GOAL = 0.2
_FIGURES = {
    "severity": 2,
    "story_complaints": 3,
    "story_last_hour": 2,
    "story_posts": 10,
    "spread_to": 100,
    "spread_probability": 0.62,
}
_LEASE = timedelta(minutes=5)


def measure() -> Iterator[Row]:
    """The 95th percentile of every page, asked one after the other by one person."""
    with tempfile.TemporaryDirectory() as folder:
        town = settle(Path(folder), Clock(), passwords.hashed(PASSWORD))
        try:
            filled = seconds(lambda: fill(town))
            yield Row("pages, time to write what they show", f"{filled:.0f} s for {POSTS:,} posts")
            yield from _asked(town)
        finally:
            town.ledger.close()


def fill(town: Town) -> None:
    """Write posts in stories of ten, each with an incident, as the steps would leave them."""
    texts = material.texts()
    size = POSTS // INCIDENTS
    for start in range(0, POSTS, _AT_ONCE):
        found = [_post(number, texts[number % len(texts)]) for number in range(start, start + _AT_ONCE)]
        # A brand at a time: what waits for a decision is read by brand.
        brand = ("Omniva", "Postimees")[start // _AT_ONCE % 2]
        with town.ledger.write() as tx:
            posts.store(tx, found, lambda _post, brand=brand: [brand], NOON)  # type: ignore[misc]
            scoring.write(tx, [(one, scores(_said(one))) for one in scoring.claim(tx, _AT_ONCE, NOON, _LEASE)], NOON)
            waiting = judging.waiting(tx, brand, _AT_ONCE)
            judged = [one for at in range(0, len(waiting), size) for one in _story(tx, brand, waiting[at : at + size])]
            judging.write(tx, brand, judged, NOON)
        with town.ledger.read() as tx:
            town.index.put(documents.read(tx, [post.uid for post in found]))
    town.index.refresh()


def _story(tx: Tx, brand: str, told: Sequence[judging.Unjudged]) -> Iterator[judging.Judged]:
    first = told[0].post
    risk = 10.0 + told[0].seq % 80
    new = incidents.NewIncident(
        brand=brand,
        story_id=first.uid,
        reason="threat",
        risk=risk,
        severity=2,
        language="en",
        headline=first.text,
        post=first.uid,
        first_post_at=first.created_at,
        escalate_at=None,
        figures={**_FIGURES, "risk": risk},
    )
    incident_id = incidents.open_incident(tx, new, first.created_at, posts=len(told))
    if told[0].seq % 7:
        # Most incidents of a month are over.
        incidents.resolve(tx, incident_id, "emma", incidents.Verdict.RIGHT, first.created_at + timedelta(hours=1))
    for one in told:
        yield judging.Judged(one, first.uid, decision(risk), forecast(), incident_id)


def _said(post: scoring.Unscored) -> Said:
    return Said(post.text, "en", sentiment=tuple(Sentiment)[post.seq % 3])


def _post(number: int, text: str) -> Post:
    at = NOON - timedelta(days=_DAYS) * (POSTS - number) / POSTS
    author = Author(f"author{number % 7000}", f"author{number % 7000}", None, number % 5000)
    engagement = {Metric.LIKES: number % 50, Metric.SHARES: number % 9}
    return Post("town", str(number), f"https://social.example/{number}", text, at, at, author, engagement=engagement)


def _asked(town: Town) -> Iterator[Row]:
    browser = enter(town, "anna")
    for page in PAGES:
        took = []
        for turn in range(_TURNS + 1):
            path = page.format(incident=1 + turn * (INCIDENTS // (_TURNS + 2)))
            began = time.perf_counter()
            answer = browser.get(path)
            took.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
        first, *later = took
        slow = statistics.quantiles(later, n=20)[-1]
        median = statistics.median(later)
        figure = f"p95 {slow * 1000:.0f} ms, median {median * 1000:.0f} ms, first {first * 1000:.0f} ms"
        yield Row(f"page {page}", figure, "", None, "200 ms", slow < _GOAL)
