"""The processes of the desk: what happens, people at the ledger, guards, messengers, tellers, and the pages."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from os import getpid

import uvicorn
from fakes.kills.place import CHANNELS, ROSTER, SECRET, TEAM, Place
from fakes.kills.systems import tellers
from fastapi import FastAPI

from dashboards.app import create_app
from models.decision import Verdict
from monitors.channels.apprise import AppriseChannel
from monitors.errors import KuulaError
from monitors.index import open_index
from monitors.ledger import hook_deliveries, incidents, leases, outbox, promises
from monitors.ledger.engine import Ledger
from monitors.ledger.refusals import NotPossible, OpenPromises
from monitors.messages import Composer
from monitors.pipeline import hooks
from monitors.pipeline.couriers import Couriers
from monitors.pipeline.deliver import Mailroom
from monitors.pipeline.guard import guard
from monitors.settings import Settings

ADDRESS = "https://kuula.example"
IDLE = 0.05
"""Seconds between two looks that hold the ledger: on SQLite whoever looks all the time keeps others from writing."""

MOST_WAITING = 100
FIGURES = {"risk": 60.0, "story_complaints": 1}


def go_on(step: Callable[[Ledger, Place], None], place: Place) -> None:
    """Take a step again and again; what the ledger refuses for a moment is tried again."""
    ledger = Ledger(place.url)
    while True:
        try:
            step(ledger, place)
        except KuulaError:
            time.sleep(0.05)


def open_incidents(ledger: Ledger, place: Place) -> None:
    """Something happens: an incident with its first call, in one transaction as judging does it."""
    if _is_behind(ledger):
        return
    now = place.now()
    story = f"story {time.time_ns()} {getpid()}"
    due = now + ROSTER.wait(0)
    new = incidents.NewIncident("acme", story, "threat", 60.0, 3, "en", "Parcel lost", now, due, FIGURES)
    with ledger.write() as tx:
        number = incidents.open_incident(tx, new, now)
        letters = ROSTER.letters("mari", "alert", f"incident {number}", number, {"reason": "threat", "figures": {}})
        outbox.enqueue(tx, letters, now)
    place.write_down("opened", incident=number)
    time.sleep(random.uniform(0, 0.08))


def act(ledger: Ledger, place: Place) -> None:
    """Somebody takes a case in hand, promises, keeps, resolves; what was committed is written down."""
    if _is_behind(ledger):
        return
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
                due = now + timedelta(seconds=random.choice((30, 60, 90)))
                new = promises.NewPromise(row.id, who, f"call {time.time_ns()}", due, due - timedelta(seconds=15))
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


def _is_behind(ledger: Ledger) -> bool:
    """Whether so much waits to be sent that nothing more happens for a moment: on a busy machine it would pile up."""
    with ledger.read() as tx:
        waiting = outbox.counts(tx).get(outbox.QUEUED, 0)
        waiting += sum(states.get(hook_deliveries.QUEUED, 0) for states in hook_deliveries.states(tx).values())
    if waiting > MOST_WAITING:
        time.sleep(0.05)
    return waiting > MOST_WAITING


def watch(ledger: Ledger, place: Place) -> None:
    """Look at every clock."""
    guard(ledger, ROSTER, place.now())
    time.sleep(IDLE)


def _begin(ledger: Ledger) -> None:
    """Free what the dead held, as ``kuula run`` does."""
    with ledger.write() as tx:
        leases.release_dead(tx)


def _mailroom(ledger: Ledger, place: Place) -> Mailroom:
    channels = {name: AppriseChannel(name, f"json://127.0.0.1:{place.port}/{name}", place.now) for name in CHANNELS}
    composer = Composer(ledger, ADDRESS, SECRET, place.now)
    # Each by itself: the receiver knows a message by its key, and not what was gathered in it.
    return Mailroom(ledger, channels, composer.compose, place.now, composer.gather, usual=None)


def deliver(ledger: Ledger, place: Place) -> None:
    """Send messages, as a task of the scheduler does."""
    _begin(ledger)
    room = _mailroom(ledger, place)
    while True:
        room.deliver()
        time.sleep(0.01)


def send_couriers(ledger: Ledger, place: Place) -> None:
    """As a process does that goes on for ever: a thread for each channel."""
    _begin(ledger)
    couriers = Couriers(_mailroom(ledger, place))
    try:
        while True:
            couriers.send()
            time.sleep(0.01)
    finally:
        couriers.close(timedelta(seconds=1))


def tell(ledger: Ledger, place: Place) -> None:
    """Tell other systems what happened."""
    _begin(ledger)
    told = tellers(place)
    while True:
        hooks.announce(ledger, told, place.now)
        if not hooks.tell(ledger, told, ADDRESS, place.now).tried:
            time.sleep(IDLE)


def settings() -> Settings:
    """Short promises by links, and a program that may ask as often as it can."""
    said = {"brands": {"acme": {"names": ["acme"]}}, "sources": {"town": {"kind": "file", "path": "x"}}}
    promised = {"usual_minutes": 1, "remind_before_minutes": 0}
    return Settings.model_validate({**said, "promises": promised, "api": {"requests_per_minute": 1_000_000}})


def pages(place: Place) -> FastAPI:
    """The pages at the time of the desk, with nothing open yet: whoever serves them opens the ledger by itself."""
    index = open_index(f"sqlite:///{place.folder}/index.db")
    index.prepare()
    return create_app(ledger=Ledger(place.url), index=index, settings=settings(), now=place.now, secret_key=SECRET)


def serve(number: int, place: Place) -> None:
    """The pages behind one of the doors, as ``kuula serve`` opens them."""
    assert place.app is not None
    config = uvicorn.Config(place.app, log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[place.doors[number]])
