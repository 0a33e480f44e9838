"""Alerts that called nobody, on the pages: one tap away, never among those that people were called to."""

import re
from collections.abc import Callable

import pytest
from fakes.town import Browser, Town
from sqlalchemy import insert, select

from monitors.ledger.schema import incidents

Enter = Callable[[str | None], Browser]
WAITS = {"emma": "in the digest", "sirje": "kokkuvõttes", "olga": "в сводке"}

WAITING = {"emma": "further alerts wait here", "sirje": "Ükski ei lähe kaduma", "olga": "Ни одно не пропадает"}
"""Part of why they wait."""


def hold(town: Town, number: int) -> None:
    """Let an incident be held."""
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE incidents SET held_at = opened_at, escalate_at = NULL WHERE id = ?", (number,))


@pytest.mark.parametrize("who", WAITS)
def test_a_held_alert_is_one_tap_away(who: str, town: Town, as_: Enter) -> None:
    """The inbox leads to the digest, which has it; the list of calls does not; its own page says so."""
    person = as_(who)
    assert "state=digest" not in person.get("/inbox").text
    hold(town, 1)
    inbox = person.get("/inbox").text
    assert "state=digest" in inbox
    assert 'id="incident-1"' not in inbox
    assert 'id="incident-1"' not in person.get("/inbox?state=open").text
    digest = person.get("/inbox?state=digest").text
    assert 'id="incident-1"' in digest
    assert WAITING[who] in digest
    assert WAITING[who] not in person.get("/inbox").text
    assert WAITS[who] in person.get("/overview").text
    assert WAITS[who] in person.get("/incidents/1").text


def test_taking_it_in_hand_takes_it_out_of_the_digest(town: Town, as_: Enter) -> None:
    """A held alert is handled like any other, and an empty digest says what it is for."""
    hold(town, 1)
    as_("emma").form("/incidents/1/acknowledge")
    assert 'id="incident-1"' in as_("emma").get("/inbox?state=acknowledged").text
    assert "The digest is empty." in as_("emma").get("/inbox?state=digest").text


@pytest.mark.parametrize(("who", "said"), [("emma", "how bad"), ("sirje", "kui halb"), ("olga", "насколько плохо")])
def test_the_arithmetic_of_the_risk_is_on_the_page(who: str, said: str, town: Town, as_: Enter) -> None:
    """One number, and the three factors that make it, with what each rests on."""
    page = as_(who).get("/incidents/1").text
    assert "≈ 100 ×" in page
    assert said in page


def test_more_than_a_thousand_are_told_as_such(town: Town, as_: Enter) -> None:
    """A tab and a tile count a thousand incidents exactly, and say of one more that there are more than they count."""
    with town.ledger.write() as tx:
        row = tx.execute(select(incidents).where(incidents.c.id == 1)).mappings().one()
        new = [{**row, "id": 100 + number, "story_id": f"town:{number}"} for number in range(997)]
        tx.execute(insert(incidents), new)
    emma = as_("emma")
    assert figures(emma) == ("1,000", "1,000")
    with town.ledger.write() as tx:
        tx.execute(insert(incidents).values({**row, "id": 99, "story_id": "town:one more"}))
    assert figures(emma) == ("1,000+", "1,000+")
    assert figures(as_("sirje")) == ("1\u00a0000+", "1\u00a0000+")


def figures(person: Browser) -> tuple[str, str]:
    """How many new incidents the tab of the inbox has, and the tile of the overview."""
    tab = re.search(r'state=open"[^>]*>[^<]*<span class="tally">([^<]+)<', person.get("/inbox").text)
    tile = re.search(r'state=open"><span class="figure alarm">([^<]+)<', person.get("/overview").text)
    assert tab
    assert tile
    return tab[1], tile[1]
