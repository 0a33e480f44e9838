"""Writing an answer on the pages: read as it is typed, asked for, approved and sent, with nothing that is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fakes.town import SECRET, Browser, Town, enter
from hypothesis import given
from hypothesis import strategies as st

from dashboards.app import furnish
from dashboards.drafts import Looked, Remark, pieces
from dashboards.finding_words import FINDINGS, Advice
from dashboards.office import ReplyDesk
from dashboards.replying import inserted
from dashboards.speech import LANGUAGES, speech
from models.replies import KINDS, Draft
from monitors.ledger import answers, claims, incidents, outbox, people, replies
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.people import Person, Role
from monitors.messages import Composer
from monitors.ports import Replying
from monitors.reply_checker import BuiltinReplyChecker

BAD = "Teie pöördumine on registreeritud. Helistame teile varsti tagasi."
GOOD = (
    "Vabandan väga, et pakk eile tulemata jäi ja pidite rasedana vankrit ootama! "
    "Kuller on täna kell 17 teie ukse taga. Mari"
)
As = Callable[[str | None], Browser]


@pytest.fixture
def sendable(town: Town) -> Town:
    """A town whose source takes answers of 200 characters."""
    furnish(town.app, ReplyDesk(BuiltinReplyChecker(), {"town": Replying(200, mentions=True)}))
    return town


def _kinds(town: Town) -> list[str]:
    with town.ledger.read() as tx:
        return [event.kind for event in incidents.events(tx, 1)]


def _rows(town: Town) -> list[Any]:
    with town.ledger.read() as tx:
        return replies.under_way(tx, 1)


def _reply(browser: Browser, text: str, act: str, **more: str) -> Any:
    fields = {"text": text, "act": act, "post": "1", "place": "public", "language": "et", "back": "/incidents/1"}
    return browser.form("/incidents/1/reply", **{**fields, **more})


def test_every_finding_is_explained_in_every_language() -> None:
    """Each of the twelve has a name, why it hurts and what to do instead, in the agent's own language."""
    assert set(FINDINGS) == {kind.value for kind in KINDS}
    for code in LANGUAGES:
        said = [speech(code).text(text) for one in FINDINGS.values() for text in (one.name, one.why, one.instead)]
        assert len(set(said)) == len(said)
        assert code == "en" or not set(said) & {one.name for one in FINDINGS.values()}


def test_draft_is_read_without_javascript(as_: As, town: Town) -> None:
    """The button gives the findings with the words they are about, keeps what was typed, and stores nothing."""
    answer = _reply(as_("sirje"), BAD, "check")
    assert answer.status_code == 200
    assert BAD in answer.text
    assert "Vabandus puudub" in answer.text
    assert "<mark>" in answer.text
    assert 'name="insert"' in answer.text
    assert _rows(town) == []


def test_clean_draft_has_nothing_to_mend(as_: As) -> None:
    """A good answer hears so, and no more."""
    answer = as_("emma").form("/replies/check", text=GOOD, incident="1", post="1", place="public", language="et")
    assert "Nothing to mend." in answer.text
    assert 'class="remark"' not in answer.text


def test_wording_is_put_in_without_javascript(as_: As) -> None:
    """One tap on a wording puts it into the draft, behind the greeting, and the finding is gone."""
    browser = as_("emma")
    text = "Tere! Kuller toob paki täna kell 17. Mari"
    answer = _reply(browser, text, "check", insert="no_apology")
    assert answer.text.count("There is no apology") == 0
    kept = (
        answer.text.partition('class="behind"')[2]
        .partition('<textarea name="text"')[2]
        .partition(">")[2]
        .partition("</textarea>")[0]
    )
    assert kept.startswith("Tere! ")
    assert kept.endswith("Kuller toob paki täna kell 17. Mari")
    assert len(kept) > len(text)


@pytest.mark.parametrize(
    ("before", "greeting"),
    [
        ("Понимаю, сколько хлопот вам это доставило. Курьер будет в 17:00. Ольга", ""),
        ("Mõistan, et ootasite kaua. Kuller tuleb kell 17. Mari", ""),
        ("Здравствуйте, Мария! Курьер будет в 17:00. Ольга", "Здравствуйте, Мария! "),
        ("Tere, kuller tuleb kell 17. Mari", "Tere, "),
        ("Добрый день. Курьер будет в 17:00. Ольга", "Добрый день. "),
        ("Hei, kuriiri tulee kello 17. Matti", "Hei, "),
        ("Kuller tuleb kell 17. Mari", ""),
    ],
)
def test_wording_stands_behind_a_greeting_and_in_no_sentence(before: str, greeting: str) -> None:
    """Only what greets goes first; a sentence with a comma, such as a wording put in before, stays whole."""
    remark = Remark("no_apology", Advice("", "", ""), 1.0, (), (), "Vabandust.")
    after = inserted(before, Looked(Draft(before, "et", public=True), (remark,), (), ()), "no_apology")
    assert after == f"{greeting}Vabandust. {before.removeprefix(greeting)}"


def test_program_gets_json(as_: As) -> None:
    """The same as data: finding, why, what instead, places and wording."""
    answer = as_("emma").post(
        "/replies/check",
        data={"csrf": SECRET, "text": BAD, "public": "true"},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 403
    browser = as_("emma")
    browser.headers["accept"] = "application/json"
    found = browser.form("/replies/check", text=BAD, public="true").json()
    assert found["language"] == "et"
    assert "no_apology" in {one["finding"] for one in found["findings"]}
    assert all(one["why"] and one["instead"] for one in found["findings"])


def test_differing_fact_is_marked_before_it_goes_out(as_: As, town: Town) -> None:
    """What was told before stands beside it, with who told it."""
    with town.ledger.write() as tx:
        answers.record(tx, NewAnswer(1, "olga", Place.PHONE, "Tagastame teile 50 €.", "et"), town.clock())
    answer = as_("emma").form("/replies/check", text="Tagastame teile 40 €. Mari", incident="1", language="et")
    assert "It differs from what they were told before" in answer.text
    assert "Now: “40 €”. Before: “50 €”." in answer.text
    assert "Olga" in answer.text


def test_answer_is_asked_for_approved_and_given_to_the_source(as_: As, sendable: Town) -> None:
    """Support asks, the manager gets a message with the words and says yes with a note, support sends, once."""
    with sendable.ledger.write() as tx:
        for person in (
            Person("anna", "Anna", Role.ADMIN, "fi", "Europe/Helsinki", ("log",)),
            Person("sirje", "Sirje", Role.SUPPORT, "et", "Europe/Tallinn", ("log",)),
        ):
            people.save(tx, person, "kuula", sendable.clock())
    support, manager = as_("sirje"), as_("anna")
    assert _reply(support, GOOD, "send").status_code == 400
    assert _rows(sendable) == []
    assert _reply(support, GOOD, "ask", manager="anna").status_code == 303
    with sendable.ledger.read() as tx:
        (letter,) = [one for one in outbox.of_incident(tx, 1) if one.kind == "approval_asked"]
    message = Composer(sendable.ledger, "http://x", SECRET, sendable.clock).compose(
        outbox.Letter(letter.key, "anna", "log", letter.kind, 1, letter.payload)
    )
    assert GOOD in message.text
    assert "hyväksymään" in message.subject
    assert support.form("/answers/1/approve", back="/incidents/1").status_code == 409
    assert manager.form("/answers/1/approve", note="Ilus!", back="/incidents/1").status_code == 303
    with sendable.ledger.read() as tx:
        (news,) = [one for one in outbox.of_incident(tx, 1) if one.kind == "answer_news"]
    message = Composer(sendable.ledger, "http://x", SECRET, sendable.clock).compose(
        outbox.Letter(news.key, "sirje", "log", news.kind, 1, news.payload)
    )
    assert "Anna kinnitas sinu vastuse" in message.subject
    assert GOOD in message.text
    assert "Anna: „Ilus!”" in message.text
    page = support.get("/incidents/1").text
    assert "Ilus!" in page
    assert "/answers/1/send" in page
    with sendable.ledger.write() as tx:
        answers.record(tx, NewAnswer(1, "olga", Place.PHONE, "Kuller tuleb homme.", "et"), sendable.clock())
    assert support.form("/answers/1/send", back="/incidents/1", known="0").status_code == 303
    assert [row.state for row in _rows(sendable)] == ["approved"], "Sirje has not read what Olga said"
    (known,) = re.findall(r'name="known" value="(\d+)"', support.get("/incidents/1").text.split('id="under-way"')[1])[
        :1
    ]
    for _ in range(2):
        assert support.form("/answers/1/send", back="/incidents/1", known=known).status_code == 303
    assert [row.state for row in _rows(sendable)] == ["sending"]
    assert _kinds(sendable).count("answer_sending") == 1


def test_nothing_typed_is_lost_to_a_faster_colleague(as_: As, sendable: Town) -> None:
    """While Olga writes, Sirje's answer comes back with who writes it and every word of hers."""
    with sendable.ledger.write() as tx:
        claims.take(tx, 1, "olga", sendable.clock(), timedelta(minutes=10))
    answer = _reply(as_("sirje"), GOOD, "ask", manager="anna")
    assert answer.status_code == 400
    assert "Olga" in answer.text
    assert GOOD in answer.text
    assert "data-kept" in answer.text


@pytest.mark.parametrize(
    ("text", "act", "said"),
    [
        ("   ", "send", "The answer is empty"),
        (GOOD * 4, "send", "too long for this source"),
        (GOOD, "ask", "Choose whom to ask."),
    ],
)
def test_what_cannot_go_out_says_why(as_: As, sendable: Town, text: str, act: str, said: str) -> None:
    """Nothing is kept of it, and what was typed is still there."""
    answer = _reply(as_("emma"), text, act)
    assert answer.status_code == 400
    assert said in answer.text
    assert _rows(sendable) == []


def test_source_without_replies_is_answered_there(as_: As, town: Town) -> None:
    """Send is refused with what to do; "I told them so" records it and stops nothing else."""
    browser = as_("emma")
    assert "copy it" in _reply(browser, GOOD, "send").text
    assert _reply(browser, GOOD, "told", place="phone").status_code == 303
    with town.ledger.read() as tx:
        assert [(row.actor, row.place, row.state) for row in answers.told(tx, 1)] == [("emma", "phone", "told")]


@pytest.mark.parametrize("name", ["vello", None])
def test_those_who_only_look_do_not_answer(as_: As, name: str | None) -> None:
    """Neither the form nor the check nor its page is for viewers and strangers."""
    browser = as_(name)
    assert _reply(browser, GOOD, "told").status_code in {401, 403}
    assert browser.form("/replies/check", text=GOOD).status_code in {401, 403}
    assert browser.get("/check").status_code in {303, 403}
    assert name is None or 'id="reply"' not in browser.get("/incidents/1").text


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }} \u202e%(who)s'


def test_hostile_draft_is_only_text(as_: As, sendable: Town) -> None:
    """In the box, the marks, the list of answers and the message, whatever is typed stays what it is."""
    browser = as_("emma")
    for answer in (
        _reply(browser, HOSTILE, "check"),
        browser.form("/replies/check", text=HOSTILE, earlier=HOSTILE, complaint=HOSTILE),
        browser.form("/check", text=HOSTILE, earlier=HOSTILE, complaint=HOSTILE),
    ):
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
    assert _reply(browser, HOSTILE, "ask", manager="anna").status_code == 303
    shown = browser.get("/incidents/1").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_pasted_draft_is_read_with_what_was_told(as_: As) -> None:
    """The page for answers that are given elsewhere guesses the language and compares with what is pasted."""
    browser = as_("olga")
    answer = browser.form("/check", text="Вернём вам 40 € в пятницу. Ольга", earlier="Вернём вам 50 €.", public="true")
    assert answer.status_code == 200
    assert "расходится" in answer.text
    assert 'lang="ru"' in answer.text


def test_unsure_answer_asks_a_person_to_look(as_: As, sendable: Town) -> None:
    """Somebody says that it is there, and it is told."""
    _reply(as_("anna"), GOOD, "send")
    with sendable.ledger.write() as tx:
        waiting = replies.claim(tx, sendable.clock(), timedelta(minutes=2))
        assert waiting is not None
        replies.doubt(tx, waiting, "nobody saw its end", sendable.clock())
    browser = as_("emma")
    assert "perhaps sent" in browser.get("/incidents/1").text
    assert browser.form("/answers/1/settle/there", back="/incidents/1").status_code == 303
    with sendable.ledger.read() as tx:
        assert [row.state for row in answers.told(tx, 1)] == ["sent"]


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda span: span[0] < span[1]), max_size=5)


@given(st.text(max_size=30), SPANS)
def test_marks_never_change_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    """Cut at whatever places, the pieces are the text, and a piece is marked where a span covers it."""
    inside = [(start, end) for start, end in spans if end <= len(text)]
    cut = pieces(text, [Remark("no_owner", Advice("", "", ""), 1.0, inside, [], "")])
    assert "".join(piece.text for piece in cut) == text
    at = 0
    for piece in cut:
        assert bool(piece.kinds) == any(start <= at and at + len(piece.text) <= end for start, end in inside)
        at += len(piece.text)


def test_unknown_wording_changes_nothing() -> None:
    """A made-up button puts nothing in."""
    assert inserted("Tere", Looked(Draft("Tere", "et", public=True), (), (), ()), "no_apology") == "Tere"


def test_pages_are_in_the_readers_language(as_: As, sendable: Town) -> None:
    """Estonian and Russian agents read everything in theirs, while the wording is in the customer's."""
    for name, title, finding in (
        ("sirje", "Vasta kliendile", "Vabandus puudub"),
        ("olga", "Ответить", "Нет извинения"),
    ):
        answer = _reply(enter(sendable, name), BAD, "check")
        assert title in answer.text
        assert finding in answer.text
        assert "Answer the customer" not in answer.text


@pytest.mark.parametrize(
    ("language", "place", "text"),
    [
        ("et", "[kellaaeg]", "Mul on väga kahju. Helistan teile hiljemalt {}. Mari"),
        ("ru", "[время]", "Мне очень жаль. Перезвоню вам до {}. Ольга"),
        ("fi", "[aika]", "Olen pahoillani. Soitan sinulle viimeistään {}. Matti"),
        ("en", "{time}", "I am sorry. I will call you by {}. Emma"),
    ],
)
def test_place_that_nobody_filled_in_goes_to_no_customer(
    language: str, place: str, text: str, sendable: Town, as_: As
) -> None:
    """A wording offers its time as a place in the draft's language; an answer in which it still stands is not told."""
    emma = as_("emma")
    answer = _reply(emma, text.format(place), "told", language=language)
    assert answer.status_code == 400
    assert f"write it where {place} stands" in answer.text
    assert "Nothing to mend." not in answer.text
    with sendable.ledger.read() as tx:
        assert answers.told(tx, 1) == []
    assert _reply(emma, text.format("15:00"), "told", language=language).status_code == 303


def test_writer_is_shown_no_braces(sendable: Town, as_: As) -> None:
    """A wording that the pages offer has the place of its time in words of the draft's language."""
    page = as_("olga").form("/replies/check", text="Мы вам скоро перезвоним.", language="ru", place="public").text
    assert 'data-wording="' in page
    assert "[время]" in page
    assert "{" not in page


def test_withdrawing_an_answer_is_not_called_withdrawing_a_promise(sendable: Town, as_: As) -> None:
    """The button under an answer that waits for a yes names the answer, in a language that says which."""
    assert _reply(as_("sirje"), GOOD, "ask", manager="anna").status_code == 303
    card = as_("sirje").get("/incidents/1").text.split('id="under-way"')[1].split("</section>")[0]
    assert "Võta vastus tagasi" in card
    assert "lubadus" not in card.lower()
