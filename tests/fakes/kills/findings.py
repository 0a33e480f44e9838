"""What was wrong with a desk whose processes were killed, and how much of everything there was."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from fakes.kills.place import BY_LINKS, CHANNELS, SIGNED_IN, Place
from fakes.kills.systems import HOOKS
from fakes.kills.visitors import digest
from sqlalchemy import select

from monitors.ledger import people
from monitors.ledger.desk_schema import hook_deliveries, link_uses
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import incident_events, incidents, outbox, promises, receipts

PROGRAM = "api crm"


@dataclass
class Found:
    """What was wrong in the end (``wrong`` must be empty), and how much of everything there was.

    ``again`` counts what came twice because whoever sent it died between the other side's yes and their own receipt.
    """

    died: Counter[str]
    of: dict[str, int]
    again: dict[str, int]
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        died = ", ".join(f"{name} {number}" for name, number in sorted(self.died.items()))
        of = ", ".join(f"{number} {what}" for what, number in self.of.items())
        again = " and ".join(f"{number} {what}" for what, number in self.again.items())
        return (
            f"{self.died.total()} kills ({died}): {of}; {len(self.wrong)} lost or doubled; {again} came again under "
            "the same key, as their sender died before it could note the receipt"
        )


@dataclass
class _Desk:
    """What is in the ledger in the end, and what was written down on the way."""

    place: Place
    died: Counter[str]
    cases: dict[int, Any]
    events: Sequence[Any]
    told: dict[int, Any]
    letters: dict[str, Any]
    confirmed: dict[str, datetime]
    deliveries: dict[str, Any]
    links: set[str]

    @cached_property
    def promised(self) -> Counter[str]:
        """How many promises have the same words."""
        return Counter(row.what for row in self.told.values())

    def deaths(self, role: str) -> int:
        """How often a role or its second died."""
        return self.died[role] + self.died[f"second {role}"]


def look(ledger: Ledger, place: Place, died: Counter[str]) -> Found:
    """Compare what was answered, confirmed and heard with the ledger."""
    with ledger.read() as tx:
        desk = _Desk(
            place,
            died,
            {row.id: row for row in tx.execute(select(incidents))},
            list(tx.execute(select(incident_events).order_by(incident_events.c.id))),
            {row.id: row for row in tx.execute(select(promises))},
            {row.key: row for row in tx.execute(select(outbox))},
            {row.key: row.at for row in tx.execute(select(receipts))},
            {row.key.replace(" ", "_"): row for row in tx.execute(select(hook_deliveries))},
            set(tx.execute(select(link_uses.c.token)).scalars()),
        )
        sessions = [line["session"] for line in place.read("signed_in")]
        ended = [one for one in sessions if people.session_person(tx, one, place.now()) is None]
    wrong = [f"session {one} is lost" for one in ended]
    for finding in (_lost, _messages, _unheard, _hooks, _requests, _forms, _presses):
        wrong += finding(desk)
    return Found(died, _amounts(desk), _again(desk), wrong)


def _amounts(desk: _Desk) -> dict[str, int]:
    kinds = Counter(event.kind for event in desk.events)
    return {
        "incidents": len(desk.cases),
        "promises": len(desk.told),
        "escalations": kinds["escalated"],
        "broken promises": kinds["promise_broken"],
        "messages": len(desk.letters),
        "events told": len(desk.deliveries),
        "requests done": len({line["key"] for line in desk.place.read("answered") if line["done"]}),
        "forms done": sum(line["done"] for line in desk.place.read("typed_answered")),
        "links used": len(desk.links),
    }


def _again(desk: _Desk) -> dict[str, int]:
    received, heard = desk.place.read("received"), desk.place.read("heard")
    return {
        "messages": len(received) - len({line["key"] for line in received}),
        "events": len(heard) - len({line["key"] for line in heard}),
    }


def _lost(desk: _Desk) -> Iterator[str]:
    for line in desk.place.read("opened"):
        if line["incident"] not in desk.cases:
            yield f"incident {line['incident']} is lost"
    for line in desk.place.read("promised"):
        if line["promise"] not in desk.told:
            yield f"promise {line['promise']} is lost"


def _messages(desk: _Desk) -> Iterator[str]:
    received = desk.place.read("received")
    arrived = {line["key"] for line in received}
    for key, row in desk.letters.items():
        if row.state != "sent" or key not in desk.confirmed:
            yield f"{key} is {row.state}"
    yield from (f"{key} has a receipt and never arrived" for key in desk.confirmed if key not in arrived)
    for line in received:
        if line["key"] in desk.confirmed and datetime.fromisoformat(line["at"]) > desk.confirmed[line["key"]]:
            yield f"{line['key']} was sent after its receipt"
    # One is in the air on each channel at most when a messenger dies.
    again, most = _again(desk)["messages"], desk.deaths("messenger") * len(CHANNELS)
    if again > most:
        yield f"{again} messages came again, and {most} were in the air when a messenger died"


def _unheard(desk: _Desk) -> Iterator[str]:
    """What should have called somebody and did not, or twice."""
    escalated = Counter(event.incident_id for event in desk.events if event.kind == "escalated")
    called = {key.partition(":")[0] for key in desk.letters}
    for number, row in desk.cases.items():
        if f"incident {number}:mari:hook" not in desk.letters:
            yield f"incident {number} called nobody"
        if row.escalation != escalated[number]:
            yield f"incident {number} escalated {row.escalation} times and says {escalated[number]}"
        steps = [f"incident {number} escalation {step}" for step in range(1, row.escalation + 1)]
        yield from (f"{step} called nobody" for step in steps if step not in called)
    broken = Counter(event.data["promise"] for event in desk.events if event.kind == "promise_broken")
    for number, row in desk.told.items():
        if row.status == "open":
            yield f"promise {number} is due and nobody heard"
        over = row.status in {"broken", "late"} or (row.kept_at and row.kept_at > row.due_at)
        if over and row.escalated_at and broken[number] != 1:
            yield f"promise {number} was broken {broken[number]} times"
        if broken[number] and f"promise {number} broken:{row.owner}:hook" not in desk.letters:
            yield f"the owner of promise {number} never heard that it is broken"


def _hooks(desk: _Desk) -> Iterator[str]:
    """Every event reaches every system that wants it, in the order of its incident, and never after its receipt."""
    heard = desk.place.read("heard")
    arrived = {line["key"] for line in heard}
    for hook, kinds in HOOKS.items():
        wanted = {f"event_{event.id}_{hook}" for event in desk.events if event.kind in kinds}
        mine = {key for key in arrived if key.endswith(f"_{hook}")}
        yield from (f"{key} never arrived" for key in wanted - mine)
        yield from (f"{key} was not asked for" for key in mine - wanted)
    yield from (f"{key} is {row.state}" for key, row in desk.deliveries.items() if row.state != "sent")
    latest: dict[tuple[str, int], int] = {}
    for line in heard:
        about = (line["hook"], line["incident"])
        if line["event"] < latest.get(about, 0):
            yield f"{line['key']} came after event {latest[about]} of its incident"
        latest[about] = line["event"]
        if not line["signed"]:
            yield f"{line['key']} is not signed"
        row = desk.deliveries.get(line["key"])
        if row is not None and row.sent_at and datetime.fromisoformat(line["at"]) > row.sent_at:
            yield f"{line['key']} was sent after its receipt"
    again, most = _again(desk)["events"], desk.deaths("teller")
    if again > most:
        yield f"{again} events came again, and {most} were in the air when a teller died"


def _requests(desk: _Desk) -> Iterator[str]:
    """What a program was told is done is done, and all that it asked is done once at most."""
    answers: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in desk.place.read("answered"):
        answers[line["key"]].append(line)
    asked = {line["key"]: line for line in desk.place.read("asked")}
    effects = _effects(desk, PROGRAM)
    for key, line in asked.items():
        done = [answer for answer in answers[key] if answer["done"]]
        if not answers[key]:
            yield f"request {key} was never answered"
        if {answer["status"] for answer in answers[key]} - {200, 201, 409}:
            yield f"request {key} was answered {[answer['status'] for answer in answers[key]]}"
        if len({answer["id"] for answer in done}) > 1 or sum(not answer["replayed"] for answer in done) > 1:
            yield f"request {key} was answered in two ways"
        yield from _once(desk, line | {"words": key}, effects, done=bool(done))


def _forms(desk: _Desk) -> Iterator[str]:
    """What a page said is done is done; a note or promise that was written once is there once at most."""
    answers = {line["words"]: line for line in desk.place.read("typed_answered")}
    for line in answers.values():
        if line["status"] not in {303, 409}:
            yield f"{line['act']} on incident {line['incident']} was answered {line['status']}"
    effects = _effects(desk, SIGNED_IN)
    for line in desk.place.read("typed"):
        yield from _once(desk, line, effects, done=bool(answers.get(line["words"], {}).get("done")))


def _presses(desk: _Desk) -> Iterator[str]:
    """A link that was pressed acted once, however often it was pressed, and what its page said is so."""
    answers = desk.place.read("pressed_answered")
    done = {line["token"] for line in answers if line["done"]}
    for line in answers:
        if line["status"] not in {200, 409}:
            yield f"the link {line['act']} on incident {line['incident']} was answered {line['status']}"
    made = Counter(row.incident_id for row in desk.told.values() if BY_LINKS in {row.owner, row.promised_by})
    for line in desk.place.read("pressed"):
        used = digest(line["token"]) in desk.links
        if used != (line["token"] in done):
            yield f"the link {line['act']} on incident {line['incident']} says otherwise than the ledger"
        if line["act"] == "promise" and made[line["incident"]] != used:
            yield f"the link on incident {line['incident']} made {made[line['incident']]} promises"
        if used and line["act"] != "promise":
            yield from _undone(desk, line | {"act": "resolve" if line["act"] == "handled" else line["act"]})


def _effects(desk: _Desk, actor: str) -> Counter[str]:
    """How often each text of somebody stands in the log as a note or a promise."""
    said = [event.data for event in desk.events if event.actor == actor and event.kind in {"note", "promised"}]
    return Counter(data.get("text") or data.get("what") for data in said)


def _once(desk: _Desk, line: dict[str, Any], effects: Counter[str], *, done: bool) -> Iterator[str]:
    """What has words stands in the log once when it was done, and once at most when nobody knows."""
    act, words = line["act"], line["words"]
    if act in {"note", "promise"}:
        times = effects[words]
        if times > 1 or (done and not times):
            yield f"{act} {words} is in the log {times} times, and was {'' if done else 'not '}answered with a yes"
        if act == "promise" and desk.promised[words] != times:
            yield f"promise {words} is in the log {times} times, and there are {desk.promised[words]}"
    elif done:
        yield from _undone(desk, line)


def _undone(desk: _Desk, line: dict[str, Any]) -> Iterator[str]:
    case = desk.cases[line["incident"]]
    if line["act"] == "acknowledge" and case.acknowledged_at is None:
        yield f"incident {case.id} was taken in hand, and is not"
    if line["act"] == "resolve" and case.status != "resolved":
        yield f"incident {case.id} was resolved, and is not"
