"""The API: who gets in, what each scope opens, what is said when somebody was faster, and what is done only once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fakes.town import SECRET, Clock, Town, enter
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dashboards.api.app import create_api
from dashboards.api.problems import MEDIA
from dashboards.app import create_app
from dashboards.drafts import LONGEST
from monitors.ledger import answers, api_answers, api_tokens, audit, incidents, people, promises
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.api_tokens import NewToken, Scope
from monitors.ledger.people import Person, Role
from monitors.ledger.refusals import NotPossible
from monitors.settings.hook_sections import Api

MakeProgram = Callable[..., TestClient]
FILLED = {"incident_id": "1", "promise_id": "1", "uid": "town:1"}
BODIES: dict[str, dict[str, Any]] = {
    "assign": {"assignee": "emma"},
    "resolve": {"verdict": "right"},
    "add_note": {"text": "Called."},
    "make_promise": {"what": "A call"},
    "check_reply": {"text": "Sorry."},
}


def _operations(town: Town) -> list[tuple[str, str, str]]:
    """Name, method and address of everything that the API answers."""
    document = create_api(town.app.state.office).openapi()
    return [
        (told["operationId"], method.upper(), path.format(**FILLED))
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def test_every_operation_asks_for_a_token(town: Town, program: MakeProgram) -> None:
    """Without a token, with one that nobody made, and with a session's cookie alone, everything is refused."""
    signed_in = enter(town, "anna")
    nobody = program(None)
    operations = _operations(town)
    assert len(operations) >= 19
    for name, method, address in operations:
        wrong = nobody.request(method, address, headers={"authorization": "Bearer kuula_wrong"})
        by_cookie = signed_in.request(method, f"/api/v1{address}", json=BODIES.get(name))
        for answer in (nobody.request(method, address), wrong, by_cookie):
            assert answer.status_code == 401, name
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == MEDIA
            assert answer.json()["type"].endswith("/token")


def test_a_token_does_what_its_scopes_say(town: Town, program: MakeProgram) -> None:
    """Each operation names its scope in the document, and is refused without it."""
    document = create_api(town.app.state.office).openapi()
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            [[scope]] = [next(iter(need.values())) for need in told["security"]]
            others = [one for one in Scope if one.value != scope]
            refused = program(f"not {told['operationId']}", *others).request(
                method.upper(), path.format(**FILLED), json=BODIES.get(told["operationId"])
            )
            assert refused.status_code == 403, path
            assert refused.json()["scope"] == scope
            assert scope in refused.headers["www-authenticate"]


def test_tokens_end(town: Town, program: MakeProgram, clock: Clock) -> None:
    """A token works until it is over or revoked; only its hash is kept, and its use is written down."""
    with town.ledger.write() as tx:
        new = NewToken("short", [Scope.INCIDENTS_READ], clock() + timedelta(hours=1))
        token = api_tokens.make(tx, new, "anna", clock())
        with pytest.raises(NotPossible, match="short"):
            api_tokens.make(tx, new, "anna", clock())
    asking = program(None)
    asking.headers["authorization"] = f"Bearer {token}"
    assert asking.get("/incidents").status_code == 200
    with town.ledger.read() as tx:
        [row] = api_tokens.everything(tx)
        assert row.used_at == clock()
        assert token not in str(row)
    clock.forward(hours=1)
    assert asking.get("/incidents").status_code == 401
    crm = program("crm")
    assert crm.get("/incidents").status_code == 200
    with town.ledger.write() as tx:
        api_tokens.revoke(tx, 2, "anna", clock())
        assert [entry.action for entry in audit.newest(tx, 3)] == ["token_revoked", "token_made", "token_made"]
    assert crm.get("/incidents").status_code == 401


def test_what_changes_something_reads_nothing(town: Town, program: MakeProgram) -> None:
    """A token that may only write is never answered with words of posts, notes or promises; with reading it asks."""
    with town.ledger.write() as tx:
        words = [row.text for row in incidents.story_posts(tx, "Omniva", incidents.require(tx, 1).story_id)]
        incidents.note(tx, 1, "emma", "Her mother is ill.", town.clock())
        due = town.clock() + timedelta(hours=1)
        promises.make(tx, promises.NewPromise(2, "emma", "A call at noon", due, due), town.clock())
    assert words
    writer = program("writer", Scope.INCIDENTS_WRITE, Scope.PROMISES_WRITE)
    asked = [
        ("/incidents/1/acknowledge", None),
        ("/incidents/1/release", None),
        ("/incidents/1/assign", {"assignee": "emma"}),
        ("/incidents/1/notes", {"text": "Called."}),
        ("/incidents/1/promises", {"what": "A letter"}),
        ("/promises/1/keep", None),
        ("/promises/2/withdraw", None),
        ("/incidents/1/resolve", {"verdict": "right"}),
        ("/incidents/1/reopen", None),
    ]
    key = {"idempotency-key": "once"}
    for address, sent in asked:
        for headers in ({}, key) if sent == {"text": "Called."} else ({},):
            answer = writer.post(address, json=sent, headers=headers)
            assert answer.status_code in {200, 201}, (address, answer.text)
            for word in (*words, "mother", "A call at noon", "A letter", "headline", "story", "events"):
                assert word not in answer.text, address
    assert writer.get("/incidents/1").status_code == 403
    assert "mother" in program("reader", Scope.INCIDENTS_READ).get("/incidents/1").text


@pytest.mark.parametrize("leaves", ["locked out", "no admin"])
def test_a_token_stops_with_its_maker(leaves: str, town: Town, program: MakeProgram) -> None:
    """At once, with a problem that says why, shown on the page; one of the command line stays, revoking still works."""
    crm, boss = program("crm"), enter(town, "anna")
    with town.ledger.write() as tx:
        other = api_tokens.make(tx, NewToken("cron", [Scope.INCIDENTS_READ]), "command line", town.clock())
        people.save(tx, Person("boss", "Boss", Role.ADMIN, "en", "Europe/Tallinn"), "test", town.clock())
    assert crm.get("/incidents").status_code == 200
    with town.ledger.write() as tx:
        if leaves == "locked out":
            people.deactivate(tx, "anna", "boss", town.clock())
        else:
            people.save(tx, Person("anna", "Anna", Role.MANAGER, "en", "Europe/Tallinn"), "boss", town.clock())
    for answer in (crm.get("/incidents"), crm.post("/incidents/1/acknowledge")):
        assert (answer.status_code, answer.headers["content-type"]) == (401, MEDIA)
        assert answer.json()["type"].endswith("/maker-gone")
        assert "no admin any more" in answer.json()["detail"]
    cron = program(None)
    cron.headers["authorization"] = f"Bearer {other}"
    assert cron.get("/incidents").status_code == 200
    with town.ledger.write() as tx:
        people.save(tx, Person("emma", "Emma", Role.ADMIN, "en", "Europe/Tallinn"), "boss", town.clock())
    emma = enter(town, "emma")
    assert "stopped: anna is no admin any more" in emma.get("/tokens").text
    assert boss.get("/tokens").status_code in {303, 403}
    with town.ledger.write() as tx, pytest.raises(NotPossible):
        api_tokens.make(tx, NewToken("crm", [Scope.INCIDENTS_READ]), "emma", town.clock())
    assert emma.form("/tokens/1/revoke").status_code == 303
    assert crm.get("/incidents").json()["type"].endswith("/token")


def test_a_token_that_asks_too_often_waits(town: Town, program: MakeProgram, clock: Clock) -> None:
    """More requests in a minute than the settings allow are refused with the time to wait; other tokens go on."""
    slow = town.settings.model_copy(update={"api": Api(requests_per_minute=3)})
    town.app = create_app(ledger=town.ledger, index=town.index, settings=slow, now=clock, secret_key=SECRET)
    eager, calm = program("eager"), program("calm")
    assert [eager.get("/brands").status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.forward(seconds=50)
    refused = eager.get("/brands")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "11")
    assert calm.get("/brands").status_code == 200
    clock.forward(seconds=11)
    assert eager.get("/brands").status_code == 200


def test_an_incident_says_how_many_of_its_customers_wait(town: Town, program: MakeProgram) -> None:
    """Two complained; one of them is told something, and waits no more."""
    reader = program("reader", Scope.INCIDENTS_READ)
    assert reader.get("/incidents/1").json()["customers"] == {"all": 2, "answered": 0, "waiting": 2}
    with town.ledger.write() as tx:
        told = NewAnswer(1, "emma", Place.PHONE, "Helistame homme.", "et", reply_to="town:2")
        answers.record(tx, told, town.clock())
    assert reader.get("/incidents/1").json()["customers"] == {"all": 2, "answered": 1, "waiting": 1}


def test_the_life_of_an_incident(town: Town, program: MakeProgram) -> None:
    """A program can do what a person does, under its own name, in both logs."""
    crm = program("crm")
    taken = crm.post("/incidents/1/acknowledge").json()
    assert (taken["status"], taken["acknowledged_by"]) == ("acknowledged", "api crm")
    assert crm.post("/incidents/1/assign", json={"assignee": "emma", "was": "api crm"}).json()["assignee"] == "emma"
    assert crm.post("/incidents/1/notes", json={"text": "Called."}).status_code == 200
    made = crm.post("/incidents/1/promises", json={"what": "A call", "in_minutes": 30})
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/promises/1")
    assert made.json()["owner"] == "emma"
    waiting = crm.post("/incidents/1/resolve", json={"verdict": "right"})
    assert (waiting.status_code, waiting.json()["open_promises"]) == (409, 1)
    assert crm.post("/promises/1/keep").json()["status"] == "kept"
    done = crm.post("/incidents/1/resolve", json={"verdict": "right", "note": "Refunded."}).json()
    assert (done["status"], done["verdict"]) == ("resolved", "right")
    assert crm.post("/incidents/1/reopen").json()["status"] == "acknowledged"
    with town.ledger.read() as tx:
        by = {event.kind: event.actor for event in incidents.events(tx, 1)}
    assert by == {"opened": "kuula", **{kind: "api crm" for kind in by if kind != "opened"}}
    assert [event["kind"] for event in crm.get("/incidents/1").json()["events"]] == list(by)


def test_who_was_faster_is_said(town: Town, program: MakeProgram) -> None:
    """A program that comes too late reads who did it and when."""
    enter(town, "emma").form("/incidents/1/acknowledge")
    late = program().post("/incidents/1/acknowledge")
    assert late.status_code == 409
    told = late.json()
    assert (told["who"], told["did"], told["at"]) == ("emma", "acknowledged", "2026-03-10T10:00:00Z")
    assert told["type"].endswith("/somebody-else")


def test_what_is_not_there_and_not_understood(program: MakeProgram) -> None:
    """Everything that goes wrong is a problem of RFC 9457 that says what and where."""
    crm = program()
    cases = [
        (crm.get("/incidents/99"), 404, "not-found"),
        (crm.get("/nothing"), 404, "not-found"),
        (crm.get("/posts/town:99"), 404, "not-found"),
        (crm.delete("/incidents"), 405, "method"),
        (crm.get("/incidents?limit=1000"), 422, "not-understood"),
        (crm.post("/incidents/1/resolve", json={"verdict": "perhaps"}), 422, "not-understood"),
        (crm.post("/incidents/1/resolve", json={"verdict": "right", "more": 1}), 422, "not-understood"),
        (crm.post("/incidents/1/notes", content=b"\xff\xfe"), 422, "not-understood"),
        (crm.post("/incidents/1/assign", json={"assignee": "vello"}), 409, "not-possible"),
        (crm.post("/incidents/1/promises", json={"what": "x", "due_at": "0001-01-01T00:00:00Z"}), 409, "not-possible"),
        (crm.post("/incidents/1/promises", json={"what": "x", "due_at": "2020-01-01T00:00:00Z"}), 409, "not-possible"),
        (crm.post("/incidents/1/promises", json={"what": "x", "due_at": "2030-01-01T00:00:00Z"}), 409, "not-possible"),
    ]
    for answer, status, kind in cases:
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, kind), answer.text
        assert answer.headers["content-type"] == MEDIA
    assert crm.delete("/incidents").headers["allow"] == "GET"
    assert cases[5][0].json()["errors"][0].startswith("body.verdict: ")


def test_the_same_key_does_it_once(town: Town, program: MakeProgram, clock: Clock) -> None:
    """A request that is sent again with its key changes nothing more; the key of another request is a problem."""
    crm, other = program("crm"), program("other")
    key = {"idempotency-key": "a-1"}
    first = crm.post("/incidents/1/promises", json={"what": "A call"}, headers=key)
    clock.forward(minutes=5)
    again = crm.post("/incidents/1/promises", json={"what": "A call"}, headers=key)
    assert (again.status_code, again.json(), again.headers["location"]) == (201, first.json(), "/api/v1/promises/1")
    assert "idempotent-replayed" in again.headers
    assert "idempotent-replayed" not in first.headers
    mixed_up = crm.post("/incidents/1/promises", json={"what": "A visit"}, headers=key)
    assert (mixed_up.status_code, mixed_up.json()["type"].rpartition("/")[2]) == (409, "other-request")
    assert other.post("/incidents/1/promises", json={"what": "A call"}, headers=key).json()["id"] == 2
    with town.ledger.write() as tx:
        assert len(promises.of_incident(tx, 1)) == 2
        assert api_answers.drop_older(tx, clock() + timedelta(days=1), 100) == 2


def test_a_refused_request_may_be_sent_again(town: Town, program: MakeProgram) -> None:
    """A key whose request was refused is still free: nothing was changed by it."""
    emma, crm = enter(town, "emma"), program()
    emma.form("/incidents/1/acknowledge")
    key = {"idempotency-key": "b"}
    assert crm.post("/incidents/1/acknowledge", headers=key).status_code == 409
    emma.form("/incidents/1/release")
    assert crm.post("/incidents/1/acknowledge", headers=key).status_code == 200


def test_a_list_is_read_page_by_page(town: Town, program: MakeProgram, clock: Clock) -> None:
    """Whoever follows the cursor meets every incident once, in either order, and later only what changed."""
    crm = program()
    for number in (2, 1):
        clock.forward(minutes=1)
        crm.post(f"/incidents/{number}/notes", json={"text": "x"})
    for order, wanted in (("oldest", [3, 2, 1]), ("newest", [1, 2, 3])):
        met, cursor = [], None
        while len(met) < 10:
            page = crm.get("/incidents", params={"order": order, "limit": 1, **({"cursor": cursor} if cursor else {})})
            met += [one["id"] for one in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert met == wanted
    since = {"changed_since": (clock() - timedelta(seconds=1)).isoformat()}
    assert [one["id"] for one in crm.get("/incidents", params=since).json()["items"]] == [1]
    crm.post("/incidents/1/acknowledge")
    for query, ids in (("status=acknowledged", [1]), ("brand=Postimees", []), ("assignee=api crm", [1])):
        assert [one["id"] for one in crm.get(f"/incidents?{query}").json()["items"]] == ids


def test_what_the_customer_was_told(town: Town, program: MakeProgram) -> None:
    """Answers are read with their facts, oldest first; of an incident that nobody knows there is none."""
    words = "Maksame teile 38,90 eurot tagasi."
    with town.ledger.write() as tx:
        answers.record(
            tx, NewAnswer(1, "emma", Place.PHONE, "Helistame homme.", "et"), town.clock() - timedelta(hours=1)
        )
        answers.record(tx, NewAnswer(1, "emma", Place.MAIL, words, "et"), town.clock())
    crm = program()
    first, second = crm.get("/incidents/1/answers").json()["items"]
    assert (first["place"], second["place"], second["state"], second["actor"]) == ("phone", "mail", "told", "emma")
    [fact] = [one for one in second["facts"] if one["kind"] == "sum"]
    assert (fact["value"], words[fact["start"] : fact["end"]]) == ("38.90 EUR", fact["text"])
    assert crm.get("/incidents/3/answers").json() == {"items": []}
    assert crm.get("/incidents/99/answers").status_code == 404


def test_a_draft_is_checked(town: Town, program: MakeProgram) -> None:
    """Its language is found, what differs from an earlier answer is shown, words come as asked, and nothing is kept."""
    crm = program()
    draft = {"text": "Maksame teile 25 eurot tagasi.", "earlier": ["Maksame teile 38,90 eurot tagasi."]}
    with town.ledger.read() as tx:
        before = audit.newest(tx, 100)
    told = crm.post("/replies/check", json=draft).json()
    assert told["language"] == "et"
    [one] = told["differs"]
    assert (one["now"], one["before"]) == ("25 eurot", "38,90 eurot")
    assert draft["text"][slice(*one["span"])] == one["now"]
    english = {finding["finding"]: finding["why"] for finding in told["findings"]}
    assert {"contradicts_earlier", "no_apology"} <= set(english)
    spoken = crm.post("/replies/check?words=et", json=draft).json()
    assert {finding["finding"]: finding["why"] for finding in spoken["findings"]}["no_apology"] != english["no_apology"]
    for wrong in ({"text": ""}, {"text": "x" * (LONGEST + 1)}, {**draft, "language": "sv"}, {**draft, "incident": 1}):
        assert crm.post("/replies/check", json=wrong).status_code == 422
    with town.ledger.read() as tx:
        assert audit.newest(tx, 100) == before
        assert answers.told(tx, 1) == []


def test_a_post_and_the_house(program: MakeProgram) -> None:
    """A post is read by its uid with its scores and decisions; brands, health and hooks are told."""
    crm = program()
    post = crm.get("/posts/town:1").json()
    assert [one["signal"] for one in post["scores"]["signals"]] == [
        "broken_promise",
        "vulnerable_person",
        "regulator_threat",
    ]
    assert post["decisions"][0]["incident_id"] == 1
    assert crm.get("/brands").json()["items"][0]["incidents"] == {"open": 3}
    assert crm.get("/health").json()["messages"] == {"sent": 1}
    assert crm.get("/hooks").json() == {"items": []}
    assert [one["id"] for one in crm.get("/promises").json()["items"]] == []


def test_the_pages_stay_as_they_are(town: Town) -> None:
    """The API answers below its own address only: an unknown page is still a page."""
    assert "text/html" in enter(town, "anna").get("/api/v2/incidents").headers["content-type"]
    assert not any(isinstance(route, APIRoute) and route.path.startswith("/api/v1") for route in town.app.routes)
