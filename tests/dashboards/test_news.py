"""What pages say of media pick-ups: lead times, chances with their rule, and hostile names and links."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fakes.town import LATE_STORY, NOON, Browser, Town, enter
from sqlalchemy import insert, select, update

from dashboards import news
from dashboards.speech import LANGUAGES, speech
from models.pickup import ENOUGH, By, How
from monitors.ledger import incidents, pickups
from monitors.ledger.pickups import POINTS, PickUp
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.schema import posts, stories

Enter = Callable[[str | None], Browser]
EVIL = "<script>alert(1)</script>"


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def _story(town: Town, story: str, *, alerted: float | None, article: float | None, brand: str = "Omniva") -> None:
    """Keep a story whose alert and first article came so many minutes before now."""
    times = {
        name: None if ago is None else NOON - timedelta(minutes=ago)
        for name, ago in (("alerted_at", alerted), ("article_at", article))
    }
    plain_values = {"signature": b"", "posts": 2, "complaints": 2, "alerted_complaints": 1}
    lists: dict[str, list[str]] = {"signals": [], "authors": [], "recent": []}
    with town.ledger.write() as tx:
        row = {"id": story, "brand": brand, "first_at": NOON, "last_at": NOON, "articles": 1}
        tx.execute(insert(stories).values(**row, **plain_values, **lists, **times))


def _taken(town: Town, story: str, by: By, how: How) -> None:
    """The last post of the town takes a story up."""
    with town.ledger.write() as tx:
        seq = tx.execute(select(posts.c.seq).order_by(posts.c.seq.desc())).scalars().first()
        assert seq is not None
        pickups.write(tx, "Omniva", [PickUp(story, seq, by, how, NOON - timedelta(minutes=3))])


def test_the_page_of_an_incident_tells_the_lead_time(town: Town, as_: Enter) -> None:
    """Before, after, and not yet; once there is an article no chance is shown."""
    _story(town, "pram", alerted=212, article=20)
    _story(town, "refund", alerted=0, article=20)
    _story(town, "finnish", alerted=5, article=None)
    said = [plain(as_("emma").get(f"/incidents/{number}").text) for number in (1, 2, 3)]
    assert "Our first alert came 3 hrs 12 mins before the first article." in said[0]
    assert "The first article came 20 mins before our first alert." in said[1]
    assert "No article yet." in said[2]
    assert ["The chance of an article" in page for page in said] == [False, False, True]
    assert f"A rule, not calibrated: 0 of {ENOUGH} cases." in said[2]
    assert "points in all" in said[2]


def test_a_held_alert_is_no_lead(town: Town, as_: Enter) -> None:
    """Nobody was called to what waits in the digest, however long before the article it was opened."""
    _story(town, "pram", alerted=None, article=0)
    assert "before the first article." in plain(as_("emma").get("/incidents/1").text)
    with town.ledger.write() as tx:
        tx.execute(update(incident_table).values(held_at=NOON - timedelta(minutes=90), escalate_at=None))
    assert "There is an article, and nobody was alerted." in plain(as_("emma").get("/incidents/1").text)


def test_who_took_it_up_is_shown_and_escaped(town: Town, as_: Enter) -> None:
    """A hostile name is words, a hostile link is no link, and a good link leads out without a referrer."""
    _story(town, "pram", alerted=60, article=None)
    _taken(town, "pram", By.JOURNALIST, How.REPLIED)
    for url, shown in (("javascript:alert(1)", False), ("https://news.example/?a=1&b=<2>", True)):
        with town.ledger.write() as tx:
            tx.execute(update(posts).values(author_name=EVIL, url=url))
        page = as_("emma").get("/incidents/1").text
        card = page[page.index('id="news"') : page.index('id="log"')]
        assert EVIL not in page
        assert "&lt;script&gt;" in card
        assert "a journalist" in card
        assert "replied to a post" in card
        assert "javascript:" not in page
        assert ('href="https://news.example/?a=1&amp;b=&lt;2&gt;"' in card) == shown
    assert "+3" in card


def test_with_enough_cases_the_rule_says_how_often_it_came_true(town: Town, as_: Enter) -> None:
    """From fifty cases on, the share of its own band is shown with its interval instead of the caveat."""
    for number in range(ENOUGH):
        story = f"old{number}"
        _story(town, story, alerted=60 * 72, article=60 * 71 if number % 5 == 0 else None)
        with town.ledger.write() as tx:
            new = incidents.NewIncident("Omniva", story, "threat", 9.0, 2, "en", "old", NOON, None, {POINTS: 4})
            incidents.open_incident(tx, new, NOON)
    _story(town, "finnish", alerted=5, article=None)
    said = plain(as_("emma").get("/incidents/3").text)
    assert "not calibrated" not in said
    assert "No story with this chance is known yet." in said
    with town.ledger.write() as tx:
        tx.execute(update(incident_table).values(figures={POINTS: 0}).where(incident_table.c.id > 3))
    assert "Of 50 stories with this chance, 10 had one: 20 % (11–33 %)." in plain(as_("emma").get("/incidents/3").text)


def test_the_overview_has_a_card_of_the_news(town: Town, as_: Enter) -> None:
    """Nothing at first; then each story with its lead time, their median, and in how many we were first."""
    assert "No story was in the news in this period." in plain(as_("emma").get("/overview").text)
    _story(town, "pram", alerted=200, article=80)
    _story(town, "refund", alerted=10, article=40)
    _story(town, "finnish", alerted=130, article=70)
    _story(town, "elsewhere", alerted=130, article=None)
    said = plain(as_("emma").get("/overview").text)
    assert "In the median our alert came 1 hr before the first article." in said
    assert "We were first in 2 of 3 stories: 67 %." in said
    assert said.count("before our first alert.") == 1
    assert "No story was in the news" in plain(as_("emma").get("/overview?brand=Postimees").text)


def test_a_pick_up_nobody_was_alerted_of_is_shown(town: Town, as_: Enter) -> None:
    """A quiet story in an article is listed without a lead time, by its brand alone."""
    _story(town, "quiet", alerted=None, article=30)
    _taken(town, "quiet", By.ARTICLE, How.LINKED)
    said = plain(as_("emma").get("/overview").text)
    assert "There is an article, and nobody was alerted." in said
    assert "In the median" not in said


@pytest.mark.parametrize(
    ("name", "words"), [("sirje", "Ajakirjanduses"), ("olga", "В новостях"), ("matti", "Uutisissa")]
)
def test_the_cards_speak_the_readers_language(name: str, words: str, town: Town, as_: Enter) -> None:
    """Both pages have the card in each language, with nothing left in English."""
    _story(town, "pram", alerted=212, article=20)
    _taken(town, "pram", By.AUTHORITY, How.SHARED)
    for path in ("/incidents/1", "/overview"):
        page = as_(name).get(path).text
        assert words in page
        assert "first article" not in page


def test_lengths_are_told_in_two_units() -> None:
    """Days with hours, hours with minutes, and never nothing, in every language."""
    say = speech("en")
    lengths = [
        timedelta(0),
        timedelta(minutes=-20),
        timedelta(hours=3, minutes=12),
        timedelta(days=2, hours=1, minutes=5),
    ]
    assert [news.exactly(say, span) for span in lengths] == ["0 mins", "20 mins", "3 hrs 12 mins", "2 days 1 hr"]
    assert all(news.exactly(speech(code), span) for code in LANGUAGES for span in lengths)


def test_every_word_of_a_pick_up_has_a_name() -> None:
    """A new taker, way or point cannot be forgotten on the pages."""
    assert {by.value for by in By} == set(news.BY)
    assert {how.value for how in How} == set(news.HOW)


def test_a_story_that_housekeeping_forgot_still_has_its_page(town: Town, as_: Enter) -> None:
    """Without the story's row the incident's opening stands for the alert, and nothing breaks."""
    number = town.say("Omniva", "late", LATE_STORY, risk=60.0)
    said = plain(enter(town, "emma").get(f"/incidents/{number}").text)
    assert "The chance of an article within 48 hours is 12 %." in said
    assert "media threat +2" in said
