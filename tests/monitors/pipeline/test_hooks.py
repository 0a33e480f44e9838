"""Hooks: every event to every system that wants it, in order, again until confirmed, once where it counts."""

import ast
import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from fakes.receiver import Desk, Receiver, Trouble
from sqlalchemy import select, update
from standardwebhooks import Webhook

import monitors.hooks
from dashboards.wording import EVENTS
from models.decision import Verdict
from models.pickup import By, How
from monitors.hooks import Happened, Teller
from monitors.ledger import audit, hook_deliveries, incidents, leases, posts, promises, removal
from monitors.ledger.desk_schema import hook_deliveries as table
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import NewIncident
from monitors.ledger.promises import NewPromise
from monitors.ledger.schema import incident_events
from monitors.ledger.schema import incidents as incident_table
from monitors.pipeline import hooks
from monitors.pipeline.hooks import LEASE, Told
from monitors.ports import Gone
from monitors.settings.hook_sections import Hook, HookEvent

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
KEYS = {True: SECRET, False: "a token"}
Make = Callable[..., Teller]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGES = "https://kuula.example"
FACTS = ("to", "text", "due_at", "what", "verdict", "note", "until", "place", "answer_by", "had", "choice", "by", "how")
FIELDS: dict[str, dict[str, object]] = {
    "zendesk": {"user": "kuula@example.com"},
    "jira": {"user": "kuula@example.com", "fields": {"project": "SUP"}},
    "freshdesk": {"fields": {"email": "kuula@example.com"}},
    "chatwoot": {"fields": {"account": 1, "inbox": 2, "contact": 3}},
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Another system."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def teller() -> Iterator[Callable[..., Teller]]:
    """Makes ways to tell it."""
    made: list[Teller] = []

    def make(receiver: Receiver, now: Callable[[], datetime], **other: object) -> Teller:
        values = {"url": receiver.url, "allow_private": True, **other}
        plain = values.get("recipe", "plain") == "plain"
        made.append(Teller("crm", Hook.model_validate({**values, "secret" if plain else "token": KEYS[plain]}), now))
        return made[-1]

    yield make
    for one in made:
        one.close()


def opened(ledger: Ledger, now: datetime, story: str = "file:1", headline: str = "Kus <b>mu</b> pakk on?") -> int:
    """An incident that opens."""
    new = NewIncident("acme", story, "threat", 51.0, 3, "et", headline, now, now, {}, post=story)
    with ledger.write() as tx:
        return incidents.open_incident(tx, new, now)


def run(ledger: Ledger, one: Teller, now: Callable[[], datetime]) -> list[Told]:
    """Announce and tell until nothing is due."""
    tellers = {"crm": one}
    hooks.announce(ledger, tellers, now)
    told = []
    while (batch := hooks.tell(ledger, tellers, PAGES, now)).tried:
        told.append(batch)
    return told


def states(ledger: Ledger) -> list[str]:
    """The state of each delivery."""
    with ledger.read() as tx:
        return list(tx.execute(select(table.c.state).order_by(table.c.id)).scalars())


def test_events_go_out_signed_and_in_order(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """Each event goes out once, in the order in which it happened, with a signature that the library verifies."""
    one = teller(receiver, lambda: datetime.now(UTC))
    number = opened(ledger, clock())
    with ledger.write() as tx:
        incidents.acknowledge(tx, number, "ann", clock())
        incidents.resolve(tx, number, "ann", Verdict.RIGHT, clock(), "called")
    run(ledger, one, lambda: datetime.now(UTC))
    said = [Webhook(SECRET).verify(heard.body, heard.headers) for heard in receiver.heard]
    assert [one["type"] for one in said] == ["incident.opened", "incident.acknowledged", "incident.resolved"]
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 3
    assert said[0]["data"]["incident"]["headline"] == "Kus <b>mu</b> pakk on?"
    assert said[0]["data"]["address"] == f"{PAGES}/incidents/{number}"
    assert said[2]["data"]["detail"]["verdict"] == "right"
    assert run(ledger, one, clock) == []
    assert states(ledger) == ["sent"] * 3


def test_without_hooks_events_are_only_marked(ledger: Ledger, clock: Any) -> None:
    """A team without other systems keeps no line that nobody empties."""
    opened(ledger, clock())
    assert hooks.announce(ledger, {}, clock) == 1
    assert hooks.announce(ledger, {}, clock) == 0
    with ledger.read() as tx:
        assert list(tx.execute(select(incident_events.c.announced)).scalars()) == [True]
        assert tx.execute(select(table)).all() == []


def test_a_system_hears_what_it_wants(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """Only the events and brands that its settings name, and no words of posts where it shall have none."""
    one = teller(receiver, clock, events=["opened", "resolved"], brands=["acme"], texts=False)
    number = opened(ledger, clock())
    with ledger.write() as tx:
        incidents.acknowledge(tx, number, "ann", clock())
    other = teller(receiver, clock, brands=["else"])
    run(ledger, one, clock)
    assert [heard.said["type"] for heard in receiver.heard] == ["incident.opened"]
    assert "pakk" not in receiver.heard[0].body.decode()
    opened(ledger, clock(), "file:2")
    assert run(ledger, other, clock) == []


def test_what_left_the_ledger_is_told_to_nobody(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """A post that was deleted before its event went out is not quoted in it."""
    number = opened(ledger, clock())
    one = teller(receiver, clock)
    hooks.announce(ledger, {"crm": one}, clock)
    with ledger.write() as tx:
        tx.execute(update(incident_table).where(incident_table.c.id == number).values(headline=""))
    run(ledger, one, clock)
    assert receiver.heard[0].said["data"]["incident"]["headline"] == ""


@pytest.mark.parametrize("status", [500, 503, 429, 400, 302])
def test_a_no_is_tried_again_with_the_same_key(
    ledger: Ledger, clock: Any, receiver: Receiver, status: int, teller: Make
) -> None:
    """A system that fails is asked again, ever more seldom, with the same id; redirects are not followed."""
    one = teller(receiver, clock)
    opened(ledger, clock())
    receiver.troubles = [Trouble(status, {"location": f"{receiver.url}/elsewhere"}) for _ in range(3)]
    pauses = []
    for _ in range(3):
        assert run(ledger, one, clock) == [Told(postponed=1)]
        with ledger.read() as tx:
            pause = tx.execute(select(table.c.not_before)).scalar_one() - clock()
        pauses.append(pause.total_seconds())
        clock.forward(seconds=pause.total_seconds())
    assert pauses == [5, 10, 20]
    assert run(ledger, one, clock) == [Told(sent=1)]
    assert {heard.path for heard in receiver.heard} == {"/"}
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1


def test_a_busy_system_says_when_to_come_back(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """A Retry-After is obeyed."""
    one = teller(receiver, clock)
    opened(ledger, clock())
    receiver.troubles = [Trouble(429, {"retry-after": "600"})]
    run(ledger, one, clock)
    clock.forward(seconds=598)
    assert run(ledger, one, clock) == []
    clock.forward(seconds=5)
    assert run(ledger, one, clock) == [Told(sent=1)]


def test_silence_ends_after_its_time(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """A system that hangs holds nobody up for longer than its timeout."""
    one = teller(receiver, clock, timeout_seconds=0.2)
    opened(ledger, clock())
    receiver.troubles = [Trouble(silent=60.0)]
    began = monotonic()
    assert run(ledger, one, clock) == [Told(postponed=1)]
    assert monotonic() - began < 30


def test_an_event_waits_for_the_one_before_it(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """While one event of an incident is tried again, later ones wait; other incidents go on."""
    one = teller(receiver, clock)
    first, _second = opened(ledger, clock()), opened(ledger, clock(), "file:2")
    with ledger.write() as tx:
        incidents.acknowledge(tx, first, "ann", clock())
    receiver.troubles = [Trouble(500)]
    run(ledger, one, clock)
    assert states(ledger) == ["queued", "sent", "queued"]
    clock.forward(seconds=5)
    run(ledger, one, clock)
    assert [heard.said["data"]["event"] for heard in receiver.heard] == [1, 2, 1, 3]


@pytest.mark.parametrize("status", [401, 410])
def test_a_system_that_throws_us_out_gets_nothing_more(
    ledger: Ledger, clock: Any, receiver: Receiver, status: int, teller: Make
) -> None:
    """A 401 or 410 stops the system until a person sends again; then all goes out, in order."""
    one = teller(receiver, clock)
    for story in ("file:1", "file:2", "file:3"):
        opened(ledger, clock(), story)
    receiver.troubles = [Trouble(status)]
    assert run(ledger, one, clock) == [Told(refused=1)]
    clock.forward(days=30)
    assert run(ledger, one, clock) == []
    assert len(receiver.heard) == 1
    with ledger.write() as tx:
        assert hook_deliveries.troubles(tx)[0].status == status
        assert hook_deliveries.resend(tx, "crm", "anna", clock()) == 1
        assert audit.newest(tx)[0].action == "hook_resent"
    run(ledger, one, clock)
    assert [heard.said["data"]["event"] for heard in receiver.heard] == [1, 1, 2, 3]


def test_what_is_never_taken_waits_for_a_person(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """After the days of the settings an event is given up, visibly; those after it go out, and it can be sent again."""
    one = teller(receiver, clock, give_up_days=1)
    number = opened(ledger, clock())
    with ledger.write() as tx:
        incidents.acknowledge(tx, number, "ann", clock())
    receiver.troubles = [Trouble(500), Trouble(500)]
    run(ledger, one, clock)
    clock.forward(days=1)
    assert run(ledger, one, clock) == [Told(refused=1), Told(sent=1)]
    assert states(ledger) == ["dead", "sent"]
    with ledger.write() as tx:
        assert hook_deliveries.states(tx) == {"crm": {"dead": 1, "sent": 1}}
        hook_deliveries.resend(tx, "crm", "anna", clock())
    assert run(ledger, one, clock) == [Told(sent=1)]


def test_private_networks_only_when_allowed(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """An address in a private network is refused, with its remedy, unless the settings allow it."""
    one = teller(receiver, clock, allow_private=False)
    opened(ledger, clock())
    run(ledger, one, clock)
    assert receiver.heard == []
    with ledger.read() as tx:
        assert "allow_private" in hook_deliveries.troubles(tx)[0].last_error


def test_a_crash_after_the_answer_says_it_again_with_the_same_key(
    ledger: Ledger, clock: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, teller: Make
) -> None:
    """Whoever dies between the system's yes and our note of it is followed by one who says the same, by the same id."""
    one = teller(receiver, clock)
    opened(ledger, clock())
    with monkeypatch.context() as patch:
        patch.setattr(hook_deliveries, "confirm", _die)
        with pytest.raises(KeyboardInterrupt):
            run(ledger, one, clock)
    assert run(ledger, one, clock) == []
    clock.forward(seconds=LEASE.total_seconds())
    assert run(ledger, one, clock) == [Told(sent=1)]
    assert len(receiver.heard) == 2
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_new_worker_takes_what_a_dead_one_held(ledger: Ledger, clock: Any, receiver: Receiver, teller: Make) -> None:
    """At its start a worker frees the claims of processes that are gone, before their lease is over."""
    one = teller(receiver, clock)
    opened(ledger, clock())
    hooks.announce(ledger, {"crm": one}, clock)
    with ledger.write() as tx:
        assert len(hook_deliveries.claim(tx, ["crm"], 5, clock(), LEASE)) == 1
        assert hook_deliveries.claim(tx, ["crm"], 5, clock(), LEASE) == []
        leases.release_dead(tx)
    assert run(ledger, one, clock) == [Told(sent=1)]


def test_a_failure_after_the_lease_frees_nobody_elses_claim(
    ledger: Ledger, clock: Any, teller: Make, receiver: Receiver
) -> None:
    """A worker that was slow says that it did not go out, while another tries: nobody tries beside that one."""
    opened(ledger, clock())
    hooks.announce(ledger, {"crm": teller(receiver, clock)}, clock)
    with ledger.write() as tx:
        (late,) = hook_deliveries.claim(tx, ["crm"], 5, clock(), LEASE)
    clock.forward(seconds=LEASE.total_seconds())
    with ledger.write() as tx:
        (mine,) = hook_deliveries.claim(tx, ["crm"], 5, clock(), LEASE)
        hook_deliveries.postpone(tx, late, "too slow", None, clock())
        assert hook_deliveries.claim(tx, ["crm"], 5, clock(), LEASE) == []
        hook_deliveries.bury(tx, late, "too slow", None)
        hook_deliveries.confirm(tx, mine, 200, None, clock())
    assert states(ledger) == ["sent"]


@pytest.mark.parametrize("recipe", FIELDS)
def test_an_incident_has_one_ticket(ledger: Ledger, clock: Any, recipe: str, teller: Make) -> None:
    """The first event makes the ticket with our id, later ones are internal notes on it; the post's words are text."""
    desk = Desk(recipe)
    with Receiver(desk) as receiver:
        one = teller(receiver, clock, recipe=recipe, **FIELDS[recipe])
        number = opened(ledger, clock())
        run(ledger, one, clock)
        with ledger.write() as tx:
            incidents.acknowledge(tx, number, "ann", clock())
            new = NewPromise(number, "ann", "A call", clock() + timedelta(hours=1), clock() + timedelta(minutes=50))
            promises.make(tx, new, clock())
        run(ledger, one, clock)
        [ticket] = desk.tickets.values()
        assert ticket["ours"] == f"kuula-incident-{number}"
        assert len(ticket["said"]) == 3
        assert "pakk on?" in ticket["said"][0]
        assert "ann took it in hand." in ticket["said"][1]
        assert "A call" in ticket["said"][2]
        assert ("<b>" in ticket["said"][0]) is (recipe != "freshdesk")
        opened(ledger, clock(), "file:2")
        run(ledger, one, clock)
        assert len(desk.tickets) == 2


@pytest.mark.parametrize("recipe", FIELDS)
def test_a_lost_answer_makes_no_second_ticket_and_no_second_note(
    ledger: Ledger, clock: Any, recipe: str, teller: Make
) -> None:
    """When the system did it and we did not hear so, we look first: one ticket, each event on it once."""
    desk = Desk(recipe)
    with Receiver(desk) as receiver:
        one = teller(receiver, clock, recipe=recipe, **FIELDS[recipe])
        number = opened(ledger, clock())
        receiver.troubles = [Trouble(502, done=True)]
        assert run(ledger, one, clock) == [Told(postponed=1)]
        clock.forward(seconds=5)
        assert run(ledger, one, clock)[0] == Told(sent=1)
        with ledger.write() as tx:
            incidents.acknowledge(tx, number, "ann", clock())
        receiver.troubles = [Trouble(502, done=True)]
        run(ledger, one, clock)
        clock.forward(seconds=5)
        run(ledger, one, clock)
        [ticket] = desk.tickets.values()
        assert sum("(Kuula event 2)" in said for said in ticket["said"]) == 1
        assert len(ticket["said"]) == 2
        assert states(ledger) == ["sent", "sent"]


@pytest.mark.parametrize("recipe", FIELDS)
def test_no_stranger_says_that_an_event_was_told(ledger: Ledger, clock: Any, recipe: str, teller: Make) -> None:
    """A post with the marks of events that are to come hides none of them, and calls no agent by a link in Markdown."""
    desk = Desk(recipe)
    marks = " ".join(f"(Kuula event {number})" for number in range(1, 60))
    with Receiver(desk) as receiver:
        one = teller(receiver, clock, recipe=recipe, **FIELDS[recipe])
        number = opened(ledger, clock(), headline=f"(Kuula event 2) {marks} [@Ann](mention://user/1/Ann)")
        run(ledger, one, clock)
        with ledger.write() as tx:
            incidents.acknowledge(tx, number, "ann", clock())
        receiver.troubles.append(Trouble(500))
        run(ledger, one, clock)
        clock.forward(hours=1)
        run(ledger, one, clock)
        [ticket] = desk.tickets.values()
        assert [said.count("ann took it in hand.") for said in ticket["said"]] == [0, 1]
        assert ("](" in ticket["said"][0]) is (recipe in {"jira", "freshdesk"}), "which show no Markdown"


def test_an_event_after_a_given_up_one_finds_its_ticket(ledger: Ledger, clock: Any, teller: Make) -> None:
    """A ticket whose making we never heard of is found by the next event instead of being made twice."""
    desk = Desk("zendesk")
    with Receiver(desk) as receiver:
        one = teller(receiver, clock, recipe="zendesk", give_up_days=1, **FIELDS["zendesk"])
        number = opened(ledger, clock())
        receiver.troubles = [Trouble(502, done=True), Trouble(502)]
        run(ledger, one, clock)
        clock.forward(days=2)
        run(ledger, one, clock)
        assert states(ledger) == ["dead"]
        with ledger.write() as tx:
            incidents.acknowledge(tx, number, "ann", clock())
        run(ledger, one, clock)
        [ticket] = desk.tickets.values()
        assert len(ticket["said"]) == 2


def test_a_ticket_that_is_gone_is_not_asked_for_again(ledger: Ledger, clock: Any, teller: Make) -> None:
    """A note for a deleted ticket is given up at once, visibly."""
    desk = Desk("jira")
    with Receiver(desk) as receiver:
        one = teller(receiver, clock, recipe="jira", **FIELDS["jira"])
        number = opened(ledger, clock())
        run(ledger, one, clock)
        desk.tickets.clear()
        with ledger.write() as tx:
            incidents.acknowledge(tx, number, "ann", clock())
        assert run(ledger, one, clock) == [Told(refused=1)]
        assert states(ledger) == ["sent", "dead"]


def test_every_kind_of_event_can_be_chosen_and_is_told_in_a_sentence() -> None:
    """What a log can hold a hook can be told of: in words of its own, and the README of hooks names it."""
    readme = Path(monitors.hooks.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert {kind.value for kind in HookEvent} == set(EVENTS)
    for kind in HookEvent:
        happened = Happened("1:crm", 1, kind.value, NOW, "ann", {}, {}, PAGES)
        assert happened.sentence != f"ann: {kind.value.replace('_', ' ')}.", kind
        assert f"`{kind.value}`" in readme


def test_pages_and_systems_are_told_the_same_events_with_the_same_facts() -> None:
    """Their sentences differ, and nobody reads of more or of less: a note is on both, the page puts it behind its line.

    What the ledger writes is what both have words for.
    """
    written, wrong = set(), set()
    for part in ("ledger", "pipeline"):
        for file in Path(monitors.__file__).with_name(part).glob("*.py"):
            nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
            written |= {node.value for node in nodes if isinstance(node, ast.Constant)} & {*EVENTS}
            changes = [node for node in nodes if isinstance(node, ast.Call) and _name(node.func) == "note_change"]
            kinds = {
                node.value for call in changes for node in ast.walk(call.args[3]) if isinstance(node, ast.Constant)
            }
            wrong |= kinds - {*EVENTS}
    assert wrong == set()
    assert written == set(EVENTS)
    for kind, line in EVENTS.items():
        on_pages = {*re.findall(r"%\((\w+)\)s", line)} | ({"text"} if kind == "note" else set())
        facts = {name: f"<{name}>" for name in FACTS}
        sentence = Happened("1:crm", 1, kind, NOW, "ann", facts, {}, PAGES).sentence
        assert {name for name in FACTS if f"<{name}>" in sentence} - {"note"} == on_pages, kind


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_a_ticket_is_told_that_its_words_are_gone(
    ledger: Ledger, clock: Any, receiver: Receiver, teller: Make, post: Any
) -> None:
    """The post that names the case is deleted: whoever was told its words is asked, once, to remove them."""
    with ledger.write() as tx:
        posts.store(tx, [post("1", "Kus <b>mu</b> pakk on?")], lambda _post: ["acme"], clock())
    opened(ledger, clock())
    one = teller(receiver, clock, events=["post_gone"])
    for _ in range(2):
        with ledger.write() as tx:
            removal.remove(tx, "file", [Gone("1", "deleted", clock())], clock())
    assert run(ledger, one, clock) == [Told(sent=1)]
    (heard,) = receiver.heard
    assert (heard.said["type"], heard.said["data"]["incident"]["headline"]) == ("incident.post_gone", "")


def test_words_of_the_log_are_told_as_people_say_them() -> None:
    """Places, choices and verdicts are said in words; what somebody typed is told as it was typed."""

    def said(kind: str, **detail: object) -> str:
        return Happened("1:crm", 1, kind, NOW, "ann", detail, {}, PAGES).sentence

    assert said("answered", place="direct", answer=3) == "ann answered the customer in a direct message."
    assert said("concession_decided", choice="let_go", note="") == "ann decided about the demand: let go."
    assert said("resolved", verdict="already_handled", note="") == "ann resolved it: already handled."
    assert said("note", text="let_go {to} %s") == "ann noted: let_go {to} %s"
    taken_up = said("picked_up", by="editor", how="same_matter")
    assert taken_up == "The story was taken up: an editor wrote on the same matter."
    for by, how in product(By, How):
        words = said("picked_up", by=by.value, how=how.value).split()
        assert words[5] in {"a", "an"}
        assert "_" not in words[7]
        assert len(words) > len(("The", "story", "was", "taken", "up:", "an", "editor", "linked"))
