"""How fast the pages answer: `PYTHONPATH=tests python benchmarks/pages.py`, 100,000 posts and 10,000 incidents, SQLite.

``cold`` asks the index anew for each view; ``shared`` lets views within 15 s share its answers, as the pages do. The
application is called in this process: the figures are without a network.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from fakes.town import NOON, Browser, Town, enter, settle
from sqlalchemy import insert

from dashboards import recent
from dashboards.app import warm
from monitors.ledger import documents, schema
from monitors.ledger.scoring import pack

POSTS, INCIDENTS, BATCH, VIEWS = 100_000, 10_000, 5_000, 20
WORDS = [
    "pakk",
    "kuller",
    "hilineb",
    "raha",
    "tagasi",
    "teenindus",
    "arve",
    "lubas",
    "homme",
    "посылка",
    "деньги",
    "вернуть",
    "курьер",
    "опять",
    "paketti",
    "hidas",
    "palvelu",
    "hinta",
    "courier",
    "late",
    "refund",
    "lost",
    "again",
]
PAGES = (
    "/inbox",
    "/inbox?state=resolved",
    "/inbox?mine=true",
    "/inbox?brand=Omniva&page=100",
    "/incidents/77",
    "/overview",
    "/overview?brand=Omniva&days=1",
    "/overview?brand=Omniva&days=30",
    "/overview?days=30",
    "/search",
    "/search?q=kuller",
    "/search?q=kuller+raha&brand=Omniva&complaint=true",
    "/search?q=refund&days=7&signal=no_answer",
    "/sources",
    "/people",
    "/audit",
    "/account",
    "/charts/volume.svg?days=30",
    "/charts/negative.svg",
    "/charts/search.svg?q=kuller",
    "/charts/incidents/77.svg",
)


def main() -> None:
    """Fill a ledger and an index, then look at every page."""
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        town = settle(Path(folder), lambda: NOON, "no password")
        fill(town)
        warm(town.app)
        browser = enter(town, "anna")
        fresh = recent.FRESH_FOR
        print(f"{'page':58} {'cold p50':>9} {'p95':>6} {'shared p50':>11} {'p95':>6}   ms")
        for page in PAGES:
            recent.FRESH_FOR = timedelta(0)
            cold = views(browser, page)
            recent.FRESH_FOR = fresh
            shared = views(browser, page)
            print(f"{page:58} {cold[0]:9.0f} {cold[1]:6.0f} {shared[0]:11.0f} {shared[1]:6.0f}")
        town.ledger.close()


def views(browser: Browser, page: str) -> tuple[float, float]:
    """Median and 95th percentile of some views, in milliseconds."""
    taken = []
    for _ in range(VIEWS):
        start = time.perf_counter()
        answer = browser.get(page)
        taken.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, page
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def fill(town: Town) -> None:
    """Write posts with scores and decisions, ten to an incident, a month of them."""
    with town.ledger.write() as tx:
        tx.execute(insert(schema.incidents), [incident(number) for number in range(1, INCIDENTS + 1)])
        tx.execute(insert(schema.promises), [promise(number) for number in range(1, INCIDENTS // 3)])
    for start in range(1, POSTS + 1, BATCH):
        seqs = range(start, start + BATCH)
        with town.ledger.write() as tx:
            for table, rows in tables(seqs):
                tx.execute(insert(table), rows)
        with town.ledger.read() as tx:
            found = documents.read(tx, [f"town:{seq}" for seq in seqs])
        town.index.put(found)


def tables(seqs: range) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """The rows of a batch, table by table."""
    times = {seq: NOON - timedelta(minutes=random.random() * 30 * 1440) for seq in seqs}
    texts = {seq: "Omniva " + " ".join(random.choices(WORDS, k=18)) for seq in seqs}
    bad = {seq: random.random() < 0.4 for seq in seqs}
    brands = {seq: "Omniva" if seq % 3 else "Postimees" for seq in seqs}
    yield schema.posts, [post(seq, times[seq], texts[seq]) for seq in seqs]
    yield schema.scores, [score(seq, times[seq], texts[seq], bad=bad[seq]) for seq in seqs]
    yield schema.mentions, [{"post_seq": seq, "brand": brands[seq], "judged": True} for seq in seqs]
    yield schema.snapshots, [{"post_seq": seq, "at": times[seq], "engagement": {"likes": 3}} for seq in seqs]
    yield schema.decisions, [decision(seq, brands[seq], times[seq], bad=bad[seq]) for seq in seqs]


def post(seq: int, at: Any, text: str) -> dict[str, Any]:
    """A row of posts."""
    return {
        "seq": seq,
        "uid": f"town:{seq}",
        "source": "town",
        "native_id": str(seq),
        "kind": "post",
        "text": text,
        "url": "https://social.example/1",
        "created_at": at,
        "observed_at": at,
        "stored_at": at,
        "author_id": "a",
        "author_handle": "a",
        "raw": {},
        "has_raw": False,
        "version": 1,
        "scored_version": 1,
    }


def score(seq: int, at: Any, text: str, *, bad: bool) -> dict[str, Any]:
    """A row of scores."""
    return {
        "post_seq": seq,
        "model": "m",
        "language": random.choice(("et", "ru", "fi", "en")),
        "language_confidence": 0.9,
        "sentiment": "negative" if bad else "neutral",
        "sentiment_probabilities": {},
        "complaint": bad,
        "complaint_probability": 0.9,
        "severity": 1,
        "signals": [["no_answer", 0, 6]] if bad and seq % 2 else [],
        "lemmas": text.lower(),
        "signature": pack((1, 2, 3)),
        "scored_at": at,
    }


def decision(seq: int, brand: str, at: Any, *, bad: bool) -> dict[str, Any]:
    """A row of decisions."""
    number = seq % INCIDENTS + 1
    return {
        "post_seq": seq,
        "brand": brand,
        "story_id": f"s{number}",
        "action": "alert",
        "reason": "threat",
        "complaint": bad,
        "risk": random.random() * 100,
        "figures": {},
        "forecast": {"median": 10, "low": 2, "high": 40},
        "incident_id": number,
        "at": at,
        "decided_at": at,
    }


def incident(number: int) -> dict[str, Any]:
    """A row of incidents."""
    at = NOON - timedelta(minutes=number)
    status = random.choice(("open", "acknowledged", "resolved"))
    return {
        "id": number,
        "brand": "Omniva",
        "story_id": f"s{number}",
        "status": status,
        "reason": "threat",
        "risk": random.random() * 100,
        "severity": 2,
        "language": "et",
        "headline": " ".join(random.choices(WORDS, k=18)),
        "posts": 10,
        "opened_at": at,
        "first_post_at": at,
        "changed_at": at,
        "escalation": 0,
        "figures": {"risk": 5},
        "resolved_at": at if status == "resolved" else None,
    }


def promise(number: int) -> dict[str, Any]:
    """A row of promises."""
    due = NOON + timedelta(minutes=number % 500 - 100)
    status = random.choice(("open", "kept", "broken"))
    return {
        "incident_id": number,
        "owner": "emma",
        "what": "a call",
        "made_at": NOON,
        "due_at": due,
        "remind_at": NOON,
        "status": status,
    }


if __name__ == "__main__":
    main()
