"""A desk whose processes are killed at random, on one ledger, in hurried time.

Every process is a fork of this one, so that a killed one is replaced at once; each opens the ledger by itself. Killed
are whoever opens incidents, people at the ledger and over HTTP, guards, messengers, tellers and the pages. The systems
that are told are a process that nobody kills, which writes down what it confirmed and when.
"""

import os
import random
import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from fakes.kills import visitors, workers
from fakes.kills.findings import Found, look
from fakes.kills.place import BEGAN, CHANNELS, EVERYBODY, PASSWORD, STUCK_SECONDS, Place
from fakes.kills.systems import Systems
from sqlalchemy import func, select

from dashboards.rendering import ENGINE
from dashboards.server import listen
from monitors import passwords
from monitors.channels.apprise import AppriseChannel
from monitors.ledger import api_tokens, hook_deliveries, incidents, people
from monitors.ledger.api_tokens import NewToken, Scope
from monitors.ledger.desk_schema import hook_deliveries as hook_table
from monitors.ledger.engine import Ledger
from monitors.ledger.people import Person, Role
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import outbox as outbox_table
from monitors.ledger.schema import promises as promise_table
from monitors.settings.sections import Pages

Work = Callable[[Place], None]

ACTORS: dict[str, Work] = {
    "opener": partial(workers.go_on, workers.open_incidents),
    "agent": partial(workers.go_on, workers.act),
    "second agent": partial(workers.go_on, workers.act),
    "program": partial(workers.go_on, visitors.program),
    "person": partial(workers.go_on, visitors.person),
    "presser": partial(workers.go_on, visitors.presser),
}
"""Who makes something happen."""

PAGES: dict[str, Work] = {"pages": partial(workers.serve, 0), "second pages": partial(workers.serve, 1)}

OTHERS: dict[str, Work] = {
    "guard": partial(workers.go_on, workers.watch),
    "second guard": partial(workers.go_on, workers.watch),
    "messenger": partial(workers.go_on, workers.deliver),
    "second messenger": partial(workers.go_on, workers.send_couriers),
    "teller": partial(workers.go_on, workers.tell),
    "second teller": partial(workers.go_on, workers.tell),
}

MOMENT = 0.5
LEFT_ALONE = ("messenger", "teller")

ROLES = ACTORS | PAGES | OTHERS
"""Who can be killed; two of each that must not get into each other's way."""


def fork(work: Callable[[], object]) -> int:
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


def kill_at_random(url: str, folder: Path, kills: int, seed: int, *, for_good: bool = False) -> Found:
    """Run the desk on an empty database, kill so many processes one after the other, let it end, and look.

    ``for_good``: in the end a messenger and a teller die in whose place nobody comes, as on a machine that is gone.
    What they held is free when their leases are over, which takes a minute.
    """
    moments = random.Random(seed)
    place = _furnished(Place(url, folder, time.time()))
    server = Systems(place)
    place = replace(place, port=server.server_port)
    running = {"systems": fork(server.serve_forever)}
    server.server_close()
    died: Counter[str] = Counter()
    try:
        running |= {name: fork(partial(work, place)) for name, work in ROLES.items()}
        line: list[str] = []
        for _ in range(kills):
            _wait_for_an_answer(place)
            time.sleep(moments.uniform(0.01, 0.15))
            # In a new order each time round: each dies as often as the others, also when few are killed.
            line = line or moments.sample(sorted(ROLES), len(ROLES))
            name = line.pop()
            _kill(running.pop(name))
            died[name] += 1
            running[name] = fork(partial(ROLES[name], place))
        _wait_until_all_acted(place)
        for name in ACTORS:
            _kill(running.pop(name))
        for name in LEFT_ALONE if for_good else ():
            _kill(running.pop(name))
            died[name] += 1
        visitors.ask_again(place)
        for name in PAGES:
            _kill(running.pop(name))
        return _settled(place, died)
    finally:
        for number in running.values():
            _kill(number)
        for door in place.doors:
            door.close()


def _furnished(place: Place) -> Place:
    """The ledger with people and a token, the index, the doors; what takes a moment to load is loaded once."""
    ledger = Ledger(place.url)
    ledger.migrate()
    hashed = passwords.hashed(PASSWORD)
    with ledger.write() as tx:
        for name in EVERYBODY:
            people.save(tx, Person(name, name, Role.SUPPORT, "en", "Europe/Tallinn", CHANNELS), "test", BEGAN)
            people.set_password(tx, name, hashed, "test", BEGAN)
        token = api_tokens.make(tx, NewToken("crm", tuple(Scope)), "test", BEGAN)
    ledger.close()
    with warnings.catch_warnings(action="ignore"):
        # Apprise loads with warnings of its own: here once, and not in each fork.
        AppriseChannel("hook", "json://127.0.0.1:9", place.now)
    for name in ENGINE.list_templates():
        ENGINE.get_template(name)
    doors = tuple(listen(Pages(port=0)) for _ in PAGES)
    return replace(place, token=token, doors=doors, app=workers.pages(place))


def _kill(number: int) -> None:
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def _wait_for_an_answer(place: Place) -> None:
    """On a machine that is busy nobody is killed before anything happens, unless it takes long."""
    before, began = visitors.answered(place), time.monotonic()
    while visitors.answered(place) == before and time.monotonic() - began < MOMENT:
        time.sleep(0.01)


def _wait_until_all_acted(place: Place) -> None:
    """However slow or quick the machine: all who act over HTTP were answered once, and somebody was called again."""
    began = time.monotonic()
    with closing(Ledger(place.url)) as ledger:
        while time.monotonic() - began < STUCK_SECONDS:
            with ledger.read() as tx:
                escalated = tx.execute(select(func.max(incident_table.c.escalation))).scalar()
            if escalated and all(any(line["done"] for line in place.read(name)) for name in visitors.JOURNALS):
                return
            time.sleep(0.2)


def _settled(place: Place, died: Counter[str]) -> Found:
    """Wait until everything went out and every clock was heard, with nobody killed any more, and look."""
    with closing(Ledger(place.url)) as ledger:
        _take_all_in_hand(ledger, place)
        least, moved = None, time.monotonic()
        while (waiting := _waiting(ledger)) and time.monotonic() - moved < STUCK_SECONDS:
            if least is None or waiting < least:
                least, moved = waiting, time.monotonic()
            time.sleep(0.2)
        return look(ledger, place, died)


def _take_all_in_hand(ledger: Ledger, place: Place) -> None:
    with ledger.write() as tx:
        # Whoever is not answered is called again and again: everybody takes their cases in hand.
        for row in tx.execute(select(incident_table).where(incident_table.c.status == "open")).all():
            incidents.acknowledge(tx, row.id, "mari", place.now())


def _waiting(ledger: Ledger) -> int:
    """How much is still to go out or to be heard."""
    unsent = select(func.count()).select_from(outbox_table).where(outbox_table.c.state != "sent")
    untold = select(func.count()).select_from(hook_table).where(hook_table.c.state != "sent")
    unheard = select(func.count()).select_from(promise_table).where(promise_table.c.status == "open")
    with ledger.read() as tx:
        counted = sum(int(tx.execute(one).scalar_one()) for one in (unsent, untold, unheard))
        return counted + hook_deliveries.unannounced(tx)
