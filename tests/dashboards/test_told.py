"""What the customer was told, on the page of an incident, and an answer that differs from it."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from fakes.town import Browser, Town
from hypothesis import given
from hypothesis import strategies as st

from dashboards.case import fact_words
from dashboards.speech import LANGUAGES, speech
from models.facts import FactKind, differing, facts_of
from models.facts.words import LANGUAGES as TOLD_IN
from monitors.ledger import answers, audit, incidents, people

Enter = Callable[[str | None], Browser]
FIRST = "Tagastame kauba väärtuse 38 eurot. Meelis"


def words(page: str) -> str:
    """The text of a page as it is read."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))


def tell(browser: Browser, text: str, place: str = "phone", language: str = "et", **more: str) -> Any:
    """Send the answer form as one that was given elsewhere."""
    fields = {"act": "told", "place": place, "text": text, "language": language}
    return browser.form("/incidents/1/reply", **{**fields, **more})


def sure_of(page: Any) -> str:
    """What the page says that its reader has seen."""
    checked = re.search(r'name="sure" value="(\w+)"', page.text)
    assert checked is not None
    return checked[1]


def recorded(town: Town) -> list[str]:
    """What the ledger has of it."""
    with town.ledger.read() as tx:
        return [row.text for row in answers.told(tx, 1)]


@pytest.mark.parametrize(
    ("who", "heading", "where", "chips"),
    [
        ("sirje", "Mida kliendile öeldi", "telefonitsi", ["38 €", "Meelis", "R, 13. märts"]),
        ("olga", "Что сказали клиенту", "по телефону", ["38 €", "Meelis", "пт, 13 мар"]),
        ("matti", "Mitä asiakkaalle kerrottiin", "puhelimitse", ["38 €", "Meelis", "pe 13."]),
        ("emma", "What the customer was told", "by phone", ["€38", "Meelis", "Fri"]),
    ],
)
def test_answer_is_listed_with_its_facts_in_the_readers_words(
    who: str, heading: str, where: str, chips: list[str], town: Town, as_: Enter
) -> None:
    """By whom, where and what, with sums and days as the reader's country writes them."""
    assert tell(as_("sirje"), f"Reedel t{FIRST[1:]}").status_code == 303
    page = as_(who).get("/incidents/1").text
    assert heading in page
    section = page[page.index('id="told"') :]
    section = section[: section.index("</section>")]
    said = words(section).replace("\u00a0", " ")
    assert where in said
    found = [words(chip).replace("\u00a0", " ") for chip in re.findall(r"<bdi>(.*?)</bdi>", section)]
    for chip in chips:
        assert any(one.startswith(chip) for one in found), (chip, found)


@pytest.mark.parametrize(
    ("who", "seen", "sentence", "button"),
    [
        (
            "sirje",
            "Nüüd: „25 €”. Varem: „38 eurot”. Sirje, 10. märts",
            "Varem: 38 € (Meelis, 10. märts). Nüüd: 25 €.",
            "Pane ikkagi kirja",
        ),
        (
            "olga",
            "Сейчас: «25 €». Раньше: «38 eurot». Sirje, 10 мар.",
            "Раньше: 38 € (Meelis, 10 мар.). Теперь: 25 €.",
            "Всё равно записать",
        ),
    ],
)
def test_answer_that_differs_is_shown_once_more(
    who: str, seen: str, sentence: str, button: str, town: Town, as_: Enter
) -> None:
    """It is not recorded at first; the place is marked, all that was typed is there, and whoever is sure records it."""
    tell(as_("sirje"), FIRST)
    browser = as_(who)
    other = "Hüvitame 25 € <b>kaardile</b>. Meelis"
    page = tell(browser, other, "mail")
    assert page.status_code == 400
    text = page.text
    assert seen in words(text).replace("\u00a0", " ")
    assert "<mark>25 €</mark>" in text
    assert html.escape(other) in text
    assert "<b>kaardile" not in text
    assert '<option value="mail" selected>' in text
    assert button in text
    assert recorded(town) == [FIRST]
    assert tell(browser, other, "mail", sure=sure_of(page)).status_code == 303
    assert recorded(town) == [FIRST, other]
    after = words(browser.get("/incidents/1").text).replace("\u00a0", " ")
    assert sentence in after


def test_being_sure_holds_for_the_words_that_were_checked(town: Town, as_: Enter) -> None:
    """Whoever changes the words after the check is asked again."""
    sirje = as_("sirje")
    tell(sirje, FIRST)
    page = tell(sirje, "Hüvitame 25 €. Meelis")
    assert tell(sirje, "Hüvitame 15 €. Meelis", sure=sure_of(page)).status_code == 400
    assert recorded(town) == [FIRST]


def test_who_saw_the_difference_while_writing_is_not_asked_again(town: Town, as_: Enter) -> None:
    """The check that runs while somebody types puts what they saw into the form."""
    sirje = as_("sirje")
    tell(sirje, FIRST)
    other = "Hüvitame 25 €. Meelis"
    looked = sirje.form("/replies/check", text=other, incident="1", post="1", place="phone", language="et")
    assert tell(sirje, other, sure=sure_of(looked)).status_code == 303
    assert recorded(town) == [FIRST, other]


@pytest.mark.parametrize("resolved", [False, True])
def test_case_has_one_form_for_answers_as_long_as_it_lives(resolved: bool, town: Town, as_: Enter) -> None:
    """While it is open it writes and records; once it is resolved only what was told elsewhere can be recorded."""
    sirje = as_("sirje")
    if resolved:
        with town.ledger.write() as tx:
            incidents.resolve(tx, 1, "sirje", incidents.Verdict.RIGHT, town.clock())
    page = sirje.get("/incidents/1").text
    assert page.count('action="/incidents/1/reply') == 1
    assert ('id="telling"' in page) == resolved
    assert ('value="ask"' in page) != resolved
    assert '<option value="{}" selected>'.format("phone" if resolved else "public") in page
    assert tell(sirje, FIRST).status_code == 303
    assert recorded(town) == [FIRST]


def test_whoever_told_the_customer_is_done_with_the_answer(town: Town, as_: Enter) -> None:
    """Sirje began to write and then called instead: her page says no more that she writes, and Olga may."""
    sirje = as_("sirje")
    sirje.form("/incidents/1/claim")
    assert 'class="claim mine"' in sirje.get("/incidents/1").text
    assert tell(sirje, FIRST).status_code == 303
    assert 'class="claim' not in sirje.get("/incidents/1").text
    assert tell(as_("olga"), "Kuller on teel.").status_code == 303


@pytest.mark.parametrize(
    "text",
    [
        "Hüvitame kolmkümmend kaheksa eurot homme. Meelis",
        "Eelmine summa oli vale: tagastame 25 €. Meelis",
        "Tagastame 38 € ja lisaks veel 10 € kinkekaardiga. Meelis",
    ],
)
def test_what_agrees_or_corrects_openly_is_recorded_at_once(text: str, town: Town, as_: Enter) -> None:
    """The same in another format, an open correction, and something new on top are no contradictions."""
    sirje = as_("sirje")
    tell(sirje, FIRST)
    assert tell(sirje, text).status_code == 303
    assert recorded(town) == [FIRST, text]


def test_recording_is_one_line_in_both_logs_and_a_double_tap_none_more(town: Town, as_: Enter) -> None:
    """The log says who answered where, in the reader's words."""
    sirje = as_("sirje")
    for _ in range(2):
        tell(sirje, FIRST)
    assert recorded(town) == [FIRST]
    with town.ledger.read() as tx:
        assert [row.action for row in audit.newest(tx, 2)].count("answered") == 1
        assert [event.kind for event in incidents.events(tx, 1)].count("answered") == 1
    assert "Sirje · vastas kliendile telefonitsi" in words(sirje.get("/incidents/1").text)


@pytest.mark.parametrize("text", ["", "   ", "\u3164 \u200b", "!!! …"])
def test_empty_answer_is_refused_with_the_reason(text: str, town: Town, as_: Enter) -> None:
    """Nothing is recorded that says nothing."""
    page = tell(as_("emma"), text, language="en")
    assert page.status_code == 400
    assert "The answer is empty" in page.text
    assert recorded(town) == []


def test_viewers_see_it_and_record_nothing(town: Town, as_: Enter) -> None:
    """Who only looks has no form, and a form that they send all the same is refused."""
    with town.ledger.read() as tx:
        viewer = next(person.name for person in people.everybody(tx) if person.role == "viewer")
    browser = as_(viewer)
    assert 'id="told"' in browser.get("/incidents/1").text
    assert "/incidents/1/reply" not in browser.get("/incidents/1").text
    assert tell(browser, FIRST).status_code == 403
    assert recorded(town) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script> 25 €",
        "</textarea><img src=x onerror=alert(1)> 25 €",
        "{{ 7*7 }} %(who)s %s 25 €",
        "\u202e€ 52 \u2066 25 €",
        "25 € " * 900,
    ],
)
def test_hostile_words_stay_words(hostile: str, town: Town, as_: Enter) -> None:
    """Markup in an answer is shown as it was typed, before and after it is recorded."""
    sirje = as_("sirje")
    tell(sirje, FIRST)
    page = tell(sirje, hostile)
    if page.status_code == 400:
        assert "<script>alert" not in page.text
        page = tell(sirje, hostile, sure=sure_of(page))
    assert page.status_code == 303
    shown = sirje.get("/incidents/1")
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text
    assert recorded(town)[-1] == hostile.strip()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_fact_has_words_in_every_language(code: str) -> None:
    """Causes, promises and rules that texts can state have a name on the page."""
    say = speech(code)
    for words_of_language in TOLD_IN.values():
        assert set(words_of_language.causes) <= set(fact_words.CAUSES)
        assert set(words_of_language.promises) <= set(fact_words.PROMISES)
        assert set(words_of_language.rules) <= set(fact_words.RULES)
    assert set(fact_words.KINDS) == set(FactKind) - {FactKind.CORRECTION}
    assert all(say.text(name) for name in (*fact_words.CAUSES.values(), *fact_words.RULES.values()))


@given(st.sampled_from(["et", "ru", "fi", "en"]), st.integers(1, 99_999))
def test_sum_that_a_page_writes_is_the_same_sum(code: str, cents: int) -> None:
    """What an agent copies from a chip into an answer is read as the fact that it came from."""
    say = speech(code)
    (fact,) = facts_of(f"{cents / 100:.2f} €", code)
    written = fact_words.label(say, fact)
    (again,) = facts_of(written, code)
    assert again.value == fact.value
    assert differing((again,), (fact,)) == ()
