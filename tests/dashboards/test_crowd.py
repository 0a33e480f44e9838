"""The customers of one story on its page: how many were answered, who waits and since when, also when it ends."""

import re
from collections.abc import Callable

import pytest
from fakes.town import Browser, Said, Town

from models.decision import Verdict
from monitors.ledger import answers, clocks, incidents, posts
from monitors.ledger.answers import NewAnswer, Place

Enter = Callable[[str | None], Browser]
NAMES = ("kadri", "toomas", "liis", "peeter", "anu")


@pytest.fixture
def story(town: Town) -> int:
    """Five customers complain of one thing, and the first of them calls people."""
    said = [Said(f"Omniva is late again, says {name}", author=name) for name in NAMES]
    number = town.say("Omniva", "late", said, risk=60.0)
    first = _uid(town, "kadri")
    with town.ledger.write() as tx:
        post = posts.get(tx, first)
        assert post is not None
        clocks.start(tx, number, post, town.clock(), town.clock())
    return number


def _uid(town: Town, author: str) -> str:
    """The post of somebody."""
    with town.ledger.read() as tx:
        found = incidents.story_posts(tx, "Omniva", "late")
        return next(str(row.uid) for row in found if row.author_id == author)


def _answer(town: Town, number: int, *names: str) -> None:
    """Emma tells these customers something."""
    for name in names:
        new = NewAnswer(number, "emma", Place.PUBLIC, f"Vabandust, {name}!", "et", reply_to=_uid(town, name))
        with town.ledger.write() as tx:
            answers.record(tx, new, town.clock())


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def head(page: str) -> str:
    """The first screen of an incident."""
    return plain(page.split('<div id="incident"')[1].split('<div class="columns')[0])


def post_of(page: str, author: str) -> str:
    """One post behind the story, with all that stands beside it."""
    return plain(next(item for item in page.split('<li class="post')[1:] if f"@{author}<" in item))


def test_head_counts_who_was_answered_and_who_waits(story: int, town: Town, as_: Enter) -> None:
    """In four languages, with the forms that each number has there, from nobody to everybody."""
    address = f"/incidents/{story}"
    lines = {
        "emma": ["0 of 5 customers were answered; 5 wait.", "1 of 5 customers was answered; 4 wait."],
        "sirje": ["0 klienti 5-st on saanud vastuse; 5 ootab.", "1 klient 5-st on saanud vastuse; 4 ootab."],
        "olga": ["Ответ получили 0 клиентов из 5; 5 ждут.", "Ответ получил 1 клиент из 5; 4 ждут."],
        "matti": ["Vastattu 0/5 asiakkaalle; 5 odottaa.", "Vastattu 1/5 asiakkaalle; 4 odottaa."],
    }
    for name, (nobody, _) in lines.items():
        assert nobody in head(as_(name).get(address).text)
    _answer(town, story, "kadri")
    for name, (_, one) in lines.items():
        assert one in head(as_(name).get(address).text)
    _answer(town, story, "toomas", "liis", "peeter")
    assert "4 klienti 5-st on saanud vastuse; 1 ootab." in head(as_("sirje").get(address).text)
    assert "Ответ получили 4 клиента из 5; 1 ждёт." in head(as_("olga").get(address).text)
    _answer(town, story, "anu")
    assert "5 klienti 5-st on saanud vastuse." in head(as_("sirje").get(address).text)
    assert "Ответ получили 5 клиентов из 5." in head(as_("olga").get(address).text)


def test_each_post_behind_the_story_says_how_its_author_stands(story: int, town: Town, as_: Enter) -> None:
    """Since when they wait, or when they were answered; the post that called has its clock instead."""
    _answer(town, story, "toomas")
    town.clock.forward(hours=2)
    page = as_("sirje").get(f"/incidents/{story}").text
    assert "vastatud 2 tunni eest" in post_of(page, "toomas")
    assert "ootab juba 3 tundi" in post_of(page, "liis")
    assert "ootab juba" not in post_of(page, "kadri")
    page = as_("olga").get(f"/incidents/{story}").text
    assert "ответ дан 2 часа назад" in post_of(page, "toomas")
    assert "ждёт уже 3 часа" in post_of(page, "liis")


def test_resolving_says_who_still_waits_and_blocks_nothing(story: int, town: Town, as_: Enter) -> None:
    """Before the verdict it says how many others wait, without the one who called; then it is resolved all the same.

    Who waits is said of it afterwards, too; of noise it is not said any more.
    """
    sirje, olga = as_("sirje"), as_("olga")
    settle = sirje.get(f"/incidents/{story}").text.split('id="settle"')[1]
    assert "Veel 4 selle loo klienti ootab vastust." in plain(settle)
    assert "Ещё 4 клиента с той же жалобой ждут ответа." in plain(olga.get(f"/incidents/{story}").text)
    _answer(town, story, "toomas", "liis", "peeter")
    assert "Veel 1 selle loo klient ootab vastust." in plain(sirje.get(f"/incidents/{story}").text)
    assert sirje.form(f"/incidents/{story}/resolve", verdict="right").status_code == 303
    with town.ledger.write() as tx:
        assert incidents.require(tx, story).verdict == "right"
    assert "2 ootab." in head(sirje.get(f"/incidents/{story}").text)
    with town.ledger.write() as tx:
        incidents.resolve(tx, story, "sirje", Verdict.NOISE, town.clock())
    assert "ootab." not in head(sirje.get(f"/incidents/{story}").text)


def test_one_customer_is_no_crowd(town: Town, as_: Enter) -> None:
    """Where nobody else complains nothing is said of others."""
    assert 'id="crowd"' not in as_("emma").get("/incidents/3").text
    assert 'id="others-wait"' not in as_("emma").get("/incidents/3").text
    assert 'id="crowd"' in as_("emma").get("/incidents/1").text


def test_who_is_answered_is_offered_in_the_order_of_need(story: int, town: Town, as_: Enter) -> None:
    """The form offers the one who called first, then who waits; told to another, it is theirs, and no clock stops."""
    _answer(town, story, "toomas")
    emma = as_("emma")
    form = emma.get(f"/incidents/{story}").text.split('<select name="post">')[1].split("</select>")[0]
    offered = re.findall(r'<option value="(\d+)"( selected)?>(\w+):', form)
    assert [name for _, _, name in offered] == ["kadri", "liis", "peeter", "anu", "toomas"]
    assert [name for _, chosen, name in offered if chosen] == ["kadri"]
    anu = next(seq for seq, _, name in offered if name == "anu")
    fields = {"text": "We are sorry, Anu.", "act": "told", "post": anu, "place": "phone", "language": "en"}
    assert emma.form(f"/incidents/{story}/reply", **fields).status_code == 303
    page = emma.get(f"/incidents/{story}").text
    assert "2 of 5 customers were answered; 3 wait." in head(page)
    assert "answered" in post_of(page, "anu")
    with town.ledger.read() as tx:
        assert clocks.of(tx, [story])[story].answer_by is not None


def test_what_another_customer_was_told_is_listed_as_theirs(story: int, town: Town, as_: Enter) -> None:
    """Of the answers so far, one went to who called and one to Anu: only hers says to whom."""
    _answer(town, story, "kadri", "anu")
    told = as_("sirje").get(f"/incidents/{story}").text.split('id="told"')[1].split("</section>")[0]
    entries = [plain(entry) for entry in told.split("<li>")[1:]]
    assert ["teisele kliendile: anu" in entry for entry in entries] == [False, True]
    assert "другому клиенту: anu" in plain(as_("olga").get(f"/incidents/{story}").text)
