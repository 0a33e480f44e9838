"""Links of messages: they act once, for the person they were sent to, and for no machine that looks at them."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fakes.town import SECRET, Browser, Town
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from monitors.ledger import incidents, people, promises
from monitors.ledger.desk_schema import link_uses
from monitors.ledger.incidents import Verdict
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.links import (
    LINKS_LAST,
    PAGE_LASTS,
    ActionLink,
    LinkAction,
    opened,
    page_key,
    sign,
    was_on_page,
)
from monitors.messages.composer import Composer

Enter = Callable[[str | None], Browser]
ACTIONS = tuple(LinkAction)


def _token(town: Town, action: LinkAction = LinkAction.NOISE, person: str = "sirje") -> str:
    return sign(SECRET, ActionLink(1, action, person, town.clock() + LINKS_LAST))


def _state(town: Town) -> tuple[str, int, int]:
    with town.ledger.read() as tx:
        uses = len(tx.execute(select(link_uses.c.token)).all())
        return incidents.require(tx, 1).status, len(promises.of_incident(tx, 1)), uses


def _addresses(town: Town) -> Iterator[str]:
    message = Composer(town.ledger, "", SECRET, town.clock).compose(Letter("k", "sirje", "mail", "alert", 1, {}))
    yield from (word for word in re.split(r'[\s"<>]+', f"{message.text} {message.html}") if word.startswith("/"))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_scanner_changes_nothing(action: LinkAction, town: Town, as_: Enter) -> None:
    """Every address of a message, by every method, plain and with made-up fields, as often as it likes."""
    scanner = as_(None)
    addresses = {*_addresses(town), f"/links/{_token(town, action)}"}
    assert len(addresses) >= len(ACTIONS)
    for address in addresses:
        for _ in range(2):
            scanner.get(address)
            scanner.head(address)
            scanner.options(address)
            scanner.post(address)
            scanner.post(address, data={"page": "x", "promises": "keep"})
            scanner.post(address, json={"page": page_key("another secret", "x", town.clock())})
            scanner.put(address)
            scanner.delete(address)
    assert _state(town) == ("open", 0, 0)


def test_a_plain_post_is_told_to_press_the_button(town: Town, as_: Enter) -> None:
    """Whoever posts without the page's value reads that nothing was changed, and finds the button."""
    answer = as_(None).post(f"/links/{_token(town)}")
    assert answer.status_code == 400
    assert "Midagi pole veel muudetud" in answer.text
    assert 'name="page"' in answer.text


@pytest.mark.parametrize("wrong", ["another link's", "an old one", "another secret's", "the token itself"])
def test_the_value_of_the_page_belongs_to_one_link_and_a_while(wrong: str, town: Town, as_: Enter) -> None:
    """A value of another page, of long ago, or made up without the secret presses nothing."""
    token, nobody = _token(town), as_(None)
    value = {
        "another link's": page_key(SECRET, _token(town, LinkAction.RESOLVE), town.clock()),
        "an old one": page_key(SECRET, token, town.clock()),
        "another secret's": page_key("another secret", token, town.clock()),
        "the token itself": token,
    }[wrong]
    if wrong == "an old one":
        town.clock.forward(seconds=PAGE_LASTS.total_seconds() + 1)
    assert nobody.post(f"/links/{token}", data={"page": value}).status_code == 400
    assert _state(town) == ("open", 0, 0)
    assert nobody.press(token).status_code == 200
    assert _state(town)[0] == "resolved"


CAME_OF_IT = {
    "sirje": "Sirje võttis selle lingiga juhtumi enda peale",
    "olga": "По этой ссылке инцидент уже взят в работу: ",
    "matti": "otti tapauksen hoitaakseen tällä linkillä",
    "emma": "Emma took it in hand with this link",
}


@pytest.mark.parametrize("who", CAME_OF_IT)
def test_a_link_that_was_pressed_says_what_came_of_it(who: str, town: Town, as_: Enter) -> None:
    """By whom, when and what, in the reader's language; it leads to the incident and has no button any more."""
    token, nobody = _token(town, LinkAction.ACKNOWLEDGE, who), as_(None)
    value = re.search(r'name="page" value="([^"]+)"', nobody.get(f"/links/{token}").text)
    assert value
    nobody.post(f"/links/{token}", data={"page": value[1]})
    town.clock.forward(minutes=3)
    for answer in (nobody.get(f"/links/{token}"), nobody.post(f"/links/{token}", data={"page": value[1]})):
        assert answer.status_code == 200
        assert CAME_OF_IT[who] in answer.text
        assert "12:00" in answer.text or "12.00" in answer.text, "10:00 UTC in Tallinn"
        assert 'href="/incidents/1"' in answer.text
        assert "<form" not in answer.text
    assert _state(town) == ("acknowledged", 0, 1)
    assert nobody.get("/incidents/1").headers["location"].startswith("/sign-in")


def test_a_link_acts_once_even_when_its_effect_is_gone(town: Town, as_: Enter) -> None:
    """A promise that was withdrawn is not made again by the link that made it."""
    token, nobody = _token(town, LinkAction.PROMISE), as_(None)
    nobody.press(token)
    as_("sirje").form("/promises/1/withdraw")
    value = page_key(SECRET, token, town.clock())
    assert "lubaduse" in nobody.post(f"/links/{token}", data={"page": value}).text
    assert _state(town) == ("acknowledged", 1, 1)


def test_a_link_that_could_not_act_is_not_used_up(town: Town, as_: Enter) -> None:
    """Somebody else had it in hand; when they give it back, a link that was sent since then works."""
    as_("emma").form("/incidents/1/acknowledge")
    assert "Emma" in as_(None).press(_token(town, LinkAction.ACKNOWLEDGE)).text
    assert _state(town) == ("acknowledged", 0, 0)


@pytest.mark.parametrize(("after", "status"), [(0.3, 200), (-0.3, 409)])
def test_a_link_of_the_same_second_as_a_return(after: float, status: int, town: Town, as_: Enter) -> None:
    """The message that tells of a case which is open again has links that work; an alert of just before has none."""
    town.clock.forward(seconds=0.5)
    with town.ledger.write() as tx:
        incidents.resolve(tx, 1, "emma", Verdict.RIGHT, town.clock())
        incidents.reopen(tx, 1, "emma", town.clock())
    town.clock.forward(seconds=after)
    token = _token(town)
    town.clock.forward(minutes=1)
    assert as_(None).get(f"/links/{token}").status_code == status


@pytest.mark.parametrize(
    ("who", "said"), [("emma", "This link was sent to somebody else."), ("olga", "другому человеку")]
)
def test_a_link_of_somebody_else_does_nothing(who: str, said: str, town: Town, as_: Enter) -> None:
    """Whoever is signed in reads, in their own language, that it is not theirs; it works for its own person."""
    token, other = _token(town), as_(who)
    value = page_key(SECRET, token, town.clock())
    for answer in (other.get(f"/links/{token}"), other.post(f"/links/{token}", data={"page": value})):
        assert answer.status_code == 403
        assert said in answer.text
    assert _state(town) == ("open", 0, 0)
    assert as_("sirje").press(token).status_code == 200
    assert _state(town)[0] == "resolved"


def test_a_link_that_is_too_old_says_so_in_its_readers_language(town: Town, as_: Enter) -> None:
    """After two days it is refused in Estonian to an Estonian, whatever the browser speaks."""
    token, nobody = _token(town), as_(None)
    value = page_key(SECRET, token, town.clock() + LINKS_LAST)
    town.clock.forward(hours=48, seconds=1)
    for answer in (nobody.get(f"/links/{token}"), nobody.post(f"/links/{token}", data={"page": value})):
        assert answer.status_code == 403
        assert "rohkem kui kaks päeva tagasi" in answer.text
    assert _state(town) == ("open", 0, 0)


@pytest.mark.parametrize("became", ["viewer", "locked out"])
def test_a_link_of_somebody_who_handles_nothing_any_more(became: str, town: Town, as_: Enter) -> None:
    """Who was made a viewer or was locked out since the message changes nothing, with the page still open."""
    token, nobody = _token(town), as_(None)
    value = page_key(SECRET, token, town.clock())
    with town.ledger.write() as tx:
        if became == "viewer":
            viewer = Person("sirje", "Sirje", Role.VIEWER, "et", "Europe/Tallinn", ())
            people.save(tx, viewer, "anna", town.clock())
        else:
            people.deactivate(tx, "sirje", "anna", town.clock())
    for answer in (nobody.get(f"/links/{token}"), nobody.post(f"/links/{token}", data={"page": value})):
        assert answer.status_code == 403
        assert "/links/" not in answer.text
    assert _state(town) == ("open", 0, 0)


@given(data=some.data())
def test_no_letter_of_a_link_can_be_changed(data: some.DataObject) -> None:
    """With one letter replaced, added or left out it is none of ours, and neither is the value of its page."""
    from fakes.town import NOON

    token = sign(SECRET, ActionLink(1, LinkAction.NOISE, "sirje", NOON + timedelta(hours=1)))
    key = page_key(SECRET, token, NOON)
    at = data.draw(some.integers(0, len(token) - 2))
    letter = data.draw(some.sampled_from("abcXYZ019-_.\u00e4 "))
    forged = data.draw(some.sampled_from([token[:at] + letter + token[at + 1 :], token[:at] + token[at + 1 :]]))
    if forged != token:
        assert opened(SECRET, forged) is None
        assert not was_on_page(SECRET, forged, key, NOON)
    assert was_on_page(SECRET, token, key, NOON)
    assert not was_on_page(SECRET, token, key[:-2], NOON)
