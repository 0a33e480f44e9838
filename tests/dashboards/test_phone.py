"""What a thumb does in a hurry: it taps twice, sends half a form, and has to see at once what became of it."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.town import Browser, Town, enter

from dashboards import drawing
from dashboards.speech import speech
from monitors.ledger import desk, incidents, promises

Enter = Callable[[str | None], Browser]
START = datetime(2026, 3, 10, tzinfo=UTC)


def order(browser: Browser, query: str = "") -> list[str]:
    """The numbers of the incidents in the inbox, as they are listed."""
    return re.findall(r'id="incident-(\d+)"', browser.get(f"/inbox{query}").text)


def card(page: str, number: int) -> str:
    """One incident of the inbox."""
    return page.split(f'id="incident-{number}"')[1].split('<li class="card')[0]


def header(page: str) -> str:
    """The first screen of an incident."""
    return page.split('<div id="incident"')[1].split('<div class="columns')[0]


def test_double_tap_makes_one_promise(town: Town) -> None:
    """Two posts that arrive at the same moment leave one promise and one event, and both lead back to it."""
    thumbs = [enter(town, "emma") for _ in range(2)]
    ready = threading.Barrier(2)
    answers: list[int] = []

    def tap(thumb: Browser) -> None:
        ready.wait()
        answers.append(thumb.form("/incidents/1/promise", due="10", what="a call").status_code)

    threads = [threading.Thread(target=tap, args=(thumb,)) for thumb in thumbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303, 303]
    with town.ledger.read() as tx:
        assert len(promises.of_incident(tx, 1)) == 1
        assert [row.kind for row in incidents.events(tx, 1)] == ["opened", "acknowledged", "promised"]


@pytest.mark.parametrize(
    ("who", "promised", "kept"),
    [
        ("sirje", "Lubadus on kirjas, tähtaeg", "Lubadus on märgitud täidetuks."),
        ("olga", "Обещание записано, срок:", "Обещание отмечено как выполненное."),
        ("matti", "Lupaus on kirjattu, määräaika", "Lupaus on merkitty pidetyksi."),
        ("emma", "Promised until 10 Mar, 12:10.", "The promise is marked as kept."),
    ],
)
def test_acts_lead_back_to_their_place_with_a_word(who: str, promised: str, kept: str, as_: Enter) -> None:
    """The forms name the spot they are at; there it is said once, in the reader's language, what was done."""
    person = as_(who)
    assert 'name="back" value="/incidents/1#do"' in person.get("/incidents/1").text
    assert 'name="back" value="/inbox?state=open#incident-1"' in person.get("/inbox?state=open").text
    answer = person.form("/incidents/1/promise", due="10", back="/incidents/1#do")
    assert answer.headers["location"] == "/incidents/1#do"
    assert promised in person.get("/incidents/1").text
    assert promised not in person.get("/incidents/1").text
    assert person.form("/promises/1/keep", back="/inbox#incident-1").headers["location"] == "/inbox#incident-1"
    assert kept in person.get("/inbox").text


def test_first_screen_of_an_incident_counts_its_promise(town: Town, as_: Enter) -> None:
    """The header has the clock of the promise that is due next, red when late, and none when nothing is promised."""
    emma = as_("emma")
    assert "promise" not in header(emma.get("/incidents/2").text)
    emma.form("/incidents/2/promise", due="60")
    emma.form("/incidents/2/promise", due="10")
    running = header(emma.get("/incidents/2").text)
    assert 'data-due="2026-03-10T10:10:00+00:00"' in running
    assert 'class="clock late"' not in running
    town.clock.forward(minutes=11)
    late = header(emma.get("/incidents/2").text)
    assert 'class="clock late"' in late
    assert "promise is late" in late
    emma.form("/promises/2/keep")
    assert 'data-due="2026-03-10T11:00:00+00:00"' in header(emma.get("/incidents/2").text)


def test_card_with_a_promise_offers_to_keep_it(as_: Enter) -> None:
    """Its first buttons are kept and open; another promise waits in the drawer."""
    emma = as_("emma")
    assert "/promises/" not in card(emma.get("/inbox").text, 1)
    emma.form("/incidents/1/promise", due="10")
    first, drawer = card(emma.get("/inbox").text, 1).split('class="drawer"')
    assert "/promises/1/keep" in first
    assert 'href="/incidents/1#do"' in first
    assert "/incidents/1/promise" not in first
    assert "/incidents/1/promise" in drawer


def test_late_promises_come_first(town: Town, as_: Enter) -> None:
    """What is late or within its reminder leads, the riskiest of those first; kept, it goes back to its place."""
    emma = as_("emma")
    assert order(emma) == ["1", "2", "3"]
    for number in (3, 2):
        emma.form(f"/incidents/{number}/promise", due="10")
    emma.form("/incidents/1/promise", due="60")
    assert order(emma) == ["1", "2", "3"]
    town.clock.forward(minutes=8)
    assert order(emma) == ["2", "3", "1"]
    assert order(emma, "?state=acknowledged") == ["2", "3", "1"]
    emma.form("/promises/2/keep")
    assert order(emma) == ["3", "1", "2"]
    town.clock.forward(minutes=90)
    assert order(emma) == ["1", "3", "2"]


def test_late_promises_lead_across_pages(town: Town) -> None:
    """Each incident is on one page, also where the order is not that of risk alone."""
    now = town.clock()
    with town.ledger.write() as tx:
        promises.make(tx, promises.NewPromise(3, "emma", "a call", now + timedelta(minutes=5), now), now)
    by = now + timedelta(minutes=6)
    with town.ledger.read() as tx:
        pages = [incidents.find(tx, incidents.Listing(size=1, offset=offset, promised_by=by)) for offset in range(4)]
    assert [[row.id for row in rows] for rows in pages] == [[3], [1], [2], []]


def test_half_a_promise_is_asked_for_where_it_was_made(as_: Enter) -> None:
    """Without a time the incident itself answers, says why, keeps the words, and its forms lead back to it."""
    emma = as_("emma")
    answer = emma.form("/incidents/1/promise", due="typed", at="2026-03-10T11:00", what="a call <b>")
    assert answer.status_code == 400
    assert "A promise needs a time that is still to come" in answer.text
    assert 'name="what" maxlength="2000" value="a call &lt;b&gt;"' in answer.text
    assert 'name="at" value="2026-03-10T11:00"' in answer.text
    assert 'data-address="/incidents/1"' in answer.text
    forms = re.findall(r'name="back" value="([^"#]*)#(\w+)', answer.text)
    assert {address for address, _ in forms} == {"/incidents/1"}
    assert ("/incidents/1", "do") in forms
    blank = emma.form("/incidents/1/note", text=" ")
    assert 'id="do"' in blank.text
    assert emma.form("/incidents/99/note", text=" ").status_code == 404


def test_steps_stay_until_it_is_resolved(as_: Enter) -> None:
    """How to talk to the customer is needed most once somebody has taken it."""
    emma = as_("emma")
    shown = []
    for act, fields in (("acknowledge", {}), ("promise", {"due": "10"}), ("resolve", {"verdict": "right"})):
        shown.append('class="next-step"' in emma.get("/incidents/1").text)
        emma.form(f"/incidents/1/{act}", promises="keep", **fields)
    assert [*shown, 'class="next-step"' in emma.get("/incidents/1").text] == [True, True, True, False]


def test_promise_is_over_when_its_time_is(town: Town, as_: Enter) -> None:
    """The overview counts a late promise from its minute on, though no guard has called it broken."""
    emma = as_("emma")
    emma.form("/incidents/1/promise", due="10")
    assert "No promise was due yet" in emma.get("/overview").text
    town.clock.forward(minutes=10)
    assert "No promise was due yet" not in emma.get("/overview").text
    with town.ledger.read() as tx:
        assert desk.kept_share(tx, START, town.clock()) == (1, 0)
    emma.form("/promises/1/withdraw")
    assert "No promise was due yet" in emma.get("/overview").text


def test_forecast_ends_no_lower_than_what_is_counted() -> None:
    """A post that outran its forecast is expected to stay where it is, and the two lines have marks of their own."""
    watched = [(START + timedelta(hours=1), 5), (START + timedelta(hours=2), 500)]
    drawn = drawing.outlook(watched, START, {"low": 10, "median": 20, "high": 90}, speech("en")).decode()
    assert "24 h: 500" in drawn
    assert not re.search(r"24 h: (10|20|90)\b", drawn)
    assert re.search(r"#activate-serie-1 rect ?\{[^}]*stroke-dasharray", drawn)
    assert "stroke-dasharray: 4" not in drawing.outlook(watched, START, {}, speech("en")).decode()


def test_forecast_in_words_ends_no_lower(town: Town, as_: Enter) -> None:
    """The sentence above the chart says the same as the chart."""
    assert "expected to have 340 interactions" in as_("emma").get("/incidents/1").text
    with town.ledger.write() as tx:
        tx.exec_driver_sql('UPDATE decisions SET forecast = \'{"median": 1, "low": 1, "high": 2, "calibrated": true}\'')
    said = as_("emma").get("/incidents/1").text
    assert re.search(r"expected to have 4\d interactions", said), re.findall("expected to have[^,]*", said)


def test_search_is_a_verb_and_teaches_an_empty_house(empty: Town) -> None:
    """With nothing collected the page says so and what to type; only a question can find nothing."""
    anna = enter(empty, "anna")
    page = anna.get("/search").text
    assert "There are no posts yet." in page
    assert "Nothing was found." not in page
    assert '<button class="primary">Find</button>' in page
    assert "Nothing was found." in anna.get("/search?q=parcel").text
