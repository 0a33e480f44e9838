"""What people take back, what the page asks before it does it, and what it refuses kindly."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fakes.town import SECRET, Browser, Town

from monitors.ledger import incidents, promises
from monitors.ledger.promises import PromiseStatus
from monitors.links import LINKS_LAST, ActionLink, LinkAction, sign

Enter = Callable[[str | None], Browser]
ASKED = {
    "sirje": "kas lubadus on täidetud või võetakse see tagasi?",
    "olga": "обещание выполнено или отзывается?",
    "matti": "pidettiinkö lupaus vai perutaanko se?",
    "emma": "was it kept, or is it withdrawn?",
}


def state(town: Town) -> tuple[str, list[str]]:
    """The first incident's status, and those of its promises."""
    with town.ledger.read() as tx:
        row: Any = incidents.require(tx, 1)
        return row.status, [each.status for each in promises.of_incident(tx, 1)]


@pytest.mark.parametrize("who", ASKED)
@pytest.mark.parametrize(("answer", "becomes"), [("keep", "kept"), ("withdraw", "withdrawn")])
def test_resolving_asks_what_becomes_of_a_promise(who: str, answer: str, becomes: str, town: Town, as_: Enter) -> None:
    """Nothing is resolved while a customer waits; the page asks, and its answer does both, with the note kept."""
    person = as_(who)
    person.form("/incidents/1/promise", due="10", what="a call <b>")
    page = person.form("/incidents/1/resolve", verdict="right", note="all is well", back="/inbox")
    assert page.status_code == 409
    assert ASKED[who] in page.text
    assert "a call &lt;b&gt;" in page.text
    assert state(town) == ("acknowledged", ["open"])
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert person.form("/incidents/1/resolve", **fields, promises=answer).headers["location"] == "/inbox"
    assert state(town) == ("resolved", [becomes])
    assert "all is well" in person.get("/incidents/1").text


@pytest.mark.parametrize(("answer", "becomes"), [("keep", "kept"), ("withdraw", "withdrawn")])
def test_link_of_a_message_asks_the_same(answer: str, becomes: str, town: Town, as_: Enter) -> None:
    """Who resolves from a mail is asked on the page that opens, without signing in."""
    as_("emma").form("/incidents/1/promise", due="10")
    token = sign(SECRET, ActionLink(1, LinkAction.RESOLVE, "sirje", town.clock() + timedelta(hours=1)))
    nobody = as_(None)
    asked = nobody.press(token)
    assert ASKED["sirje"] in asked.text
    assert state(town) == ("acknowledged", ["open"])
    assert "Aitäh, Sirje" in nobody.press(token, promises=answer).text
    assert state(town) == ("resolved", [becomes])


def test_link_of_a_message_says_who_was_faster(town: Town, as_: Enter) -> None:
    """Who opens a mail late learns that a colleague has it, in their own language."""
    as_("emma").form("/incidents/1/acknowledge")
    token = sign(SECRET, ActionLink(1, LinkAction.ACKNOWLEDGE, "sirje", town.clock() + timedelta(hours=1)))
    page = as_(None).press(token).text
    assert "Emma on selle juba enda peale võtnud (hetk tagasi)." in page
    assert "Aitäh" not in page


STALE = {
    "sirje": "Pärast selle lingi saatmist avati juhtum uuesti või anti tagasi.",
    "olga": "После отправки этой ссылки инцидент открыли снова или вернули в общую очередь.",
    "matti": "Tapaus avattiin uudelleen tai annettiin takaisin tämän linkin lähettämisen jälkeen.",
    "emma": "The incident was reopened or given back after this link was sent.",
}


@pytest.mark.parametrize("who", STALE)
@pytest.mark.parametrize(
    ("action", "undo", "then"),
    [
        (LinkAction.RESOLVE, "reopen", "acknowledged"),
        (LinkAction.NOISE, "reopen", "acknowledged"),
        (LinkAction.ACKNOWLEDGE, "release", "open"),
    ],
)
def test_link_does_not_do_again_what_was_undone(
    who: str, action: LinkAction, undo: str, then: str, town: Town, as_: Enter
) -> None:
    """After an undo on the page an older link asks nothing and changes nothing; one sent later works."""
    nobody, older = as_(None), sign(SECRET, ActionLink(1, action, who, town.clock() + LINKS_LAST))
    town.clock.forward(minutes=1)
    assert nobody.press(older).status_code == 200
    town.clock.forward(minutes=1)
    as_(who).form(f"/incidents/1/{undo}")
    assert state(town)[0] == then
    for answer in (nobody.get(f"/links/{older}"), nobody.press(older)):
        assert (answer.status_code, STALE[who] in answer.text) == (409, True)
        assert 'href="/incidents/1"' in answer.text
        assert "<form" not in answer.text
    assert state(town)[0] == then
    later = sign(SECRET, ActionLink(1, action, who, town.clock() + LINKS_LAST))
    assert nobody.press(later).status_code == 200
    assert state(town)[0] != then


def test_taking_is_undone_by_whoever_took(town: Town, as_: Enter) -> None:
    """Only they see the button; pressed, the incident waits for anybody again, and the log tells of both."""
    emma, olga = as_("emma"), as_("olga")
    emma.form("/incidents/1/acknowledge")
    assert "/incidents/1/release" in emma.get("/incidents/1").text
    assert "/incidents/1/release" in emma.get("/inbox").text
    assert "/incidents/1/release" not in olga.get("/incidents/1").text
    emma.form("/incidents/1/release")
    assert state(town) == ("open", [])
    assert "gave it back" in emma.get("/incidents/1").text
    emma.form("/incidents/1/promise", due="10")
    assert "/incidents/1/release" not in emma.get("/incidents/1").text, "a promise is a duty"
    refused = emma.form("/incidents/1/release")
    assert refused.status_code == 409
    assert "A promise to the customer is still open." in refused.text


def test_kept_is_undone_and_a_promise_withdrawn(town: Town, as_: Enter) -> None:
    """The clock runs on after an undo; a withdrawn promise is waited for by nobody; a colleague sees no undo."""
    emma, olga = as_("emma"), as_("olga")
    emma.form("/incidents/1/promise", due="10")
    emma.form("/promises/1/keep")
    assert "/promises/1/unkeep" not in olga.get("/incidents/1").text
    page = emma.get("/incidents/1").text
    assert "/promises/1/unkeep" in page
    assert "/promises/1/withdraw" not in page
    emma.form("/promises/1/unkeep")
    assert state(town)[1] == [PromiseStatus.OPEN]
    assert 'data-due="2026-03-10T10:10:00+00:00"' in emma.get("/incidents/1").text
    emma.form("/promises/1/withdraw")
    page = emma.get("/incidents/1").text
    assert state(town)[1] == [PromiseStatus.WITHDRAWN]
    assert "withdrawn</span>" in page
    assert "/promises/1/keep" not in page
    assert "/promises/1/unkeep" not in page
    assert '<div class="promise withdrawn">' in page
    emma.form("/promises/1/unkeep")
    page = emma.get("/incidents/1").text
    assert "Emma has withdrawn the promise already" in page
    assert "its clock runs on" not in page
    assert emma.form("/incidents/1/resolve", verdict="noise").status_code == 303


def test_second_giver_learns_who_gave_it_before(town: Town, as_: Enter) -> None:
    """Who gives away what another has given since their page was drawn changes nothing and is told."""
    emma, sirje = as_("emma"), as_("sirje")
    assert 'name="was" value=""' in emma.get("/inbox").text
    emma.form("/incidents/1/assign", assignee="olga", was="")
    assert sirje.form("/incidents/1/assign", assignee="matti", was="").status_code == 303
    with town.ledger.read() as tx:
        assert incidents.require(tx, 1).assignee == "olga"
    told = sirje.get("/incidents/1")
    assert "Emma on selle" in told.text
    assert "kuula_told" in told.headers["set-cookie"]


def test_told_words_travel_by_https_only(town: Town, as_: Enter) -> None:
    """Where the pages are reached by https, the cookie that carries the words is sent nowhere else."""
    emma, sirje = as_("emma"), as_("sirje")
    emma.form("/incidents/1/assign", assignee="olga", was="")
    sirje.base_url = "https://testserver"
    late = sirje.form("/incidents/1/assign", assignee="matti", was="")
    assert "kuula_told" in late.headers["set-cookie"]
    assert "Secure" in late.headers["set-cookie"]


def test_cookie_of_the_door_is_not_shown_as_our_words(as_: Enter) -> None:
    """What the door signs for anybody is good at the door only."""
    nobody, emma = as_(None), as_("emma")
    nobody.get("/sign-in")
    emma.cookies.set("kuula_told", nobody.cookies["kuula_door"])
    assert nobody.cookies["kuula_door"].partition(".")[0] not in emma.get("/inbox").text


def test_told_words_are_ours_alone(as_: Enter) -> None:
    """A cookie that somebody else wrote is not shown."""
    emma = as_("emma")
    emma.cookies.set("kuula_told", "call%20this%20number.abc")
    assert "call this number" not in emma.get("/inbox").text


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u00a0", "\u3164"])
def test_empty_notes_are_refused_kindly(text: str, town: Town, as_: Enter) -> None:
    """A note without a word is not written, and the reader is told what to do."""
    answer = as_("sirje").form("/incidents/1/note", text=text)
    assert answer.status_code == 400
    assert "Märkus on tühi" in answer.text
    with town.ledger.read() as tx:
        assert [row.kind for row in incidents.events(tx, 1)] == ["opened"]
