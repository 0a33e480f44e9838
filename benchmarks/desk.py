"""How long people wait for a page or a change where 100,000 incidents wait, and how soon a channel has an alert."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from fakes.town import NOON, PASSWORD, Browser, Clock, Town, enter, settle
from servers.ledgers import postgres_database
from servers.postgres import postgres

from benchmarks.asking import Asked, asked, row
from benchmarks.desk_rows import fill
from benchmarks.table import Row, seconds
from dashboards.warming import warm
from monitors import passwords
from monitors.ledger import incidents, outbox
from monitors.ledger.engine import Ledger, Tx
from monitors.messages import Composer
from monitors.pipeline.deliver import deliver
from monitors.pipeline.roster import Roster
from monitors.ports import Message

WAITING, OVER = 100_000, 100_000
OPEN = 1_000
_TURNS = 60
_LOOKS = 30
_CHANGE, _ALERT = 0.2, 2.0
_ROSTER = Roster(order=("emma",), channels={"emma": ("log",)})
_FIGURES = {"risk": 40.0, "story_complaints": 1}
_ANSWER = "Hello! We are sorry that your parcel is late. Our courier calls you today before 18.00. Emma, Omniva"
_PAGES = (
    "/inbox",
    "/inbox?page=40",
    "/inbox?mine=1",
    "/inbox?brand=Omniva",
    "/inbox?brand=Postimees&mine=1",
    "/inbox?state=open",
    "/inbox?state=acknowledged",
    "/inbox?state=digest",
    "/inbox?state=resolved",
    "/inbox?state=resolved&brand=Postimees&mine=1",
    "/incidents/{number}",
    "/overview",
    "/overview?days=30&brand=Omniva",
    "/promises",
    "/promises?days=90&brand=Omniva",
    "/rota",
    "/weekly",
    "/weekly?brand=Omniva",
    "/playbook",
    "/check",
)
_CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("acknowledge", {}),
    ("note", {"text": "Called, nobody answered."}),
    ("promise", {"due": "30", "what": "We call."}),
    ("assign", {"assignee": "matti"}),
    ("resolve", {"verdict": "right", "promises": "keep"}),
    ("reopen", {}),
)


class _Hand:
    """A channel that takes what it is given."""

    name = "log"

    def send(self, _message: Message) -> str:
        """Take it."""
        return "taken"


def measure() -> Iterator[Row]:
    """Changes as pages send them and the pages themselves, on both databases, and the way of an alert."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _desk(settle(Path(folder), Clock(), passwords.hashed(PASSWORD)), "desk, SQLite")
    with tempfile.TemporaryDirectory() as folder, postgres() as server, postgres_database(server) as url:
        yield from _desk(settle(Path(folder), Clock(), passwords.hashed(PASSWORD), url), "desk, PostgreSQL")
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(f"sqlite:///{folder}/kuula.db")
        ledger.migrate()
        try:
            fill(ledger, OPEN)
            yield _alerted(ledger)
        finally:
            ledger.close()


def _desk(town: Town, on: str) -> Iterator[Row]:
    try:
        filled = seconds(lambda: fill(town.ledger, WAITING, OVER))
        yield Row(
            f"{on}, time to write incidents", f"{filled:.0f} s for {WAITING:,} that wait and {OVER:,} that are over"
        )
        yield from _shown(town, on)
        yield from _changed(town, on)
    finally:
        town.ledger.close()


def _open(tx: Tx, number: int, at: datetime) -> int:
    new = incidents.NewIncident(
        "Omniva",
        f"town:{number}",
        "threat",
        10.0 + number % 80,
        2,
        "en",
        f"Parcel {number} is lost",
        at,
        None,
        _FIGURES,
    )
    return incidents.open_incident(tx, new, at)


def _changed(town: Town, on: str) -> Iterator[Row]:
    browser = enter(town, "emma")
    # Every tenth waits and is in nobody's hands.
    wanted = [OVER + 1 + 10 * (turn + 1) * (WAITING // 10 // (_TURNS + 2)) for turn in range(_TURNS)]
    for name, fields in _CHANGES:
        yield row(f"{on}, {name}", [_sent(browser, number, name, fields) for number in wanted], _CHANGE)


def _shown(town: Town, on: str) -> Iterator[Row]:
    browser = enter(town, "anna")
    for path in _PAGES:
        numbers = [OVER + 7 + 100 * turn for turn in range(_LOOKS + 1)]
        took = [asked(partial(browser.get, path.format(number=one))) for one in numbers]
        # Nobody waits for the first: a server loads what is slow to load when it starts.
        yield row(f"{on}, {path}", took[1:], _CHANGE)
    warm(town.app)
    form = {"text": _ANSWER, "language": "en", "public": "true", "complaint": "My parcel is lost, give me my money!"}
    looked = [asked(lambda: browser.form("/replies/check", **form)) for _ in range(_LOOKS)]
    yield row(f"{on}, check of a reply", looked, _CHANGE)


def _sent(browser: Browser, number: int, name: str, fields: dict[str, str]) -> Asked:
    return asked(lambda: browser.form(f"/incidents/{number}/{name}", **fields))


def _alerted(ledger: Ledger) -> Row:
    """From the transaction that queues an alert to the hand of the channel, one after the other."""
    composer = Composer(ledger, "https://kuula.example", "secret", lambda: NOON)
    channels = {"log": _Hand()}
    took = []
    for turn in range(_TURNS):
        with ledger.write() as tx:
            incident_id = _open(tx, OPEN + turn, NOON)
            payload = {"reason": "threat", "figures": {}}
            letters = _ROSTER.letters("emma", "alert", f"incident {incident_id}", incident_id, payload)
            outbox.enqueue(tx, letters, NOON)
        began = time.perf_counter()
        sent = deliver(ledger, channels, composer.compose, lambda: NOON).sent
        took.append(time.perf_counter() - began)
        if sent != 1:
            raise SystemExit(f"{sent} messages went out instead of one")
    slow = statistics.quantiles(took, n=20)[-1]
    figure = f"p95 {slow * 1000:.0f} ms, median {statistics.median(took) * 1000:.0f} ms"
    return Row(f"desk, alert to channel with {OPEN:,} incidents open", figure, "", None, "2 s", slow < _ALERT)
