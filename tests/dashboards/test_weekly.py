"""After the case: what was learnt is asked once it is over, and comes together on the page of the week."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fakes.town import NOON, Browser, Town
from sqlalchemy import update

from monitors.ledger.schema import posts

Enter = Callable[[str | None], Browser]
AFTER = {"emma": "Afterwards", "sirje": "Tagantjärele", "olga": "После", "matti": "Jälkikäteen"}
ASKED = {"emma": "What was behind it", "sirje": "Mis oli selle taga", "olga": "Что за этим стояло"}
LEARNT = {"cause": "lost", "remedy": "money_back", "cost": "12,50", "lesson": "Ask for the <b>number</b> first"}


@pytest.mark.parametrize("who", ASKED)
def test_a_case_that_is_over_asks_what_is_to_be_learnt(who: str, town: Town, as_: Enter) -> None:
    """The card comes with the resolution, in the agent's language, and begins with the remedy that was asked for."""
    person = as_(who)
    assert 'id="after"' not in person.get("/incidents/2").text
    person.form("/incidents/2/resolve", verdict="right")
    page = person.get("/incidents/2").text
    assert f'id="after-title">{AFTER[who]}<' in page
    assert ASKED[who] in page


def test_what_was_learnt_stands_on_the_case_and_in_the_week(town: Town, as_: Enter) -> None:
    """Cause, cost and lesson are kept as typed, escaped, shown on both pages, and can be changed."""
    person = as_("emma")
    person.form("/incidents/2/resolve", verdict="right")
    assert person.form("/incidents/2/learn", **LEARNT).status_code == 303
    for page in (person.get("/incidents/2").text, person.get(f"/weekly?day={NOON.date()}").text):
        assert "Ask for the &lt;b&gt;number&lt;/b&gt; first" in page
        assert "something was lost" in page
        assert "€12.50" in page
    person.form("/incidents/2/learn", **{**LEARNT, "cause": "staff", "cost": ""})
    assert "how staff behaved" in person.get("/incidents/2").text


@pytest.mark.parametrize("cost", ["a lot", "-5", "1e99", "12,345"])
def test_a_cost_that_is_no_sum_is_refused(cost: str, town: Town, as_: Enter) -> None:
    """Nothing is stored of a form whose sum is not understood."""
    person = as_("emma")
    person.form("/incidents/2/resolve", verdict="right")
    assert person.form("/incidents/2/learn", **{**LEARNT, "cost": cost}).status_code == 400
    assert "something was lost" not in person.get(f"/weekly?day={NOON.date()}").text


def test_who_only_looks_is_not_asked(town: Town, as_: Enter) -> None:
    """A viewer sees what was learnt and no form, and their form is refused."""
    as_("emma").form("/incidents/2/resolve", verdict="right")
    assert 'name="lesson"' not in as_("vello").get("/incidents/2").text
    assert as_("vello").form("/incidents/2/learn", **LEARNT).status_code == 403


QUIET = {"emma": "A quiet week", "sirje": "Vaikne nädal", "olga": "Тихая неделя"}


@pytest.mark.parametrize("who", QUIET)
def test_a_week_without_anything_says_so(who: str, town: Town, as_: Enter) -> None:
    """An empty page says that it is empty, for a day long ago, before the calendar, and one that is still to come."""
    assert QUIET[who] in as_(who).get("/weekly?day=2020-01-01").text
    assert as_(who).get("/weekly?day=0001-01-01").status_code == 200
    assert as_(who).get("/weekly?day=9999-12-31").status_code == 200
    assert as_(who).get("/weekly?day=yesterday").status_code == 400


def test_complaints_are_a_rate_of_when_somebody_listened(town: Town, as_: Enter) -> None:
    """A brand that was first heard of an hour ago has no rate yet; seven days stand beside seven days of deliveries."""

    def said() -> str:
        page = as_("emma").get(f"/weekly?day={NOON.date()}").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))

    assert "Omniva: 5 complaints (too early for a rate: watched since 10 Mar, 12:00)" in said()
    with town.ledger.write() as tx:
        tx.execute(update(posts).values(stored_at=NOON - timedelta(days=30)))
    town.clock.forward(days=1)
    assert "5 complaints on 301,000 deliveries" in said()
