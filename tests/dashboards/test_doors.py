"""Who gets in, what they may do, and what forms and addresses from elsewhere cannot."""

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest
from argon2 import PasswordHasher
from fakes.town import PASSWORD, SECRET, Browser, Clock, Town, enter
from fastapi.routing import APIRoute

from dashboards.headers import MOST_BODY
from dashboards.office import AT_ONCE
from dashboards.throttle import TRIES_PER_ADDRESS, TRIES_PER_NAME, WINDOW, Throttle
from dashboards.visitors import SESSION_COOKIE
from monitors import passwords
from monitors.ledger import audit, incidents, people
from monitors.ledger.people import Person, Role

Enter = Callable[[str | None], Browser]
OPEN_TO_ALL = {"sign_in", "sign_in_send", "healthz", "static", "link", "press_link"}
FOR_INCIDENTS = {"acknowledge", "release", "assign", "resolve", "reopen", "note"}
FOR_ROTA = {"swap", "away", "take_duty", "withdraw_change"}
FOR_ANSWERS = {"claim", "free_claim", "take_over_claim", "renew_claim", "leave_claim"}
FOR_ANSWERS |= {"hand_over", "hand_back", "ask_manager", "unask_manager"}
FOR_PROMISES = {"promise", "keep", "unkeep", "withdraw", "extend"}
FOR_CASES = {"correct", "tick", "untick", "conceding", "decide", "learn"}
FOR_REPLIES = {"check_reply", "check", "check_pasted", "reply", "approve_answer", "refuse_answer"}
FOR_REPLIES |= {"send_answer", "tell_answer", "withdraw_answer", "settle_answer"}
FOR_SUPPORT = FOR_INCIDENTS | FOR_ROTA | FOR_ANSWERS | FOR_PROMISES | FOR_CASES | FOR_REPLIES
FOR_MANAGERS = {"answer_manager"}
FOR_ADMINS = {"people", "save_person", "give_password", "lock_person", "audit"}
FOR_ADMINS |= {"tokens", "make_token", "revoke_token", "resend_hook", "test_channel"}
FILLED = {
    "incident_id": "1",
    "seq": "1",
    "promise_id": "1",
    "answer_id": "1",
    "where": "there",
    "question_id": "1",
    "backtest_id": "1",
    "name": "emma",
    "token": "x",
    "token_id": "1",
    "change_id": "1",
    "number": "0",
}


def routes(town: Town) -> list[tuple[str, str, str]]:
    """Name, method and address of everything that the application answers."""
    found = []
    for route in _flat(town.app.routes):
        if isinstance(route, APIRoute):
            address = re.sub(r"{(\w+)}", lambda part: FILLED[part[1]], route.path)
            found.extend((route.name, method, address) for method in route.methods)
    return found


def _flat(found: list[object]) -> list[object]:
    flat: list[object] = []
    for route in found:
        flat.extend(_flat(route.original_router.routes) if hasattr(route, "original_router") else [route])
    return flat


def test_every_route_asks_who_is_there(town: Town, as_: Enter) -> None:
    """Without a sign-in every page leads to the door, and everything that changes something refuses."""
    nobody = as_(None)
    asked = 0
    for name, method, address in routes(town):
        if name in OPEN_TO_ALL:
            continue
        asked += 1
        answer = nobody.request(method, address, headers={"accept": "text/html"})
        if method == "GET":
            assert answer.status_code == 303, name
            assert answer.headers["location"].startswith("/sign-in?next="), name
        else:
            assert answer.status_code == 401, name
            assert 'href="/sign-in"' in answer.text, name
    assert asked >= 25


@pytest.mark.parametrize(("who", "role"), [("vello", Role.VIEWER), ("emma", Role.SUPPORT), ("anna", Role.ADMIN)])
def test_roles_open_their_doors_and_no_others(who: str, role: Role, town: Town, as_: Enter) -> None:
    """A viewer changes nothing, support handles incidents, only admins see people and the audit log."""
    browser = as_(who)
    for name, method, address in routes(town):
        if name in OPEN_TO_ALL | {"live", "sign_out"}:
            continue
        closed = (name in FOR_SUPPORT and role is Role.VIEWER) or (
            name in FOR_ADMINS | FOR_MANAGERS and role is not Role.ADMIN
        )
        answer = browser.form(address) if method == "POST" else browser.get(address)
        assert (answer.status_code == 403) is closed, (name, answer.status_code)
        assert answer.status_code < 500, name


def test_no_form_works_without_its_key(town: Town, as_: Enter) -> None:
    """Every form is refused without the key of this sign-in, and with somebody else's."""
    anna, emma = as_("anna"), as_("emma")
    key = re.search(r'name="csrf" value="(\w+)"', emma.get("/inbox").text)
    assert key is not None
    for name, method, address in routes(town):
        if method == "POST" and name not in OPEN_TO_ALL:
            for fields in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": key[1]}):
                assert anna.post(address, data=fields).status_code == 403, (name, fields)
    assert emma.post("/incidents/1/acknowledge", data={"csrf": key[1]}).status_code == 303


def door(browser: Browser) -> str:
    """Look at the sign-in form and take its key."""
    found = re.search(r'name="csrf" value="(\w+)"', browser.get("/sign-in").text)
    assert found is not None
    return found[1]


def knock(browser: Browser, name: str, password: str, **fields: str) -> int:
    """Try to sign in; gives the status."""
    data = {"csrf": door(browser), "name": name, "password": password, **fields}
    return browser.post("/sign-in", data=data).status_code


def test_password_opens_a_session_and_signing_out_ends_it(town: Town, as_: Enter) -> None:
    """The right password gives an HttpOnly cookie, which is worth nothing after signing out."""
    browser = as_(None)
    assert knock(browser, "emma", "wrong") == 401
    answer = browser.post("/sign-in", data={"csrf": door(browser), "name": "emma", "password": PASSWORD})
    assert answer.status_code == 303
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = browser.cookies[SESSION_COOKIE]
    assert browser.get("/inbox").status_code == 200
    assert browser.form("/sign-out").status_code == 303
    browser.cookies.set(SESSION_COOKIE, token)
    assert browser.get("/inbox").status_code == 303
    with town.ledger.read() as tx:
        assert [row.action for row in audit.newest(tx, 2)] == ["signed_out", "signed_in"]


def test_cookie_is_secure_over_https(town: Town) -> None:
    """Behind TLS the cookie never travels without it, and browsers are told so."""
    browser = Browser(town.app, base_url="https://testserver", follow_redirects=False)
    answer = browser.post("/sign-in", data={"csrf": door(browser), "name": "emma", "password": PASSWORD})
    assert all(
        "Secure" in cookie for cookie in answer.headers.get_list("set-cookie") if "max-age=0" not in cookie.lower()
    )
    assert "strict-transport-security" in answer.headers


def test_session_ends_by_the_clock(town: Town, as_: Enter) -> None:
    """After its hours a session is over, however often it was used."""
    browser = as_("emma")
    town.clock.forward(hours=11, minutes=59)
    assert browser.get("/inbox").status_code == 200
    town.clock.forward(minutes=2)
    assert browser.get("/inbox").status_code == 303


def test_locked_out_people_are_out_at_once(town: Town, as_: Enter) -> None:
    """An admin who locks somebody out ends their session too."""
    emma = as_("emma")
    assert as_("anna").form("/people/emma/lock").status_code == 303
    assert emma.get("/inbox").status_code == 303
    assert knock(as_(None), "emma", PASSWORD) == 401


def test_guessing_is_slowed_down_by_name(town: Town, as_: Enter) -> None:
    """After some wrong passwords even the right one has to wait; others at the same address do not."""
    browser = as_(None)
    for _ in range(TRIES_PER_NAME):
        assert knock(browser, "emma", "wrong") == 401
    assert knock(browser, "emma", PASSWORD) == 429
    assert knock(browser, "anna", PASSWORD) == 303
    town.clock.forward(seconds=WINDOW.total_seconds())
    assert knock(browser, "emma", PASSWORD) == 303


def test_guesses_at_once_are_counted_like_guesses_in_turn(as_: Enter) -> None:
    """Thirty wrong passwords sent together are not thirty tries, at the door and on one's own page alike."""
    browsers = [as_(None) for _ in range(30)]
    keys = [door(browser) for browser in browsers]
    inside = [as_("emma") for _ in range(30)]
    together = Barrier(30)

    def guess(number: int) -> int:
        together.wait()
        data = {"csrf": keys[number], "name": "olga", "password": "wrong"}
        return browsers[number].post("/sign-in", data=data).status_code

    def change(own: Browser) -> int:
        together.wait()
        return own.form("/account/password", current="wrong", password="another long one").status_code

    with ThreadPoolExecutor(30) as threads:
        at_the_door = Counter(threads.map(guess, range(30)))
        on_the_page = Counter(threads.map(change, inside))
    assert at_the_door == {401: TRIES_PER_NAME, 429: 30 - TRIES_PER_NAME}
    assert on_the_page == {403: TRIES_PER_NAME, 429: 30 - TRIES_PER_NAME}


def test_few_passwords_are_looked_at_side_by_side(as_: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look takes 64 MB: of thirty strangers at once all are answered, and four at most are looked at together."""
    browsers = [as_(None) for _ in range(30)]
    keys = [door(browser) for browser in browsers]
    look, lock, together, at_once = passwords.check, Lock(), Barrier(30), [0, 0]

    def counted(password: str, stored: str | None) -> passwords.Checked:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        try:
            return look(password, stored)
        finally:
            with lock:
                at_once[0] -= 1

    def guess(number: int) -> int:
        together.wait()
        data = {"csrf": keys[number], "name": f"nobody {number}", "password": "wrong"}
        return browsers[number].post("/sign-in", data=data).status_code

    monkeypatch.setattr(passwords, "check", counted)
    with ThreadPoolExecutor(30) as threads:
        assert Counter(threads.map(guess, range(30))) == {401: 30}
    assert 1 < at_once[1] <= AT_ONCE


@pytest.mark.parametrize(
    ("addresses", "same"),
    [
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), True),
        (("2001:db8:1:2::1", "2001:db8:1:3::1"), False),
        (("fe80::1%eth0", "fe80::2%eth0"), True),
        (("192.0.2.1", "192.0.2.2"), False),
        (("192.0.2.1", "::ffff:192.0.2.1"), True),
        (("::ffff:192.0.2.1", "::ffff:192.0.2.2"), False),
        (("", "a socket"), False),
    ],
)
def test_whoever_has_a_network_has_the_tries_of_one(addresses: tuple[str, str], *, same: bool, clock: Clock) -> None:
    """Of IPv6 anybody has 2**64 addresses: they count as one; others count for themselves, however they are written."""
    throttle = Throttle(clock)
    first, second = addresses
    for _ in range(TRIES_PER_NAME):
        assert throttle.attempt("emma", first) is None
    assert (throttle.attempt("emma", second) is not None) is same


def test_right_passwords_are_not_counted(clock: Clock) -> None:
    """A team behind one address signs in as often as it likes; the wrong ones alone make all of it wait."""
    throttle = Throttle(clock)
    for number in range(2 * TRIES_PER_ADDRESS):
        assert throttle.attempt(f"person {number}", "office") is None
        throttle.succeeded(f"person {number}", "office")
    for number in range(TRIES_PER_ADDRESS):
        assert throttle.attempt(f"guessed {number}", "office") is None
    assert throttle.attempt("emma", "office") == WINDOW


def test_unknown_names_sound_like_wrong_passwords(as_: Enter) -> None:
    """The answer does not tell whether a name exists."""
    first, second = as_(None), as_(None)
    unknown = first.post("/sign-in", data={"csrf": door(first), "name": "nobody", "password": "x"})
    wrong = second.post("/sign-in", data={"csrf": door(second), "name": "emma", "password": "x"})
    strip = re.compile(r'value="[^"]*"|data-now="[^"]*"')
    assert unknown.status_code == wrong.status_code == 401
    assert strip.sub("", unknown.text) == strip.sub("", wrong.text)


def test_old_hashes_are_renewed(town: Town, as_: Enter) -> None:
    """A password stored with weaker parameters is stored anew when its owner signs in."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with town.ledger.write() as tx:
        people.set_password(tx, "emma", weak, "kuula", town.clock())
    assert knock(as_(None), "emma", PASSWORD) == 303
    with town.ledger.read() as tx:
        assert people.password_of(tx, "emma") != weak
    assert knock(as_(None), "emma", PASSWORD) == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0d%0aSet-Cookie:x",
        "javascript:1",
        "/\tevil",
        "http:evil",
        "/\u202eevil",
    ],
)
def test_nobody_is_sent_to_another_site(elsewhere: str, as_: Enter) -> None:
    """After signing in and after each form people stay here, whatever the address said."""
    browser = as_(None)
    answer = browser.post(
        "/sign-in", data={"csrf": door(browser), "name": "emma", "password": PASSWORD, "next": elsewhere}
    )
    safe = answer.headers["location"]
    assert safe == "/inbox" or (safe == elsewhere and safe.startswith("/%0d"))
    back = browser.form("/incidents/1/acknowledge", back=elsewhere).headers["location"]
    assert back == "/incidents/1" or back == safe


@pytest.mark.parametrize("address", ["/inbox/", "/static", "/api/v1", "/api/v1/incidents/", "//elsewhere.example/"])
def test_nobody_is_led_to_the_host_that_they_named(address: str, as_: Enter) -> None:
    """An address with a slash too many, or too few, is none: it was led to by the host of the request, without TLS."""
    for browser in (as_("emma"), as_(None)):
        answer = browser.get(f"http://testserver{address}", headers={"host": "elsewhere.example"})
        assert answer.status_code == 404
        assert "location" not in answer.headers


def test_signing_in_leads_where_people_wanted(as_: Enter) -> None:
    """Whoever followed a link to an incident arrives there after the door."""
    browser = as_(None)
    wanted = browser.get("/incidents/2", headers={"accept": "text/html"}).headers["location"]
    assert wanted == "/sign-in?next=%2Fincidents%2F2"
    answer = browser.post(
        "/sign-in", data={"csrf": door(browser), "name": "emma", "password": PASSWORD, "next": "/incidents/2"}
    )
    assert answer.headers["location"] == "/incidents/2"


def test_every_answer_is_guarded(town: Town, as_: Enter) -> None:
    """Pages, errors and refusals carry the headers, and no page has a script or a style of its own."""
    browser = as_("anna")
    for address in (
        "/inbox",
        "/incidents/1",
        "/overview",
        "/search?q=Omniva",
        "/sources",
        "/people",
        "/audit",
        "/account",
        "/nowhere",
        "/incidents/999",
        "/sign-in",
    ):
        answer = browser.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", answer.text), address


def test_oversized_bodies_are_refused_unread(as_: Enter) -> None:
    """Nobody fills the memory of the pages, signed in or not."""
    assert as_(None).post("/sign-in", content=b"x" * (MOST_BODY + 1)).status_code == 413


@pytest.mark.parametrize("charset", ["idna", "unicode_escape", "utf-16", "utf-8"])
def test_forms_with_files_are_refused_unread(charset: str, as_: Enter) -> None:
    """Nobody chooses by what their words are decoded: half a megabyte of one name took all pages five seconds."""
    name = b"--x\r\ncontent-disposition: form-data; name=name\r\n\r\nxn--" + b"a" * 400_000 + b"\r\n--x--"
    began = time.process_time()
    for kind in (f"multipart/form-data; charset={charset}; boundary=x", " Multipart/Form-Data;boundary=x"):
        headers = {"content-type": kind}
        for address in ("/sign-in", "/links/x", "/incidents/1/note", "/api/v1/replies/check"):
            assert as_(None).post(address, content=name, headers=headers).status_code == 415
    assert time.process_time() - began < 2


@pytest.mark.parametrize("address", ["/inbox?brand=a%00", "/overview?brand=%00", "/search?q=a%00b"])
def test_text_that_no_database_holds_is_refused(address: str, town: Town, as_: Enter) -> None:
    """A NUL in a form or an address is a mistake of the sender, on every database alike."""
    anna = as_("anna")
    assert anna.get(address).status_code == 400
    assert anna.form("/incidents/1/note", text="a\x00b").status_code == 400
    assert anna.form("/people/a%00b/lock").status_code == 400
    assert anna.form("/people/a%00b/password", password="ten letters").status_code == 400
    assert as_(None).post("/sign-in", data={"name": "a\x00", "password": "b"}).status_code == 400
    with town.ledger.read() as tx:
        assert not [row for row in incidents.events(tx, 1) if row.kind == "note"]


def test_passwords_change_only_with_the_present_one(town: Town, as_: Enter) -> None:
    """One's own password needs the present one and some length; other sign-ins of the same person end."""
    here, there = as_("emma"), enter(town, "emma")
    assert here.form("/account/password", current="wrong", password="another long one").status_code == 403
    assert here.form("/account/password", current=PASSWORD, password="short").status_code == 400
    assert here.form("/account/password", current=PASSWORD, password="another long one").status_code == 303
    assert here.get("/inbox").status_code == 200
    assert there.get("/inbox").status_code == 303
    assert knock(as_(None), "emma", "another long one") == 303


def test_admins_add_people_and_cannot_undo_themselves(town: Town, as_: Enter) -> None:
    """A new person signs in with the password they were given; an admin keeps their own role and door."""
    anna = as_("anna")
    fields = {"name": "new.one", "display": "New", "role": "support", "language": "fi", "timezone": "Europe/Helsinki"}
    assert anna.form("/people", **fields).status_code == 303
    assert anna.form("/people", **{**fields, "timezone": "Mars/Base"}).status_code == 400
    assert anna.form("/people", **{**fields, "role": "king"}).status_code == 400
    assert anna.form("/people/new.one/password", password="short").status_code == 400
    assert anna.form("/people/new.one/password", password="ten letters").status_code == 303
    assert knock(as_(None), "new.one", "ten letters") == 303
    assert anna.form("/people", **{**fields, "name": "anna", "role": "viewer"}).status_code == 400
    assert anna.form("/people/anna/lock").status_code == 400
    assert SECRET not in anna.get("/audit").text


def test_nobody_locked_out_saves_themselves_back(town: Town, as_: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is locked out while they save their own page is not let in again with their language."""
    emma, anna, seen = as_("emma"), as_("anna"), people.session_person

    def meanwhile(*visit: Any) -> Person | None:
        found = seen(*visit)
        monkeypatch.setattr(people, "session_person", seen)
        assert anna.form("/people/emma/lock").status_code == 303
        return found

    monkeypatch.setattr(people, "session_person", meanwhile)
    assert emma.form("/account", display="E", language="fi", timezone="Europe/Helsinki").status_code == 401
    with town.ledger.read() as tx:
        assert people.get(tx, "emma") is None


def test_refusal_leads_back_to_where_it_happened(town: Town, as_: Enter) -> None:
    """Whoever is refused goes back to their page, after a sign-in too; a page of strangers is no way back."""
    emma, nobody = as_("emma"), as_(None)
    wrong = {"display": "E", "language": "et", "timezone": "Tallinn"}

    def refused(browser: Browser, address: str, referer: str) -> str:
        browser.headers["referer"] = referer
        return browser.form(address, **wrong).text

    assert '<a class="button primary" href="/account">' in refused(emma, "/account", "http://testserver/account")
    for foreign in ("https://evil.example/account", "http://testserver//evil.example/", "http://[", ""):
        assert '<a class="button primary" href="/inbox">' in refused(emma, "/account", foreign)
    page = refused(nobody, "/incidents/1/reply", "http://testserver/incidents/1?a=b")
    assert 'href="/sign-in?next=%2Fincidents%2F1%3Fa%3Db"' in page
    assert "You are signed out." in page
