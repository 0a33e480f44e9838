"""The head of a case: who answers by when, who writes, how it changes hands, and what became of promises."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.town import Browser, Town

from models.answering import Patience
from models.facts import FactKind
from monitors.ledger import answers, claims, clocks, incidents, outbox, people, posts, promises
from monitors.ledger.people import Person, Role
from monitors.ledger.promises import NewPromise

Enter = Callable[[str | None], Browser]


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def header(page: str) -> str:
    """The first screen of an incident."""
    return page.split('<div id="incident"')[1].split('<div class="columns')[0]


def order(browser: Browser) -> list[str]:
    """The numbers of the incidents in the inbox, as they are listed."""
    return re.findall(r'id="incident-(\d+)"', browser.get("/inbox").text)


def _wait(town: Town, number: int, minutes: int = 15) -> None:
    """The customer of an incident waits for so many minutes at most."""
    with town.ledger.write() as tx:
        uid = {1: "town:1", 2: "town:3", 3: "town:5"}[number]
        post = posts.get(tx, uid)
        assert post is not None
        clocks.start(tx, number, post, town.clock() + timedelta(minutes=minutes), town.clock())


def _letters(town: Town, kind: str) -> list[Any]:
    with town.ledger.read() as tx:
        return [row for row in outbox.of_incident(tx, 1) if row.kind == kind]


@pytest.fixture
def reached(town: Town) -> Town:
    """Olga and the manager Anna have a channel."""
    with town.ledger.write() as tx:
        for name, role in (("olga", Role.SUPPORT), ("anna", Role.ADMIN)):
            known = people.get(tx, name)
            assert known is not None
            one = Person(name, known.display, role, known.language, known.timezone, ("log",))
            people.save(tx, one, "test", town.clock())
    return town


def test_head_says_who_answers_by_when(town: Town, as_: Enter) -> None:
    """Nobody, then you, then somebody else; late; answered: one sentence each, with a clock as long as it runs."""
    emma, sirje = as_("emma"), as_("sirje")
    _wait(town, 1)
    head = header(emma.get("/incidents/1").text)
    assert "Nobody has it yet: the customer must have an answer by 10 Mar, 12:15." in head
    assert 'data-due="2026-03-10T10:15:00+00:00"' in head
    emma.form("/incidents/1/acknowledge")
    assert "You answer by 10 Mar, 12:15." in header(emma.get("/incidents/1").text)
    assert "Emma vastab hiljemalt 10. märts, 12:15." in header(sirje.get("/incidents/1").text)
    town.clock.forward(minutes=16)
    head = header(emma.get("/incidents/1").text)
    assert "You should have answered by 10 Mar, 12:15." in head
    assert "answer is late" in head
    with town.ledger.write() as tx:
        clocks.answered(tx, 1, town.clock())
    head = header(emma.get("/incidents/1").text)
    assert "waits for nothing from us" in head
    assert "data-due" not in head


def test_answers_that_are_due_lead_the_inbox(town: Town, as_: Enter) -> None:
    """The row shows what is due first, an answer or a promise; late and nearly late come before the riskiest."""
    emma = as_("emma")
    _wait(town, 3, 30)
    assert order(emma) == ["1", "2", "3"]
    town.clock.forward(minutes=28)
    assert order(emma) == ["3", "1", "2"]
    card = emma.get("/inbox").text.split('id="incident-3"')[1]
    assert "answer due" in card.split("</li>")[0]
    emma.form("/incidents/3/promise", due="10")
    assert "answer due" in emma.get("/inbox").text
    with town.ledger.write() as tx:
        clocks.answered(tx, 3, town.clock())
    assert "answer due" not in emma.get("/inbox").text


def test_one_writes_and_the_other_sees_who(town: Town, as_: Enter) -> None:
    """Emma begins, Sirje reads it, is refused, asks, takes over with a note, and Emma's page learns of it."""
    emma, sirje = as_("emma"), as_("sirje")
    emma.form("/incidents/1/claim")
    assert "You are writing the answer" in plain(emma.get("/incidents/1").text)
    town.clock.forward(minutes=2)
    assert "Emma kirjutab vastust, juba 2 minutit" in plain(sirje.get("/incidents/1").text)
    sirje.form("/incidents/1/claim")
    assert "Emma kirjutab vastust (alates:" in plain(sirje.get("/incidents/1").text)
    assert sirje.form("/incidents/1/claim/over", note=" ").status_code == 400
    assert emma.form("/incidents/1/claim/renew", page="emma").json() == {"mine": True, "who": ""}
    sirje.form("/incidents/1/claim/over", note="Emma sööb lõunat")
    refused = emma.form("/incidents/1/claim/renew", page="emma")
    assert (refused.status_code, refused.json()) == (409, {"mine": False, "who": "Sirje"})
    sirje.form("/incidents/1/claim/renew", page="sirje")
    assert sirje.form("/incidents/1/claim/leave", page="sirje").status_code == 204
    town.clock.forward(seconds=31)
    with town.ledger.read() as tx:
        assert claims.holder(tx, 1, town.clock()) is None
    assert "võttis vastamise üle, enne kirjutas Emma: Emma sööb lõunat" in plain(sirje.get("/incidents/1").text)


def test_case_changes_hands_in_one_tap(reached: Town, as_: Enter) -> None:
    """Olga gets the case with a note and a message; until she does something Emma may keep it."""
    emma = as_("emma")
    emma.form("/incidents/1/acknowledge")
    emma.form("/incidents/1/hand-over", to="olga", note="She speaks Russian <b>")
    (letter,) = _letters(reached, "handed_over")
    assert (letter.person, letter.payload["note"], letter.payload["giver"]) == (
        "olga",
        "She speaks Russian <b>",
        "emma",
    )
    page = emma.get("/incidents/1").text
    assert "She speaks Russian &lt;b&gt;" in page
    assert "Undo: keep the case" in page
    emma.form("/incidents/1/hand-back")
    with reached.ledger.read() as tx:
        assert incidents.require(tx, 1).assignee == "emma"
    emma.form("/incidents/1/hand-over", to="matti")
    assert "No channel reaches Matti: tell them yourself." in plain(emma.get("/incidents/1").text)
    assert emma.form("/incidents/1/hand-over", to="vello").status_code == 409


def test_a_promise_goes_with_the_case(reached: Town, as_: Enter) -> None:
    """Olga's page says that it is hers and who promised; the log and the other pages say it too."""
    emma = as_("emma")
    emma.form("/incidents/1/promise", due="30", what="Helistame <b>")
    emma.form("/incidents/1/hand-over", to="olga", note="")
    page = emma.get("/incidents/1").text
    assert "(promised by Emma)" in plain(page)
    assert "with the case a promise went to Olga: Helistame" in plain(page)
    assert "a promise went to somebody else with the case" in plain(as_("anna").get("/audit").text)
    assert "(обещание дано: Emma)" in plain(as_("olga").get("/incidents/1").text)
    emma.form("/incidents/1/hand-back")
    assert "(promised by" not in plain(emma.get("/incidents/1").text)


def test_next_on_the_roster_is_chosen_already(town: Town, as_: Enter) -> None:
    """The list of whom to give it to begins with who is called after the giver."""
    listed = as_("emma").get("/incidents/1").text.split('<select name="to">')[1].split("</select>")[0]
    assert listed.index("anna") < listed.index("sirje")


def test_manager_decides_on_the_card(reached: Town, as_: Enter) -> None:
    """The question reaches Anna and stands on the card; her answer does too; the clock goes on."""
    emma, anna = as_("emma"), as_("anna")
    _wait(reached, 1)
    assert emma.form("/incidents/1/ask", manager="anna", question=" ").status_code == 400
    assert emma.form("/incidents/1/ask", manager="olga", question="May I refund?").status_code == 409
    emma.form("/incidents/1/ask", manager="anna", question="May I refund?")
    (letter,) = _letters(reached, "manager_asked")
    assert (letter.person, letter.payload["question"]) == ("anna", "May I refund?")
    with reached.ledger.read() as tx:
        number = next(row.id for row in incidents.events(tx, 1) if row.kind == "manager_asked")
    assert emma.form(f"/incidents/1/questions/{number}/answer", text="Yes").status_code == 403
    assert "May I refund?" in header(anna.get("/incidents/1").text)
    anna.form(f"/incidents/1/questions/{number}/answer", text="Yes, up to 50 euros")
    head = header(emma.get("/incidents/1").text)
    assert "Yes, up to 50 euros" in head
    assert "data-due" in head
    assert emma.form(f"/incidents/1/questions/{number}/unask").status_code == 409


def test_longer_only_with_words_and_in_time(town: Town, as_: Enter) -> None:
    """Told in time, the promise moves and the answer clock stops; without words or too late it stands."""
    emma, sirje = as_("emma"), as_("sirje")
    _wait(town, 1)
    emma.form("/incidents/1/promise", due="10", what="a call")
    assert "We need longer" in emma.get("/incidents/1").text
    assert emma.form("/promises/1/extend", due="60", what=" ").status_code == 400
    assert emma.form("/promises/1/extend", due="5", what="The courier is late").status_code == 400
    assert sirje.form("/promises/1/extend", due="60", what="Kuller hilineb").status_code == 400
    emma.form("/promises/1/extend", due="60", what="The courier is late", place="phone")
    with town.ledger.read() as tx:
        assert [row.status for row in promises.of_incident(tx, 1)] == ["extended", "open"]
        assert clocks.of(tx, [1])[1].answer_by is None
    said = plain(emma.get("/incidents/1").text)
    assert "told the customer that it takes longer, until 10 Mar, 13:00: The courier is late" in said
    town.clock.forward(minutes=61)
    assert "We need longer" not in emma.get("/incidents/1").text
    assert emma.form("/promises/2/extend", due="60", what="Still late").status_code == 400


def test_tomorrow_is_the_tellers(town: Town, as_: Enter) -> None:
    """Told at one in the morning that it takes until tomorrow, the customer heard of the day after that night."""
    town.clock.forward(hours=13)
    emma = as_("emma")
    emma.form("/incidents/1/promise", due="10", what="a call")
    emma.form("/promises/1/extend", due="1440", what="Kuller tuleb homme.", place="phone")
    with town.ledger.read() as tx:
        (answer,) = answers.told(tx, 1)
    assert [fact.value for fact in answers.facts(answer) if fact.kind is FactKind.DATE] == ["2026-03-12"]


def test_another_writer_keeps_words_from_being_recorded(town: Town, as_: Enter) -> None:
    """While Sirje writes the answer, Emma's words to the customer are refused, and her promise stands."""
    emma, sirje = as_("emma"), as_("sirje")
    emma.form("/incidents/1/promise", due="10", what="a call")
    sirje.form("/incidents/1/claim")
    emma.form("/promises/1/extend", due="60", what="The courier is late")
    assert "Sirje is writing an answer" in plain(emma.get("/incidents/1").text)
    with town.ledger.read() as tx:
        assert [row.status for row in promises.of_incident(tx, 1)] == ["open"]


def test_promises_by_person_and_team(town: Town, as_: Enter) -> None:
    """Kept, late, broken and extended are counted with a rate and its interval; the table has no formulas."""
    emma, start = as_("emma"), town.clock()
    assert "No promise was due in this period" in emma.get("/promises").text
    with town.ledger.write() as tx:
        for owner, kept in (("emma", 5), ("emma", 15), ("olga", None), ("=cmd()", 1)):
            due = start + timedelta(minutes=10)
            made = promises.make(tx, NewPromise(1, owner, f"a call {kept}", due, start), start)
            if kept:
                promises.keep(tx, made, owner, start + timedelta(minutes=kept))
    assert "a call None" in emma.get("/promises").text
    town.clock.forward(minutes=20)
    said = plain(emma.get("/promises").text).replace("\u00a0", " ")
    assert "Of 4 promises, 50 % were kept in time. (15–85 %)" in said
    rows = list(csv.reader(io.StringIO(emma.get("/promises.csv").text)))
    assert rows[1][:5] == ["'=cmd()", "1", "0", "0", "0"]
    assert rows[2][:6] == ["Emma", "1", "1", "0", "0", "0.5000"]
    assert rows[3][:5] == ["Olga", "0", "0", "1", "0"]
    assert "No promise was due" in emma.get("/promises?brand=Postimees").text
    assert emma.get("/promises?days=2").status_code == 400


def test_story_lies_behind_its_original_post(town: Town, as_: Enter) -> None:
    """The post that alerted is on top, the others behind it with their sources and languages; words are explained."""
    page = as_("emma").get("/incidents/1").text
    top, behind = page.split('<details id="more-posts">')
    assert top.count('<li class="post') == 1
    assert "Olen rase" in top
    assert "1 more post" in behind.split("</summary>")[0]
    assert "town" in behind.split("</summary>")[0]
    assert "Estonian" in behind.split("</summary>")[0]
    glossary = plain(page.split('id="legend"')[1].split("</details>")[0])
    assert "“Olen rase”" in glossary
    assert "child, pregnant, elderly" in glossary


def test_patience_of_the_settings(town: Town) -> None:
    """The settings give the rule, and refuse one that lets a higher risk wait longer."""
    answers = town.settings.answers
    assert answers.patience == Patience()
    with pytest.raises(ValueError, match="higher risk"):
        type(answers).model_validate({"low_minutes": 5, "high_minutes": 6})
    assert replace(answers.patience, low_risk=0).allowed(0) == timedelta(minutes=120)
