"""A desk whose processes are killed at random: people, guard and messengers on one ledger, in hurried time.

Every process is a fork of this one, so that a killed one is replaced at once; each opens the ledger by itself. The
receiver of messages is a process of its own that nobody kills, and writes down what it confirmed and when.
"""

import json
import os
import random
import signal
import socketserver
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from models.decision import Verdict
from monitors.channels.apprise import KEY_HEADER, AppriseChannel
from monitors.errors import KuulaError
from monitors.ledger import incidents, outbox, people, promises
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role
from monitors.ledger.refusals import NotPossible, OpenPromises
from monitors.ledger.schema import incident_events, receipts
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import outbox as outbox_table
from monitors.ledger.schema import promises as promise_table
from monitors.messages import Composer
from monitors.pipeline.couriers import Couriers
from monitors.pipeline.deliver import Mailroom
from monitors.pipeline.guard import guard
from monitors.pipeline.roster import Roster

BEGAN = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
HURRY = 10
"""Seconds of the desk in one second of the machine: a claim of two minutes must outlive a machine that is busy."""

TEAM = ("mari", "juha", "olga")
MINUTE = timedelta(minutes=1)
ROSTER = Roster(
    order=TEAM,
    channels=dict.fromkeys(TEAM, ("hook", "second")),
    first=MINUTE / 4,
    following=MINUTE / 4,
    again=5 * MINUTE,
)
STUCK_SECONDS = 60
"""How long nothing may go out while something waits, once nobody is killed any more: then it is lost."""

FIGURES = {"risk": 60.0, "story_complaints": 1}


@dataclass(frozen=True)
class Place:
    """Where everything is: the ledger's address, a folder for what was written down, and when it began."""

    url: str
    folder: Path
    began: float
    port: int = 0

    def now(self) -> datetime:
        """The time at the desk."""
        return BEGAN + timedelta(seconds=(time.time() - self.began) * HURRY)

    def write_down(self, name: str, **said: Any) -> None:
        """Add a line to a journal, in one write that cannot be torn."""
        line = json.dumps({**said, "at": self.now().isoformat()}).encode() + b"\n"
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line)
        os.close(handle)

    def read(self, name: str) -> list[dict[str, Any]]:
        """The lines of a journal."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _open_incidents(ledger: Ledger, place: Place) -> None:
    """Something happens: an incident with its first call, in one transaction as judging does it."""
    now = place.now()
    story = f"story {time.time_ns()} {os.getpid()}"
    due = now + ROSTER.wait(0)
    new = incidents.NewIncident("acme", story, "threat", 60.0, 3, "en", "Parcel lost", now, due, FIGURES)
    with ledger.write() as tx:
        number = incidents.open_incident(tx, new, now)
        letters = ROSTER.letters("mari", "alert", f"incident {number}", number, {"reason": "threat", "figures": {}})
        outbox.enqueue(tx, letters, now)
    place.write_down("opened", incident=number)
    time.sleep(random.uniform(0, 0.08))


def _act(ledger: Ledger, place: Place) -> None:
    """Somebody takes a case in hand, promises, keeps, resolves; what was committed is written down."""
    who = random.choice(TEAM)
    with ledger.read() as tx:
        rows = incidents.find(tx, incidents.Listing(size=200))
    if not rows:
        return
    row, now = random.choice(rows), place.now()
    act = random.choice(("take", "promise", "promise", "keep", "resolve"))
    try:
        with ledger.write() as tx:
            if act == "take":
                incidents.acknowledge(tx, row.id, who, now)
            elif act == "promise":
                due = now + MINUTE * random.choice((1, 2, 3))
                new = promises.NewPromise(row.id, who, f"call {time.time_ns()}", due, due - timedelta(seconds=30))
                made = promises.make(tx, new, now)
            elif act == "keep":
                for promise in promises.of_incident(tx, row.id):
                    if promise.status == "open" and random.random() < 0.5:
                        promises.keep(tx, promise.id, who, now)
            else:
                incidents.resolve(tx, row.id, who, Verdict.RIGHT, now)
    except (NotPossible, OpenPromises):
        return
    if act == "promise":
        place.write_down("promised", promise=made)
    time.sleep(random.uniform(0, 0.02))


def _guard(ledger: Ledger, place: Place) -> None:
    guard(ledger, ROSTER, place.now())
    time.sleep(0.01)


def _mailroom(ledger: Ledger, place: Place) -> Mailroom:
    channels = {
        name: AppriseChannel(name, f"json://127.0.0.1:{place.port}/{name}", place.now) for name in ("hook", "second")
    }
    composer = Composer(ledger, "https://kuula.example", "secret", place.now)
    # Each by itself: the receiver knows a message by its key, and not what was gathered in it.
    return Mailroom(ledger, channels, composer.compose, place.now, composer.gather, usual=None)


def _deliver(ledger: Ledger, place: Place) -> None:
    room = _mailroom(ledger, place)
    while True:
        room.deliver()
        time.sleep(0.01)


def _send_couriers(ledger: Ledger, place: Place) -> None:
    """As a process does that goes on for ever: a thread for each channel."""
    couriers = Couriers(_mailroom(ledger, place))
    try:
        while True:
            couriers.send()
            time.sleep(0.01)
    finally:
        couriers.close(timedelta(seconds=1))


ROLES: dict[str, Callable[[Ledger, Place], None]] = {
    "opener": _open_incidents,
    "agent": _act,
    "second agent": _act,
    "guard": _guard,
    "second guard": _guard,
    "messenger": _deliver,
    "second messenger": _send_couriers,
}
"""Who can be killed; two of each that must not get into each other's way."""


def _go_on(step: Callable[[Ledger, Place], None], place: Place) -> None:
    ledger = Ledger(place.url)
    while True:
        try:
            step(ledger, place)
        except KuulaError:
            time.sleep(0.05)


def fork(work: Callable[[], None]) -> int:
    """Do something in a process of its own; gives its id."""
    number = os.fork()
    if number:
        return number
    try:
        random.seed()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work()
    except BaseException:
        # Nobody hears an exception of a fork: it is told here, and what is missing is found in the end.
        traceback.print_exc()
        raise
    finally:
        os._exit(1)


class _Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking who this machine is."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


def _receiver(place: Place) -> tuple[_Receiver, int]:
    """A webhook that takes everything and writes down each message before it confirms; gives it with its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            place.write_down("received", key=self.headers[KEY_HEADER], channel=self.path.strip("/"))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def handle(self) -> None:
            """Whoever was killed does not listen any more."""
            try:
                super().handle()
            except ConnectionError:
                return

    server = _Receiver(("127.0.0.1", 0), Handler)
    return server, server.server_port


@dataclass
class Found:
    """What was wrong in the end (``wrong`` must be empty), and how much of everything there was."""

    kills: int
    incidents: int
    promises: int
    escalations: int
    broken: int
    messages: int
    in_the_air: int
    by_role: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills ({', '.join(f'{name} {number}' for name, number in sorted(self.by_role.items()))}): "
            f"{self.incidents} incidents, {self.promises} promises, {self.escalations} escalations, "
            f"{self.broken} broken promises, {self.messages} messages; {len(self.wrong)} lost or doubled; "
            f"{self.in_the_air} came again under the same key, as their messenger died before it could note the receipt"
        )


def kill_at_random(url: str, folder: Path, kills: int, seed: int) -> Found:
    """Run the desk on a migrated, empty ledger, kill so many processes one after the other, let it end, and look."""
    moments = random.Random(seed)
    place = Place(url, folder, time.time())
    _people(url)
    with warnings.catch_warnings(action="ignore"):
        # Apprise takes a moment to load, with warnings of its own: here once, and not in each fork.
        AppriseChannel("hook", "json://127.0.0.1:9", place.now)
    server, port = _receiver(place)
    place = Place(url, folder, place.began, port)
    receiver = fork(server.serve_forever)
    server.socket.close()
    running = {name: fork(lambda step=step: _go_on(step, place)) for name, step in ROLES.items()}  # type: ignore[misc]
    died: Counter[str] = Counter()
    try:
        for _ in range(kills):
            time.sleep(moments.uniform(0.01, 0.15))
            name = moments.choice(sorted(running))
            _kill(running.pop(name))
            died[name] += 1
            running[name] = fork(lambda step=ROLES[name]: _go_on(step, place))  # type: ignore[misc]
        for name in ("opener", "agent", "second agent"):
            _kill(running.pop(name))
        found = _settled(place)
    finally:
        for number in (*running.values(), receiver):
            _kill(number)
    found.kills, found.by_role = kills, died
    return found


def _people(url: str) -> None:
    ledger = Ledger(url)
    ledger.migrate()
    with ledger.write() as tx:
        for name in TEAM:
            people.save(tx, Person(name, name, Role.SUPPORT, "en", "Europe/Tallinn", ("hook", "second")), "test", BEGAN)
    ledger.close()


def _kill(number: int) -> None:
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def _settled(place: Place) -> Found:
    """Wait until every message went out and every clock was heard, with nobody killed any more, and look."""
    ledger = Ledger(place.url)
    with ledger.write() as tx:
        # Whoever is not answered is called again and again: everybody takes their cases in hand.
        for row in tx.execute(select(incident_table).where(incident_table.c.status == "open")).all():
            incidents.acknowledge(tx, row.id, "mari", place.now())
    least, moved = None, time.monotonic()
    while time.monotonic() - moved < STUCK_SECONDS:
        with ledger.read() as tx:
            unsent = select(func.count()).select_from(outbox_table).where(outbox_table.c.state != "sent")
            unheard = select(func.count()).select_from(promise_table).where(promise_table.c.status == "open")
            waiting = tx.execute(unsent).scalar_one() + tx.execute(unheard).scalar_one()
        if not waiting:
            break
        if least is None or waiting < least:
            least, moved = waiting, time.monotonic()
        time.sleep(0.2)
    found = _look(ledger, place)
    ledger.close()
    return found


def _look(ledger: Ledger, place: Place) -> Found:
    with ledger.read() as tx:
        cases = {row.id: row for row in tx.execute(select(incident_table))}
        events = list(tx.execute(select(incident_events)))
        told = {row.id: row for row in tx.execute(select(promise_table))}
        letters = {row.key: row for row in tx.execute(select(outbox_table))}
        confirmed = {row.key: row.at for row in tx.execute(select(receipts))}
    received = place.read("received")
    arrived = Counter(line["key"] for line in received)
    wrong = [f"incident {line['incident']} is lost" for line in place.read("opened") if line["incident"] not in cases]
    wrong += [f"promise {line['promise']} is lost" for line in place.read("promised") if line["promise"] not in told]
    wrong += [f"{key} is {row.state}" for key, row in letters.items() if row.state != "sent" or key not in confirmed]
    wrong += [f"{key} has a receipt and never arrived" for key in confirmed if not arrived[key]]
    wrong += [
        f"{line['key']} was sent after its receipt"
        for line in received
        if line["key"] in confirmed and datetime.fromisoformat(line["at"]) > confirmed[line["key"]]
    ]
    wrong += _unheard(cases, events, told, letters)
    return Found(
        kills=0,
        incidents=len(cases),
        promises=len(told),
        escalations=sum(event.kind == "escalated" for event in events),
        broken=sum(event.kind == "promise_broken" for event in events),
        messages=len(letters),
        in_the_air=sum(number - 1 for number in arrived.values()),
        wrong=wrong,
    )


def _unheard(cases: dict[int, Any], events: Sequence[Any], told: dict[int, Any], letters: dict[str, Any]) -> list[str]:
    """What should have called somebody and did not, or twice."""
    wrong = [f"incident {number} called nobody" for number in cases if f"incident {number}:mari:hook" not in letters]
    escalated = Counter(event.incident_id for event in events if event.kind == "escalated")
    called = {key.partition(":")[0] for key in letters}
    for number, row in cases.items():
        if row.escalation != escalated[number]:
            wrong.append(f"incident {number} escalated {row.escalation} times and says {escalated[number]}")
        steps = [f"incident {number} escalation {step}" for step in range(1, row.escalation + 1)]
        wrong += [f"{step} called nobody" for step in steps if step not in called]
    broken = Counter(event.data["promise"] for event in events if event.kind == "promise_broken")
    for number, row in told.items():
        if row.status == "open":
            wrong.append(f"promise {number} is due and nobody heard")
        over = row.status in {"broken", "late"} or (row.kept_at and row.kept_at > row.due_at)
        if over and row.escalated_at and broken[number] != 1:
            wrong.append(f"promise {number} was broken {broken[number]} times")
        if broken[number] and f"promise {number} broken:{row.owner}:hook" not in letters:
            wrong.append(f"the owner of promise {number} never heard that it is broken")
    return wrong
