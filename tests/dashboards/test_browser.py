"""A day at the desk, in a real Chromium: what support does, at the width of a phone and of a desktop."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fakes.replays import replayed
from fakes.town import LATE_STORY, PASSWORD, Said, Town
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from dashboards.visitors import SESSION_COOKIE
from models.scores import Signal
from monitors.ledger import claims, clocks, corrections, people, posts

pytestmark = pytest.mark.browser
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 860}
ROOMS = (
    "playbook",
    "playbook/vulnerable-person",
    "incidents/2/conceding",
    "inbox",
    "incidents/1",
    "posts/2",
    "overview",
    "search?q=Omniva",
    "backtests",
    "promises",
    "weekly",
    "check",
    "forecasts",
    "sources",
    "people",
    "account",
    "rota",
    "audit",
    "tokens",
    "api",
)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """The real one: a browser has no other."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def site(town: Town) -> Iterator[str]:
    """The pages over the town, served on a free port."""
    server = uvicorn.Server(uvicorn.Config(town.app, port=0, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def is_complaint(said: ConsoleMessage) -> bool:
    """Whether the console names a fault; a refused form or claim, which Chromium tells there too, is none."""
    refused = "status of 400" in said.text or "status of 409" in said.text
    return said.type in {"error", "warning"} and not refused


def told(said: ConsoleMessage) -> str:
    """What the console says, and about which address: a refused file is found by it."""
    return f"{said.text} {said.location.get('url')}"


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open the front door at some width, in some language; anything on the console fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(size: dict[str, int] = PHONE, language: str = "en", scheme: str = "light") -> Page:
        context = chromium.new_context(viewport=size, locale=language, color_scheme=scheme, base_url=site)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(told(said)) if is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        return page

    yield opened
    # A context that closes takes its cookies first: what its pages still send is refused, which is no fault of theirs.
    heard = list(complaints)
    for context in contexts:
        context.close()
    assert heard == []


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keep a screenshot in KUULA_SCREENSHOTS, where people look at them."""
    folder = Path(os.environ.get("KUULA_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"{name}.png", full_page=True)


def sign_in(page: Page, name: str) -> None:
    """Through the front door, as people do."""
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.primary").click()
    page.wait_for_url("**/inbox")


def assert_fits(page: Page) -> None:
    """Nothing is wider than the window or cut, no cell hides beyond an edge, and a thumb hits everything."""
    # What was waited for may be there before its style is, on a busy machine.
    page.wait_for_load_state("load")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.rooms, .tabs, .tabs a, button, .button, .chip, td, tbody th')]
        .filter(e => e.checkVisibility())
        .filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth > innerWidth
        ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => e.tagName + '.' + e.className).slice(0, 5) : []"""
    )
    assert wide == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .button, summary, select, input:not([type=hidden]), nav a, '
            + '.facets a, .brief a, a.onward')]
        .filter(e => e.offsetParent && !e.closest('dialog') && e.type !== 'checkbox')
        .filter(e => e.getBoundingClientRect().height < 43.5)
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_complaint_from_arrival_to_resolution(
    town: Town, open_page: Callable[..., Page], picture: Callable[..., None]
) -> None:
    """An incident arrives without reloading, is taken in hand, promised in ten minutes, counts, and is resolved."""
    page = open_page(PHONE)
    with page.expect_response("**/live"):
        sign_in(page, "emma")
    expect(page.locator("[data-incident]")).to_have_count(3)
    page.evaluate("window.sameDocument = true")
    town.say("Omniva", "late", LATE_STORY, risk=90.0)
    expect(page.locator("[data-incident]")).to_have_count(4, timeout=60_000)
    expect(page.locator("#said")).to_contain_text("New incident, Omniva")
    assert page.evaluate("window.sameDocument") is True
    card = page.locator("[data-incident]").first
    expect(card).to_contain_text("never came")
    picture(page, "phone-en-arrival")
    card.get_by_role("button", name="Take in hand").click()
    expect(page.locator("[data-incident]").first).to_contain_text("in hand")
    page.locator("[data-incident]").first.locator("h2 a").click()
    page.get_by_label("What you promised").fill("A courier brings it home")
    page.get_by_role("button", name="In 10 minutes").click()
    clock = page.locator(".promise time.count")
    expect(clock).to_have_text(re.compile(r"^(10:00|09:\d\d)$"))
    first = clock.text_content()
    page.wait_for_function("before => document.querySelector('.promise time.count').textContent !== before", arg=first)
    picture(page, "phone-en-promise")
    page.locator("#do").get_by_role("button", name="Kept").click()
    expect(page.locator(".promise")).to_contain_text("kept in time")
    page.locator("#do").get_by_role("button", name="A right alert").click()
    expect(page.locator("#incident")).to_contain_text("resolved")
    expect(page.locator("#log")).to_contain_text("kept the promise")


@pytest.mark.parametrize(("name", "language"), [("sirje", "et"), ("olga", "ru"), ("matti", "fi"), ("anna", "en")])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_room_fits(
    name: str, language: str, size: dict[str, int], open_page: Callable[..., Page], picture: Callable[..., None]
) -> None:
    """Every page fits its window in every language, with nothing too small to tap and nothing on the console."""
    width = "phone" if size is PHONE else "desktop"
    page = open_page(size, language)
    picture(page, f"{width}-{language}-sign-in")
    assert_fits(page)
    sign_in(page, name)
    for room in ROOMS:
        if room in {"people", "audit", "tokens"} and name != "anna":
            continue
        page.goto(f"/{room}")
        page.wait_for_timeout(150)
        assert_fits(page)
        picture(page, f"{width}-{language}-{room.split('?')[0].replace('/', '-')}")


def test_main_act_is_under_the_thumb(town: Town, open_page: Callable[..., Page]) -> None:
    """On a phone the button is on the first screen, below the text, however tall somebody made their post."""
    towering = town.say("Omniva", "tower", [Said("Omniva" + "\n" * 500 + "end" + "W" * 9000)], risk=99.0)
    page = open_page()
    sign_in(page, "emma")
    page.goto(f"/incidents/{towering}")
    take = page.get_by_role("button", name="Take in hand")
    expect(take).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight") < 6000
    assert page.locator("#posts").bounding_box()["y"] < page.locator("#do").bounding_box()["y"]  # type: ignore[index]
    take.click()
    expect(page.locator(".chip.acknowledged")).to_be_visible()
    page.get_by_role("link", name="What to do").click()
    expect(page.get_by_role("heading", name="What to do")).to_be_in_viewport()


def test_keys_lead_through_the_inbox(open_page: Callable[..., Page], picture: Callable[..., None]) -> None:
    """j goes down, a takes in hand, ? explains; in the dark, too."""
    page = open_page(DESKTOP, scheme="dark")
    sign_in(page, "anna")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    picture(page, "desktop-dark-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#incident-2 h2 a")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#incident-2")).to_contain_text("in hand")
    page.goto("/overview")
    page.wait_for_timeout(200)
    picture(page, "desktop-dark-overview")
    page.goto("/incidents/1")
    page.wait_for_timeout(200)
    picture(page, "desktop-dark-incident")


def test_words_are_copied_with_one_tap(open_page: Callable[..., Page], picture: Callable[..., None]) -> None:
    """The button says that it copied; ticked, the next step stands in its place, and all of it fits a small phone."""
    page = open_page({"width": 360, "height": 740}, "et")
    sign_in(page, "sirje")
    page.goto("/incidents/1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    step = page.locator(".next-step")
    words = step.locator(".words").inner_text()
    step.locator("[data-copy]").click()
    expect(step.locator("[data-copy]")).to_have_text("Kopeeritud")
    assert page.evaluate("navigator.clipboard.readText()") == words
    before = step.locator(".what").inner_text()
    step.locator("button.primary").click()
    expect(page.locator(".done")).to_contain_text(before)
    page.locator("#steps-later summary").first.click()
    assert_fits(page)
    picture(page, "small-et-playbook")


@pytest.mark.parametrize("thumbs", [True, False])
def test_keys_are_taught_where_there_are_some(thumbs: bool, chromium: Browser, site: str, town: Town) -> None:
    """A phone that is only touched has no key to press; a narrow window with a mouse has."""
    context = chromium.new_context(viewport=PHONE, base_url=site, is_mobile=thumbs, has_touch=thumbs)
    with town.ledger.write() as tx:
        token = people.start_session(tx, "emma", town.clock() + timedelta(hours=1))
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site}])
    page = context.new_page()
    page.goto("/inbox")
    help_button = page.locator("[data-keys]")
    expect(help_button).to_have_count(1)
    expect(help_button).to_be_visible(visible=not thumbs)
    context.close()


def test_forms_work_without_scripts(chromium: Browser, site: str) -> None:
    """With scripts switched off people still sign in, narrow the list, and take an incident in hand."""
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, base_url=site, locale="en")
    page = context.new_page()
    page.goto("/")
    sign_in(page, "emma")
    page.locator("#incident-1").get_by_role("button", name="Take in hand").click()
    expect(page.locator("#incident-1")).to_contain_text("in hand")
    page.get_by_label("Mine only").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-incident]")).to_have_count(1)
    assert [cookie["httpOnly"] for cookie in context.cookies() if cookie["name"] == SESSION_COOKIE] == [True]
    context.close()


def test_form_sends_once_and_its_place_comes_back(town: Town, open_page: Callable[..., Page]) -> None:
    """A double tap sends one form with its button's value; the page comes back at the place, and says what was done."""
    page = open_page()
    sign_in(page, "emma")
    page.goto("/incidents/1")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("#do").get_by_role("button", name="In 30 minutes").dblclick()
    page.wait_for_url("**/incidents/1#do")
    expect(page.locator(".told")).to_be_in_viewport(ratio=1)
    expect(page.locator(".told")).to_contain_text("Promised until")
    expect(page.get_by_role("heading", name="What to do")).to_be_in_viewport()
    assert len(sent) == 1
    assert page.locator(".promise").count() == 1
    expect(page.locator("#incident time.count")).to_have_count(1)
    assert (
        page.evaluate(
            """() => { const form = document.querySelector('form:has(button)');
        form.dataset.sent = 'yes'; form.querySelector('button').disabled = true;
        dispatchEvent(new PageTransitionEvent('pageshow')); return form.querySelector('button').disabled }"""
        )
        is False
    )


def test_half_a_form_comes_back_at_its_address(open_page: Callable[..., Page]) -> None:
    """A promise without its time is asked for on the incident, with the words kept, and reloading sends nothing."""
    page = open_page()
    sign_in(page, "emma")
    page.goto("/incidents/1")
    page.get_by_label("What you promised").fill("A courier")
    with page.expect_response(lambda answer: answer.status == 400):
        page.get_by_role("button", name="Promise by then").click()
    expect(page.locator(".told")).to_contain_text("A promise needs a time")
    expect(page.get_by_label("What you promised")).to_have_value("A courier")
    # The words are there before the script that puts the address right.
    page.wait_for_function("location.pathname + location.hash === '/incidents/1#do'")


def test_what_is_said_covers_no_button(town: Town, open_page: Callable[..., Page]) -> None:
    """News lie beside the account on a phone, a lost connection has a line of its own, a headline takes two lines."""
    page = open_page()
    with page.expect_response("**/live"):
        sign_in(page, "emma")
    long = "Omniva lost my parcel and nobody answers, neither on the telephone nor to letters, for the third week. " * 3
    number = town.say("Omniva", "more", [Said(long)], risk=95.0)
    expect(page.locator("#said")).to_contain_text("New incident, Omniva", timeout=60_000)
    covered = """() => { const over = document.getElementById('said').getBoundingClientRect();
        return [...document.querySelectorAll('main *, .me, .rooms a')].filter(e => e.checkVisibility()).filter(e => {
            const box = e.getBoundingClientRect();
            return box.left < over.right && over.left < box.right && box.top < over.bottom && over.top < box.bottom;
        }).map(e => e.outerHTML.slice(0, 80)) }"""
    assert page.evaluate(covered) == []
    page.evaluate("announce('The connection was lost; trying again.', true)")
    assert page.evaluate(covered) == []
    page.goto(f"/incidents/{number}")
    tall = page.locator("h1.headline")
    assert tall.evaluate("e => e.clientHeight <= 2.2 * parseFloat(getComputedStyle(e).lineHeight)")


def test_models_are_corrected_without_scripts(town: Town, chromium: Browser, site: str) -> None:
    """On a phone, with the keyboard alone and no script: a signal is wrong, another is missing, and one is undone."""
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, base_url=site, locale="en")
    page = context.new_page()
    page.goto("/")
    sign_in(page, "emma")
    page.goto("/incidents/1")
    page.get_by_role("button", name="Wrong: vulnerable person").press("Enter")
    page.wait_for_url("**/incidents/1#post-1")
    reason = page.locator("#post-1 .reasons li", has_text="The one who suffers is vulnerable")
    expect(reason).to_contain_text("Corrected by Emma")
    page.locator("#correct-1 summary").press("Enter")
    page.locator("#labels-1").get_by_role("button", name="no complaint").press("Enter")
    page.wait_for_url("**/incidents/1#labels-1")
    expect(page.locator("#labels-1")).to_be_visible()
    page.locator("#labels-1").get_by_label("the models missed").select_option("no_answer")
    page.locator("#labels-1").get_by_label("The words that say so").fill("täna ka mitte")
    page.locator("#labels-1").get_by_label("The words that say so").press("Enter")
    expect(page.locator("#post-1 .reasons .missed")).to_contain_text("Gets no answer: “täna ka mitte”")
    page.get_by_role("button", name=re.compile("Undo.*vulnerable person")).press("Enter")
    expect(page.get_by_role("button", name="Wrong: vulnerable person")).to_be_visible()
    context.close()
    with town.ledger.read() as tx:
        (said,) = corrections.labelled(tx)
    assert (said.complaint, said.signals) == (False, {Signal.NO_ANSWER: True})


def test_selected_words_are_taken_over(open_page: Callable[..., Page], picture: Callable[..., None]) -> None:
    """What is selected in an open post stands in its form, without the numbers of the marks; else nothing happens."""
    page = open_page()
    sign_in(page, "emma")
    page.goto("/incidents/1")
    choose = (
        """() => { const text = document.querySelector('#post-1 .text'); getSelection().selectAllChildren(text); }"""
    )
    page.evaluate(choose)
    page.locator("#correct-1 summary").click()
    field = page.locator("#labels-1").get_by_label("The words that say so")
    expect(field).to_have_value("")
    page.evaluate("getSelection().removeAllRanges()")
    page.evaluate(choose)
    expect(field).to_have_value(
        "Omniva lubas paki eile tuua, täna ka mitte. Olen rase ja ootan vankrit! Lähen tarbijakaitsesse."
    )
    assert_fits(page)
    picture(page, "phone-en-correcting")


@pytest.mark.parametrize("language", ["fi", "ru"])
def test_slider_of_a_backtest(
    language: str, town: Town, open_page: Callable[..., Page], picture: Callable[..., None], monkeypatch: Any
) -> None:
    """By keys, on a phone: each level has its sentence, its row and its word on each blow-up, and everything fits."""
    monkeypatch.setattr("models.backtest.LEVELS", (10.0, 25.0))
    number = replayed(town)
    page = open_page(PHONE, language)
    sign_in(page, {"fi": "matti", "ru": "olga"}[language])
    page.goto(f"/backtests/{number}")
    slider, said = page.locator("#level"), page.locator("#level-said")
    expect(slider).to_have_value("2")
    expect(page.locator(".at-level .chip")).to_have_class("chip fate missed")
    before = said.inner_text()
    slider.focus()
    slider.press("Home")
    expect(said).not_to_have_text(before)
    expect(said).to_contain_text("10")
    expect(slider).to_have_attribute("aria-valuetext", said.inner_text())
    expect(page.locator("tr[aria-current=true] th")).to_have_text("10")
    expect(page.locator(".at-level .chip")).to_have_class("chip fate caught")
    picture(page, f"backtest-{language}")
    assert_fits(page)


def test_backtest_without_scripts(town: Town, chromium: Browser, site: str, monkeypatch: Any) -> None:
    """Without scripts there is no slider to be puzzled by, and the table has all levels."""
    monkeypatch.setattr("models.backtest.LEVELS", (10.0, 25.0))
    number = replayed(town)
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.goto("/")
    sign_in(page, "emma")
    page.goto(f"/backtests/{number}")
    expect(page.locator("[data-levels]")).to_be_hidden()
    expect(page.locator("tr[data-level]")).to_have_count(3)
    expect(page.locator(".at-level")).to_be_hidden()
    context.close()


def test_two_agents_never_write_the_same_answer(
    town: Town, open_page: Callable[..., Page], picture: Callable[..., None]
) -> None:
    """Emma begins; Sirje's open page says so by itself, she takes over with a note, and Emma's page lets go."""
    with town.ledger.write() as tx:
        said = posts.get(tx, "town:1")
        assert said is not None
        clocks.start(tx, 1, said, town.clock() + timedelta(minutes=15), town.clock())
    emma, sirje = open_page(PHONE), open_page(DESKTOP, "et")
    for page, name in ((emma, "emma"), (sirje, "sirje")):
        sign_in(page, name)
        page.goto("/incidents/1")
    expect(emma.locator(".countdown time.count")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    emma.locator("#incident").get_by_role("button", name="Start answering").click()
    expect(emma.locator("#claim")).to_contain_text("You are writing the answer")
    assert_fits(emma)
    picture(emma, "phone-en-claim")
    expect(sirje.locator("#claim")).to_contain_text("Emma", timeout=60_000)
    expect(sirje.locator("#incident").get_by_role("button", name="Alusta vastamist")).to_have_count(0)
    sirje.locator("#take-over summary").click()
    sirje.locator("#take-over [name=note]").fill("Emma sööb lõunat")
    assert_fits(sirje)
    sirje.locator("#take-over button").click()
    expect(sirje.locator("#claim.mine")).to_be_visible()
    picture(sirje, "desktop-et-claim")
    expect(emma.locator("#claim")).to_contain_text("Sirje", timeout=60_000)
    emma.locator("#hand-over summary").click()
    emma.locator("#ask-manager summary").click()
    assert_fits(emma)
    picture(emma, "phone-en-hand-over")


def test_closed_page_lets_the_answer_go(town: Town, open_page: Callable[..., Page]) -> None:
    """Going through pages keeps the claim; closing the browser ends it within the grace, long before its lease."""
    page = open_page()
    sign_in(page, "emma")
    page.goto("/incidents/1")
    # Each page gives its own sign: that of the first is no word of the one that is loaded after it.
    with page.expect_response("**/claim/renew"):
        page.locator("#incident").get_by_role("button", name="Start answering").click()
    with page.expect_response("**/claim/renew"):
        page.reload()
    now = town.clock()
    with town.ledger.read() as tx:
        held = claims.holder(tx, 1, now)
    assert held is not None
    assert held.until > now + claims.GRACE
    page.goto("/inbox")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with town.ledger.read() as tx:
            if claims.holder(tx, 1, town.clock() + timedelta(minutes=1)) is None:
                return
        time.sleep(0.1)
    raise AssertionError("the claim outlived its page")


@pytest.mark.parametrize("room", ["inbox", "incidents/1", "weekly", "rota"])
def test_letters_twice_as_large_stay_words(room: str, open_page: Callable[..., Page]) -> None:
    """On a phone whose reader needs large letters nothing is cut, covered, or broken into a letter a line."""
    page = open_page(PHONE, "ru")
    sign_in(page, "olga")
    page.goto(f"/{room}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    squeezed = page.evaluate(
        """() => [...document.querySelectorAll('.where, .reason > span:not(.end), button, .button, .tabs a, .rooms a')]
        .filter(e => e.checkVisibility())
        .filter(e => e.scrollWidth > e.clientWidth + 1 || e.matches('span')
            && e.getBoundingClientRect().width < 4 * parseFloat(getComputedStyle(e).fontSize))
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert squeezed == []
    if page.locator(".thumb").count():
        bar, menu = page.locator(".thumb").bounding_box(), page.locator(".rooms").bounding_box()
        assert bar is not None
        assert menu is not None
        assert bar["y"] + bar["height"] <= menu["y"] + 1


@pytest.mark.parametrize("drawer", ["#hand-over", "#ask-manager"])
def test_drawers_take_the_whole_width(drawer: str, open_page: Callable[..., Page]) -> None:
    """Whoever hands a case over on a phone has room to write what the next person should know."""
    page = open_page(PHONE, "et")
    sign_in(page, "sirje")
    page.goto("/incidents/1")
    page.locator(f"{drawer} > summary").click()
    field = page.locator(f"{drawer} textarea")
    assert field.evaluate("e => e.getBoundingClientRect().width") > PHONE["width"] * 0.85
