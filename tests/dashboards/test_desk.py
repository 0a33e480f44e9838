"""What people do at the desk, and what the pages tell them."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fakes.town import SECRET, Browser, Said, Town, enter
from fastapi import FastAPI
from itsdangerous import URLSafeSerializer
from starlette.requests import Request
from starlette.routing import Mount

from dashboards.app import create_app
from dashboards.live import changes, pulse
from dashboards.office import Visitor
from dashboards.speech import speech
from dashboards.streams import MOST
from monitors.errors import RetryLater
from monitors.ledger import audit, incidents, people, promises
from monitors.ledger.incidents import Status, Verdict
from monitors.links import ActionLink, LinkAction, sign
from monitors.ports import Search

Enter = Callable[[str | None], Browser]


def incident(town: Town, number: int = 1) -> Any:
    """One incident as the ledger has it."""
    with town.ledger.read() as tx:
        return incidents.require(tx, number)


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_incident_goes_from_new_to_resolved_and_back(town: Town, as_: Enter) -> None:
    """Each press of a button is one change in the ledger, one line in the log and one in the audit, by that person."""
    emma = as_("emma")
    assert emma.form("/incidents/1/acknowledge").headers["location"] == "/incidents/1"
    assert incident(town).status == Status.ACKNOWLEDGED
    assert incident(town).assignee == "emma"
    emma.form("/incidents/1/assign", assignee="olga")
    emma.form("/incidents/1/note", text="rang her")
    emma.form("/incidents/1/resolve", verdict="already_handled", note="refunded")
    assert incident(town).verdict == Verdict.ALREADY_HANDLED
    emma.form("/incidents/1/reopen")
    assert incident(town).resolved_at is None
    with town.ledger.read() as tx:
        kinds = [(row.actor, row.kind) for row in incidents.events(tx, 1)]
        changes_made = [row.action for row in audit.newest(tx, 5)]
    done = ["acknowledged", "assigned", "note", "resolved", "reopened"]
    assert kinds == [("kuula", "opened"), *(("emma", kind) for kind in done)]
    assert changes_made == done[::-1]
    said = plain(emma.get("/incidents/1").text)
    assert "Emma · gave it to Olga" in said
    assert "refunded" in said


def test_only_those_who_handle_incidents_are_given_them(town: Town, as_: Enter) -> None:
    """An incident cannot be given to a viewer or to a name that nobody has."""
    for name in ("vello", "nobody"):
        assert as_("emma").form("/incidents/1/assign", assignee=name).status_code == 409
    assert incident(town).assignee is None


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"due": "10"}, datetime(2026, 3, 10, 10, 10, tzinfo=UTC)),
        ({"due": "60"}, datetime(2026, 3, 10, 11, 0, tzinfo=UTC)),
        ({"due": "tomorrow"}, datetime(2026, 3, 11, 8, 0, tzinfo=UTC)),
        ({"due": "typed", "at": "2026-03-10T16:30"}, datetime(2026, 3, 10, 14, 30, tzinfo=UTC)),
    ],
)
def test_promise_is_due_when_its_maker_meant(fields: dict[str, str], due: datetime, town: Town, as_: Enter) -> None:
    """In some minutes, tomorrow at ten, or at a typed time: always in the zone of whoever promises."""
    assert as_("sirje").form("/incidents/1/promise", **fields).status_code == 303
    with town.ledger.read() as tx:
        (made,) = promises.of_incident(tx, 1)
    assert (made.owner, made.what, made.due_at) == ("sirje", "Vastame.", due)
    assert made.remind_at == due - timedelta(minutes=3)
    assert incident(town).status == Status.ACKNOWLEDGED


@pytest.mark.parametrize(
    "fields",
    [
        {"due": "typed", "at": "2026-03-10T11:00"},
        {"due": "typed", "at": ""},
        {"due": "typed", "at": "2027-01-01T10:00"},
        {"due": "0"},
        {"due": "-5"},
        {"due": "soon"},
        {},
    ],
)
def test_promise_needs_a_time_to_come(fields: dict[str, str], town: Town, as_: Enter) -> None:
    """The past, a year ahead and nonsense are refused, in the reader's words, and nothing is written."""
    answer = as_("emma").form("/incidents/1/promise", **fields)
    assert answer.status_code == 400
    with town.ledger.read() as tx:
        assert promises.of_incident(tx, 1) == []


def test_clock_runs_out_on_the_page(town: Town, as_: Enter) -> None:
    """A promise shows its due time to count by, then that it is late, then that it was kept late."""
    emma = as_("emma")
    emma.form("/incidents/1/promise", due="10", what="a call")
    assert 'data-due="2026-03-10T10:10:00+00:00"' in emma.get("/inbox").text
    town.clock.forward(minutes=11)
    assert "promise is late" in plain(emma.get("/inbox").text)
    emma.form("/promises/1/keep")
    assert "kept late" in plain(emma.get("/incidents/1").text)
    assert "0 %" in plain(emma.get("/overview").text).replace("\u00a0", " ")


def test_what_changed_meanwhile_is_said_not_done(as_: Enter) -> None:
    """Two people who press at once: the second learns that it is over, and a wrong number is not found."""
    emma, sirje = as_("emma"), as_("sirje")
    assert emma.form("/incidents/1/resolve", verdict="noise").status_code == 303
    for act in ("acknowledge", "promise"):
        late = sirje.form(f"/incidents/1/{act}", due="10", back="/inbox?mine=true")
        assert (late.status_code, late.headers["location"]) == (303, "/inbox?mine=true")
        told = "Emma on selle juba lahendatuks märkinud (hetk tagasi)."
        assert told in plain(sirje.get("/inbox?mine=true").text)
        assert told not in plain(sirje.get("/inbox?mine=true").text), "it is said once"
    assert emma.form("/incidents/99/acknowledge").status_code == 404
    assert emma.get("/incidents/99").status_code == 404
    assert emma.get("/incidents/x").status_code == 400


def test_inbox_narrows_down(as_: Enter) -> None:
    """By state, brand and owner, the riskiest first; what fits nothing says how to see all."""
    emma = as_("emma")
    order = re.findall(r'id="incident-(\d)"', emma.get("/inbox").text)
    assert order == ["1", "2", "3"]
    emma.form("/incidents/2/acknowledge", back="/inbox?state=open")
    shown = {
        query: re.findall(r'id="incident-(\d)"', emma.get(f"/inbox?{query}").text)
        for query in ("state=open", "state=acknowledged", "mine=true", "brand=Postimees", "page=2")
    }
    assert shown == {
        "state=open": ["1", "3"],
        "state=acknowledged": ["2"],
        "mine=true": ["2"],
        "brand=Postimees": [],
        "page=2": [],
    }
    assert "No incident fits" in emma.get("/inbox?brand=Postimees").text
    assert emma.get("/inbox?state=odd").status_code == 400


def test_incident_page_tells_why(as_: Enter) -> None:
    """The sentence with its figures, the marks with their meaning, the forecast, the receipt."""
    page = as_("emma").get("/incidents/1").text
    said = plain(page)
    assert "threatens with court, an authority or the media. 3 complaints so far. 2 of them in the last hour." in said
    assert "The chance of 100 interactions within a day is 62 %." in said
    assert re.search(r'<mark title="vulnerable person: the one who suffers[^"]*">Olen rase</mark>', page)
    assert "expected to have 340 interactions" in said
    assert "delivered" in said
    assert "1,200 followers" in said


def test_index_that_is_down_delays_only_charts(town: Town) -> None:
    """Without the index the overview and the search say so, and incidents are handled as ever."""

    class Down:
        def __getattr__(self, _name: str) -> Callable[..., None]:
            def away(*_: object, **__: object) -> None:
                raise RetryLater("the index is away")

            return away

    town.app = create_app(
        ledger=town.ledger,
        index=Down(),
        settings=town.settings,
        now=town.clock,
        secret_key=SECRET,  # type: ignore[arg-type]
    )
    emma = enter(town, "emma")
    for address in ("/overview", "/search?q=x"):
        assert "The index does not answer" in emma.get(address).text
    assert emma.get("/charts/volume.svg").status_code == 503
    assert emma.form("/incidents/1/acknowledge").status_code == 303


def test_search_finds_narrows_and_teaches(as_: Enter) -> None:
    """Found words are marked, facets count and narrow, and a search without result says what to try."""
    emma = as_("emma")
    page = emma.get("/search?q=Omniva").text
    assert "<mark>Omniva</mark>" in page
    assert re.search(r"sentiment=negative[^>]*>\s*<span>negative</span> <span class=\"tally\">4", page)
    assert len(re.findall('class="card post"', emma.get("/search?q=Omniva&language=ru").text)) == 2
    assert len(re.findall('class="card post"', emma.get("/search?brand=Postimees").text)) == 1
    assert "try fewer words" in emma.get("/search?q=unheard").text
    assert emma.get("/search?q=Omniva&after=nonsense").status_code in {200, 400}


def test_empty_house_teaches(empty: Town) -> None:
    """With nothing collected yet, every page opens and says what comes next."""
    anna = enter(empty, "anna")
    expected = {
        "/inbox": "All quiet.",
        "/inbox?state=resolved": "Nothing was resolved yet.",
        "/inbox?state=resolved&mine=true": "No incident fits these filters.",
        "/overview": "No incident is open.",
        "/search": "There are no posts yet.",
        "/sources": "No source has been collected yet.",
        "/audit": "saved a person",
    }
    for address, text in expected.items():
        answer = anna.get(address)
        assert answer.status_code == 200
        assert text in plain(answer.text), address
    assert "Nothing yet" in anna.get("/charts/negative.svg").text or anna.get("/charts/negative.svg").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/charts/volume.svg?days=1",
        "/charts/negative.svg?days=30",
        "/charts/search.svg?q=Omniva",
        "/charts/incidents/1.svg",
        "/charts/incidents/1.svg?narrow=1",
    ],
)
def test_charts_are_pictures_and_nothing_more(address: str, as_: Enter) -> None:
    """A chart is an SVG without scripts, and nothing in it is fetched from elsewhere."""
    answer = as_("vello").get(address)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "script" not in answer.text
    assert not re.search(r"(href|src)=\"http", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("action", "after"),
    [
        (LinkAction.ACKNOWLEDGE, ("acknowledged", None, 0)),
        (LinkAction.PROMISE, ("acknowledged", None, 1)),
        (LinkAction.RESOLVE, ("resolved", "right", 0)),
        (LinkAction.NOISE, ("resolved", "noise", 0)),
        (LinkAction.HANDLED, ("resolved", "already_handled", 0)),
    ],
)
def test_link_from_a_message_asks_before_it_acts(
    action: LinkAction, after: tuple[str, str | None, int], town: Town, as_: Enter
) -> None:
    """Opening the link changes nothing; pressing its button does, once, in its reader's name, without signing in."""
    token = sign(SECRET, ActionLink(1, action, "sirje", town.clock() + timedelta(hours=24)))
    nobody = as_(None)
    for _ in range(3):
        assert nobody.get(f"/links/{token}").status_code == 200
    assert incident(town).status == "open"
    for _ in range(2):
        assert nobody.press(token).status_code == 200
    with town.ledger.read() as tx:
        made = promises.of_incident(tx, 1)
        assert {row.actor for row in incidents.events(tx, 1)} == {"kuula", "sirje"}
    assert (incident(town).status, incident(town).verdict, len(made)) == after
    assert nobody.get("/inbox").status_code == 303


def test_links_end_with_their_time_their_secret_and_their_person(town: Town, as_: Enter) -> None:
    """A late, forged or cut link, one to the end of time, or one of somebody who was locked out, does nothing."""
    nobody, link = as_(None), ActionLink(1, LinkAction.NOISE, "sirje", town.clock() + timedelta(hours=1))
    good = sign(SECRET, link)
    for bad in (sign("another secret", link), good[:-2], good.swapcase(), "x" * 5000):
        assert nobody.press(bad).status_code == 403
    for until in (10**12, 10**18, 10**30, -(10**18), float("inf"), float("nan"), "never", None):
        absurd = URLSafeSerializer(SECRET, salt="kuula.action-link").dumps([1, "noise", "sirje", until])
        assert nobody.get(f"/links/{absurd}").status_code == nobody.press(absurd).status_code == 403, until
    town.clock.forward(hours=1, seconds=1)
    assert nobody.press(good).status_code == 403
    town.clock.forward(hours=-1)
    with town.ledger.write() as tx:
        people.deactivate(tx, "sirje", "anna", town.clock())
    assert nobody.press(good).status_code == 403
    assert incident(town).status == "open"


def test_stream_tells_what_is_new(town: Town) -> None:
    """The stream opens at once, then announces a new incident in the reader's language, and ends with the session."""

    async def listen() -> list[tuple[str, str]]:
        async def still_here() -> dict[str, str]:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        request = Request(
            {"type": "http", "headers": [], "app": town.app, "method": "GET", "path": "/live"}, still_here
        )
        heard = []
        office = town.app.state.office
        stream = changes(request, office, speech("et"), pulse(office), who="emma", pause=0.01)
        async for event in stream:
            heard.append((str(event.event), str(event.data)))
            if event.event == "open":
                town.say("Omniva", "more", [Said("Omniva uus lugu")], risk=70.0)
        return heard

    # On a thread of its own: the browser's driver keeps a loop running on this one for the whole session.
    with start_blocking_portal() as portal:
        heard = portal.call(listen)
    assert [kind for kind, _ in heard] == ["open", "changed", "over"]
    assert "Uus juhtum, Omniva: Omniva uus lugu" in heard[1][1]


def test_who_opens_too_many_pages_loses_the_oldest(town: Town) -> None:
    """Of twenty-two streams of one person the first two end and say why; those that ended and others' do not count."""

    async def listen() -> list[str]:
        async def still_here() -> dict[str, str]:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        scope = {"type": "http", "headers": [], "app": town.app, "method": "GET", "path": "/live"}
        office = town.app.state.office

        def stream(who: str) -> Any:
            return changes(Request(scope, still_here), office, speech("et"), pulse(office), who=who, pause=0.01)

        async def last_of(one: Any) -> str:
            try:
                return str((await asyncio.wait_for(anext(one), 0.2)).event)
            except TimeoutError:
                return ""

        for _ in range(MOST):
            brief = stream("emma")
            await anext(brief)
            await brief.aclose()
        streams = [stream(who) for who in ("anna", *["emma"] * (MOST + 2))]
        for one in streams:
            await anext(one)
        return [await last_of(one) for one in streams]

    with start_blocking_portal() as portal:
        assert portal.call(listen) == ["", "crowded", "crowded", *[""] * MOST]


def test_pages_live_under_another_house(town: Town) -> None:
    """Mounted at a sub-path, behind another sign-in, every address stays inside it and no password is offered."""

    async def identify(_request: Request) -> Visitor:
        with town.ledger.read() as tx:
            person = people.get(tx, "anna")
        assert person is not None
        return Visitor(person, "airflow 7", own_session=False)

    inner = create_app(
        ledger=town.ledger,
        index=town.index,
        settings=town.settings,
        now=town.clock,
        secret_key=SECRET,
        identify=identify,
    )
    browser = Browser(FastAPI(routes=[Mount("/kuula", inner)]), follow_redirects=False, headers={"accept": "text/html"})
    assert browser.get("/kuula/").headers["location"] == "/kuula/inbox"
    for address in ("inbox", "incidents/1", "overview", "search?q=Omniva", "sources", "people", "account", "audit"):
        page = browser.get(f"/kuula/{address}")
        assert page.status_code == 200, address
        inside = re.findall(r'(?:href|src|action|srcset|data-live-url)="(/[^"]*)"', page.text)
        assert inside
        assert [each for each in inside if not each.startswith("/kuula/")] == []
    assert browser.get("/kuula/static/kuula.css").status_code == 200
    account = browser.get("/kuula/account").text
    assert "password" not in account
    key = re.search(r'name="csrf" value="(\w+)"', account)
    assert key is not None
    answer = browser.post("/kuula/incidents/1/acknowledge", data={"csrf": key[1], "back": "/kuula/inbox"})
    assert answer.headers["location"] == "/kuula/inbox"
    escaped = browser.post("/kuula/incidents/1/note", data={"csrf": key[1], "text": "x", "back": "/dags"})
    assert escaped.headers["location"] == "/kuula/incidents/1"


def test_faults_are_told_in_the_readers_language(town: Town, as_: Enter) -> None:
    """What does not exist, is not allowed or breaks has a page with a way back, not a bare number."""
    sirje = as_("sirje")
    assert "Sellist lehte ei ole." in sirje.get("/nowhere").text
    assert "Sinu roll seda ei luba" in sirje.get("/people").text
    town.app.state.office.settings.__dict__["brands"] = None
    broken = sirje.get("/inbox")
    assert broken.status_code == 500
    assert "katki" in broken.text
    assert "default-src 'none'" in broken.headers["content-security-policy"]


def test_health_check_says_nothing_else(as_: Enter) -> None:
    """Anybody may ask whether the pages live, and learns only that."""
    answer = as_(None).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_seeded_town_is_what_the_index_holds(town: Town) -> None:
    """The town's posts are all in the index, so that the tests above look at something."""
    assert town.index.count(Search()) == 6
