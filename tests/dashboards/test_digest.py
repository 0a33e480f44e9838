"""Alerts that called nobody, on the pages: one tap away, never among those that people were called to."""

from collections.abc import Callable

import pytest
from fakes.town import Browser, Town

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
