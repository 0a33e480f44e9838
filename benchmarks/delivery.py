"""From a decision to the channel: how soon an alert is handed over, with 1,000 incidents open and a channel hanging."""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.table import Row
from models.decision import Reason
from monitors.channels.apprise import KEY_HEADER, AppriseChannel
from monitors.ledger import outbox, people
from monitors.ledger.bundles import Usual
from monitors.ledger.engine import Ledger
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import incidents, posts
from monitors.messages import Composer
from monitors.pipeline.couriers import Couriers
from monitors.pipeline.deliver import Mailroom

OPEN = 1000
ALERTS = 100
EVERY = 0.25
"""Seconds between two alerts: four a second, far more than a team gets."""

TURN = 1.0
"""The longest that the loop sleeps between two looks."""


def measure() -> Iterator[Row]:
    """Alerts that are danger, through the real client to a real webhook, beside a channel that never answers."""
    with tempfile.TemporaryDirectory() as folder, _webhook() as (good, taken), _webhook(hangs=True) as (bad, _):
        ledger = Ledger(f"sqlite:///{Path(folder) / 'kuula.db'}")
        ledger.migrate()
        _fill(ledger)
        waits = _deliver(ledger, good, bad, taken)
        ledger.close()
    p95 = statistics.quantiles(waits, n=20)[18]
    said = f"p95 {p95:.2f} s (median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s)"
    what = f"alert to channel, {OPEN:,} incidents open, another channel hanging"
    yield Row(what, said, "", None, "p95 under 2 s", p95 < 2 and len(waits) == ALERTS)


def _deliver(ledger: Ledger, good: int, bad: int, taken: dict[str, float]) -> list[float]:
    now = _clock
    channels = {
        "good": AppriseChannel("good", f"json://127.0.0.1:{good}", now),
        "bad": AppriseChannel("bad", f"json://127.0.0.1:{bad}?rto=30", now),
    }
    composer = Composer(ledger, "https://pages.example.com", "a secret", now)
    room = Mailroom(ledger, channels, composer.compose, now, composer.gather, Usual(timedelta(minutes=5)))
    couriers, stop, queued = Couriers(room), threading.Event(), {}
    loop = threading.Thread(target=_turn, args=(couriers, stop))
    loop.start()
    for number in range(ALERTS):
        key = f"alert {number}"
        payload = {"post": f"file:{number}", "reason": Reason.DANGER.value, "figures": {}}
        incident = number % OPEN + 1
        letters = [Letter(f"{key} {name}", "ann", name, "alert", incident, payload) for name in channels]
        with ledger.write() as tx:
            outbox.enqueue(tx, letters, now())
        queued[f"{key} good"] = time.monotonic()
        time.sleep(EVERY)
    ends = time.monotonic() + 60
    while len(taken) < ALERTS and time.monotonic() < ends:
        time.sleep(0.05)
    stop.set()
    loop.join()
    couriers.close(timedelta(seconds=0))
    return [taken[key] - at for key, at in queued.items() if key in taken]


def _turn(couriers: Couriers, stop: threading.Event) -> None:
    """As ``kuula run`` goes on: what is due is sent, then it sleeps for as long as it ever does."""
    while not stop.is_set():
        while couriers.send().tried and not stop.is_set():
            pass
        stop.wait(TURN)


def _clock() -> datetime:
    return datetime.now(UTC)


def _fill(ledger: Ledger) -> None:
    now = _clock()
    row = {
        "source": "file", "kind": "post", "url": "https://example.com/1", "text": "My parcel never came. " * 8,
        "created_at": now, "observed_at": now, "stored_at": now, "author_id": "a", "raw": {}, "has_raw": False,
    }  # fmt: skip
    case = {
        "brand": "acme", "status": "open", "reason": "danger", "risk": 60.0, "severity": 3, "headline": "My parcel",
        "posts": 1, "opened_at": now, "first_post_at": now, "changed_at": now, "figures": {"story_complaints": 1},
    }  # fmt: skip
    with ledger.write() as tx:
        people.save(tx, Person("ann", "Ann", Role.SUPPORT, "et", "Europe/Tallinn", ("good", "bad")), "kuula", now)
        tx.execute(insert(posts), [{**row, "uid": f"file:{n}", "native_id": str(n)} for n in range(OPEN)])
        tx.execute(insert(incidents), [{**case, "story_id": f"file:{n}"} for n in range(OPEN)])


@contextmanager
def _webhook(*, hangs: bool = False) -> Iterator[tuple[int, dict[str, float]]]:
    """A webhook, and when it was handed each message; one that hangs says nothing until the end."""
    taken: dict[str, float] = {}
    ends = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken[self.headers[KEY_HEADER]] = time.monotonic()
            json.loads(self.rfile.read(int(self.headers["content-length"])))
            if hangs:
                ends.wait(120)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port, taken
    finally:
        ends.set()
        server.shutdown()
        server.server_close()
