"""Bursts on the overview: a sentence with the cause, in the reader's language, and where to read on."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.town import NOON, Town, enter

from monitors.ledger import bursts
from monitors.ledger.bursts import NewBurst
from monitors.ledger.incidents import Listing, find

CAUSE: dict[str, Any] = {
    "minutes": 60,
    "story": {"posts": 31, "share": 0.8},
    "source": {"name": "town", "posts": 40, "share": 0.9},
    "language": {"name": "et", "posts": 40, "share": 0.9},
    "words": {"vanker": 12, "<b>": 9},
}


def _burst(town: Town, counted: str = "complaints", **other: Any) -> int:
    with town.ledger.write() as tx:
        (incident,) = [row for row in find(tx, Listing()) if row.story_id == "pram"]
        values: dict[str, Any] = {
            "brand": "Omniva",
            "counted": counted,
            "shape": "burst",
            "began_at": NOON - timedelta(hours=1),
            "last_at": NOON,
            "score": 30.0,
            "seen": 42,
            "usual": 7.0,
            "story_id": "town:1",
            "cause": CAUSE,
            "known_as": None,
        }
        assert incident.id
        return bursts.open_burst(tx, NewBurst(**{**values, **other}), NOON)


def _card(town: Town, name: str = "emma", brand: str = "") -> str:
    page = enter(town, name).get(f"/overview?brand={brand}").text
    card = page[page.index('id="bursts"') :]
    return card[: card.index("</section>")]


def _plain(card: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", card).replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("emma", "6 times the usual: 42 complaints where 7 are usual (60 minutes). 31 of them are one story"),
        ("sirje", "6 korda rohkem kui tavaliselt: 42 kaebust, tavaliselt 7 (60 minutit). 31 neist on üks ja sama lugu"),
        ("matti", "6 kertaa tavallista enemmän: 42 valitusta, tavallisesti 7 (60 minuuttia). 31 niistä kertoo samasta"),
        ("olga", "В 6 раз больше обычного: 42 жалобы, обычно 7 (60 минут). 31 из них об одном и том же"),
    ],
)
def test_a_burst_says_its_cause_in_the_readers_language(town: Town, name: str, said: str) -> None:
    """How many, how many times the usual, which story with its words, where, in which language, and what day it is."""
    _burst(town, known_as="Sale <i>")
    card = _card(town, name)
    told = _plain(card)
    assert said in told
    assert "Omniva lubas paki eile tuua" in told
    assert "vanker, &lt;b&gt;" in card
    assert "Sale &lt;i&gt;" in card
    assert "town" in told


def test_a_burst_leads_to_the_posts_of_its_time(town: Town) -> None:
    """The link asks the search for complaints about the brand between its beginning and its end, and finds them."""
    _burst(town)
    (link,) = re.findall(r'href="([^"]*/search[^"]*)"', _card(town))
    address = link.replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["brand"], asked["complaint"]) == (["Omniva"], ["1"])
    found = enter(town, "emma").get(address).text
    assert "lubas paki eile tuua" in found
    later = address.replace("T09", "T06").replace("T10", "T07")
    assert "Nothing was found." in enter(town, "emma").get(later).text
    broken = enter(town, "emma").get("/search?since=soon&until=2026-03-10")
    assert (broken.status_code, "lubas paki" in broken.text) == (200, True)


def test_a_signal_and_a_rise_are_named(town: Town) -> None:
    """What was counted is said by its name; what hardly ever is said is no number of times."""
    _burst(town, "no_answer", shape="rise", usual=0.2, cause={"minutes": 600, "words": {}}, story_id=None)
    told = _plain(_card(town))
    assert "More than usual: 42 posts that show “no answer” where 0.2 are usual (10 hours)." in told
    assert "It has risen slowly, hour by hour." in told
    assert "signal=no_answer" in _card(town)


def test_parts_and_other_brands_and_old_times_are_left_out(town: Town) -> None:
    """A series that burst together with another is said with it; where nothing stands out, the page says so."""
    _burst(town, "posts", cause={**CAUSE, "part_of": 1})
    _burst(town, last_at=NOON - timedelta(days=20), began_at=NOON - timedelta(days=20))
    assert "Nothing stands out" in _plain(_card(town))
    _burst(town)
    assert "6 times" in _plain(_card(town))
    assert "Nothing stands out" in _plain(_card(town, brand="Postimees"))
