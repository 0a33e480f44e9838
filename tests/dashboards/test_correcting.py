"""Reasons that a reader can check, in their language, and what staff say is wrong about them."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.town import NOON, Browser, Said, Town
from hypothesis import given
from hypothesis import strategies as st

from dashboards.passages import LONGEST_QUOTE, quotes
from models.scores import Remedy, Sentiment, Signal
from monitors.ledger import audit, corrections, removal
from monitors.ledger.corrections import Correction
from monitors.ports import Gone

Enter = Callable[[str | None], Browser]
MIXED = Said(
    "Верните деньги или встретимся в суде! Keegi ei vasta.",
    "ru",
    (
        (Signal.REFUND_DEMAND, "Верните деньги или встретимся"),
        (Signal.LEGAL_THREAT, "встретимся в суде"),
        (Signal.NO_ANSWER, "Keegi ei vasta"),
    ),
    sure=0.83,
    remedy=Remedy.MONEY_BACK,
    parts=(("ru", "Верните деньги или встретимся в суде! "), ("et", "Keegi ei vasta.")),
)


def said(town: Town) -> list[Correction]:
    """What the models would learn."""
    with town.ledger.read() as tx:
        return list(corrections.labelled(tx))


def words(page: str) -> str:
    """The text of a page as it is read: without tags, with single spaces."""
    apart = re.sub(r"</?(?:p|dt|dd|dl|li|ol|div|button)\b[^>]*>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", apart))


def correct(browser: Browser, seq: int = 1, **fields: str) -> int:
    """Send one form of a post; gives the status."""
    return browser.form(f"/posts/{seq}/correct", **{"version": "1", **fields}).status_code


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("sirje", "Nõuab raha tagasi või asendust: „Верните деньги или встретимся” tõenäoliselt 83"),
        ("olga", "Требует вернуть деньги или заменить товар: «Верните деньги или встретимся» вероятно 83"),
        ("matti", "Vaatii rahoja takaisin tai korvaavaa tuotetta: ”Верните деньги или встретимся” luultavasti 83"),
        ("emma", "Demands money back or a replacement: “Верните деньги или встретимся” probably 83"),
    ],
)
def test_each_signal_is_explained_with_its_words(who: str, told: str, town: Town, as_: Enter) -> None:
    """The sentence is in the reader's language, quotes what shows the signal, and owns up to a doubt."""
    number = town.say("Omniva", "mixed", [MIXED], risk=90.0)
    assert told in words(as_(who).get(f"/incidents/{number}").text)


def test_spans_that_overlap_can_both_be_read(town: Town, as_: Enter) -> None:
    """Each ends with its number, which is read aloud by its name; the words in both are marked as both."""
    number = town.say("Omniva", "mixed", [MIXED], risk=90.0)
    page = as_("emma").get(f"/incidents/{number}").text
    text = page.split('<p class="text"')[1].split("</p>")[0]
    assert re.search(
        r'<mark title="refund demand: [^"]*; legal threat: [^"]*" class="several"[^>]*>встретимся</mark>', text
    )
    read = "Верните деньги или встретимся1 (refund demand) в суде2 (legal threat) ! Keegi ei vasta3 (no answer) ."
    assert read in words(f"<p{text}")
    assert 'lang="et">Keegi ei vasta</mark>' in text


def test_what_else_was_read_is_said(town: Town, as_: Enter) -> None:
    """Severity with what moved it, the wish, and the language with the words in another one."""
    number = town.say("Omniva", "mixed", [MIXED], risk=90.0)
    told = words(as_("emma").get(f"/incidents/{number}").text)
    added = "legal threat +1.4, no answer +0.5, refund demand +0.3, negative tone +0.2"
    assert f"3 of 4: grave (complaint 1, {added} = 3.4; level 3 from 2.5)" in told
    assert "Wishes for money back" in told
    assert "Russian, Estonian “Keegi ei vasta.”" in told
    assert "Wishes for" not in words(as_("emma").get("/incidents/2").text)


def test_what_is_sure_is_said_without_doubt(as_: Enter) -> None:
    """From nine in ten on the sentence stands alone; below, it says so."""
    told = words(as_("emma").get("/incidents/1").text)
    assert "What was promised did not happen: “lubas paki eile tuua” × Wrong" in told
    assert "Gets no answer: “ei vasta telefonile”, “ega kirjadele” probably 71" in told


@pytest.mark.parametrize(
    ("who", "sure", "told"),
    [("sirje", 0.49, "võib-olla 49"), ("olga", 0.46, "возможно, 46"), ("emma", 0.6, "probably 60")],
)
def test_a_coins_throw_is_not_called_probable(who: str, sure: float, told: str, town: Town, as_: Enter) -> None:
    """Below six in ten the models only say that it may be."""
    number = town.say("Omniva", "mixed", [replace(MIXED, sure=sure)], risk=90.0)
    assert f" {told}" in words(as_(who).get(f"/incidents/{number}").text)


def test_one_tap_says_that_a_signal_is_wrong(town: Town, as_: Enter) -> None:
    """The button beside it is a plain form; afterwards the page shows both, with who said so and when."""
    emma = as_("emma")
    page = emma.get("/incidents/1").text
    assert 'form="fix-1" name="said" value="vulnerable_person=no"' in page
    answer = emma.form("/posts/1/correct", version="1", said="vulnerable_person=no", back="/incidents/1#post-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/1#post-1")
    town.clock.forward(minutes=5)
    told = words(emma.get("/incidents/1").text)
    assert "Noted: does not apply: vulnerable person." in told
    assert "The one who suffers is vulnerable: “Olen rase”" in told
    assert "Corrected by Emma, 5 minutes ago: does not apply: vulnerable person" in told
    assert [(one.author, one.signals) for one in said(town)] == [("emma", {Signal.VULNERABLE_PERSON: False})]
    with town.ledger.read() as tx:
        assert audit.newest(tx)[0].action == "corrected"
    assert "corrected what the models said" in as_("anna").get("/audit").text


def test_what_is_rejected_stands_out_no_more(town: Town, as_: Enter) -> None:
    """Its words and its points are struck, though the score stays; a colleague who says that it is there undoes it."""
    emma, olga = as_("emma"), as_("olga")
    assert "<s>" not in emma.get("/posts/1").text
    correct(emma, said="vulnerable_person=no")
    page = emma.get("/posts/1").text
    assert re.search(r'<mark title="vulnerable person: [^"]*" class="rejected">Olen rase</mark>', page)
    assert re.search(r'<mark title="regulator threat: [^"]*">Lähen tarbijakaitsesse</mark>', page)
    assert "<s>vulnerable person +1.4</s>" in page
    assert page.count('<li class="rejected">') == 1
    correct(olga, said="vulnerable_person=yes")
    assert "<s>" not in emma.get("/posts/1").text


def test_points_of_another_rule_are_not_added_up(town: Town, as_: Enter) -> None:
    """Where they lead to another level than the one that was stored, the page does not claim that they explain it."""
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE scores SET severity = 1 WHERE post_seq = 1")
    told = words(as_("emma").get("/posts/1").text)
    assert "1 of 4: discontent" in told
    assert "+1.4" not in told


def test_every_label_can_be_corrected(town: Town, as_: Enter) -> None:
    """Complaint, attitude, severity, remedy and a signal that was missed, with the words that say it."""
    emma = as_("emma")
    for fields in (
        {"said": "complaint=no"},
        {"said": "sentiment=neutral"},
        {"said": "severity=4"},
        {"remedy": "delivery"},
        {"signal": "no_answer", "words": " TÄNA  ka mitte"},
    ):
        assert correct(emma, **fields) == 303, fields
    (one,) = said(town)
    assert (one.complaint, one.sentiment, one.severity, one.remedy) == (False, Sentiment.NEUTRAL, 4, Remedy.DELIVERY)
    assert [one.text[start:end] for start, end in one.spans.values()] == ["täna ka mitte"]
    page = emma.get("/posts/1").text
    told = words(page)
    assert "a complaint Corrected by Emma" in told
    assert "Gets no answer: “täna ka mitte”" in told
    assert "täna ka mitte4 (no answer)" in told
    assert page.count('aria-pressed="true"') == 3


def test_the_models_word_stays_and_nobody_is_alerted(town: Town, as_: Enter) -> None:
    """A correction moves neither the score, nor the decision, nor the incident."""

    def state() -> list[object]:
        with town.ledger.read() as tx:
            tables = ("scores", "decisions", "incidents", "outbox", "incident_events")
            return [tx.exec_driver_sql(f"SELECT * FROM {name}").all() for name in tables]

    before = state()
    assert correct(as_("emma"), said="complaint=no") == 303
    assert state() == before


def test_a_correction_is_taken_back_by_who_made_it(town: Town, as_: Enter) -> None:
    """Others see it without the button, and cannot take it back by a form of their own."""
    emma, matti = as_("emma"), as_("matti")
    correct(emma, said="complaint=no")
    assert 'value="complaint="' not in matti.get("/incidents/1").text
    assert correct(matti, said="complaint=") == 303
    assert len(said(town)) == 1
    assert 'value="complaint="' in emma.get("/incidents/1").text
    assert correct(emma, said="complaint=") == 303
    assert said(town) == []
    assert "Corrected by" not in words(emma.get("/incidents/1").text)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"said": "complaint=maybe"},
        {"said": "colour=no"},
        {"said": "severity=5"},
        {"said": "complaint"},
        {"signal": "anger"},
        {"remedy": "gold"},
        {"said": "complaint=no", "version": "x"},
        {"signal": "no_answer", "words": "these are nowhere"},
        {"signal": "no_answer", "words": "x" * 501},
    ],
)
def test_what_makes_no_sense_is_not_kept(fields: dict[str, str], town: Town, as_: Enter) -> None:
    """The answer says so, and nothing is stored."""
    assert correct(as_("emma"), **fields) == 400
    assert said(town) == []


def test_words_that_are_not_in_the_post_come_back(as_: Enter) -> None:
    """The page keeps what was typed and chosen, and says what to do."""
    answer = as_("emma").form("/posts/1/correct", version="1", signal="no_answer", words="no such <b>words")
    assert "These words are not in the post" in answer.text
    assert 'value="no such &lt;b&gt;words"' in answer.text
    assert '<option value="no_answer" selected>' in answer.text


def test_words_that_came_from_an_incident_come_back_on_it(as_: Enter) -> None:
    """Nobody is thrown out of the incident; its other posts and its promise stay closed and empty."""
    emma = as_("emma")
    assert 'action="/posts/1/correct#labels-1"' in emma.get("/incidents/1").text
    fields = {"version": "1", "signal": "no_answer", "words": "no such words"}
    answer = emma.form("/posts/1/correct", **fields, back="/incidents/1#labels-1")
    assert answer.status_code == 400
    assert 'data-address="/incidents/1"' in answer.text
    assert "These words are not in the post" in answer.text
    assert '<details class="correct" id="correct-1" open>' in answer.text
    assert '<details class="correct" id="correct-2">' in answer.text
    assert answer.text.count('value="no such words"') == 1
    assert 'name="back" value="/incidents/1#labels-1"' in answer.text


@pytest.mark.parametrize("back", ["/incidents/3", "/incidents/99", "//evil.example/incidents/1", "/inbox", ""])
def test_words_from_elsewhere_come_back_on_the_post(back: str, as_: Enter) -> None:
    """An incident that has not this post, or none at all, is not what the form was on."""
    answer = as_("emma").form("/posts/1/correct", version="1", signal="no_answer", words="no such words", back=back)
    assert answer.status_code == 400
    assert 'data-address="/posts/1"' in answer.text


def test_a_text_that_changed_meanwhile_is_not_corrected_unseen(town: Town, as_: Enter) -> None:
    """What was said about the words that stood there before is refused, and what was kept is shown as such."""
    emma = as_("emma")
    correct(emma, said="complaint=no")
    correct(emma, signal="rude_staff", words="lubas paki")
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE posts SET version = 2, text = 'Omniva' WHERE seq = 1")
    assert correct(emma, said="complaint=yes") == 409
    assert correct(emma, signal="no_answer", words="Omniva") == 409
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE posts SET scored_version = 2 WHERE seq = 1")
    told = words(emma.get("/posts/1").text)
    assert "before the text was edited: no complaint" in told
    assert "Was treated rudely Corrected" in told
    assert said(town) == []


def test_nothing_is_marked_in_a_text_that_no_model_has_read(town: Town, as_: Enter) -> None:
    """Between an edit and the next reading the page says so, instead of marking whatever stands in the old places."""
    emma = as_("emma")
    before = emma.get("/posts/1").text
    with town.ledger.write() as tx:
        tx.exec_driver_sql(
            "UPDATE posts SET version = 2, text = 'Something else, and just as long as before' WHERE seq = 1"
        )
    page = emma.get("/posts/1").text
    assert "<mark" in before
    assert "<mark" not in page
    assert "What was promised did not happen" not in page
    assert "Its author has edited it" in words(page)
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE posts SET scored_version = 0 WHERE seq = 2")
    assert "<mark" in emma.get("/posts/2").text  # waits for other models; its words are the same


def test_lookers_see_and_do_not_correct(town: Town, as_: Enter) -> None:
    """A viewer reads the reasons and the corrections; there is no button, and no form would do."""
    correct(as_("emma"), said="complaint=no")
    vello = as_("vello")
    for address in ("/incidents/1", "/posts/1"):
        page = vello.get(address).text
        assert "Corrected by Emma" in words(page)
        assert 'name="said"' not in page
        assert "/posts/1/correct" not in page
    assert correct(vello, said="complaint=no") == 403


def test_a_post_without_an_incident_has_a_page(town: Town, as_: Enter) -> None:
    """The search leads to it: a complaint that the models missed is found there, and can be told to them."""
    emma = as_("emma")
    assert 'href="/posts/6"' in emma.get("/search?q=Postimees").text
    assert "Postimees is great today" in emma.get("/posts/6").text
    assert correct(emma, 6, said="complaint=yes") == 303
    assert [one.complaint for one in said(town)] == [True]
    assert emma.get("/posts/99").status_code == 404
    assert correct(emma, 99, said="complaint=yes") == 404


def test_a_post_that_no_model_read_can_be_labelled(town: Town, as_: Enter) -> None:
    """Its page claims nothing about it, and shows what people say."""
    with town.ledger.write() as tx:
        tx.exec_driver_sql("DELETE FROM scores WHERE post_seq = 1")
    emma = as_("emma")
    assert correct(emma, said="complaint=yes") == 303
    assert correct(emma, signal="legal_threat") == 303
    told = words(emma.get("/posts/1").text)
    assert "No model has read it" in told
    assert "Corrected by Emma" in told
    assert "applies: legal threat" in told
    assert " of 4:" not in told


def test_a_deleted_post_takes_what_was_said_along(town: Town, as_: Enter) -> None:
    """Neither the words nor what was corrected about them is on any page."""
    emma = as_("emma")
    correct(emma, signal="rude_staff", words="ootan vankrit")
    with town.ledger.write() as tx:
        removal.remove(tx, "town", [Gone("1", "deleted", NOON)], NOON)
    page = emma.get("/posts/1").text
    assert "This post was deleted at its source." in page
    for word in ("vankrit", "Corrected by", 'name="said"', "Mari"):
        assert word not in page
    assert correct(emma, said="complaint=no") == 409


def test_a_long_story_stays_light(town: Town, as_: Enter) -> None:
    """The first ten posts carry their forms, the others lead to their own page."""
    number = town.say("Omniva", "long", [MIXED] * 14, risk=90.0)
    page = as_("emma").get(f"/incidents/{number}").text
    assert page.count('<details class="correct"') == 10
    assert len(re.findall(r'<a href="/posts/\d+">Correct', page)) == 4
    assert page.count('value="refund_demand=no"') == 14


def test_a_signal_that_the_models_drop_again_is_still_undone(town: Town, as_: Enter) -> None:
    """After new scores without it, what somebody said about it is shown and can be taken back."""
    emma = as_("emma")
    correct(emma, said="vulnerable_person=no")
    with town.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE scores SET signals = '[]' WHERE post_seq = 1")
    assert 'name="said" value="vulnerable_person="' in emma.get("/incidents/1").text


@given(st.text(max_size=300), st.lists(st.tuples(st.integers(-5, 400), st.integers(-5, 400)), max_size=6))
def test_quotes_are_short_and_from_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever the spans are, each quote is one line of the text, no longer than a reader wants."""
    line = " ".join(text.split())
    for one in quotes(text, spans):
        assert len(one) <= LONGEST_QUOTE + 1
        assert "\n" not in one
        assert one.removesuffix("…") in line
