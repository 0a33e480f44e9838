"""Concede or argue on the card: sentences that equal their figures, who may decide, and when nothing is advised."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from fakes.town import NOON, Browser, Said, Town

from dashboards.case.conceding_words import Weighed, habit, sentences
from dashboards.deciding import amount
from dashboards.speech import speech
from models.conceding import Habit, Question, weigh
from models.scores import Remedy, Signal
from monitors.ledger import concessions, incidents, people, removal
from monitors.ledger.concessions import Customer
from monitors.ledger.people import Person, Role
from monitors.ports import Gone

Enter = Callable[[str | None], Browser]
MONEY = Said(
    "Omniva: tagastage mulle 79 eurot!", "et", ((Signal.REFUND_DEMAND, "tagastage"),), remedy=Remedy.MONEY_BACK
)


@pytest.fixture
def manager(town: Town, as_: Enter) -> Browser:
    """Somebody who decides."""
    with town.ledger.write() as tx:
        people.save(tx, Person("mart", "Mart", Role.MANAGER, "et", "Europe/Tallinn"), "kuula", NOON)
    return as_("mart")


def demand(town: Town, *said: Said) -> int:
    """An incident on a demand."""
    return town.say("Omniva", "demand", said or [MONEY], risk=40.0)


def card(browser: Browser, number: int) -> str:
    """The part of the page, as it is read."""
    page = browser.get(f"/incidents/{number}").text
    part = page.split('id="conceding"')[1].split("</section>")[0] if 'id="conceding"' in page else ""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", part)).replace("\u00a0", " "))


@pytest.mark.parametrize("typed", ["", "79"])
def test_the_sum_of_a_deleted_post_is_forgotten(town: Town, manager: Browser, typed: str) -> None:
    """Also where somebody typed what the post said: the card keeps the decision and its reason, without the sum."""
    number = demand(town)
    shown = {"choice": "concede", "remedy": "money_back", "cost": typed, "reason": "Lubasime."}
    assert manager.form(f"/incidents/{number}/concession", **shown).status_code == 303
    assert "79 €" in card(manager, number)
    with town.ledger.write() as tx:
        [row] = incidents.story_posts(tx, "Omniva", "demand")
        removal.remove(tx, "town", [Gone(row.native_id, "deleted", town.clock())], town.clock())
    after = card(manager, number)
    assert "Lubasime." in after
    assert "79" not in after
    with town.ledger.read() as tx:
        assert [row.choice for row in concessions.of_incident(tx, number)] == ["concede"]


def found(**other: float) -> Weighed:
    """A demand of 40 against two hours and 300 readers."""
    asked: dict[str, float] = {"remedy": 40, "hours": 2, "hour_rate": 30, "people": 300, "interaction_value": 0.117}
    balance = weigh(Question(**{**asked, **other}))
    return Weighed(
        Remedy.MONEY_BACK, 40.0, "usual", balance, "EUR", guessed_spread=False, knows_customer=False,
        habit=Habit(12, 90, 3_870_000), among="deliveries",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "conceding", "parts"),
    [
        ("en", "Conceding costs about €40.", "2 h of work (€60), what 300 more people read (€35)."),
        ("et", "Vastutulek maksab umbes 40 €.", "2 h tööd (60 €), see, mida loeb veel 300 inimest (35 €)."),
        ("fi", "Myöntyminen maksaa noin 40 €.", "2 t työtä (60 €), se, mitä vielä 300 ihmistä lukee (35 €)."),
        ("ru", "Уступка обойдётся примерно в 40 €.", "2 ч работы (60 €), то, что прочтут ещё 300 человек (35 €)."),
    ],
)
def test_the_sentence_equals_the_numbers(language: str, conceding: str, parts: str) -> None:
    """Both sides are told in each language, whole and in parts that add up."""
    told = [line.replace("\u00a0", " ") for line in sentences(speech(language), found())]
    assert told[0] == conceding
    assert told[1].split(": ", 1)[1] == parts
    assert "95" in told[1].split(": ")[0]


def test_what_costs_nothing_is_not_told() -> None:
    """Without readers and without a known customer only the work is told."""
    told = sentences(speech("en"), found(people=0))
    assert told[1] == "Arguing costs about €60: 2 h of work (€60)."
    told = sentences(speech("en"), found(customer_value=480, at_stake=0.3))
    assert told[1].endswith("what the customer is worth to us (€140).")


def test_how_many_do_this_is_a_rate_with_its_interval() -> None:
    """So rare a share is told of a million, with its interval; and what conceding to all would cost a year."""
    told = habit(speech("en"), found())
    assert told[0] == (
        "In the last 90 days 12 stories asked for this, of 3,870,000 deliveries: 3.1 of a million (1.8–5.4)."
    )
    assert told[1] == "Conceding to all of them would cost about €1,900 a year."


def test_the_card_tells_both_sides(town: Town, as_: Enter) -> None:
    """The sum in the post is taken, hours, rate and forecast do the rest, in Estonian and in Russian."""
    number = demand(town)
    shown = card(as_("sirje"), number)
    assert "Vastutulek maksab umbes 80 €." in shown
    assert "Vaidlemine maksab umbes 95 €: 2 h tööd (60 €), see, mida loeb veel 340 inimest (35 €)." in shown
    assert "Mõlemad maksavad umbes sama palju" in shown
    assert "summa, mida postitustes nimetatakse" in shown
    assert "Уступка обойдётся примерно в 80 €." in card(as_("olga"), number)
    assert card(as_("vello"), number) == ""


def test_a_known_customer_counts_wholly_once_they_speak_of_leaving(town: Town, as_: Enter) -> None:
    """A third of the yearly value is at stake, all of it with the word of leaving."""
    with town.ledger.write() as tx:
        concessions.import_customers(tx, [Customer("town", "@Someone", 1000.0)], "ann", NOON)
    assert "what the customer is worth to us (€300)" in card(as_("emma"), demand(town))
    leaving = Said(
        "Omniva: raha tagasi, lähen mujale", "et", ((Signal.CHURN_THREAT, "lähen"),), remedy=Remedy.MONEY_BACK
    )
    number = town.say("Omniva", "leaving", [leaving], risk=40.0)
    assert "what the customer is worth to us (€1,000)" in card(as_("emma"), number)


@pytest.mark.parametrize("signal", [Signal.SAFETY_ISSUE, Signal.VULNERABLE_PERSON])
def test_nothing_is_advised_where_somebody_needs_help(signal: Signal, town: Town, as_: Enter) -> None:
    """In danger and with vulnerable people no figure is shown, only to help first."""
    said = Said("Omniva: raha tagasi!", "et", ((signal, "raha"),), remedy=Remedy.MONEY_BACK)
    shown = card(as_("emma"), demand(town, said))
    assert "help first" in shown
    assert "costs about" not in shown
    assert "asked for this" not in shown


def test_a_manager_decides_and_support_proposes(town: Town, as_: Enter, manager: Browser) -> None:
    """A proposal is shown as one; the decision with its reason replaces it, and both stay."""
    number = demand(town)
    as_("emma").form(f"/incidents/{number}/concession", choice="concede", remedy="money_back", reason="Cheaper <b>")
    assert "Proposed by Emma" in card(as_("olga"), number).replace("Предложение: Уступить (Emma", "Proposed by Emma")
    manager.form(f"/incidents/{number}/concession", choice="partly", remedy="money_back", cost="39,50", reason="Pool")
    shown = card(as_("emma"), number)
    assert "Decided by Mart" in shown
    assert "Concede partly (€40) Pool" in shown
    assert "Cheaper <b>" in shown
    assert "<b>" not in as_("emma").get(f"/incidents/{number}").text
    with town.ledger.read() as tx:
        row = concessions.of_incident(tx, number)[0]
        assert (row.choice, row.cost, row.proposed) == ("partly", 39.5, False)
        assert row.figures["arguing"] == 95
    assert "otsustas nõudmise üle: Tulla osaliselt vastu" in as_("sirje").get(f"/incidents/{number}").text
    assert "decided about a demand" in as_("anna").get("/audit").text


def test_figures_can_be_typed(town: Town, as_: Enter) -> None:
    """Another remedy, cost or hours give other sides, also where the posts ask for nothing."""
    number = town.say("Omniva", "nothing", [Said("Omniva on halb", "et")], risk=40.0)
    assert card(as_("emma"), number) == ""
    page = as_("emma").get(f"/incidents/{number}/conceding?remedy=repair&cost=1+200,50&hours=0").text
    assert "Conceding costs about €1,200." in page
    assert "0 h of work (€0)" in page
    assert as_("emma").get(f"/incidents/{number}/conceding").status_code == 200
    assert as_("emma").get(f"/incidents/{number}/conceding?remedy=nonsense").status_code == 400
    assert as_("vello").get(f"/incidents/{number}/conceding").status_code == 403
    assert as_("emma").get("/incidents/999/conceding").status_code == 404


def test_what_costs_nothing_is_not_weighed(town: Town, as_: Enter) -> None:
    """Nobody weighs an answer or an apology; whoever demands money back without a wish that was read is weighed."""
    answer = Said("Omniva, palun vastake!", "et", ((Signal.NO_ANSWER, "vastake"),), remedy=Remedy.ANSWER)
    assert card(as_("emma"), demand(town, answer)) == ""
    assert "Asked for: money back" in card(as_("emma"), 2)


def test_a_decision_without_a_reason_is_sent_back(town: Town, as_: Enter) -> None:
    """What was typed is kept, and nothing is recorded."""
    number = demand(town)
    for fields, said in (({"reason": " "}, "Write a reason"), ({"reason": "Because", "cost": "dear"}, "no amount")):
        answer = as_("emma").form(
            f"/incidents/{number}/concession", **{"choice": "concede", "remedy": "money_back", **fields}
        )
        assert answer.status_code == 400
        assert said in answer.text
        assert fields["reason"].strip() in answer.text
    with town.ledger.read() as tx:
        assert concessions.of_incident(tx, number) == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("40", 40.0),
        ("1 200,50 €", 1200.5),
        ("39.5", 39.5),
        ("", None),
        ("-4", None),
        ("1e9", None),
        ("nan", None),
        ("9" * 30, None),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, wanted: float | None) -> None:
    """Blanks, commas and the sign of the euro are no mistake; what is no amount is none."""
    assert amount(typed) == wanted
